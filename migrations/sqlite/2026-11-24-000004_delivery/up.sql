-- Delivery: the life of leases, metering, acceptance, disputes, outages, settlements, periods.
UPDATE meta SET schema_version = 4;

-- Up to where settlements have counted the reports of a lease: every report placed before `counted_place` that ended by `counted_until`.
ALTER TABLE lease ADD COLUMN counted_place INTEGER NOT NULL DEFAULT 0;
ALTER TABLE lease ADD COLUMN counted_until INTEGER NOT NULL DEFAULT 0;
UPDATE lease SET
    counted_place = COALESCE((SELECT MAX(seq) + 1 FROM usage_report WHERE settlement < (SELECT value FROM counter WHERE name = 'settlement')), 0),
    counted_until = COALESCE((SELECT value FROM counter WHERE name = 'settled_until'), 0);
ALTER TABLE usage_report DROP COLUMN settlement;

-- Where the journal says how the subsidy of a fill was found: the leaf, instead of a second copy of it. Both came in the order of fills.
CREATE TABLE fill_leaf (
    fill INTEGER NOT NULL PRIMARY KEY,
    leaf INTEGER NOT NULL
) STRICT;
INSERT INTO fill_leaf (fill, leaf)
    SELECT told.fill, leaf.seq
    FROM (SELECT fill, ROW_NUMBER() OVER (ORDER BY fill) AS place FROM fill_evaluation) AS told
    JOIN (SELECT seq, ROW_NUMBER() OVER (ORDER BY seq) AS place FROM journal WHERE kind = 'evaluated') AS leaf ON leaf.place = told.place;
DROP TABLE fill_evaluation;
ALTER TABLE fill_leaf RENAME TO fill_evaluation;

-- Outages: since when they can be contested for how long, what a listing promised when a lease was agreed, and what is known of outages.
ALTER TABLE terms ADD COLUMN outage_hours INTEGER NOT NULL DEFAULT 0;
ALTER TABLE fill ADD COLUMN sla_max_ppm INTEGER;
ALTER TABLE fill ADD COLUMN sla_credit_ppm INTEGER;
CREATE TABLE outage (
    id INTEGER NOT NULL PRIMARY KEY,
    lease INTEGER NOT NULL,
    tenant INTEGER NOT NULL,
    provider INTEGER NOT NULL,
    state TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX outage_lease ON outage (lease, id);
CREATE INDEX outage_tenant ON outage (tenant, id);
CREATE INDEX outage_provider ON outage (provider, id);

-- What the operator's probes have found last of a lease.
CREATE TABLE lease_probe (
    lease INTEGER NOT NULL PRIMARY KEY,
    body TEXT NOT NULL
) STRICT;
