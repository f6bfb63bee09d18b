UPDATE meta SET schema_version = 3;

ALTER TABLE usage_report ADD COLUMN settlement INTEGER NOT NULL DEFAULT 0;
ALTER TABLE lease DROP COLUMN counted_until;
ALTER TABLE lease DROP COLUMN counted_place;
