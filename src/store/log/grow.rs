//! The tree as the writer keeps it: with each commit the roots of the subtrees that are complete with it.

use diesel::prelude::*;

use super::read::{LogTree, log};
use super::{LogRow, SubtreeRow};
use crate::domain::log::{Growth, STEP, Subtree, Subtrees, Suite};
use crate::domain::time::Timestamp;
use crate::on;
use crate::store::column::Named;
use crate::store::connection::{Reader, Url};
use crate::store::journal::JournalRow;
use crate::store::load::LoadError;
use crate::store::schema::log_subtree;
use crate::store::writer::{OpenError, Writer};

/// Leaves that are hashed in one step where a database has none of the roots yet.
const LEAVES_AT_ONCE: u64 = 65_536;

/// How a log was found, or born.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Born {
    /// It was there, with these algorithms.
    Already,
    /// It was born now.
    Now,
}

/// Gives the log of an empty database its algorithms; a log that is there must have them.
///
/// # Errors
/// It has others, or the database cannot be used.
pub fn birth(url: &Url, suite: Suite, at: Timestamp) -> Result<Born, OpenError> {
    let mut reader = Reader::open(url)?;
    let found = log(&mut reader).map_err(OpenError::unusable)?;
    drop(reader);
    if found.is_none() {
        let writer = Writer::open_as(url, "qiantang, the birth of the log", at, suite)?;
        check(writer.suite(), suite)?;
        return Ok(Born::Now);
    }
    check(found.map_or(suite, |found| found.suite.0), suite)?;
    Ok(Born::Already)
}

fn check(found: Suite, wanted: Suite) -> Result<(), OpenError> {
    if found == wanted {
        Ok(())
    } else {
        Err(OpenError::OtherLog { found, wanted })
    }
}

/// The log of the database; where there is none yet, the row of one that is born now. Only a journal without events can have a log
/// of other algorithms than the first ones, since those had none to choose.
pub(crate) fn prepare(
    reader: &mut Reader,
    leaves: i64,
    wanted: Suite,
    at: Timestamp,
) -> Result<(Suite, Option<LogRow>), OpenError> {
    if let Some(found) = log(reader).map_err(OpenError::unusable)? {
        return Ok((found.suite.0, None));
    }
    let suite = if leaves == 0 { wanted } else { Suite::default() };
    let row = LogRow {
        id: 1,
        suite: Named(suite),
        origin: None,
        born_at: at.micros(),
    };
    Ok((suite, Some(row)))
}

/// The tree of the first `size` leaves, from what is stored of it. Roots that were not stored yet go to `keep`.
pub(crate) fn load(
    reader: &mut Reader,
    suite: Suite,
    size: u64,
    mut keep: impl FnMut(Vec<SubtreeRow>) -> Result<(), OpenError>,
) -> Result<Growth, OpenError> {
    let mut growth = resume(reader, suite).map_err(OpenError::unusable)?;
    while growth.size() < size {
        let until = size.min(growth.size() + LEAVES_AT_ONCE);
        let bodies = LogTree::bodies(reader, growth.size(), until).map_err(OpenError::unusable)?;
        let mut complete = Vec::new();
        bodies.iter().for_each(|body| growth.add(body, &mut complete));
        keep(rows(complete))?;
    }
    if growth.size() > size {
        return Err(OpenError::Damaged(format!(
            "the tree has roots of {} leaves, the journal has {size}",
            growth.size()
        )));
    }
    Ok(growth)
}

/// The tree of the leaves whose roots are stored.
fn resume(reader: &mut Reader, suite: Suite) -> Result<Growth, LoadError> {
    let (mut levels, mut size) = (vec![Vec::new()], 0_u64);
    let mut height = STEP;
    // Of each level, how many roots are stored, which says how many of the level below are in complete subtrees.
    let mut counts = Vec::new();
    loop {
        let query = log_subtree::table
            .filter(log_subtree::height.eq(i64::from(height)))
            .select(diesel::dsl::max(log_subtree::number));
        let last: Option<i64> = on!(&mut *reader, connection => query.first(connection))?;
        let Some(last) = last else { break };
        counts.push((height, last.cast_unsigned() + 1));
        height += STEP;
    }
    if let Some((height, count)) = counts.first() {
        size = count << height;
    }
    let mut tree = LogTree::new(reader, suite, size);
    for (place, (height, count)) in counts.iter().enumerate() {
        let above = counts.get(place + 1).map_or(0, |(_, count)| count << STEP);
        let loose = count.saturating_sub(above);
        levels.push(if loose == 0 {
            Vec::new()
        } else {
            tree.roots(*height, above, loose)?
        });
    }
    Ok(Growth::resumed(suite, size, levels))
}

/// The tree with the leaves of a batch, and the rows of the subtrees that are complete with them.
pub(crate) fn grown(growth: &Growth, journal: &[JournalRow]) -> (Growth, Vec<SubtreeRow>) {
    let (mut grown, mut complete) = (growth.clone(), Vec::new());
    journal.iter().for_each(|row| grown.add(&row.body, &mut complete));
    (grown, rows(complete))
}

/// In the order of their keys.
fn rows(mut complete: Vec<Subtree>) -> Vec<SubtreeRow> {
    complete.sort_unstable();
    complete.into_iter().map(SubtreeRow::from).collect()
}
