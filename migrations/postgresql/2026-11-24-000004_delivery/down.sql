UPDATE meta SET schema_version = 3;

DROP TABLE access_key;
DROP TABLE lease_change;
DROP TABLE lease_step;
ALTER TABLE fill DROP COLUMN predecessor;
ALTER TABLE lease DROP COLUMN life;
ALTER TABLE terms DROP COLUMN delivery;

ALTER TABLE usage_report ADD COLUMN settlement BIGINT NOT NULL DEFAULT 0;
ALTER TABLE lease DROP COLUMN counted_until;
ALTER TABLE lease DROP COLUMN counted_place;
