//! What the bank called the deposits that are booked.

use diesel::prelude::*;

use super::column::row;
use super::connection::Reader;
use super::load::LoadError;
use super::schema::bank_ref;
use crate::on;

row! {
    /// The bank's reference of a deposit.
    pub struct BankRefRow in bank_ref by (reference) {
        /// What the bank called it.
        pub reference: String,
        /// The command that booked it; the first one, where a flow named it again.
        pub command: i64,
    }
}

/// All references.
pub fn load_all(reader: &mut Reader) -> Result<Vec<String>, LoadError> {
    let query = bank_ref::table.select(bank_ref::reference);
    Ok(on!(reader, connection => query.load(connection))?)
}
