DROP INDEX reference_price_accelerator;
UPDATE meta SET schema_version = 1;
