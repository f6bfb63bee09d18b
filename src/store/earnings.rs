//! Earnings that are still disputable.

use diesel::prelude::*;

use super::column::row;
use super::connection::Reader;
use super::load::LoadError;
use super::schema::earnings;
use crate::on;

row! {
    /// Earnings of an organisation that become payable at one instant; both amounts are zero once they have.
    pub struct EarningsRow in earnings by (release_at, org) changing (cash, programme) {
        /// When, in microseconds.
        pub release_at: i64,
        /// Whose.
        pub org: i64,
        /// Paid by tenants, in fen.
        pub cash: i64,
        /// Paid by programmes, in fen.
        pub programme: i64,
    }
}

/// Those that are not released yet.
pub fn load_pending(reader: &mut Reader) -> Result<Vec<EarningsRow>, LoadError> {
    let query = earnings::table
        .filter(earnings::cash.ne(0).or(earnings::programme.ne(0)))
        .order((earnings::release_at, earnings::org))
        .select(EarningsRow::columns());
    Ok(on!(reader, connection => query.load(connection))?)
}
