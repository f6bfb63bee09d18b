UPDATE meta SET schema_version = 2;

DROP TABLE application;
DROP TABLE claim;
DROP TABLE recovery;
DROP TABLE flag;
DROP TABLE treasury_request;
DROP TABLE voucher_alert;
DROP TABLE cap_lift;
DROP TABLE calendar;
ALTER TABLE voucher DROP COLUMN ended;
ALTER TABLE voucher DROP COLUMN application;
ALTER TABLE voucher DROP COLUMN version;
ALTER TABLE programme DROP COLUMN record;
ALTER TABLE programme DROP COLUMN state;
ALTER TABLE programme DROP COLUMN issuer;
