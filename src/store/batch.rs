//! What each commit added to the journal.

use diesel::prelude::*;

use super::column::row;
use super::connection::Reader;
use super::journal::{Head, JournalRow, batch_hash};
use super::schema::{batch, journal};
use super::writer::OpenError;
use crate::on;

row! {
    /// The events of one commit, chained to all before by hash.
    pub struct BatchRow in batch by (last_seq) {
        /// Its last event.
        pub last_seq: i64,
        /// Its first event.
        pub first_seq: i64,
        /// How many.
        pub events: i64,
        /// SHA-256 of the hash before it and its leaves.
        pub hash: Vec<u8>,
    }
}

/// The last event and the hash of all, checked against the last batch's leaves.
pub fn head(reader: &mut Reader) -> Result<Head, OpenError> {
    let batches = batch::table
        .order(batch::last_seq.desc())
        .limit(2)
        .select(BatchRow::columns());
    let found: Vec<BatchRow> = on!(reader, connection => batches.load(connection)).map_err(OpenError::unusable)?;
    let (last, previous) = match found.as_slice() {
        [] => return Ok(Head::default()),
        [last] => (last, [0; 32]),
        [last, before, ..] => (last, hash_of(before)?),
    };
    let leaves = journal::table
        .filter(journal::seq.ge(last.first_seq))
        .order(journal::seq)
        .select(JournalRow::columns());
    let leaves: Vec<JournalRow> = on!(reader, connection => leaves.load(connection)).map_err(OpenError::unusable)?;
    let head = Head {
        seq: last.last_seq,
        hash: hash_of(last)?,
    };
    let recomputed = batch_hash(&previous, leaves.iter().map(|leaf| leaf.body.as_slice()));
    let complete = leaves.iter().map(|leaf| leaf.seq).eq(last.first_seq..=last.last_seq);
    if recomputed != head.hash || !complete {
        return Err(OpenError::Damaged(format!(
            "the batch that ends with event {} has another hash",
            last.last_seq
        )));
    }
    Ok(head)
}

fn hash_of(row: &BatchRow) -> Result<[u8; 32], OpenError> {
    let length = |_| OpenError::Damaged(format!("the hash of batch {} has the wrong length", row.last_seq));
    row.hash.as_slice().try_into().map_err(length)
}
