//! The tables of money beside the ledger.

diesel::table! {
    earnings (release_at, org) {
        release_at -> BigInt,
        org -> BigInt,
        cash -> BigInt,
        programme -> BigInt,
    }
}

diesel::table! {
    /// The bank's reference of a deposit.
    bank_ref (reference) {
        reference -> Text,
        command -> BigInt,
    }
}
