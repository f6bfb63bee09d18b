-- Delivery: the life of leases, metering, acceptance, disputes, outages, settlements, periods.
UPDATE meta SET schema_version = 4;

-- Up to where settlements have counted the reports of a lease: every report placed before `counted_place` that ended by `counted_until`.
ALTER TABLE lease ADD COLUMN counted_place BIGINT NOT NULL DEFAULT 0;
ALTER TABLE lease ADD COLUMN counted_until BIGINT NOT NULL DEFAULT 0;
UPDATE lease SET
    counted_place = COALESCE((SELECT MAX(seq) + 1 FROM usage_report WHERE settlement < (SELECT value FROM counter WHERE name = 'settlement')), 0),
    counted_until = COALESCE((SELECT value FROM counter WHERE name = 'settled_until'), 0);
ALTER TABLE usage_report DROP COLUMN settlement;

-- Where the journal says how the subsidy of a fill was found: the leaf, instead of a second copy of it. Both came in the order of fills.
CREATE TABLE fill_leaf (
    fill BIGINT NOT NULL PRIMARY KEY,
    leaf BIGINT NOT NULL
);
INSERT INTO fill_leaf (fill, leaf)
    SELECT told.fill, leaf.seq
    FROM (SELECT fill, ROW_NUMBER() OVER (ORDER BY fill) AS place FROM fill_evaluation) AS told
    JOIN (SELECT seq, ROW_NUMBER() OVER (ORDER BY seq) AS place FROM journal WHERE kind = 'evaluated') AS leaf ON leaf.place = told.place;
DROP TABLE fill_evaluation;
ALTER TABLE fill_leaf RENAME TO fill_evaluation;

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
