DROP INDEX reference_price_accelerator;
DROP TABLE approval;
DROP TABLE app_user;
UPDATE meta SET schema_version = 1;
