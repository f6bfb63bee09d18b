//! What was reported of a lease, and how much of it settlements have counted. Whatever comes late, or is corrected, withdrawn or
//! disputed after it was counted, is counted by the next settlement as a difference, which may be below zero: so neither the order of
//! reports nor how often one settles decides what a lease comes to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::time::Timestamp;
use super::usage::ReportKey;

/// Card-seconds of a span as they stand now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// What brought it.
    pub key: ReportKey,
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// Card-seconds as they stand now; below zero where they are taken off what others report.
    pub card_seconds: i64,
    /// How many of them settlements have counted.
    pub counted: i64,
}

impl Entry {
    /// What the next settlement that reaches it counts.
    pub fn due(&self) -> i64 {
        self.card_seconds.saturating_sub(self.counted)
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

/// Everything reported of one lease.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Metering {
    /// Entries of which something is to be counted, by start and key.
    due: Vec<Entry>,
    /// Entries counted in full, by key.
    counted: Vec<Entry>,
    /// The instants for which usage was reported, merged, by start. What is in no span is unknown, not down.
    covered: Vec<(Timestamp, Timestamp)>,
    /// Up to where settlements have counted. It says what `counted` of each entry says, for a database to keep in one row, and is not
    /// hashed.
    #[serde(skip)]
    pub mark: Mark,
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
        match self.counted.binary_search_by_key(&key, |entry| entry.key) {
            Ok(place) => self.counted.get(place),
            Err(_) => self.due.iter().find(|entry| entry.key == key),
        }
    }

    /// The instants for which usage was reported, merged, by start.
    pub fn covered(&self) -> &[(Timestamp, Timestamp)] {
        &self.covered
    }

    /// Whether some instant of a span was reported already.
    pub fn overlaps(&self, (from, until): (Timestamp, Timestamp)) -> bool {
        let first = self.covered.partition_point(|known| known.1 <= from);
        self.covered.get(first).is_some_and(|known| known.0 < until)
    }

    /// Notes that a span was reported; it overlaps none.
    pub fn cover(&mut self, span: (Timestamp, Timestamp)) {
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
    pub fn uncover(&mut self, (from, until): (Timestamp, Timestamp)) {
        let spans = std::mem::take(&mut self.covered);
        let parts = spans
            .into_iter()
            .flat_map(|(start, end)| [(start, end.min(from)), (start.max(until), end)]);
        self.covered = parts.filter(|(start, end)| start < end).collect();
    }

    /// Takes up or changes the entry of a key. What settlements have counted of it stays counted.
    pub fn put(&mut self, entry: Entry) {
        self.remove(entry.key);
        if entry.due() == 0 {
            let (Ok(place) | Err(place)) = self.counted.binary_search_by_key(&entry.key, |known| known.key);
            self.counted.insert(place, entry);
        } else {
            let order = (entry.from, entry.key);
            let place = self.due.partition_point(|known| (known.from, known.key) < order);
            self.due.insert(place, entry);
        }
    }

    fn remove(&mut self, key: ReportKey) {
        match self.counted.binary_search_by_key(&key, |entry| entry.key) {
            Ok(place) => drop(self.counted.remove(place)),
            Err(_) => self.due.retain(|entry| entry.key != key),
        }
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

    /// The part of [`Metering::due_by`] whose spans began in `[from, before)`.
    pub fn due_of(&self, (from, before): (Timestamp, Timestamp), until: Timestamp) -> i64 {
        let due = self.due.iter().filter(|entry| entry.until <= until);
        let inside = due.filter(|entry| from <= entry.from && entry.from < before);
        inside.fold(0, |sum, entry| sum.saturating_add(entry.due()))
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
        self.counted.append(&mut now);
        self.counted.sort_unstable_by_key(|entry| entry.key);
    }

    /// Forgets entries counted in full that ended by an instant: their period is closed, so that nothing changes them any more.
    pub fn forget(&mut self, until: Timestamp) {
        self.counted.retain(|entry| entry.until > until);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(micros: i64) -> Timestamp {
        Timestamp::from_micros(micros)
    }

    fn entry(key: u8, (from, until): (i64, i64), card_seconds: i64) -> Entry {
        Entry {
            key: ReportKey([key; 16]),
            from: at(from),
            until: at(until),
            card_seconds,
            counted: 0,
        }
    }

    #[test]
    fn touching_spans_merge_and_part_again() {
        let mut metering = Metering::default();
        for (from, until) in [(4, 6), (0, 2), (8, 9), (2, 4)] {
            metering.cover((at(from), at(until)));
        }
        assert_eq!(metering.covered(), [(at(0), at(6)), (at(8), at(9))]);
        assert!(metering.overlaps((at(5), at(7))) && !metering.overlaps((at(6), at(8))));
        metering.uncover((at(2), at(4)));
        assert_eq!(metering.covered(), [(at(0), at(2)), (at(4), at(6)), (at(8), at(9))]);
        assert!(!metering.overlaps((at(2), at(4))));
    }

    #[test]
    fn what_changes_after_it_was_counted_is_counted_as_a_difference() {
        let mut metering = Metering::default();
        metering.put(entry(1, (0, 2), 10));
        metering.put(entry(2, (2, 4), 20));
        assert_eq!(metering.due_by(at(3)), 10);
        let until = |until| Mark {
            place: 1,
            until: at(until),
        };
        metering.count(until(3));
        assert_eq!((metering.due_by(at(9)), metering.is_counted()), (20, false));
        let counted = *metering.find(ReportKey([1; 16])).unwrap();
        metering.put(Entry {
            card_seconds: 7,
            ..counted
        });
        assert_eq!(metering.due_by(at(9)), 17);
        metering.count(until(9));
        assert!(metering.is_counted() && metering.find(ReportKey([2; 16])).is_some());
        metering.forget(at(2));
        assert_eq!((metering.find(ReportKey([1; 16])), metering.due_by(at(9))), (None, 0));
    }
}
