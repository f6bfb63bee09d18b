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

-- The history of an accelerator's reference prices, and the one in force. Prices are published seldom, so that it costs nothing.
CREATE INDEX reference_price_accelerator ON reference_price (accelerator, seq);
