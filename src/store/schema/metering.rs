//! Metering: what was reported of leases, what is disputed of it, and who signs it.

diesel::table! {
    /// A step of the metering of a lease.
    usage_report (seq) {
        seq -> BigInt,
        command_seq -> BigInt,
        source -> Text,
        source_id -> Text,
        lease -> BigInt,
        from_at -> BigInt,
        until_at -> BigInt,
        cards_up -> BigInt,
        card_seconds -> BigInt,
        kind -> Text,
        started_at -> Nullable<BigInt>,
        counts -> Nullable<BigInt>,
        taken_at -> BigInt,
        accepted_at -> BigInt,
        detail -> Nullable<Text>,
    }
}

diesel::table! {
    /// A dispute about what was reported of a lease.
    dispute (id) {
        id -> BigInt,
        lease -> BigInt,
        tenant -> BigInt,
        provider -> BigInt,
        state -> Text,
        created_at -> BigInt,
        body -> Text,
    }
}

diesel::table! {
    /// The public key of an agent that signs usage.
    usage_key (id) {
        id -> BigInt,
        provider -> BigInt,
        body -> Text,
    }
}
