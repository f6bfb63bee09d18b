//! Account histories: entries, filled in sorted chunks some way behind the transfers.
//!
//! Two entries a transfer, each at the end of another account's run: written at once, they would be random inserts and more
//! than half of the cost of a transfer. So entries wait in memory until a chunk of them is full, are sorted, and then written in
//! slices, a slice with each commit, as large as what the commit brings: no commit pays for a whole chunk. A watermark says up
//! to which transfer the entries are complete; what is above is found by scanning the tail of the transfers.

use std::ops::Range;

use diesel::prelude::*;

use super::connection::Reader;
use super::dialect::{Append, Fault};
use super::entry::{EntryRow, EntryThroughRow};
use super::journal::Gap;
use super::load::LoadError;
use super::schema::{entry, entry_through, transfer};
use super::transfer::TransferRow;
use super::writer::OpenError;
use crate::domain::id::AccountId;
use crate::on;

/// Transfers in a chunk. Larger chunks have more entries for each page that they touch; a history reads up to two chunks of tail.
pub(crate) const CHUNK_TRANSFERS: usize = 65_536;
/// Entries written at once while there is nothing else to do.
const IDLE_ENTRIES: usize = 8_192;

/// A transfer, as far as histories are concerned: its place, the account debited, the account credited.
pub(crate) type Touch = (i64, i64, i64);

/// The entries that are still to be written.
#[derive(Debug)]
pub(crate) struct History {
    /// The last transfer written.
    last: i64,
    /// Entries of a chunk that is not full yet.
    waiting: Vec<EntryRow>,
    /// Entries of a full chunk, sorted.
    chunk: Vec<EntryRow>,
    /// How many of the chunk's entries are written.
    written: usize,
    /// The last transfer of the chunk.
    chunk_through: i64,
}

/// What the next transaction writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    entries: Range<usize>,
    through: Option<i64>,
}

impl History {
    pub(crate) fn new(last: i64) -> History {
        History {
            last,
            waiting: Vec::new(),
            chunk: Vec::new(),
            written: 0,
            chunk_through: last,
        }
    }

    /// Whether `transfers` follow the last one without a gap.
    pub(crate) fn check(&self, transfers: &[TransferRow]) -> Result<(), Gap> {
        for (expected, row) in (self.last + 1..).zip(transfers) {
            if row.seq != expected {
                return Err(Gap {
                    expected,
                    found: row.seq,
                });
            }
        }
        Ok(())
    }

    /// The slice that goes with a commit of so many transfers: a quarter more entries than they bring, so that a chunk is written
    /// before the next one is full.
    pub(crate) fn step(&self, transfers: usize) -> Step {
        self.slice(transfers.saturating_mul(5) / 2 + 16)
    }

    /// A slice while there is nothing else to do; none if all entries are written.
    pub(crate) fn idle_step(&mut self) -> Option<Step> {
        if self.chunk.is_empty() {
            self.next_chunk();
        }
        (!self.chunk.is_empty()).then(|| self.slice(IDLE_ENTRIES))
    }

    fn slice(&self, entries: usize) -> Step {
        let end = self.written.saturating_add(entries).min(self.chunk.len());
        let complete = end == self.chunk.len() && !self.chunk.is_empty();
        Step {
            entries: self.written..end,
            through: complete.then_some(self.chunk_through),
        }
    }

    pub(crate) fn write(&self, step: &Step, appender: &mut impl Append) -> Result<(), Fault> {
        appender.insert(&self.chunk[step.entries.clone()])?;
        match step.through {
            Some(transfer) => appender.upsert(&[EntryThroughRow { id: 1, transfer }]),
            None => Ok(()),
        }
    }

