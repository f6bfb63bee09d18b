-- The voucher office: the life of programmes, applications, claims, recoveries, flags, requests to treasuries.
UPDATE meta SET schema_version = 3;

ALTER TABLE programme ADD COLUMN issuer INTEGER;
ALTER TABLE programme ADD COLUMN state TEXT NOT NULL DEFAULT 'open';
ALTER TABLE programme ADD COLUMN record TEXT NOT NULL DEFAULT '{}';
ALTER TABLE voucher ADD COLUMN version INTEGER NOT NULL DEFAULT 1;

-- An application for a voucher.
CREATE TABLE application (
    id INTEGER NOT NULL PRIMARY KEY,
    programme INTEGER NOT NULL,
    org INTEGER NOT NULL,
    state TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX application_org ON application (org, id);
CREATE INDEX application_programme ON application (programme, id);

-- A claim of what was paid.
CREATE TABLE claim (
    id INTEGER NOT NULL PRIMARY KEY,
    programme INTEGER NOT NULL,
    org INTEGER NOT NULL,
    state TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX claim_org ON claim (org, id);
CREATE INDEX claim_programme ON claim (programme, id);

-- A subsidy that was taken back.
CREATE TABLE recovery (
    id INTEGER NOT NULL PRIMARY KEY,
    programme INTEGER NOT NULL,
    org INTEGER NOT NULL,
    state TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX recovery_org ON recovery (org, id);
CREATE INDEX recovery_programme ON recovery (programme, id);

-- Something that looks wrong.
CREATE TABLE flag (
    id INTEGER NOT NULL PRIMARY KEY,
    programme INTEGER NOT NULL,
    org INTEGER NOT NULL,
    state TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX flag_org ON flag (org, id);
CREATE INDEX flag_programme ON flag (programme, id);

-- What a treasury is asked to pay.
CREATE TABLE treasury_request (
    id INTEGER NOT NULL PRIMARY KEY,
    programme INTEGER NOT NULL,
    org INTEGER NOT NULL,
    state TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX treasury_request_org ON treasury_request (org, id);
CREATE INDEX treasury_request_programme ON treasury_request (programme, id);

-- Personal data of applications and the like, named in the journal by a salted hash only; nothing is left of it once it is erased.
CREATE TABLE sealed (
    hash TEXT NOT NULL PRIMARY KEY,
    org INTEGER NOT NULL,
    salt TEXT,
    content TEXT,
    created_at INTEGER NOT NULL,
    erased_at INTEGER,
    CHECK ((content IS NULL) = (salt IS NULL))
) STRICT;

-- Which application a voucher was granted on, and how it ended before its time.
ALTER TABLE voucher ADD COLUMN application INTEGER;
ALTER TABLE voucher ADD COLUMN ended TEXT;
CREATE INDEX application_state ON application (state, id);

-- A voucher that expires soon.
CREATE TABLE voucher_alert (
    voucher INTEGER NOT NULL,
    days INTEGER NOT NULL,
    org INTEGER NOT NULL,
    left_fen INTEGER NOT NULL,
    valid_until INTEGER NOT NULL,
    told_at INTEGER NOT NULL,
    PRIMARY KEY (voucher, days)
) STRICT;

-- A cap that two people have lifted.
CREATE TABLE cap_lift (
    programme INTEGER NOT NULL,
    owner_group INTEGER NOT NULL,
    cap INTEGER NOT NULL,
    PRIMARY KEY (programme, owner_group)
) STRICT;

-- Days of a year that are not worked or rested as the days of the week say.
CREATE TABLE calendar (
    jurisdiction TEXT NOT NULL,
    year INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (jurisdiction, year)
) STRICT;

-- How the subsidy of a fill was found; only of fills that have one.
CREATE TABLE fill_evaluation (
    fill INTEGER NOT NULL PRIMARY KEY,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX fill_draw_voucher ON fill_draw (voucher, fill);

-- What an owner group has spent in a calendar year: settled and claimed, and with what is agreed.
CREATE TABLE entity_spending (
    org INTEGER NOT NULL,
    year INTEGER NOT NULL,
    spent INTEGER NOT NULL,
    declared INTEGER NOT NULL,
    PRIMARY KEY (org, year)
) STRICT, WITHOUT ROWID;

-- What was attested of organisations; the last row of each counts.
CREATE TABLE entity_facts (
    seq INTEGER NOT NULL PRIMARY KEY,
    org INTEGER NOT NULL,
    since INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX entity_facts_org ON entity_facts (org, seq);

-- How organisations are related; what was declared before goes on.
CREATE TABLE relation (
    id INTEGER NOT NULL PRIMARY KEY,
    a INTEGER NOT NULL,
    b INTEGER NOT NULL,
    kind TEXT NOT NULL,
    share_bps INTEGER,
    from_at INTEGER NOT NULL,
    until_at INTEGER,
    source TEXT NOT NULL,
    recorded_at INTEGER NOT NULL
) STRICT;
INSERT INTO relation (id, a, b, kind, share_bps, from_at, until_at, source, recorded_at)
    SELECT row_number() OVER (ORDER BY a, b), a, b, 'declared', NULL, since, NULL, '', since FROM related;
DROP TABLE related;

-- The places of providers in the lists of programmes.
CREATE TABLE provider_list (
    programme INTEGER NOT NULL,
    org INTEGER NOT NULL,
    places TEXT NOT NULL,
    PRIMARY KEY (programme, org)
) STRICT, WITHOUT ROWID;

-- What providers' meters have counted.
CREATE TABLE power_reading (
    seq INTEGER NOT NULL PRIMARY KEY,
    provider INTEGER NOT NULL,
    site INTEGER NOT NULL,
    from_at INTEGER NOT NULL,
    until_at INTEGER NOT NULL,
    watt_hours INTEGER NOT NULL
) STRICT;

-- Whose programme an approval is about; NULL: nobody's in particular.
ALTER TABLE approval ADD COLUMN issuer INTEGER;
