UPDATE meta SET schema_version = 3;

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
