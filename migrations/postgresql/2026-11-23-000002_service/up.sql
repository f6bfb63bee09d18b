-- What the service needs beyond the market: people, what two of them must agree on, and ways to look things up.
UPDATE meta SET schema_version = 2;

-- A user. Who that is, is not here.
CREATE TABLE app_user (
    id BIGINT NOT NULL PRIMARY KEY,
    org BIGINT NOT NULL,
    roles TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    identity TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX app_user_org ON app_user (org, id);

-- Something that two people decide on.
CREATE TABLE approval (
    id BIGINT NOT NULL PRIMARY KEY,
    maker BIGINT NOT NULL,
    role TEXT NOT NULL,
    kind TEXT NOT NULL,
    command TEXT NOT NULL,
    payload_hash TEXT NOT NULL,
    state TEXT NOT NULL,
    checker BIGINT CHECK (checker <> maker),
    reason TEXT,
    created_at BIGINT NOT NULL,
    decided_at BIGINT,
    CHECK ((state = 'pending') = (checker IS NULL))
);
CREATE INDEX approval_pending ON approval (id) WHERE state = 'pending';

-- Who people and machines are and how they prove it. Not in the journal: names and addresses can be erased, secrets change.

-- A person behind a user; no address is left once the person is erased.
CREATE TABLE person (
    app_user BIGINT NOT NULL PRIMARY KEY,
    email TEXT UNIQUE,
    name TEXT NOT NULL,
    salt TEXT NOT NULL,
    password TEXT,
    failures BIGINT NOT NULL,
    locked_until BIGINT,
    password_changed_at BIGINT NOT NULL
);

-- What a log-in opened, with the hashes of its refresh token: of the part that stays, and of the part that changes each time.
CREATE TABLE session (
    id BIGINT NOT NULL PRIMARY KEY,
    app_user BIGINT NOT NULL,
    api_key BIGINT,
    family BYTEA NOT NULL,
    refresh BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    refresh_until BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE INDEX session_expires ON session (expires_at);

-- An API key.
CREATE TABLE api_key (
    id BIGINT NOT NULL PRIMARY KEY,
    org BIGINT NOT NULL,
    app_user BIGINT NOT NULL,
    name TEXT NOT NULL,
    roles TEXT NOT NULL,
    hash BYTEA NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT
);

-- Trades and prices of an accelerator, at a site or at all of them.
CREATE INDEX fill_market ON fill (accelerator, at, id, site);
-- Nobody asks for the fills of one listing, and each index costs every fill its share.
DROP INDEX fill_listing;

-- The history of an accelerator's reference prices, and the one in force. Prices are published seldom, so that it costs nothing.
CREATE INDEX reference_price_accelerator ON reference_price (accelerator, seq);

-- What the bank called the deposits that are booked: two people book none of them twice.
CREATE TABLE bank_ref (
    reference TEXT NOT NULL PRIMARY KEY,
    command BIGINT NOT NULL
);
INSERT INTO bank_ref (reference, command)
SELECT reference, min(command_seq)
FROM (
    SELECT convert_from(body, 'UTF8')::json #>> '{command,deposit,bank_ref}' AS reference, command_seq
    FROM journal
    WHERE kind = 'command' AND position(convert_to('"command":{"deposit":{', 'UTF8') IN body) > 0
) AS deposit
WHERE reference <> ''
GROUP BY reference;
