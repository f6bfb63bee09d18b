//! What was reported of a lease, and how much of it settlements have counted. Whatever comes late, or is corrected, withdrawn or
//! disputed after it was counted, is counted by the next settlement as a difference, which may be below zero: so neither the order of
//! reports nor how often one settles decides what a lease comes to.
//!
//! All of it is the fold of steps in the order of their places, so that a restart has it again out of the rows of these.

mod acceptance;
mod register;
mod step;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use self::acceptance::Acceptance;
pub use self::register::Register;
pub use self::step::{Held, Outcome, Step, Taken};
use super::time::Timestamp;
use super::usage::ReportKey;

/// Card-seconds of a span as they stand now. 48 bytes: there is one for each report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// What brought it.
    pub key: ReportKey,
    /// From when.
    pub from: Timestamp,
    /// Until when; with `from` at the same instant it was withdrawn.
    pub until: Timestamp,
    /// Card-seconds as they stand now; below zero where a dispute holds back what others report.
    pub card_seconds: i64,
    /// How many of them settlements have counted.
    pub counted: i64,
}

impl Entry {
    /// What the next settlement that reaches it counts.
    pub fn due(&self) -> i64 {
        self.card_seconds.saturating_sub(self.counted)
    }

    /// Whether it says what was delivered: it was not withdrawn, and is not what a dispute holds back.
    pub fn is_report(&self) -> bool {
        self.from < self.until && self.card_seconds >= 0
    }
}

/// Up to where settlements have counted a lease's reports: every report placed before `place` that ended by `until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Mark {
    /// The place that the next report of the exchange had then.
    pub place: u64,
    /// The instant that was settled up to; it never goes back.
    pub until: Timestamp,
}

/// A correction or a withdrawal, by its own key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Change {
    key: ReportKey,
    /// The report that it changes in the end.
    of: ReportKey,
    /// Whether no other change came after it.
    is_last: bool,
}

/// Everything reported of one lease.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Metering {
    /// Entries of which something is to be counted, by key.
    due: Vec<Entry>,
    /// Entries counted in full, by key.
    counted: Vec<Entry>,
    /// The instants for which usage was reported, merged, by start. What is in no span is unknown, not down.
    covered: Vec<(Timestamp, Timestamp)>,
    /// Cumulative counters, by their start.
    registers: Vec<Register>,
    /// Corrections and withdrawals, by key.
    changes: Vec<Change>,
    /// What the tenant may still dispute.
    acceptance: Acceptance,
    /// What disputes hold back or have decided, in their order.
    held: Vec<Held>,
    /// Card-seconds of entries that were forgotten.
    forgotten: i64,
    /// Up to where settlements have counted. It says what `counted` of each entry says, for a database to keep in one row, and is not
    /// hashed.
    #[serde(skip)]
    pub mark: Mark,
}

/// Where something with a key stands among others sorted by theirs.
fn place_of<T>(list: &[T], key: ReportKey, of: impl Fn(&T) -> ReportKey) -> Result<usize, usize> {
    // What has a time-ordered key comes last; hashes come anywhere.
    list.binary_search_by_key(&key, of)
}

impl Metering {
    /// Nothing reported, and counted up to a mark.
    pub fn counted_to(mark: Mark) -> Metering {
        Metering {
            mark,
            ..Metering::default()
        }
    }

    /// The entry of a key.
    pub fn find(&self, key: ReportKey) -> Option<&Entry> {
        let of = |list: &[Entry]| place_of(list, key, |entry| entry.key).ok();
        match of(&self.due) {
            Some(place) => self.due.get(place),
            None => of(&self.counted).and_then(|place| self.counted.get(place)),
        }
    }

    /// Whether a report, correction or withdrawal of this key was taken.
    pub fn is_known(&self, key: ReportKey) -> bool {
        self.find(key).is_some() || self.change(key).is_some()
    }

    fn change(&self, key: ReportKey) -> Option<&Change> {
        let place = place_of(&self.changes, key, |change| change.key).ok()?;
        self.changes.get(place)
    }

