//! The tables, as diesel sees them; the same for both back ends. `migrations/` is what makes them.

#![expect(missing_docs, reason = "the fields of the row types say what each column holds")]

mod banking;
mod credential;
mod life;
mod log;
mod metering;
mod money;
mod office;
mod outbox;
mod settled;
mod sla;

pub use banking::*;
pub use credential::*;
pub use life::*;
pub use log::*;
pub use metering::*;
pub use money::*;
pub use office::*;
pub use outbox::*;
pub use settled::*;
pub use sla::*;

diesel::table! {
    /// What the database is.
    meta (product) {
        product -> Text,
        schema_version -> BigInt,
    }
}

diesel::table! {
    /// Who may write. One row.
    writer_lease (id) {
        id -> BigInt,
        epoch -> BigInt,
        holder -> Text,
        taken_at -> BigInt,
    }
}

diesel::table! {
    /// A command that was answered, refused ones too; a retry gets this very answer.
    command (seq) {
        seq -> BigInt,
        org -> Nullable<BigInt>,
        key -> Nullable<Text>,
        body_hash -> Nullable<Binary>,
        actor -> Text,
        kind -> Text,
        at -> BigInt,
        accepted -> Bool,
        answer -> Text,
    }
}

diesel::table! {
    /// An event: a leaf of the audit log.
    journal (seq) {
        seq -> BigInt,
        command_seq -> BigInt,
        kind -> Text,
        body -> Binary,
    }
}

diesel::table! {
    /// The events of one commit, chained to all before by hash.
    batch (last_seq) {
        last_seq -> BigInt,
        first_seq -> BigInt,
        events -> BigInt,
        hash -> Binary,
    }
}

diesel::table! {
    /// A transfer of the ledger.
    transfer (seq) {
        seq -> BigInt,
        command_seq -> BigInt,
        movement -> BigInt,
        kind -> Text,
        debit -> BigInt,
        credit -> BigInt,
        unit -> Text,
        amount -> BigInt,
        about_kind -> Text,
        about -> BigInt,
        booked_at -> BigInt,
        created_at -> BigInt,
    }
}

diesel::table! {
    /// An account and its balance.
    account (id) {
        id -> BigInt,
        kind -> Text,
        owner -> Nullable<BigInt>,
        sub -> Nullable<BigInt>,
        unit -> Text,
        normal -> Text,
        balance -> BigInt,
    }
}

diesel::table! {
    /// A line of an account's history.
    entry (account, transfer) {
        account -> BigInt,
        transfer -> BigInt,
    }
}

diesel::table! {
    /// How far the account histories reach. One row.
    entry_through (id) {
        id -> BigInt,
        transfer -> BigInt,
    }
}

diesel::table! {
    /// An organisation.
    organisation (id) {
        id -> BigInt,
        owner_group -> BigInt,
        name -> Text,
        uscc -> Text,
        kinds -> Text,
        owner -> Nullable<BigInt>,
    }
}

diesel::table! {
    /// An accelerator model.
    accelerator (id) {
        id -> BigInt,
        code -> Text,
        vendor -> Text,
        model -> Text,
        domestic -> Bool,
        memory_gb -> BigInt,
        fp16_dense_gflops -> Nullable<BigInt>,
        cards_per_node -> BigInt,
    }
}

diesel::table! {
    /// A site.
    site (id) {
        id -> BigInt,
        code -> Text,
        name_zh -> Text,
        region -> Text,
    }
}

diesel::table! {
    /// Terms of the market; the last ones are in force.
    terms (seq) {
        seq -> BigInt,
        tenant_fee_bps -> BigInt,
        provider_fee_bps -> BigInt,
        vat_bps -> BigInt,
        collar_bps -> BigInt,
        usage_grace_hours -> BigInt,
        dispute_hours -> BigInt,
        account_cooling_hours -> BigInt,
        alone_max -> BigInt,
        acceptance_hours -> BigInt,
        outage_hours -> BigInt,
        since -> BigInt,
        delivery -> Text,
    }
}

diesel::table! {
    /// A reference price; the last one of an accelerator is in force.
    reference_price (seq) {
        seq -> BigInt,
        accelerator -> BigInt,
        price -> BigInt,
        since -> BigInt,
    }
}

