-- What the database is. Each migration sets schema_version to its own place in the order.
CREATE TABLE meta (
    product TEXT NOT NULL PRIMARY KEY,
    schema_version INTEGER NOT NULL
) STRICT;
INSERT INTO meta (product, schema_version) VALUES ('qiantang', 1);

-- Who may write. One row.
CREATE TABLE writer_lease (
    id INTEGER NOT NULL PRIMARY KEY,
    epoch INTEGER NOT NULL,
    holder TEXT NOT NULL,
    taken_at INTEGER NOT NULL
) STRICT;

-- A command that was answered, refused ones too; a retry gets this very answer.
CREATE TABLE command (
    seq INTEGER NOT NULL PRIMARY KEY,
    org INTEGER,
    key TEXT,
    body_hash BLOB,
    actor TEXT NOT NULL,
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    accepted INTEGER NOT NULL,
    answer TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX command_key ON command (org, key) WHERE key IS NOT NULL;
CREATE TRIGGER command_refuse_update BEFORE UPDATE ON command
BEGIN SELECT RAISE(ABORT, 'command is append-only'); END;
CREATE TRIGGER command_refuse_delete BEFORE DELETE ON command
BEGIN SELECT RAISE(ABORT, 'command is append-only'); END;

-- An event: a leaf of the audit log.
CREATE TABLE journal (
    seq INTEGER NOT NULL PRIMARY KEY,
    command_seq INTEGER NOT NULL,
    kind TEXT NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE TRIGGER journal_refuse_update BEFORE UPDATE ON journal
BEGIN SELECT RAISE(ABORT, 'journal is append-only'); END;
CREATE TRIGGER journal_refuse_delete BEFORE DELETE ON journal
BEGIN SELECT RAISE(ABORT, 'journal is append-only'); END;

-- The events of one commit, chained to all before by hash.
CREATE TABLE batch (
    last_seq INTEGER NOT NULL PRIMARY KEY,
    first_seq INTEGER NOT NULL,
    events INTEGER NOT NULL,
    hash BLOB NOT NULL
) STRICT;
CREATE TRIGGER batch_refuse_update BEFORE UPDATE ON batch
BEGIN SELECT RAISE(ABORT, 'batch is append-only'); END;
CREATE TRIGGER batch_refuse_delete BEFORE DELETE ON batch
BEGIN SELECT RAISE(ABORT, 'batch is append-only'); END;

-- A transfer of the ledger.
CREATE TABLE transfer (
    seq INTEGER NOT NULL PRIMARY KEY,
    command_seq INTEGER NOT NULL,
    movement INTEGER NOT NULL,
    kind TEXT NOT NULL,
    debit INTEGER NOT NULL,
    credit INTEGER NOT NULL,
    unit TEXT NOT NULL,
    amount INTEGER NOT NULL,
    about_kind TEXT NOT NULL,
    about INTEGER NOT NULL,
    booked_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    CHECK (amount > 0)
) STRICT;
CREATE TRIGGER transfer_refuse_update BEFORE UPDATE ON transfer
BEGIN SELECT RAISE(ABORT, 'transfer is append-only'); END;
CREATE TRIGGER transfer_refuse_delete BEFORE DELETE ON transfer
BEGIN SELECT RAISE(ABORT, 'transfer is append-only'); END;

-- An account and its balance.
CREATE TABLE account (
    id INTEGER NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    owner INTEGER,
    sub INTEGER,
    unit TEXT NOT NULL,
    normal TEXT NOT NULL,
    balance INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX account_key ON account (kind, coalesce(owner, 0), coalesce(sub, 0));
CREATE INDEX account_owner ON account (owner) WHERE owner IS NOT NULL;

-- A line of an account's history.
CREATE TABLE entry (
    account INTEGER NOT NULL,
    transfer INTEGER NOT NULL,
    PRIMARY KEY (account, transfer)
) STRICT, WITHOUT ROWID;

-- How far the account histories reach. One row.
CREATE TABLE entry_through (
    id INTEGER NOT NULL PRIMARY KEY,
    transfer INTEGER NOT NULL
) STRICT;

-- An organisation.
CREATE TABLE organisation (
    id INTEGER NOT NULL PRIMARY KEY,
    owner_group INTEGER NOT NULL,
    name TEXT NOT NULL,
    uscc TEXT NOT NULL UNIQUE,
    kinds TEXT NOT NULL,
    owner INTEGER
) STRICT;

-- An accelerator model.
CREATE TABLE accelerator (
    id INTEGER NOT NULL PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    vendor TEXT NOT NULL,
    model TEXT NOT NULL,
    domestic INTEGER NOT NULL,
    memory_gb INTEGER NOT NULL,
    fp16_dense_gflops INTEGER,
    cards_per_node INTEGER NOT NULL
) STRICT;

-- A site.
CREATE TABLE site (
    id INTEGER NOT NULL PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    name_zh TEXT NOT NULL,
    region TEXT NOT NULL
) STRICT;

-- Terms of the market; the last ones are in force.
CREATE TABLE terms (
    seq INTEGER NOT NULL PRIMARY KEY,
    tenant_fee_bps INTEGER NOT NULL,
    provider_fee_bps INTEGER NOT NULL,
    vat_bps INTEGER NOT NULL,
    collar_bps INTEGER NOT NULL,
    usage_grace_hours INTEGER NOT NULL,
    dispute_hours INTEGER NOT NULL,
    since INTEGER NOT NULL
) STRICT;

-- A reference price; the last one of an accelerator is in force.
CREATE TABLE reference_price (
    seq INTEGER NOT NULL PRIMARY KEY,
    accelerator INTEGER NOT NULL,
    price INTEGER NOT NULL,
    since INTEGER NOT NULL
) STRICT;

-- A listing.
CREATE TABLE listing (
    id INTEGER NOT NULL PRIMARY KEY,
    seq INTEGER NOT NULL,
    provider INTEGER NOT NULL,
    owner_group INTEGER NOT NULL,
    site INTEGER NOT NULL,
    accelerator INTEGER NOT NULL,
    islands INTEGER NOT NULL,
    cards_per_island INTEGER NOT NULL,
    from_hour INTEGER NOT NULL,
    until_hour INTEGER NOT NULL,
    ask INTEGER NOT NULL,
    lot_cards INTEGER NOT NULL,
    min_hours INTEGER NOT NULL,
    max_hours INTEGER NOT NULL,
    mode TEXT NOT NULL,
    max_fault_ppm INTEGER NOT NULL,
    credit_ppm INTEGER NOT NULL,
    state TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX listing_provider ON listing (provider, id);
CREATE INDEX listing_open ON listing (id) WHERE state = 'open';

-- Hours in which nothing of a listing is let.
CREATE TABLE listing_maintenance (
    listing INTEGER NOT NULL,
    from_hour INTEGER NOT NULL,
    until_hour INTEGER NOT NULL,
    PRIMARY KEY (listing, from_hour)
) STRICT, WITHOUT ROWID;

-- A bid.
CREATE TABLE bid (
    id INTEGER NOT NULL PRIMARY KEY,
    seq INTEGER NOT NULL,
    tenant INTEGER NOT NULL,
    owner_group INTEGER NOT NULL,
    earliest INTEGER NOT NULL,
    latest INTEGER NOT NULL,
    min_cards INTEGER,
    placement TEXT NOT NULL,
    sites_limited INTEGER NOT NULL,
    domestic_only INTEGER NOT NULL,
    max_fault_ppm INTEGER,
    tif TEXT NOT NULL,
    expires_at INTEGER,
    voucher TEXT NOT NULL,
    purpose TEXT,
    state TEXT NOT NULL,
    filled_cards INTEGER NOT NULL,
    bound_alternative INTEGER,
    bound_site INTEGER,
    held INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX bid_tenant ON bid (tenant, id);
CREATE INDEX bid_live ON bid (id) WHERE state IN ('open', 'partly_filled');

-- One of the things that a bid would take.
CREATE TABLE bid_alternative (
    bid INTEGER NOT NULL,
    idx INTEGER NOT NULL,
    accelerator INTEGER NOT NULL,
    cards INTEGER NOT NULL,
    hours INTEGER NOT NULL,
    limit_price INTEGER NOT NULL,
    PRIMARY KEY (bid, idx)
) STRICT, WITHOUT ROWID;

-- A site that a bid is limited to.
CREATE TABLE bid_site (
    bid INTEGER NOT NULL,
    site INTEGER NOT NULL,
    PRIMARY KEY (bid, site)
) STRICT, WITHOUT ROWID;

-- A voucher that a bid names.
CREATE TABLE bid_voucher (
    bid INTEGER NOT NULL,
    idx INTEGER NOT NULL,
    voucher INTEGER NOT NULL,
    PRIMARY KEY (bid, idx)
) STRICT, WITHOUT ROWID;

-- A fill, as agreed.
CREATE TABLE fill (
    id INTEGER NOT NULL PRIMARY KEY,
    lease INTEGER NOT NULL,
    bid INTEGER NOT NULL,
    alternative INTEGER NOT NULL,
    tenant INTEGER NOT NULL,
    listing INTEGER NOT NULL,
    provider INTEGER NOT NULL,
    accelerator INTEGER NOT NULL,
    site INTEGER NOT NULL,
    cards INTEGER NOT NULL,
    from_hour INTEGER NOT NULL,
    until_hour INTEGER NOT NULL,
    price INTEGER NOT NULL,
    charge INTEGER NOT NULL,
    voucher INTEGER NOT NULL,
    net INTEGER NOT NULL,
    fee INTEGER NOT NULL,
    tenant_fee_bps INTEGER NOT NULL,
    provider_fee_bps INTEGER NOT NULL,
    vat_bps INTEGER NOT NULL,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX fill_bid ON fill (bid);
CREATE INDEX fill_listing ON fill (listing, id);

-- Cards of an island that a fill takes.
CREATE TABLE fill_island (
    fill INTEGER NOT NULL,
    island INTEGER NOT NULL,
    cards INTEGER NOT NULL,
    PRIMARY KEY (fill, island)
) STRICT, WITHOUT ROWID;

-- What one voucher pays of a fill.
CREATE TABLE fill_draw (
    fill INTEGER NOT NULL,
    idx INTEGER NOT NULL,
    voucher INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    PRIMARY KEY (fill, idx)
) STRICT, WITHOUT ROWID;

-- A lease and what has been settled of it.
CREATE TABLE lease (
    id INTEGER NOT NULL PRIMARY KEY,
    fill INTEGER NOT NULL,
    tenant INTEGER NOT NULL,
    provider INTEGER NOT NULL,
    from_hour INTEGER NOT NULL,
    until_hour INTEGER NOT NULL,
    state TEXT NOT NULL,
    settled_card_seconds INTEGER NOT NULL,
    settled_charge INTEGER NOT NULL,
    settled_voucher INTEGER NOT NULL,
    settled_tenant_fee INTEGER NOT NULL,
    settled_provider_fee INTEGER NOT NULL,
    settled_vat INTEGER NOT NULL
) STRICT;
CREATE INDEX lease_tenant ON lease (tenant, id);
CREATE INDEX lease_provider ON lease (provider, id);
CREATE INDEX lease_live ON lease (id) WHERE state <> 'closed';

-- A programme.
CREATE TABLE programme (
    id INTEGER NOT NULL PRIMARY KEY,
    code TEXT NOT NULL,
    version INTEGER NOT NULL,
    rules TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX programme_version ON programme (code, version);

-- A voucher.
CREATE TABLE voucher (
    id INTEGER NOT NULL PRIMARY KEY,
    programme INTEGER NOT NULL,
    org INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    valid_from INTEGER NOT NULL,
    valid_until INTEGER NOT NULL
) STRICT;
CREATE INDEX voucher_org ON voucher (org, id);

-- A number that only grows: the last identifier of each kind.
CREATE TABLE counter (
    name TEXT NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT;

-- What counts against the cap of an organisation in a programme.
CREATE TABLE entity_use (
    programme INTEGER NOT NULL,
    org INTEGER NOT NULL,
    period INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    PRIMARY KEY (programme, org, period)
) STRICT, WITHOUT ROWID;

-- A usage report that was accepted.
CREATE TABLE usage_report (
    seq INTEGER NOT NULL PRIMARY KEY,
    command_seq INTEGER NOT NULL,
    source TEXT NOT NULL,
    source_id TEXT NOT NULL,
    lease INTEGER NOT NULL,
    from_at INTEGER NOT NULL,
    until_at INTEGER NOT NULL,
    cards_up INTEGER NOT NULL,
    card_seconds INTEGER NOT NULL,
    settlement INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX usage_report_source ON usage_report (lease, source, source_id);

-- Organisations declared related; the smaller identifier comes first.
CREATE TABLE related (
    a INTEGER NOT NULL,
    b INTEGER NOT NULL,
    since INTEGER NOT NULL,
    PRIMARY KEY (a, b)
) STRICT, WITHOUT ROWID;

-- Earnings still disputable; both amounts are zero once they are released.
CREATE TABLE earnings (
    release_at INTEGER NOT NULL,
    org INTEGER NOT NULL,
    cash INTEGER NOT NULL,
    programme INTEGER NOT NULL,
    PRIMARY KEY (release_at, org)
) STRICT, WITHOUT ROWID;

INSERT INTO writer_lease (id, epoch, holder, taken_at) VALUES (1, 0, '', 0);
INSERT INTO entry_through (id, transfer) VALUES (1, 0);