    /// After `step` and `transfers` were committed.
    pub(crate) fn stepped(&mut self, step: &Step, transfers: &[TransferRow]) {
        self.written = step.entries.end;
        if step.through.is_some() {
            self.chunk.clear();
            self.written = 0;
        }
        for transfer in transfers {
            self.waiting.push(EntryRow {
                account: transfer.debit,
                transfer: transfer.seq,
            });
            self.waiting.push(EntryRow {
                account: transfer.credit,
                transfer: transfer.seq,
            });
            self.last = transfer.seq;
        }
        if self.chunk.is_empty() && self.waiting.len() >= 2 * CHUNK_TRANSFERS {
            self.next_chunk();
        }
    }

    /// Whether entries are still to be written.
    pub(crate) fn waits(&self) -> bool {
        !self.chunk.is_empty() || !self.waiting.is_empty()
    }

    fn next_chunk(&mut self) {
        std::mem::swap(&mut self.chunk, &mut self.waiting);
        sort(&mut self.chunk);
        self.chunk_through = self.last;
    }
}

/// Sorted; an account debited and credited by one transfer has one entry of it.
fn sort(entries: &mut Vec<EntryRow>) {
    entries.sort_unstable_by_key(|entry| (entry.account, entry.transfer));
    entries.dedup();
}

/// The entries of `touches`, and the last of their transfers.
pub(crate) fn entries(touches: &[Touch]) -> (Vec<EntryRow>, i64) {
    let both = |&(transfer, debit, credit): &Touch| {
        [
            EntryRow {
                account: debit,
                transfer,
            },
            EntryRow {
                account: credit,
                transfer,
            },
        ]
    };
    let mut entries: Vec<EntryRow> = touches.iter().flat_map(both).collect();
    sort(&mut entries);
    (entries, touches.last().map_or(0, |touch| touch.0))
}

/// The last transfer whose entries are complete, and the transfers after it.
pub(crate) fn unfilled(reader: &mut Reader) -> Result<(i64, Vec<Touch>), OpenError> {
    let through = through(reader).map_err(OpenError::unusable)?;
    let tail = transfer::table
        .filter(transfer::seq.gt(through))
        .order(transfer::seq)
        .select((transfer::seq, transfer::debit, transfer::credit));
    let tail = on!(reader, connection => tail.load(connection)).map_err(OpenError::unusable)?;
    Ok((through, tail))
}

/// Up to which transfer the entries are complete.
pub(crate) fn through(reader: &mut Reader) -> QueryResult<i64> {
    let query = entry_through::table.select(entry_through::transfer);
    on!(reader, connection => query.first(connection))
}

/// The transfers that touched `account`, newest first: at most `limit` of those before transfer `before`.
pub fn of_account(
    reader: &mut Reader,
    account: AccountId,
    before: Option<i64>,
    limit: usize,
) -> Result<Vec<TransferRow>, LoadError> {
    let account = account.0.cast_signed();
    let before = before.unwrap_or(i64::MAX);
    let most = i64::try_from(limit).unwrap_or(i64::MAX);
    // Entries up to the watermark read here are complete, whatever is added meanwhile; the tail starts where they end.
    let through = through(reader)?;
    let tail = transfer::table
        .filter(transfer::seq.gt(through).and(transfer::seq.lt(before)))
        .filter(transfer::debit.eq(account).or(transfer::credit.eq(account)))
        .order(transfer::seq.desc())
        .limit(most)
        .select(TransferRow::columns());
    let mut found: Vec<TransferRow> = on!(reader, connection => tail.load(connection))?;
    let missing = most - i64::try_from(found.len()).unwrap_or(most);
    if missing > 0 {
        let filled = transfer::table
            .inner_join(entry::table.on(entry::transfer.eq(transfer::seq)))
            .filter(entry::account.eq(account))
            .filter(entry::transfer.le(through).and(entry::transfer.lt(before)))
            .order(entry::transfer.desc())
            .limit(missing)
            .select(TransferRow::columns());
        let filled: Vec<TransferRow> = on!(reader, connection => filled.load(connection))?;
        found.extend(filled);
    }
    Ok(found)
}
