//! The history as it was written, read in order: what `verify` goes through.

use diesel::prelude::*;

use super::batch::BatchRow;
use super::column::row;
use super::command::CommandRow;
use super::connection::Reader;
use super::journal::JournalRow;
use super::load::LoadError;
use super::schema::{batch, command, journal, transfer};
use crate::on;

/// Rows read at once.
const PAGE: i64 = 10_000;

row! {
    /// What a transfer moves.
    pub struct MoveRow in transfer by (seq) {
        /// Its identifier.
        pub seq: i64,
        /// The account debited.
        pub debit: i64,
        /// The account credited.
        pub credit: i64,
        /// In fen.
        pub amount: i64,
    }
}

/// The last leaf of the journal; 0 before the first.
pub fn last_leaf(reader: &mut Reader) -> Result<i64, LoadError> {
    let query = journal::table.select(diesel::dsl::max(journal::seq));
    let last: Option<i64> = on!(reader, connection => query.first(connection))?;
    Ok(last.unwrap_or(0))
}

macro_rules! pages {
    ($(#[$doc:meta])* $name:ident, $table:ident by $key:ident, $row:ty) => {
        $(#[$doc])*
        pub fn $name<E: From<LoadError>>(
            reader: &mut Reader,
            mut take: impl FnMut($row) -> Result<(), E>,
        ) -> Result<(), E> {
            let mut after = 0;
            loop {
                let query = $table::table
                    .filter($table::$key.gt(after))
                    .order($table::$key)
                    .limit(PAGE)
                    .select(<$row>::columns());
                let page: Vec<$row> = on!(reader, connection => query.load(connection)).map_err(LoadError::from)?;
                let Some(last) = page.last() else {
                    return Ok(());
                };
                after = last.$key;
                page.into_iter().try_for_each(&mut take)?;
            }
        }
    };
}

pages! {
    /// Hands every leaf of the journal to `take`, in order.
    each_leaf, journal by seq, JournalRow
}

pages! {
    /// Hands every batch to `take`, in order.
    each_batch, batch by last_seq, BatchRow
}

pages! {
    /// Hands every transfer to `take`, in order.
    each_transfer, transfer by seq, MoveRow
}

pages! {
    /// Hands every command to `take`, in order.
    each_command, command by seq, CommandRow
}
