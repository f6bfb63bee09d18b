//! The tables of the voucher office.

diesel::table! {
    /// The places of a provider in the list of a programme.
    provider_list (programme, org) {
        programme -> BigInt,
        org -> BigInt,
        places -> Text,
    }
}

diesel::table! {
    /// What a provider's meter has counted.
    power_reading (seq) {
        seq -> BigInt,
        provider -> BigInt,
        site -> BigInt,
        from_at -> BigInt,
        until_at -> BigInt,
        watt_hours -> BigInt,
    }
}

diesel::table! {
    /// How two organisations are related.
    relation (id) {
        id -> BigInt,
        a -> BigInt,
        b -> BigInt,
        kind -> Text,
        share_bps -> Nullable<BigInt>,
        from_at -> BigInt,
        until_at -> Nullable<BigInt>,
        source -> Text,
        recorded_at -> BigInt,
    }
}

diesel::table! {
    /// What was attested of an organisation; the last row of each counts.
    entity_facts (seq) {
        seq -> BigInt,
        org -> BigInt,
        since -> BigInt,
        body -> Text,
    }
}

diesel::table! {
    /// An application for a voucher.
    application (id) {
        id -> BigInt,
        programme -> BigInt,
        org -> BigInt,
        state -> Text,
        created_at -> BigInt,
        body -> Text,
    }
}

diesel::table! {
    /// A claim of what was paid.
    claim (id) {
        id -> BigInt,
        programme -> BigInt,
        org -> BigInt,
        state -> Text,
        created_at -> BigInt,
        body -> Text,
    }
}

diesel::table! {
    /// A subsidy that was taken back.
    recovery (id) {
        id -> BigInt,
        programme -> BigInt,
        org -> BigInt,
        state -> Text,
        created_at -> BigInt,
        body -> Text,
    }
}

diesel::table! {
    /// Something that looks wrong.
    flag (id) {
        id -> BigInt,
        programme -> BigInt,
        org -> BigInt,
        state -> Text,
        created_at -> BigInt,
        body -> Text,
    }
}

diesel::table! {
    /// What a treasury is asked to pay.
    treasury_request (id) {
        id -> BigInt,
        programme -> BigInt,
        org -> BigInt,
        state -> Text,
        created_at -> BigInt,
        body -> Text,
    }
}

diesel::table! {
    /// Personal data beside the journal.
    sealed (hash) {
        hash -> Text,
        org -> BigInt,
        salt -> Nullable<Text>,
        content -> Nullable<Text>,
        created_at -> BigInt,
        erased_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    /// A voucher that expires soon.
    voucher_alert (voucher, days) {
        voucher -> BigInt,
        days -> BigInt,
        org -> BigInt,
        left_fen -> BigInt,
        valid_until -> BigInt,
        told_at -> BigInt,
    }
}

diesel::table! {
    /// A cap that two people have lifted.
    cap_lift (programme, owner_group) {
        programme -> BigInt,
        owner_group -> BigInt,
        cap -> BigInt,
    }
}

diesel::table! {
    /// Days of a year that are not worked or rested as the days of the week say.
    calendar (jurisdiction, year) {
        jurisdiction -> Text,
        year -> BigInt,
        body -> Text,
    }
}

diesel::table! {
    /// What an owner group has spent in a calendar year.
    entity_spending (org, year) {
        org -> BigInt,
        year -> BigInt,
        spent -> BigInt,
        declared -> BigInt,
    }
}
