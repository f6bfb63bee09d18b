ALTER TABLE fill DROP COLUMN leaf;
DROP TABLE log_key;
DROP TABLE log_cosignature;
DROP TABLE log_checkpoint;
DROP TABLE log_subtree;
DROP TABLE audit_log;
UPDATE meta SET schema_version = 8;
