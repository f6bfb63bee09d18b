DROP INDEX fill_market;
UPDATE meta SET schema_version = 1;
