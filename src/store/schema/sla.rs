//! The tables of outages.

diesel::table! {
    /// An outage.
    outage (id) {
        id -> BigInt,
        lease -> BigInt,
        tenant -> BigInt,
        provider -> BigInt,
        state -> Text,
        body -> Text,
    }
}

diesel::table! {
    /// What the operator's probes have found last of a lease.
    lease_probe (lease) {
        lease -> BigInt,
        body -> Text,
    }
}