    /// Every entry, in no order that means anything.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.due.iter().chain(&self.counted)
    }

    /// The entry that a key names: of a report itself, or through its last correction.
    ///
    /// # Errors
    /// Why there is none.
    pub fn named(&self, key: ReportKey) -> Result<&Entry, Unnamed> {
        let root = match self.change(key) {
            Some(change) if !change.is_last => return Err(Unnamed::Changed),
            Some(change) => change.of,
            None if self.changes.iter().any(|change| change.of == key) => return Err(Unnamed::Changed),
            None => key,
        };
        let entry = self.find(root).ok_or(Unnamed::Unknown)?;
        if entry.from == entry.until {
            return Err(Unnamed::Withdrawn);
        }
        Ok(entry)
    }

    /// The entry that a report, correction or withdrawal was about, as it stands now.
    pub fn changed_by(&self, key: ReportKey) -> Option<&Entry> {
        self.find(self.change(key).map_or(key, |change| change.of))
    }

    /// The report of the time right after an instant.
    pub fn report_after(&self, at: Timestamp) -> Option<&Entry> {
        let mut after = self.entries().filter(|entry| entry.from <= at && at < entry.until);
        after.find(|entry| entry.is_report())
    }

    /// What the tenant may still dispute.
    pub fn acceptance(&self) -> &Acceptance {
        &self.acceptance
    }

    /// The instants for which usage was reported, merged, by start.
    pub fn covered(&self) -> &[(Timestamp, Timestamp)] {
        &self.covered
    }

    /// The spans of a window that nothing covers: what happened in them is unknown.
    pub fn gaps(&self, (from, until): (Timestamp, Timestamp)) -> Vec<(Timestamp, Timestamp)> {
        let mut gaps = Vec::new();
        let mut known = from;
        for &(start, end) in &self.covered {
            if known < start.min(until) {
                gaps.push((known, start.min(until)));
            }
            known = known.max(end);
        }
        if known < until {
            gaps.push((known, until));
        }
        gaps
    }

    /// Whether some instant of a span was reported already.
    pub fn overlaps(&self, (from, until): (Timestamp, Timestamp)) -> bool {
        let first = self.covered.partition_point(|known| known.1 <= from);
        self.covered.get(first).is_some_and(|known| known.0 < until)
    }

    /// Notes that a span was reported; it overlaps none.
    fn cover(&mut self, span: (Timestamp, Timestamp)) {
        let place = self.covered.partition_point(|known| known.0 < span.0);
        self.covered.insert(place, span);
        if self.covered.get(place + 1).is_some_and(|next| next.0 == span.1) {
            self.covered[place].1 = self.covered.remove(place + 1).1;
        }
        if place > 0 && self.covered[place - 1].1 == span.0 {
            self.covered[place - 1].1 = self.covered.remove(place).1;
        }
    }

    /// Notes that a span is not reported any more, so that it may be reported again.
    fn uncover(&mut self, (from, until): (Timestamp, Timestamp)) {
        let spans = std::mem::take(&mut self.covered);
        let parts = spans
            .into_iter()
            .flat_map(|(start, end)| [(start, end.min(from)), (start.max(until), end)]);
        self.covered = parts.filter(|(start, end)| start < end).collect();
    }

    /// Takes up a new entry.
    fn add(&mut self, entry: Entry) {
        let list = if entry.due() == 0 {
            &mut self.counted
        } else {
            &mut self.due
        };
        let (Ok(place) | Err(place)) = place_of(list, entry.key, |known| known.key);
        list.insert(place, entry);
    }

    /// Changes an entry. What settlements have counted of it stays counted.
    fn put(&mut self, entry: Entry) {
        for list in [&mut self.due, &mut self.counted] {
            if let Ok(place) = place_of(list, entry.key, |known| known.key) {
                list.remove(place);
            }
        }
        self.add(entry);
    }

    /// Takes up card-seconds that are counted more, or less, of a closed period, as of an instant of it. They are no report: nothing
    /// corrects, withdraws or disputes them.
    pub fn adjust(&mut self, key: ReportKey, at: Timestamp, (card_seconds, counted): (i64, i64)) {
        self.add(Entry {
            key,
            from: at,
            until: at,
            card_seconds,
            counted,
        });
    }

    /// Whether a settlement up to `until` would count anything.
    pub fn is_due(&self, until: Timestamp) -> bool {
        self.due.iter().any(|entry| entry.until <= until)
    }

    /// Whether everything is counted.
    pub fn is_counted(&self) -> bool {
        self.due.is_empty()
    }

    /// Card-seconds that a settlement up to `until` would count; they may be below zero.
    pub fn due_by(&self, until: Timestamp) -> i64 {
        let due = self.due.iter().filter(|entry| entry.until <= until);
        due.fold(0, |sum, entry| sum.saturating_add(entry.due()))
    }

    /// The same by the calendar year, in Asia/Shanghai, of each entry's last instant.
    pub fn due_by_year(&self, until: Timestamp) -> BTreeMap<i32, i64> {
        let mut years: BTreeMap<i32, i64> = BTreeMap::new();
        for entry in self.due.iter().filter(|entry| entry.until <= until) {
            let seconds = years.entry(entry.until.just_before().year()).or_default();
            *seconds = seconds.saturating_add(entry.due());
        }
        years
    }

    /// The part of [`Metering::due_by`] whose last instants lie in `[from, before)`. An entry keeps its last instant for good, so that
    /// what takes it back later counts where it was counted.
    pub fn due_of(&self, (from, before): (Timestamp, Timestamp), until: Timestamp) -> i64 {
        let due = self.due.iter().filter(|entry| entry.until <= until);
        let inside = due.filter(|entry| from < entry.until && entry.until <= before);
        inside.fold(0, |sum, entry| sum.saturating_add(entry.due()))
    }

    /// Card-seconds that settlements have counted.
    pub fn counted(&self) -> i64 {
        self.entries()
            .fold(self.forgotten, |sum, entry| sum.saturating_add(entry.counted))
    }

    /// Counts what ended by `mark.until`.
    pub fn count(&mut self, mark: Mark) {
        self.mark = mark;
        if !self.is_due(mark.until) {
            return;
        }
        let (mut now, later): (Vec<Entry>, Vec<Entry>) =
            self.due.drain(..).partition(|entry| entry.until <= mark.until);
        self.due = later;
        for entry in &mut now {
            entry.counted = entry.card_seconds;
        }
        // Two sorted runs: the sort finds and merges them.
        self.counted.append(&mut now);
        self.counted.sort_by_key(|entry| entry.key);
    }

    /// Forgets entries counted in full that ended by an instant: their period is closed, so that nothing changes them any more.
    pub fn forget(&mut self, until: Timestamp) {
        self.close_registers(until);
        let Metering { counted, forgotten, .. } = self;
        counted.retain(|entry| {
            let stays = entry.until > until;
            if !stays {
                *forgotten = forgotten.saturating_add(entry.counted);
            }
            stays
        });
        let Metering {
            counted, due, changes, ..
        } = self;
        let is_there = |key| {
            [&*counted, &*due]
                .iter()
                .any(|list| place_of(list, key, |one| one.key).is_ok())
        };
        changes.retain(|change| is_there(change.of));
    }
}

/// Why a key names no report that can be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unnamed {
    /// There is none of this key.
    Unknown,
    /// It was corrected; its last correction must be named.
    Changed,
    /// It was withdrawn.
    Withdrawn,
}
