//! Questions about the log.

use diesel::prelude::*;
use rustc_hash::FxHashMap;

use super::{CheckpointRow, CosignatureRow, LogKeyRow, LogRow, SubtreeRow};
use crate::domain::log::{FANOUT, Hash, STEP, Subtrees, Suite};
use crate::on;
use crate::store::connection::Reader;
use crate::store::load::{Corrupt, LoadError};
use crate::store::read::{Found, Slice};
use crate::store::schema::{audit_log, journal, log_checkpoint, log_cosignature, log_key, log_subtree};

/// Rows read at once.
const PAGE: i64 = 10_000;

/// The log; none before anything was written.
pub fn log(reader: &mut Reader) -> Result<Option<LogRow>, LoadError> {
    let query = audit_log::table.find(1_i64).select(LogRow::columns());
    Ok(on!(reader, connection => query.first(connection).optional())?)
}

/// The log's algorithms.
pub fn suite(reader: &mut Reader) -> Result<Suite, LoadError> {
    Ok(log(reader)?.map_or_else(Suite::default, |log| log.suite.0))
}

/// How many leaves there are.
pub fn size(reader: &mut Reader) -> Result<u64, LoadError> {
    crate::store::audit::last_leaf(reader).map(i64::cast_unsigned)
}

/// The tree of the first leaves of a journal, as the database has it: roots of complete subtrees where they are stored, the leaves
/// themselves below. What was read once is kept.
pub struct LogTree<'a> {
    reader: &'a mut Reader,
    suite: Suite,
    size: u64,
    /// What a complete subtree of the next kept level is put together from, as far as it is there.
    blocks: FxHashMap<(u32, u64), Vec<Hash>>,
}

impl LogTree<'_> {
    /// Of the first `size` leaves, which must be there.
    pub fn new(reader: &mut Reader, suite: Suite, size: u64) -> LogTree<'_> {
        LogTree {
            reader,
            suite,
            size,
            blocks: FxHashMap::default(),
        }
    }

    /// The leaves from one index to before another, to the byte.
    ///
    /// # Errors
    /// One is missing, or the database does not answer.
    pub fn bodies(reader: &mut Reader, from: u64, until: u64) -> Result<Vec<Vec<u8>>, LoadError> {
        let query = journal::table
            .filter(
                journal::seq
                    .gt(from.cast_signed())
                    .and(journal::seq.le(until.cast_signed())),
            )
            .order(journal::seq)
            .select(journal::body);
        let bodies: Vec<Vec<u8>> = on!(reader, connection => query.load(connection))?;
        complete("journal", from, until - from, bodies)
    }

    fn block(&mut self, height: u32, number: u64) -> Result<&[Hash], LoadError> {
        if !self.blocks.contains_key(&(height, number)) {
            let from = number * FANOUT;
            let until = (from + FANOUT).min(self.size >> height);
            let hashes = if height == 0 {
                let bodies = LogTree::bodies(self.reader, from, until)?;
                bodies.iter().map(|body| self.suite.leaf(body)).collect()
            } else {
                let rows = stored(self.reader, height, from, until)?;
                let hashes = rows.iter().map(|row| hash("log_subtree.root", &row.root));
                hashes.collect::<Result<Vec<Hash>, Corrupt>>()?
            };
            self.blocks.insert((height, number), hashes);
        }
        Ok(self.blocks.get(&(height, number)).map_or(&[], Vec::as_slice))
    }
}

impl Subtrees for LogTree<'_> {
    type Error = LoadError;

    fn roots(&mut self, height: u32, first: u64, count: u64) -> Result<Vec<Hash>, LoadError> {
        let skipped = usize::try_from(first % FANOUT).unwrap_or(usize::MAX);
        let wanted = usize::try_from(count).unwrap_or(usize::MAX);
        let block = self.block(height, first >> STEP)?;
        let roots: Vec<Hash> = block.iter().skip(skipped).take(wanted).copied().collect();
        complete("log_subtree", first, count, roots)
    }
}

fn stored(reader: &mut Reader, height: u32, from: u64, until: u64) -> Result<Vec<SubtreeRow>, LoadError> {
    let query = log_subtree::table
        .filter(log_subtree::height.eq(i64::from(height)))
        .filter(log_subtree::number.ge(from.cast_signed()))
        .filter(log_subtree::number.lt(until.cast_signed()))
        .order(log_subtree::number)
        .select(SubtreeRow::columns());
    let rows: Vec<SubtreeRow> = on!(reader, connection => query.load(connection))?;
    complete("log_subtree", from, until - from, rows)
}

fn complete<T>(table: &'static str, from: u64, count: u64, found: Vec<T>) -> Result<Vec<T>, LoadError> {
    if usize::try_from(count).is_ok_and(|count| count == found.len()) {
        Ok(found)
    } else {
        let (until, found) = (from + count, found.len());
        Err(Corrupt::new(table, &format!("{found} of those from {from} to before {until}")).into())
    }
}

/// A column as a hash.
pub(super) fn hash(column: &'static str, bytes: &[u8]) -> Result<Hash, Corrupt> {
    let length = |_| Corrupt::new(column, &format!("{} bytes", bytes.len()));
    bytes.try_into().map_err(length)
}

