UPDATE meta SET schema_version = 3;

DROP TABLE lease_probe;
DROP TABLE outage;
ALTER TABLE fill DROP COLUMN sla_credit_ppm;
ALTER TABLE fill DROP COLUMN sla_max_ppm;
ALTER TABLE terms DROP COLUMN outage_hours;

DROP TABLE access_key;
DROP TABLE lease_change;
DROP TABLE lease_step;
ALTER TABLE fill DROP COLUMN predecessor;
ALTER TABLE lease DROP COLUMN life;
ALTER TABLE terms DROP COLUMN delivery;
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

DROP TABLE usage_correction;
DROP TABLE period;
ALTER TABLE lease DROP COLUMN vat_shares;
DROP TABLE vat_change;
DROP TABLE fee_schedule;
DROP TABLE settlement;

CREATE TABLE fill_evaluation (
    fill INTEGER NOT NULL PRIMARY KEY,
    body TEXT NOT NULL
) STRICT;
INSERT INTO fill_evaluation (fill, body)
    SELECT fill.id, json_extract(CAST(journal.body AS TEXT), '$.evaluated.evaluation') FROM fill JOIN journal ON journal.seq = fill.evaluation_leaf;
ALTER TABLE fill DROP COLUMN evaluation_leaf;

ALTER TABLE usage_report ADD COLUMN settlement INTEGER NOT NULL DEFAULT 0;
ALTER TABLE lease DROP COLUMN counted_until;
ALTER TABLE lease DROP COLUMN counted_place;
