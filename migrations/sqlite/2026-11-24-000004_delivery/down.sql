UPDATE meta SET schema_version = 3;

DROP TABLE usage_correction;
DROP TABLE period;
ALTER TABLE lease DROP COLUMN vat_shares;
DROP TABLE vat_change;
DROP TABLE fee_schedule;
DROP TABLE settlement;
ALTER TABLE usage_report ADD COLUMN settlement INTEGER NOT NULL DEFAULT 0;
ALTER TABLE lease DROP COLUMN counted_until;
ALTER TABLE lease DROP COLUMN counted_place;