impl CheckpointRow {
    /// The root, which must be one.
    ///
    /// # Errors
    /// It has another length than a hash.
    pub fn root(&self) -> Result<Hash, Corrupt> {
        hash("log_checkpoint.root", &self.root)
    }
}

impl SubtreeRow {
    /// The root, which must be one.
    ///
    /// # Errors
    /// It has another length than a hash.
    pub fn root(&self) -> Result<Hash, Corrupt> {
        hash("log_subtree.root", &self.root)
    }
}

/// The last checkpoint.
pub fn latest_checkpoint(reader: &mut Reader) -> Result<Option<CheckpointRow>, LoadError> {
    let query = log_checkpoint::table
        .order(log_checkpoint::id.desc())
        .select(CheckpointRow::columns());
    Ok(on!(reader, connection => query.first(connection).optional())?)
}

/// The last checkpoint of so many leaves.
pub fn checkpoint_of(reader: &mut Reader, size: u64) -> Result<Option<CheckpointRow>, LoadError> {
    let query = log_checkpoint::table
        .filter(log_checkpoint::size.eq(size.cast_signed()))
        .order(log_checkpoint::id.desc())
        .select(CheckpointRow::columns());
    Ok(on!(reader, connection => query.first(connection).optional())?)
}

/// The last checkpoint that a witness has signed.
pub fn last_witnessed(reader: &mut Reader) -> Result<Option<CheckpointRow>, LoadError> {
    let last = log_cosignature::table.select(diesel::dsl::max(log_cosignature::checkpoint));
    let last: Option<i64> = on!(&mut *reader, connection => last.first(connection))?;
    let Some(last) = last else { return Ok(None) };
    let query = log_checkpoint::table.find(last).select(CheckpointRow::columns());
    Ok(on!(reader, connection => query.first(connection).optional())?)
}

/// A page of checkpoints, the newest first.
pub fn page(reader: &mut Reader, slice: Slice) -> Result<Found<CheckpointRow>, LoadError> {
    let query = log_checkpoint::table
        .filter(log_checkpoint::id.lt(slice.key))
        .order(log_checkpoint::id.desc())
        .limit(slice.limit + 1)
        .select(CheckpointRow::columns());
    let rows: Vec<CheckpointRow> = on!(reader, connection => query.load(connection))?;
    Ok(Found::cut(rows, slice, None, |row| row.id))
}

/// What witnesses have signed of these checkpoints, in the order of these and of the witnesses.
pub fn cosigners(reader: &mut Reader, checkpoints: &[i64]) -> Result<Vec<CosignatureRow>, LoadError> {
    let query = log_cosignature::table
        .filter(log_cosignature::checkpoint.eq_any(checkpoints.to_vec()))
        .order((log_cosignature::checkpoint, log_cosignature::witness))
        .select(CosignatureRow::columns());
    Ok(on!(reader, connection => query.load(connection))?)
}

/// The largest size that a witness has signed.
pub fn cosigned_size(reader: &mut Reader, witness: &str) -> Result<Option<u64>, LoadError> {
    let query = log_cosignature::table
        .filter(log_cosignature::witness.eq(witness.to_owned()))
        .select(diesel::dsl::max(log_cosignature::size));
    let size: Option<i64> = on!(reader, connection => query.first(connection))?;
    Ok(size.map(i64::cast_unsigned))
}

/// The keys that have signed checkpoints, the oldest first.
pub fn keys(reader: &mut Reader) -> Result<Vec<LogKeyRow>, LoadError> {
    let query = log_key::table
        .order((log_key::signs_from, log_key::vkey))
        .select(LogKeyRow::columns());
    Ok(on!(reader, connection => query.load(connection))?)
}

/// Hands every checkpoint to `take`, the oldest first.
pub fn each_checkpoint(reader: &mut Reader, mut take: impl FnMut(CheckpointRow)) -> Result<(), LoadError> {
    let mut after = 0;
    loop {
        let query = log_checkpoint::table
            .filter(log_checkpoint::id.gt(after))
            .order(log_checkpoint::id)
            .limit(PAGE)
            .select(CheckpointRow::columns());
        let rows: Vec<CheckpointRow> = on!(&mut *reader, connection => query.load(connection))?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.id;
        rows.into_iter().for_each(&mut take);
    }
}

/// Hands every stored root to `take`, by height and number.
pub fn each_subtree(reader: &mut Reader, mut take: impl FnMut(SubtreeRow)) -> Result<(), LoadError> {
    let (mut height, mut number) = (0, -1);
    loop {
        let beyond = log_subtree::height.eq(height).and(log_subtree::number.gt(number));
        let query = log_subtree::table
            .filter(beyond.or(log_subtree::height.gt(height)))
            .order((log_subtree::height, log_subtree::number))
            .limit(PAGE)
            .select(SubtreeRow::columns());
        let rows: Vec<SubtreeRow> = on!(&mut *reader, connection => query.load(connection))?;
        let Some(last) = rows.last() else { return Ok(()) };
        (height, number) = (last.height, last.number);
        rows.into_iter().for_each(&mut take);
    }
}
