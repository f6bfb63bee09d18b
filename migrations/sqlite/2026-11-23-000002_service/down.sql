DROP TABLE bank_ref;
DROP INDEX reference_price_accelerator;
DROP INDEX fill_market;
DROP TABLE api_key;
DROP TABLE session;
DROP TABLE person;
DROP TABLE approval;
DROP TABLE app_user;
UPDATE meta SET schema_version = 1;
