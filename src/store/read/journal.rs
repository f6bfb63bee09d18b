//! Events of the journal with the instants of their commands.

use diesel::prelude::*;
use rustc_hash::FxHashMap;

use super::{EXAMINED_MAX, Found, Slice};
use crate::domain::time::Timestamp;
use crate::on;
use crate::store::connection::Reader;
use crate::store::journal::JournalRow;
use crate::store::load::{Corrupt, LoadError};
use crate::store::schema::{command, journal};

/// From after the slice's key on, in order; `kind` limits them to events of one kind. Places have no gaps, so that the rows
/// looked at are those of a range.
pub fn page(
    reader: &mut Reader,
    kind: Option<&str>,
    slice: Slice,
) -> Result<Found<(JournalRow, Timestamp)>, LoadError> {
    let end = slice.key.saturating_add(EXAMINED_MAX);
    let rows: Vec<JournalRow> = boxed!(&mut *reader, connection, Db => {
        let mut query = journal::table
            .filter(journal::seq.gt(slice.key).and(journal::seq.le(end)))
            .select(JournalRow::columns())
            .into_boxed::<Db>();
        if let Some(kind) = kind {
            query = query.filter(journal::kind.eq(kind));
        }
        query.order(journal::seq).limit(slice.limit + 1).load(connection)
    })?;
    let is_full = i64::try_from(rows.len()).is_ok_and(|found| found > slice.limit);
    let beyond = journal::table
        .filter(journal::seq.gt(end))
        .limit(1)
        .select(journal::seq);
    let more: Option<i64> = if is_full {
        None
    } else {
        on!(&mut *reader, connection => beyond.first(connection).optional())?
    };
    let found = Found::cut(rows, slice, more.map(|_| end), |row| row.seq);
    let times = times(reader, &found.rows)?;
    found.try_map(|row| {
        let at = times.get(&row.command_seq);
        let at = at.ok_or_else(|| Corrupt::new("journal.command_seq", &row.command_seq.to_string()))?;
        Ok((row, *at))
    })
}

fn times(reader: &mut Reader, rows: &[JournalRow]) -> Result<FxHashMap<i64, Timestamp>, LoadError> {
    let mut commands: Vec<i64> = rows.iter().map(|row| row.command_seq).collect();
    commands.dedup();
    let query = command::table
        .filter(command::seq.eq_any(commands))
        .select((command::seq, command::at));
    let rows: Vec<(i64, i64)> = on!(reader, connection => query.load(connection))?;
    Ok(rows
        .into_iter()
        .map(|(seq, at)| (seq, Timestamp::from_micros(at)))
        .collect())
}
