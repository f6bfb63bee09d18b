-- Money in and out: payouts, withdrawals, statements of the bank.
UPDATE meta SET schema_version = 5;
