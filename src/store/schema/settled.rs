//! The tables of settlement: runs, fees, periods, corrections and earnings.

diesel::table! {
    /// A settlement and what it has posted.
    settlement (id) {
        id -> BigInt,
        until_at -> BigInt,
        began_at -> BigInt,
        ended_at -> Nullable<BigInt>,
        next_lease -> Nullable<BigInt>,
        leases -> BigInt,
        charge -> BigInt,
        voucher -> BigInt,
        cash -> BigInt,
        tenant_fee -> BigInt,
        provider_fee -> BigInt,
        vat -> BigInt,
        sla_credit -> BigInt,
        first_leaf -> BigInt,
        last_leaf -> BigInt,
    }
}

diesel::table! {
    /// Fees in tiers from an instant on.
    fee_schedule (from_at) {
        from_at -> BigInt,
        tenant -> Text,
        provider -> Text,
    }
}

diesel::table! {
    /// The rate of VAT contained in fees from an instant on.
    vat_change (from_at) {
        from_at -> BigInt,
        vat_bps -> BigInt,
    }
}

diesel::table! {
    /// A closed period.
    period (until_at) {
        until_at -> BigInt,
        closed_at -> BigInt,
    }
}

diesel::table! {
    /// Card-seconds of a closed period that were corrected.
    usage_correction (place) {
        place -> BigInt,
        lease -> BigInt,
        from_at -> BigInt,
        until_at -> BigInt,
        card_seconds -> BigInt,
        corrects -> Text,
        reason -> Text,
        made_at -> BigInt,
    }
}

diesel::table! {
    /// Earnings that are still disputable.
    earnings (release_at, org) {
        release_at -> BigInt,
        org -> BigInt,
        cash -> BigInt,
        programme -> BigInt,
    }
}
