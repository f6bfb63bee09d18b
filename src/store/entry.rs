//! The lines of the accounts' histories. `history.rs` fills them.

use super::column::row;

row! {
    /// A line of an account's history.
    pub struct EntryRow in entry by (account, transfer) {
        /// The account.
        pub account: i64,
        /// A transfer that touched it.
        pub transfer: i64,
    }
}

row! {
    /// How far the account histories reach. One row.
    pub struct EntryThroughRow in entry_through by (id) changing (transfer) {
        /// Always 1.
        pub id: i64,
        /// All transfers up to this one have their entries.
        pub transfer: i64,
    }
}
