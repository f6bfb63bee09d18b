-- Delivery: the life of leases, metering, acceptance, disputes, outages, settlements, periods.
UPDATE meta SET schema_version = 4;

-- Up to where settlements have counted the reports of a lease: every report placed before `counted_place` that ended by `counted_until`.
ALTER TABLE lease ADD COLUMN counted_place INTEGER NOT NULL DEFAULT 0;
ALTER TABLE lease ADD COLUMN counted_until INTEGER NOT NULL DEFAULT 0;
UPDATE lease SET
    counted_place = COALESCE((SELECT MAX(seq) + 1 FROM usage_report WHERE settlement < (SELECT value FROM counter WHERE name = 'settlement')), 0),
    counted_until = COALESCE((SELECT value FROM counter WHERE name = 'settled_until'), 0);
ALTER TABLE usage_report DROP COLUMN settlement;
