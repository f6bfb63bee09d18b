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

-- The history of an accelerator's reference prices, and the one in force. Prices are published seldom, so that it costs nothing.
CREATE INDEX reference_price_accelerator ON reference_price (accelerator, seq);
