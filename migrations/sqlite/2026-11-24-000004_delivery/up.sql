-- Delivery: the life of leases, metering, acceptance, disputes, outages, settlements, periods.
UPDATE meta SET schema_version = 4;

-- Up to where settlements have counted the reports of a lease: every report placed before `counted_place` that ended by `counted_until`.
ALTER TABLE lease ADD COLUMN counted_place INTEGER NOT NULL DEFAULT 0;
ALTER TABLE lease ADD COLUMN counted_until INTEGER NOT NULL DEFAULT 0;
UPDATE lease SET
    counted_place = COALESCE((SELECT MAX(seq) + 1 FROM usage_report WHERE settlement < (SELECT value FROM counter WHERE name = 'settlement')), 0),
    counted_until = COALESCE((SELECT value FROM counter WHERE name = 'settled_until'), 0);
ALTER TABLE usage_report DROP COLUMN settlement;

-- Where the journal says how the subsidy of a fill was found: its leaf, instead of a second copy of it. Both came in the order of fills.
ALTER TABLE fill ADD COLUMN evaluation_leaf INTEGER;
CREATE TEMPORARY TABLE told AS
    SELECT by_fill.fill, by_leaf.seq
    FROM (SELECT fill, ROW_NUMBER() OVER (ORDER BY fill) AS place FROM fill_evaluation) AS by_fill
    JOIN (SELECT seq, ROW_NUMBER() OVER (ORDER BY seq) AS place FROM journal WHERE kind = 'evaluated') AS by_leaf ON by_leaf.place = by_fill.place;
CREATE INDEX told_fill ON told (fill);
UPDATE fill SET evaluation_leaf = (SELECT seq FROM told WHERE told.fill = fill.id) WHERE voucher > 0;
DROP TABLE told;
DROP TABLE fill_evaluation;

-- Every step of the metering of leases: reports, readings of counters, corrections, withdrawals, acceptance, disputes. The exchange's
-- memory tells what it knows already, so that no index of sources and identifiers is kept.
DROP INDEX usage_report_source;
ALTER TABLE usage_report ADD COLUMN kind TEXT NOT NULL DEFAULT 'span';
ALTER TABLE usage_report ADD COLUMN started_at INTEGER;
ALTER TABLE usage_report ADD COLUMN counts INTEGER;
ALTER TABLE usage_report ADD COLUMN taken_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE usage_report ADD COLUMN accepted_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE usage_report ADD COLUMN detail TEXT;
CREATE INDEX usage_report_lease ON usage_report (lease);
ALTER TABLE terms ADD COLUMN acceptance_hours INTEGER NOT NULL DEFAULT 0;

-- A dispute about what was reported of a lease.
CREATE TABLE dispute (
    id INTEGER NOT NULL PRIMARY KEY,
    lease INTEGER NOT NULL,
    tenant INTEGER NOT NULL,
    provider INTEGER NOT NULL,
    state TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX dispute_lease ON dispute (lease);
CREATE INDEX dispute_tenant ON dispute (tenant, id);
CREATE INDEX dispute_provider ON dispute (provider, id);

-- The public key of an agent that signs usage.
CREATE TABLE usage_key (
    id INTEGER NOT NULL PRIMARY KEY,
    provider INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX usage_key_provider ON usage_key (provider, id);

-- The life of leases: terms of delivery, what is known of each life, what was done to it, what was asked for, and to whom the way in
-- is encrypted.
ALTER TABLE terms ADD COLUMN delivery TEXT NOT NULL DEFAULT '{}';
ALTER TABLE lease ADD COLUMN life TEXT NOT NULL DEFAULT '{}';
ALTER TABLE fill ADD COLUMN predecessor INTEGER;
CREATE TABLE lease_step (
    lease INTEGER NOT NULL,
    command_seq INTEGER NOT NULL,
    place INTEGER NOT NULL,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    by_side TEXT NOT NULL,
    ends_hour INTEGER NOT NULL,
    code TEXT,
    reason TEXT NOT NULL,
    PRIMARY KEY (lease, command_seq, place)
) STRICT;
CREATE TABLE lease_change (
    lease INTEGER NOT NULL,
    number INTEGER NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    other INTEGER,
    successor INTEGER,
    answered_at INTEGER,
    reason TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (lease, number)
) STRICT;
CREATE INDEX lease_change_other ON lease_change (other, lease, number) WHERE other IS NOT NULL;
CREATE TABLE access_key (
    org INTEGER NOT NULL PRIMARY KEY,
    recipient TEXT NOT NULL,
    since INTEGER NOT NULL
) STRICT;
