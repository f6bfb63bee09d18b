-- History is added to and never changed.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END
$$;

-- What the database is. Each migration sets schema_version to its own place in the order.
CREATE TABLE meta (
    product TEXT NOT NULL PRIMARY KEY,
    schema_version BIGINT NOT NULL
);
INSERT INTO meta (product, schema_version) VALUES ('qiantang', 1);

-- Who may write. One row.
CREATE TABLE writer_lease (
    id BIGINT NOT NULL PRIMARY KEY,
    epoch BIGINT NOT NULL,
    holder TEXT NOT NULL,
    taken_at BIGINT NOT NULL
);

-- A command that was answered, refused ones too; a retry gets this very answer.
CREATE TABLE command (
    seq BIGINT NOT NULL PRIMARY KEY,
    org BIGINT,
    key TEXT,
    body_hash BYTEA,
    actor TEXT NOT NULL,
    kind TEXT NOT NULL,
    at BIGINT NOT NULL,
    accepted BOOLEAN NOT NULL,
    answer TEXT NOT NULL
);
CREATE UNIQUE INDEX command_key ON command (org, key) WHERE key IS NOT NULL;
CREATE TRIGGER command_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON command
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- An event: a leaf of the audit log.
CREATE TABLE journal (
    seq BIGINT NOT NULL PRIMARY KEY,
    command_seq BIGINT NOT NULL,
    kind TEXT NOT NULL,
    body BYTEA NOT NULL
);
CREATE TRIGGER journal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The events of one commit, chained to all before by hash.
CREATE TABLE batch (
    last_seq BIGINT NOT NULL PRIMARY KEY,
    first_seq BIGINT NOT NULL,
    events BIGINT NOT NULL,
    hash BYTEA NOT NULL
);
CREATE TRIGGER batch_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON batch
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A transfer of the ledger.
CREATE TABLE transfer (
    seq BIGINT NOT NULL PRIMARY KEY,
    command_seq BIGINT NOT NULL,
    movement BIGINT NOT NULL,
    kind TEXT NOT NULL,
    debit BIGINT NOT NULL,
    credit BIGINT NOT NULL,
    unit TEXT NOT NULL,
    amount BIGINT NOT NULL,
    about_kind TEXT NOT NULL,
    about BIGINT NOT NULL,
    booked_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    CHECK (amount > 0)
);
CREATE TRIGGER transfer_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON transfer
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- An account and its balance.
CREATE TABLE account (
    id BIGINT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    owner BIGINT,
    sub BIGINT,
    unit TEXT NOT NULL,
    normal TEXT NOT NULL,
    balance BIGINT NOT NULL
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX account_key ON account (kind, coalesce(owner, 0), coalesce(sub, 0));
CREATE INDEX account_owner ON account (owner) WHERE owner IS NOT NULL;

-- A line of an account's history.
CREATE TABLE entry (
    account BIGINT NOT NULL,
    transfer BIGINT NOT NULL,
    PRIMARY KEY (account, transfer)
);

-- How far the account histories reach. One row.
CREATE TABLE entry_through (
    id BIGINT NOT NULL PRIMARY KEY,
    transfer BIGINT NOT NULL
);

-- An organisation.
CREATE TABLE organisation (
    id BIGINT NOT NULL PRIMARY KEY,
    owner_group BIGINT NOT NULL,
    name TEXT NOT NULL,
    uscc TEXT NOT NULL UNIQUE,
    kinds TEXT NOT NULL,
    owner BIGINT
);

-- An accelerator model.
CREATE TABLE accelerator (
    id BIGINT NOT NULL PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    vendor TEXT NOT NULL,
    model TEXT NOT NULL,
    domestic BOOLEAN NOT NULL,
    memory_gb BIGINT NOT NULL,
    fp16_dense_gflops BIGINT,
    cards_per_node BIGINT NOT NULL
);

-- A site.
CREATE TABLE site (
    id BIGINT NOT NULL PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    name_zh TEXT NOT NULL,
    region TEXT NOT NULL
);

-- Terms of the market; the last ones are in force.
CREATE TABLE terms (
    seq BIGINT NOT NULL PRIMARY KEY,
    tenant_fee_bps BIGINT NOT NULL,
    provider_fee_bps BIGINT NOT NULL,
    vat_bps BIGINT NOT NULL,
    collar_bps BIGINT NOT NULL,
    usage_grace_hours BIGINT NOT NULL,
    dispute_hours BIGINT NOT NULL,
    since BIGINT NOT NULL
);

-- A reference price; the last one of an accelerator is in force.
CREATE TABLE reference_price (
    seq BIGINT NOT NULL PRIMARY KEY,
    accelerator BIGINT NOT NULL,
    price BIGINT NOT NULL,
    since BIGINT NOT NULL
);

-- A listing.
CREATE TABLE listing (
    id BIGINT NOT NULL PRIMARY KEY,
    seq BIGINT NOT NULL,
    provider BIGINT NOT NULL,
    owner_group BIGINT NOT NULL,
    site BIGINT NOT NULL,
    accelerator BIGINT NOT NULL,
    islands BIGINT NOT NULL,
    cards_per_island BIGINT NOT NULL,
    from_hour BIGINT NOT NULL,
    until_hour BIGINT NOT NULL,
    ask BIGINT NOT NULL,
    lot_cards BIGINT NOT NULL,
    min_hours BIGINT NOT NULL,
    max_hours BIGINT NOT NULL,
    mode TEXT NOT NULL,
    max_fault_ppm BIGINT NOT NULL,
    credit_ppm BIGINT NOT NULL,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL
) WITH (fillfactor = 85);
CREATE INDEX listing_provider ON listing (provider, id);
CREATE INDEX listing_open ON listing (id) WHERE state = 'open';

-- Hours in which nothing of a listing is let.
CREATE TABLE listing_maintenance (
    listing BIGINT NOT NULL,
    from_hour BIGINT NOT NULL,
    until_hour BIGINT NOT NULL,
    PRIMARY KEY (listing, from_hour)
);

-- A bid.
CREATE TABLE bid (
    id BIGINT NOT NULL PRIMARY KEY,
    seq BIGINT NOT NULL,
    tenant BIGINT NOT NULL,
    owner_group BIGINT NOT NULL,
    earliest BIGINT NOT NULL,
    latest BIGINT NOT NULL,
    min_cards BIGINT,
    placement TEXT NOT NULL,
    sites_limited BOOLEAN NOT NULL,
    domestic_only BOOLEAN NOT NULL,
    max_fault_ppm BIGINT,
    tif TEXT NOT NULL,
    expires_at BIGINT,
    voucher TEXT NOT NULL,
    purpose TEXT,
    state TEXT NOT NULL,
    filled_cards BIGINT NOT NULL,
    bound_alternative BIGINT,
    bound_site BIGINT,
    held BIGINT NOT NULL,
    created_at BIGINT NOT NULL
) WITH (fillfactor = 85);
CREATE INDEX bid_tenant ON bid (tenant, id);
CREATE INDEX bid_live ON bid (id) WHERE state IN ('open', 'partly_filled');

-- One of the things that a bid would take.
CREATE TABLE bid_alternative (
    bid BIGINT NOT NULL,
    idx BIGINT NOT NULL,
    accelerator BIGINT NOT NULL,
    cards BIGINT NOT NULL,
    hours BIGINT NOT NULL,
    limit_price BIGINT NOT NULL,
    PRIMARY KEY (bid, idx)
);

-- A site that a bid is limited to.
CREATE TABLE bid_site (
    bid BIGINT NOT NULL,
    site BIGINT NOT NULL,
    PRIMARY KEY (bid, site)
);

-- A voucher that a bid names.
CREATE TABLE bid_voucher (
    bid BIGINT NOT NULL,
    idx BIGINT NOT NULL,
    voucher BIGINT NOT NULL,
    PRIMARY KEY (bid, idx)
);

-- A fill, as agreed.
CREATE TABLE fill (
    id BIGINT NOT NULL PRIMARY KEY,
    lease BIGINT NOT NULL,
    bid BIGINT NOT NULL,
    alternative BIGINT NOT NULL,
    tenant BIGINT NOT NULL,
    listing BIGINT NOT NULL,
    provider BIGINT NOT NULL,
    accelerator BIGINT NOT NULL,
    site BIGINT NOT NULL,
    cards BIGINT NOT NULL,
    from_hour BIGINT NOT NULL,
    until_hour BIGINT NOT NULL,
    price BIGINT NOT NULL,
    charge BIGINT NOT NULL,
    voucher BIGINT NOT NULL,
    net BIGINT NOT NULL,
    fee BIGINT NOT NULL,
    tenant_fee_bps BIGINT NOT NULL,
    provider_fee_bps BIGINT NOT NULL,
    vat_bps BIGINT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX fill_bid ON fill (bid);
CREATE INDEX fill_listing ON fill (listing, id);

-- Cards of an island that a fill takes.
CREATE TABLE fill_island (
    fill BIGINT NOT NULL,
    island BIGINT NOT NULL,
    cards BIGINT NOT NULL,
    PRIMARY KEY (fill, island)
);

-- What one voucher pays of a fill.
CREATE TABLE fill_draw (
    fill BIGINT NOT NULL,
    idx BIGINT NOT NULL,
    voucher BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    PRIMARY KEY (fill, idx)
);

-- A lease and what has been settled of it.
CREATE TABLE lease (
    id BIGINT NOT NULL PRIMARY KEY,
    fill BIGINT NOT NULL,
    tenant BIGINT NOT NULL,
    provider BIGINT NOT NULL,
    from_hour BIGINT NOT NULL,
    until_hour BIGINT NOT NULL,
    state TEXT NOT NULL,
    settled_card_seconds BIGINT NOT NULL,
    settled_charge BIGINT NOT NULL,
    settled_voucher BIGINT NOT NULL,
    settled_tenant_fee BIGINT NOT NULL,
    settled_provider_fee BIGINT NOT NULL,
    settled_vat BIGINT NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX lease_tenant ON lease (tenant, id);
CREATE INDEX lease_provider ON lease (provider, id);
CREATE INDEX lease_live ON lease (id) WHERE state <> 'closed';

-- A programme.
CREATE TABLE programme (
    id BIGINT NOT NULL PRIMARY KEY,
    code TEXT NOT NULL,
    version BIGINT NOT NULL,
    rules TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX programme_version ON programme (code, version);

-- A voucher.
CREATE TABLE voucher (
    id BIGINT NOT NULL PRIMARY KEY,
    programme BIGINT NOT NULL,
    org BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    valid_from BIGINT NOT NULL,
    valid_until BIGINT NOT NULL
);
CREATE INDEX voucher_org ON voucher (org, id);

-- A number that only grows: the last identifier of each kind.
CREATE TABLE counter (
    name TEXT NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);

-- What counts against the cap of an organisation in a programme.
CREATE TABLE entity_use (
    programme BIGINT NOT NULL,
    org BIGINT NOT NULL,
    period BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    PRIMARY KEY (programme, org, period)
);

-- A usage report that was accepted.
CREATE TABLE usage_report (
    seq BIGINT NOT NULL PRIMARY KEY,
    command_seq BIGINT NOT NULL,
    source TEXT NOT NULL,
    source_id TEXT NOT NULL,
    lease BIGINT NOT NULL,
    from_at BIGINT NOT NULL,
    until_at BIGINT NOT NULL,
    cards_up BIGINT NOT NULL,
    card_seconds BIGINT NOT NULL,
    settlement BIGINT NOT NULL
);
CREATE UNIQUE INDEX usage_report_source ON usage_report (lease, source, source_id);

-- Organisations declared related; the smaller identifier comes first.
CREATE TABLE related (
    a BIGINT NOT NULL,
    b BIGINT NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (a, b)
);

-- Earnings still disputable; both amounts are zero once they are released.
CREATE TABLE earnings (
    release_at BIGINT NOT NULL,
    org BIGINT NOT NULL,
    cash BIGINT NOT NULL,
    programme BIGINT NOT NULL,
    PRIMARY KEY (release_at, org)
);

INSERT INTO writer_lease (id, epoch, holder, taken_at) VALUES (1, 0, '', 0);
INSERT INTO entry_through (id, transfer) VALUES (1, 0);
