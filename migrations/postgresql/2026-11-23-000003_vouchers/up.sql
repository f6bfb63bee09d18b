-- The voucher office: the life of programmes, applications, claims, recoveries, flags, requests to treasuries.
UPDATE meta SET schema_version = 3;

ALTER TABLE programme ADD COLUMN issuer BIGINT;
ALTER TABLE programme ADD COLUMN state TEXT NOT NULL DEFAULT 'open';
ALTER TABLE programme ADD COLUMN record TEXT NOT NULL DEFAULT '{}';
ALTER TABLE voucher ADD COLUMN version BIGINT NOT NULL DEFAULT 1;

-- An application for a voucher.
CREATE TABLE application (
    id BIGINT NOT NULL PRIMARY KEY,
    programme BIGINT NOT NULL,
    org BIGINT NOT NULL,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX application_org ON application (org, id);
CREATE INDEX application_programme ON application (programme, id);

-- A claim of what was paid.
CREATE TABLE claim (
    id BIGINT NOT NULL PRIMARY KEY,
    programme BIGINT NOT NULL,
    org BIGINT NOT NULL,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX claim_org ON claim (org, id);
CREATE INDEX claim_programme ON claim (programme, id);

-- A subsidy that was taken back.
CREATE TABLE recovery (
    id BIGINT NOT NULL PRIMARY KEY,
    programme BIGINT NOT NULL,
    org BIGINT NOT NULL,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX recovery_org ON recovery (org, id);
CREATE INDEX recovery_programme ON recovery (programme, id);

-- Something that looks wrong.
CREATE TABLE flag (
    id BIGINT NOT NULL PRIMARY KEY,
    programme BIGINT NOT NULL,
    org BIGINT NOT NULL,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX flag_org ON flag (org, id);
CREATE INDEX flag_programme ON flag (programme, id);

-- What a treasury is asked to pay.
CREATE TABLE treasury_request (
    id BIGINT NOT NULL PRIMARY KEY,
    programme BIGINT NOT NULL,
    org BIGINT NOT NULL,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX treasury_request_org ON treasury_request (org, id);
CREATE INDEX treasury_request_programme ON treasury_request (programme, id);

-- Personal data of applications and the like, named in the journal by a salted hash only; nothing is left of it once it is erased.
CREATE TABLE sealed (
    hash TEXT NOT NULL PRIMARY KEY,
    org BIGINT NOT NULL,
    salt TEXT,
    content TEXT,
    created_at BIGINT NOT NULL,
    erased_at BIGINT,
    CHECK ((content IS NULL) = (salt IS NULL))
);

-- Which application a voucher was granted on, and how it ended before its time.
ALTER TABLE voucher ADD COLUMN application BIGINT;
ALTER TABLE voucher ADD COLUMN ended TEXT;
CREATE INDEX application_state ON application (state, id);

-- A voucher that expires soon.
CREATE TABLE voucher_alert (
    voucher BIGINT NOT NULL,
    days BIGINT NOT NULL,
    org BIGINT NOT NULL,
    left_fen BIGINT NOT NULL,
    valid_until BIGINT NOT NULL,
    told_at BIGINT NOT NULL,
    PRIMARY KEY (voucher, days)
);

-- A cap that two people have lifted.
CREATE TABLE cap_lift (
    programme BIGINT NOT NULL,
    owner_group BIGINT NOT NULL,
    cap BIGINT NOT NULL,
    PRIMARY KEY (programme, owner_group)
);

-- Days of a year that are not worked or rested as the days of the week say.
CREATE TABLE calendar (
    jurisdiction TEXT NOT NULL,
    year BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (jurisdiction, year)
);

-- How the subsidy of a fill was found; only of fills that have one.
CREATE TABLE fill_evaluation (
    fill BIGINT NOT NULL PRIMARY KEY,
    body TEXT NOT NULL
);
CREATE INDEX fill_draw_voucher ON fill_draw (voucher, fill);

-- What an owner group has spent in a calendar year: settled and claimed, and with what is agreed.
CREATE TABLE entity_spending (
    org BIGINT NOT NULL,
    year BIGINT NOT NULL,
    spent BIGINT NOT NULL,
    declared BIGINT NOT NULL,
    PRIMARY KEY (org, year)
);

-- What was attested of organisations; the last row of each counts.
CREATE TABLE entity_facts (
    seq BIGINT NOT NULL PRIMARY KEY,
    org BIGINT NOT NULL,
    since BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX entity_facts_org ON entity_facts (org, seq);

-- How organisations are related; what was declared before goes on.
CREATE TABLE relation (
    id BIGINT NOT NULL PRIMARY KEY,
    a BIGINT NOT NULL,
    b BIGINT NOT NULL,
    kind TEXT NOT NULL,
    share_bps BIGINT,
    from_at BIGINT NOT NULL,
    until_at BIGINT,
    source TEXT NOT NULL,
    recorded_at BIGINT NOT NULL
);
INSERT INTO relation (id, a, b, kind, share_bps, from_at, until_at, source, recorded_at)
    SELECT row_number() OVER (ORDER BY a, b), a, b, 'declared', NULL, since, NULL, '', since FROM related;
DROP TABLE related;

-- The places of providers in the lists of programmes.
CREATE TABLE provider_list (
    programme BIGINT NOT NULL,
    org BIGINT NOT NULL,
    places TEXT NOT NULL,
    PRIMARY KEY (programme, org)
);

-- What providers' meters have counted.
CREATE TABLE power_reading (
    seq BIGINT NOT NULL PRIMARY KEY,
    provider BIGINT NOT NULL,
    site BIGINT NOT NULL,
    from_at BIGINT NOT NULL,
    until_at BIGINT NOT NULL,
    watt_hours BIGINT NOT NULL
);

-- Whose programme an approval is about; NULL: nobody's in particular.
ALTER TABLE approval ADD COLUMN issuer BIGINT;
