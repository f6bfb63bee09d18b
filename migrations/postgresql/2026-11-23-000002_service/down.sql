DROP INDEX fill_market;
DROP TABLE approval;
DROP TABLE app_user;
UPDATE meta SET schema_version = 1;
