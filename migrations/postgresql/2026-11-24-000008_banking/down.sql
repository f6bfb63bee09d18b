UPDATE meta SET schema_version = 7;

DROP TABLE payout_account;
DROP TABLE custody_account;
DROP TABLE withdrawal;
DROP TABLE payout_batch;
DROP TABLE payout;
DROP TABLE suspense_item;
DROP TABLE bank_statement;
DROP TABLE statement_entry;
DROP TABLE awaited_line;
DROP TABLE unfunded;
ALTER TABLE terms DROP COLUMN account_cooling_hours;
ALTER TABLE terms DROP COLUMN alone_max;
