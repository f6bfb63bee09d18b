UPDATE meta SET schema_version = 2;

DROP TABLE provider_list;
DROP TABLE entity_spending;
DROP INDEX fill_draw_voucher;
DROP TABLE fill_evaluation;
DROP TABLE application;
DROP TABLE claim;
DROP TABLE recovery;
DROP TABLE flag;
DROP TABLE treasury_request;
ALTER TABLE voucher DROP COLUMN version;
ALTER TABLE programme DROP COLUMN record;
ALTER TABLE programme DROP COLUMN state;
ALTER TABLE programme DROP COLUMN issuer;
