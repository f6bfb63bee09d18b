//! The tables of money beside the ledger.

diesel::table! {
    /// The bank's reference of a deposit.
    bank_ref (reference) {
        reference -> Text,
        command -> BigInt,
    }
}
