-- What the service needs beyond the market: people, what two of them must agree on, and ways to look things up.
UPDATE meta SET schema_version = 2;

-- A user. Who that is, is not here.
CREATE TABLE app_user (
    id INTEGER NOT NULL PRIMARY KEY,
    org INTEGER NOT NULL,
    roles TEXT NOT NULL,
    active INTEGER NOT NULL CHECK (active IN (0, 1)),
    identity TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX app_user_org ON app_user (org, id);

-- Something that two people decide on.
CREATE TABLE approval (
    id INTEGER NOT NULL PRIMARY KEY,
    maker INTEGER NOT NULL,
    role TEXT NOT NULL,
    kind TEXT NOT NULL,
    command TEXT NOT NULL,
    payload_hash TEXT NOT NULL,
    state TEXT NOT NULL,
    checker INTEGER CHECK (checker <> maker),
    reason TEXT,
    created_at INTEGER NOT NULL,
    decided_at INTEGER,
    CHECK ((state = 'pending') = (checker IS NULL))
) STRICT;
CREATE INDEX approval_pending ON approval (id) WHERE state = 'pending';

-- Who people and machines are and how they prove it. Not in the journal: names and addresses can be erased, secrets change.

-- A person behind a user; no address is left once the person is erased.
CREATE TABLE person (
    app_user INTEGER NOT NULL PRIMARY KEY,
    email TEXT UNIQUE,
    name TEXT NOT NULL,
    salt TEXT NOT NULL,
    password TEXT,
    failures INTEGER NOT NULL,
    locked_until INTEGER,
    password_changed_at INTEGER NOT NULL
) STRICT;

-- What a log-in opened, with the hashes of its refresh token: of the part that stays, and of the part that changes each time.
CREATE TABLE session (
    id INTEGER NOT NULL PRIMARY KEY,
    app_user INTEGER NOT NULL,
    api_key INTEGER,
    family BLOB NOT NULL,
    refresh BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    refresh_until INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT;
CREATE INDEX session_expires ON session (expires_at);

-- An API key.
CREATE TABLE api_key (
    id INTEGER NOT NULL PRIMARY KEY,
    org INTEGER NOT NULL,
    app_user INTEGER NOT NULL,
    name TEXT NOT NULL,
    roles TEXT NOT NULL,
    hash BLOB NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER
) STRICT;

-- Trades and prices of an accelerator, at a site or at all of them.
CREATE INDEX fill_market ON fill (accelerator, at, id, site);
-- Nobody asks for the fills of one listing, and each index costs every fill its share.
DROP INDEX fill_listing;

-- The history of an accelerator's reference prices, and the one in force. Prices are published seldom, so that it costs nothing.
CREATE INDEX reference_price_accelerator ON reference_price (accelerator, seq);

-- What the bank called the deposits that are booked: two people book none of them twice.
CREATE TABLE bank_ref (
    reference TEXT NOT NULL PRIMARY KEY,
    command INTEGER NOT NULL
) STRICT;
INSERT INTO bank_ref (reference, command)
SELECT reference, min(command_seq)
FROM (
    SELECT json_extract(CAST(body AS TEXT), '$.command.deposit.bank_ref') AS reference, command_seq
    FROM journal
    WHERE kind = 'command' AND instr(body, CAST('"command":{"deposit":{' AS BLOB)) > 0
)
WHERE reference <> ''
GROUP BY reference;
