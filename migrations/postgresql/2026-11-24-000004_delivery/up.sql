-- Delivery: the life of leases, metering, acceptance, disputes, outages, settlements, periods.
UPDATE meta SET schema_version = 4;

-- Up to where settlements have counted the reports of a lease: every report placed before `counted_place` that ended by `counted_until`.
ALTER TABLE lease ADD COLUMN counted_place BIGINT NOT NULL DEFAULT 0;
ALTER TABLE lease ADD COLUMN counted_until BIGINT NOT NULL DEFAULT 0;
UPDATE lease SET
    counted_place = COALESCE((SELECT MAX(seq) + 1 FROM usage_report WHERE settlement < (SELECT value FROM counter WHERE name = 'settlement')), 0),
    counted_until = COALESCE((SELECT value FROM counter WHERE name = 'settled_until'), 0);
ALTER TABLE usage_report DROP COLUMN settlement;

-- Where the journal says how the subsidy of a fill was found: its leaf, instead of a second copy of it. Both came in the order of fills.
ALTER TABLE fill ADD COLUMN evaluation_leaf BIGINT;
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
ALTER TABLE usage_report ADD COLUMN started_at BIGINT;
ALTER TABLE usage_report ADD COLUMN counts BIGINT;
ALTER TABLE usage_report ADD COLUMN taken_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE usage_report ADD COLUMN accepted_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE usage_report ADD COLUMN detail TEXT;
CREATE INDEX usage_report_lease ON usage_report (lease, seq);
ALTER TABLE terms ADD COLUMN acceptance_hours BIGINT NOT NULL DEFAULT 0;

-- A dispute about what was reported of a lease.
CREATE TABLE dispute (
    id BIGINT NOT NULL PRIMARY KEY,
    lease BIGINT NOT NULL,
    tenant BIGINT NOT NULL,
    provider BIGINT NOT NULL,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX dispute_lease ON dispute (lease);
CREATE INDEX dispute_tenant ON dispute (tenant, id);
CREATE INDEX dispute_provider ON dispute (provider, id);

-- The public key of an agent that signs usage.
CREATE TABLE usage_key (
    id BIGINT NOT NULL PRIMARY KEY,
    provider BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX usage_key_provider ON usage_key (provider, id);

-- The life of leases: terms of delivery, what is known of each life, what was done to it, what was asked for, and to whom the way in
-- is encrypted.
ALTER TABLE terms ADD COLUMN delivery TEXT NOT NULL DEFAULT '{}';
ALTER TABLE lease ADD COLUMN life TEXT NOT NULL DEFAULT '{}';
ALTER TABLE fill ADD COLUMN predecessor BIGINT;
CREATE TABLE lease_step (
    lease BIGINT NOT NULL,
    command_seq BIGINT NOT NULL,
    place BIGINT NOT NULL,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    by_side TEXT NOT NULL,
    ends_hour BIGINT NOT NULL,
    code TEXT,
    reason TEXT NOT NULL,
    PRIMARY KEY (lease, command_seq, place)
);
CREATE TABLE lease_change (
    lease BIGINT NOT NULL,
    number BIGINT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    other BIGINT,
    successor BIGINT,
    answered_at BIGINT,
    reason TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (lease, number)
);
CREATE INDEX lease_change_other ON lease_change (other, lease, number) WHERE other IS NOT NULL;
CREATE TABLE access_key (
    org BIGINT NOT NULL PRIMARY KEY,
    recipient TEXT NOT NULL,
    since BIGINT NOT NULL
);

-- Settlements: what each has posted, and from which lease it goes on; what it posted for each lease stands in the leaves between
-- `first_leaf` and `last_leaf`.
CREATE TABLE settlement (
    id BIGINT NOT NULL PRIMARY KEY,
    until_at BIGINT NOT NULL,
    began_at BIGINT NOT NULL,
    ended_at BIGINT,
    next_lease BIGINT,
    leases BIGINT NOT NULL,
    charge BIGINT NOT NULL,
    voucher BIGINT NOT NULL,
    cash BIGINT NOT NULL,
    tenant_fee BIGINT NOT NULL,
    provider_fee BIGINT NOT NULL,
    vat BIGINT NOT NULL,
    sla_credit BIGINT NOT NULL,
    first_leaf BIGINT NOT NULL,
    last_leaf BIGINT NOT NULL
);
-- The settlement that is not over: at most one.
CREATE INDEX settlement_open ON settlement (id) WHERE ended_at IS NULL;

-- Fees in tiers and rates of the VAT in them, each from an instant on.
CREATE TABLE fee_schedule (
    from_at BIGINT NOT NULL PRIMARY KEY,
    tenant TEXT NOT NULL,
    provider TEXT NOT NULL
);
CREATE TABLE vat_change (
    from_at BIGINT NOT NULL PRIMARY KEY,
    vat_bps BIGINT NOT NULL
);
-- Card-seconds settled at another rate of VAT than that of the fill, in JSON; empty where there are none.
ALTER TABLE lease ADD COLUMN vat_shares TEXT NOT NULL DEFAULT '';

-- Closed periods, and what was corrected of them afterwards.
CREATE TABLE period (
    until_at BIGINT NOT NULL PRIMARY KEY,
    closed_at BIGINT NOT NULL
);
CREATE TABLE usage_correction (
    place BIGINT NOT NULL PRIMARY KEY,
    lease BIGINT NOT NULL,
    from_at BIGINT NOT NULL,
    until_at BIGINT NOT NULL,
    card_seconds BIGINT NOT NULL,
    corrects TEXT NOT NULL,
    reason TEXT NOT NULL,
    made_at BIGINT NOT NULL
);
CREATE INDEX usage_correction_lease ON usage_correction (lease, place);
-- Outages: since when they can be contested for how long, what a listing promised when a lease was agreed, and what is known of outages.
ALTER TABLE terms ADD COLUMN outage_hours BIGINT NOT NULL DEFAULT 0;
ALTER TABLE fill ADD COLUMN sla_max_ppm BIGINT;
ALTER TABLE fill ADD COLUMN sla_credit_ppm BIGINT;
CREATE TABLE outage (
    id BIGINT NOT NULL PRIMARY KEY,
    lease BIGINT NOT NULL,
    tenant BIGINT NOT NULL,
    provider BIGINT NOT NULL,
    state TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX outage_lease ON outage (lease, id);
CREATE INDEX outage_tenant ON outage (tenant, id);
CREATE INDEX outage_provider ON outage (provider, id);

-- What the operator's probes have found last of a lease.
CREATE TABLE lease_probe (
    lease BIGINT NOT NULL PRIMARY KEY,
    body TEXT NOT NULL
);
