UPDATE meta SET schema_version = 6;

DROP TABLE usage_key;
DROP TABLE dispute;
ALTER TABLE terms DROP COLUMN acceptance_hours;
DELETE FROM usage_report WHERE kind <> 'span';
DROP INDEX usage_report_lease;
ALTER TABLE usage_report DROP COLUMN detail;
ALTER TABLE usage_report DROP COLUMN accepted_at;
ALTER TABLE usage_report DROP COLUMN taken_at;
ALTER TABLE usage_report DROP COLUMN counts;
ALTER TABLE usage_report DROP COLUMN started_at;
ALTER TABLE usage_report DROP COLUMN kind;
CREATE UNIQUE INDEX usage_report_source ON usage_report (lease, source, source_id);
