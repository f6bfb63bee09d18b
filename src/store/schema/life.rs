//! Tables of the life of leases.

diesel::table! {
    /// What was done to leases, in its order.
    lease_step (lease, command_seq, place) {
        lease -> BigInt,
        command_seq -> BigInt,
        place -> BigInt,
        at -> BigInt,
        kind -> Text,
        state -> Text,
        by_side -> Text,
        ends_hour -> BigInt,
        code -> Nullable<Text>,
        reason -> Text,
    }
}

diesel::table! {
    /// Changes of leases that were asked for.
    lease_change (lease, number) {
        lease -> BigInt,
        number -> BigInt,
        kind -> Text,
        state -> Text,
        other -> Nullable<BigInt>,
        successor -> Nullable<BigInt>,
        answered_at -> Nullable<BigInt>,
        reason -> Text,
        body -> Text,
    }
}

diesel::table! {
    /// To whom access material of an organisation is encrypted.
    access_key (org) {
        org -> BigInt,
        recipient -> Text,
        since -> BigInt,
    }
}
