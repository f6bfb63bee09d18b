UPDATE meta SET schema_version = 3;

DROP TABLE lease_probe;
DROP TABLE outage;
ALTER TABLE fill DROP COLUMN sla_credit_ppm;
ALTER TABLE fill DROP COLUMN sla_max_ppm;
ALTER TABLE terms DROP COLUMN outage_hours;

ALTER TABLE fill_evaluation RENAME TO fill_leaf;
CREATE TABLE fill_evaluation (
    fill BIGINT NOT NULL PRIMARY KEY,
    body TEXT NOT NULL
);
INSERT INTO fill_evaluation (fill, body)
    SELECT fill_leaf.fill, convert_from(journal.body, 'UTF8')::json #>> '{evaluated,evaluation}' FROM fill_leaf JOIN journal ON journal.seq = fill_leaf.leaf;
DROP TABLE fill_leaf;

ALTER TABLE usage_report ADD COLUMN settlement BIGINT NOT NULL DEFAULT 0;
ALTER TABLE lease DROP COLUMN counted_until;
ALTER TABLE lease DROP COLUMN counted_place;
