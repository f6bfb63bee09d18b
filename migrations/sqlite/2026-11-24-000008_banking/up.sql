-- Money in and out: payouts, withdrawals, statements of the bank.
UPDATE meta SET schema_version = 8;

ALTER TABLE terms ADD COLUMN account_cooling_hours INTEGER NOT NULL DEFAULT 72;
ALTER TABLE terms ADD COLUMN alone_max INTEGER NOT NULL DEFAULT 0;

-- Where an organisation is paid to.
CREATE TABLE payout_account (
    org INTEGER NOT NULL PRIMARY KEY,
    body TEXT NOT NULL
) STRICT;

-- An account of the platform's own.
CREATE TABLE custody_account (
    number TEXT NOT NULL PRIMARY KEY,
    body TEXT NOT NULL
) STRICT;

-- What is wanted out of cash, or out of suspense.
CREATE TABLE withdrawal (
    id INTEGER NOT NULL PRIMARY KEY,
    org INTEGER,
    state TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX withdrawal_state ON withdrawal (state, id);
CREATE INDEX withdrawal_org ON withdrawal (org, id);

-- Payouts that are sent to the bank as one.
CREATE TABLE payout_batch (
    id INTEGER NOT NULL PRIMARY KEY,
    org INTEGER,
    state TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX payout_batch_state ON payout_batch (state, id);

-- Money on its way to a bank account.
CREATE TABLE payout (
    id INTEGER NOT NULL PRIMARY KEY,
    org INTEGER,
    state TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX payout_state ON payout (state, id);
CREATE INDEX payout_org ON payout (org, id);

-- What a statement shows and nobody expected.
CREATE TABLE suspense_item (
    id INTEGER NOT NULL PRIMARY KEY,
    org INTEGER,
    state TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX suspense_item_state ON suspense_item (state, id);

-- A statement of the bank.
CREATE TABLE bank_statement (
    id INTEGER NOT NULL PRIMARY KEY,
    account TEXT NOT NULL,
    statement TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (account, statement)
) STRICT;

-- Its entries, and what each was found to be.
CREATE TABLE statement_entry (
    statement INTEGER NOT NULL,
    place INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (statement, place)
) STRICT, WITHOUT ROWID;

-- What was booked as bank before a statement showed it.
CREATE TABLE awaited_line (
    id INTEGER NOT NULL PRIMARY KEY,
    reference TEXT NOT NULL,
    amount INTEGER NOT NULL,
    booked_at INTEGER NOT NULL,
    seen_at INTEGER
) STRICT;
CREATE INDEX awaited_line_unseen ON awaited_line (id) WHERE seen_at IS NULL;

-- What no treasury has paid of a provider's earnings.
CREATE TABLE unfunded (
    programme INTEGER NOT NULL,
    org INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    PRIMARY KEY (programme, org)
) STRICT, WITHOUT ROWID;

-- Nobody has counted it yet: the transfers say it, in their order, and SQL cannot follow that. Whoever migrates counts and takes
-- this row out.
INSERT INTO unfunded (programme, org, amount) VALUES (0, 0, -1);
