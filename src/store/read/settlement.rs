//! Settlements and corrections, as they are asked for.

use diesel::prelude::*;

use super::{EXAMINED_MAX, Found, Slice};
use crate::domain::id::{LeaseId, SettlementId};
use crate::domain::settlement::Correction;
use crate::on;
use crate::store::connection::Reader;
use crate::store::journal::JournalRow;
use crate::store::load::LoadError;
use crate::store::schema::{command, journal, settlement, usage_correction};
use crate::store::settlement::{SettlementRow, UsageCorrectionRow};

/// The kinds of commands that settlements consist of.
const SETTLING: [&str; 2] = ["settle", "continue_settlement"];

/// One of them.
pub fn find(reader: &mut Reader, id: SettlementId) -> Result<Option<SettlementRow>, LoadError> {
    let query = settlement::table
        .find(id.0.cast_signed())
        .select(SettlementRow::columns());
    Ok(on!(reader, connection => query.first(connection).optional())?)
}

/// The newest first.
pub fn page(reader: &mut Reader, slice: Slice) -> Result<Found<SettlementRow>, LoadError> {
    let query = settlement::table
        .filter(settlement::id.lt(slice.key))
        .order(settlement::id.desc())
        .limit(slice.limit + 1)
        .select(SettlementRow::columns());
    let rows = on!(reader, connection => query.load(connection))?;
    Ok(Found::cut(rows, slice, None, |row: &SettlementRow| row.id))
}

/// The leaves that say what a settlement posted for each lease, in the order of leases. Commands of others stand in between.
pub fn leases(reader: &mut Reader, run: &SettlementRow, slice: Slice) -> Result<Found<JournalRow>, LoadError> {
    let after = slice.key.max(run.first_leaf);
    let end = after.saturating_add(EXAMINED_MAX).min(run.last_leaf);
    let query = journal::table
        .inner_join(command::table.on(command::seq.eq(journal::command_seq)))
        .filter(journal::seq.gt(after).and(journal::seq.le(end)))
        .filter(journal::kind.eq("lease_settled"))
        .filter(command::kind.eq_any(SETTLING))
        .order(journal::seq)
        .limit(slice.limit + 1)
        .select(JournalRow::columns());
    let rows: Vec<JournalRow> = on!(reader, connection => query.load(connection))?;
    let more = Some(end).filter(|end| *end < run.last_leaf);
    Ok(Found::cut(rows, slice, more, |row| row.seq))
}

/// Corrections, the newest first; of one lease, where one is named.
pub fn corrections(reader: &mut Reader, lease: Option<LeaseId>, slice: Slice) -> Result<Found<Correction>, LoadError> {
    let found: Found<UsageCorrectionRow> = newest!(
        reader, slice, usage_correction by place as UsageCorrectionRow,
        indexed query => match lease {
            Some(lease) => query.filter(usage_correction::lease.eq(lease.0.cast_signed())),
            None => query,
        },
        narrowed false => query
    );
    found.try_map(|row| Ok(row.into()))
}
