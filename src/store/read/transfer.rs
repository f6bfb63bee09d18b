//! Transfers, as they are asked for.

use diesel::prelude::*;

use super::{Found, Slice};
use crate::domain::id::{AccountId, TransferId};
use crate::on;
use crate::store::connection::Reader;
use crate::store::history;
use crate::store::load::LoadError;
use crate::store::schema::transfer;
use crate::store::transfer::TransferRow;

/// One of them.
pub fn find(reader: &mut Reader, id: TransferId) -> Result<Option<TransferRow>, LoadError> {
    let query = transfer::table
        .filter(transfer::seq.eq(id.0.cast_signed()))
        .select(TransferRow::columns());
    Ok(on!(reader, connection => query.first(connection).optional())?)
}

/// All, the newest first.
pub fn page(reader: &mut Reader, slice: Slice) -> Result<Found<TransferRow>, LoadError> {
    let query = transfer::table
        .filter(transfer::seq.lt(slice.key))
        .order(transfer::seq.desc())
        .limit(slice.limit + 1)
        .select(TransferRow::columns());
    let rows: Vec<TransferRow> = on!(reader, connection => query.load(connection))?;
    Ok(Found::cut(rows, slice, None, |row| row.seq))
}

/// Those that touch any of a few accounts, the newest first.
pub fn page_of(reader: &mut Reader, accounts: &[AccountId], slice: Slice) -> Result<Found<TransferRow>, LoadError> {
    let limit = usize::try_from(slice.limit + 1).unwrap_or(usize::MAX);
    let mut rows = Vec::new();
    for account in accounts {
        rows.extend(history::of_account(reader, *account, Some(slice.key), limit)?);
    }
    rows.sort_by_key(|row: &TransferRow| std::cmp::Reverse(row.seq));
    rows.dedup_by_key(|row| row.seq);
    Ok(Found::cut(rows, slice, None, |row| row.seq))
}
