-- Delivery: the life of leases, metering, acceptance, disputes, outages, settlements, periods.
UPDATE meta SET schema_version = 4;
