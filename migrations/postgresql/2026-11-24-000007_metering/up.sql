-- Metering: every step of it, disputes, and the keys of agents.
UPDATE meta SET schema_version = 7;

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