diesel::table! {
    /// A listing.
    listing (id) {
        id -> BigInt,
        seq -> BigInt,
        provider -> BigInt,
        owner_group -> BigInt,
        site -> BigInt,
        accelerator -> BigInt,
        islands -> BigInt,
        cards_per_island -> BigInt,
        from_hour -> BigInt,
        until_hour -> BigInt,
        ask -> BigInt,
        lot_cards -> BigInt,
        min_hours -> BigInt,
        max_hours -> BigInt,
        mode -> Text,
        max_fault_ppm -> BigInt,
        credit_ppm -> BigInt,
        state -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    /// Hours in which nothing of a listing is let.
    listing_maintenance (listing, from_hour) {
        listing -> BigInt,
        from_hour -> BigInt,
        until_hour -> BigInt,
    }
}

diesel::table! {
    /// A bid.
    bid (id) {
        id -> BigInt,
        seq -> BigInt,
        tenant -> BigInt,
        owner_group -> BigInt,
        earliest -> BigInt,
        latest -> BigInt,
        min_cards -> Nullable<BigInt>,
        placement -> Text,
        sites_limited -> Bool,
        domestic_only -> Bool,
        max_fault_ppm -> Nullable<BigInt>,
        tif -> Text,
        expires_at -> Nullable<BigInt>,
        voucher -> Text,
        purpose -> Nullable<Text>,
        state -> Text,
        filled_cards -> BigInt,
        bound_alternative -> Nullable<BigInt>,
        bound_site -> Nullable<BigInt>,
        held -> BigInt,
        created_at -> BigInt,
    }
}

diesel::table! {
    /// One of the things that a bid would take.
    bid_alternative (bid, idx) {
        bid -> BigInt,
        idx -> BigInt,
        accelerator -> BigInt,
        cards -> BigInt,
        hours -> BigInt,
        limit_price -> BigInt,
    }
}

diesel::table! {
    /// A site that a bid is limited to.
    bid_site (bid, site) {
        bid -> BigInt,
        site -> BigInt,
    }
}

diesel::table! {
    /// A voucher that a bid names.
    bid_voucher (bid, idx) {
        bid -> BigInt,
        idx -> BigInt,
        voucher -> BigInt,
    }
}

diesel::table! {
    /// A fill, as agreed.
    fill (id) {
        id -> BigInt,
        lease -> BigInt,
        bid -> BigInt,
        alternative -> BigInt,
        tenant -> BigInt,
        listing -> BigInt,
        provider -> BigInt,
        accelerator -> BigInt,
        site -> BigInt,
        cards -> BigInt,
        from_hour -> BigInt,
        until_hour -> BigInt,
        price -> BigInt,
        charge -> BigInt,
        voucher -> BigInt,
        net -> BigInt,
        fee -> BigInt,
        tenant_fee_bps -> BigInt,
        provider_fee_bps -> BigInt,
        vat_bps -> BigInt,
        at -> BigInt,
        predecessor -> Nullable<BigInt>,
        evaluation_leaf -> Nullable<BigInt>,
        sla_max_ppm -> Nullable<BigInt>,
        sla_credit_ppm -> Nullable<BigInt>,
        leaf -> Nullable<BigInt>,
    }
}

diesel::table! {
    /// Cards of an island that a fill takes.
    fill_island (fill, island) {
        fill -> BigInt,
        island -> BigInt,
        cards -> BigInt,
    }
}

diesel::table! {
    /// What one voucher pays of a fill.
    fill_draw (fill, idx) {
        fill -> BigInt,
        idx -> BigInt,
        voucher -> BigInt,
        amount -> BigInt,
    }
}

diesel::table! {
    /// A lease and what has been settled of it.
    lease (id) {
        id -> BigInt,
        fill -> BigInt,
        tenant -> BigInt,
        provider -> BigInt,
        from_hour -> BigInt,
        until_hour -> BigInt,
        state -> Text,
        settled_card_seconds -> BigInt,
        settled_charge -> BigInt,
        settled_voucher -> BigInt,
        settled_tenant_fee -> BigInt,
        settled_provider_fee -> BigInt,
        settled_vat -> BigInt,
        counted_place -> BigInt,
        counted_until -> BigInt,
        life -> Text,
        vat_shares -> Text,
    }
}

diesel::table! {
    /// A programme.
    programme (id) {
        id -> BigInt,
        code -> Text,
        version -> BigInt,
        rules -> Text,
        created_at -> BigInt,
        issuer -> Nullable<BigInt>,
        state -> Text,
        record -> Text,
    }
}

diesel::table! {
    /// A voucher.
    voucher (id) {
        id -> BigInt,
        programme -> BigInt,
        version -> BigInt,
        org -> BigInt,
        amount -> BigInt,
        valid_from -> BigInt,
        valid_until -> BigInt,
        application -> Nullable<BigInt>,
        ended -> Nullable<Text>,
    }
}

diesel::table! {
    /// A number that only grows: the last identifier of each kind.
    counter (name) {
        name -> Text,
        value -> BigInt,
    }
}

diesel::table! {
    /// What counts against the cap of an organisation in a programme.
    entity_use (programme, org, period) {
        programme -> BigInt,
        org -> BigInt,
        period -> BigInt,
        amount -> BigInt,
    }
}

diesel::joinable!(listing_maintenance -> listing (listing));
diesel::joinable!(bid_alternative -> bid (bid));
diesel::joinable!(bid_site -> bid (bid));
diesel::joinable!(bid_voucher -> bid (bid));
diesel::joinable!(fill_island -> fill (fill));
diesel::joinable!(fill_draw -> fill (fill));
diesel::joinable!(lease -> fill (fill));
diesel::allow_tables_to_appear_in_same_query!(listing, listing_maintenance);
diesel::allow_tables_to_appear_in_same_query!(bid, bid_alternative, bid_site, bid_voucher);
diesel::allow_tables_to_appear_in_same_query!(fill, fill_island, fill_draw, lease);
diesel::allow_tables_to_appear_in_same_query!(transfer, entry);
diesel::allow_tables_to_appear_in_same_query!(command, journal);
diesel::allow_tables_to_appear_in_same_query!(fill, journal);
diesel::allow_tables_to_appear_in_same_query!(account, lease);
diesel::allow_tables_to_appear_in_same_query!(account, voucher);
diesel::allow_tables_to_appear_in_same_query!(voucher, voucher_alert);

diesel::table! {
    /// A user.
    app_user (id) {
        id -> BigInt,
        org -> BigInt,
        roles -> Text,
        active -> Bool,
        identity -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    /// Something that two people decide on.
    approval (id) {
        id -> BigInt,
        maker -> BigInt,
        role -> Text,
        kind -> Text,
        command -> Text,
        payload_hash -> Text,
        state -> Text,
        checker -> Nullable<BigInt>,
        reason -> Nullable<Text>,
        created_at -> BigInt,
        decided_at -> Nullable<BigInt>,
        issuer -> Nullable<BigInt>,
    }
}
