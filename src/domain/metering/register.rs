//! Cumulative counters: a reading is the span from the reading before it, and says by how much the counter has grown since.

use serde::{Deserialize, Serialize};

use super::{Entry, Metering};
use crate::domain::time::Timestamp;
use crate::domain::usage::ReportKey;

/// A counter that counts from 0 at its start, as in OpenTelemetry. Its readings are the entries of its time, without gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Register {
    /// When it began to count; another start is another counter.
    pub started_at: Timestamp,
    /// Its last reading.
    pub last: Timestamp,
    /// Card-seconds counted by then.
    pub total: i64,
    /// Up to when its readings were forgotten.
    base_at: Timestamp,
    /// Card-seconds counted by then.
    base: i64,
}

/// The readings around an instant: the one before it, and the one after it where there is one. Instants and card-seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Around {
    /// The reading before, or the start of the counter.
    pub before: (Timestamp, i64),
    /// The reading after.
    pub after: Option<(Timestamp, i64)>,
}

impl Register {
    fn holds(&self, entry: &Entry) -> bool {
        entry.is_report() && self.base_at <= entry.from && entry.until <= self.last
    }
}

impl Metering {
    /// The register that began at an instant.
    pub fn register(&self, started_at: Timestamp) -> Option<&Register> {
        self.registers.iter().find(|register| register.started_at == started_at)
    }

    fn register_mut(&mut self, started_at: Timestamp) -> Option<&mut Register> {
        self.registers
            .iter_mut()
            .find(|register| register.started_at == started_at)
    }

    /// The register whose reading an entry is.
    pub fn register_of(&self, entry: &Entry) -> Option<Register> {
        self.registers.iter().find(|register| register.holds(entry)).copied()
    }

    /// What a register had counted at one of its readings.
    fn value_at(&self, register: &Register, at: Timestamp) -> i64 {
        let until = self
            .entries()
            .filter(|entry| register.holds(entry) && entry.until <= at);
        until.fold(register.base, |sum, entry| sum.saturating_add(entry.card_seconds))
    }

    /// The readings around an instant of a register, apart from the reading of an entry. An instant that another reading has is `None`.
    pub fn around(&self, started_at: Timestamp, at: Timestamp, but: Option<&Entry>) -> Option<Around> {
        let Some(register) = self.register(started_at) else {
            return Some(Around {
                before: (started_at, 0),
                after: None,
            });
        };
        if at > register.last {
            return Some(Around {
                before: (register.last, register.total),
                after: None,
            });
        }
        let readings = || {
            let all = self.entries().filter(|entry| register.holds(entry));
            all.filter(|entry| but.is_none_or(|but| but.key != entry.key))
        };
        if at <= register.base_at || readings().any(|entry| entry.until == at) {
            return None;
        }
        let earlier = readings().map(|entry| entry.until).filter(|until| *until < at).max();
        let later = readings().map(|entry| entry.until).filter(|until| *until > at).min();
        let before = earlier.unwrap_or(register.base_at);
        Some(Around {
            before: (before, self.value_at(register, before)),
            after: later.map(|later| (later, self.value_at(register, later))),
        })
    }

    /// Takes up a reading of which [`Metering::around`] gives the neighbours. By how many card-seconds what was delivered has changed,
    /// and the span that the reading stands for.
    pub(super) fn read(
        &mut self,
        key: ReportKey,
        (started_at, at, value): (Timestamp, Timestamp, i64),
    ) -> (i64, (Timestamp, Timestamp)) {
        let Some(register) = self.register(started_at).copied() else {
            let fresh = Register {
                started_at,
                last: at,
                total: value,
                base_at: started_at,
                base: 0,
            };
            let place = self.registers.partition_point(|known| known.started_at < started_at);
            self.registers.insert(place, fresh);
            return self.append(key, (started_at, at), value);
        };
        if at > register.last {
            if let Some(known) = self.register_mut(started_at) {
                (known.last, known.total) = (at, value);
            }
            return self.append(key, (register.last, at), value.saturating_sub(register.total));
        }
        // Between two readings: it parts the span of the later one, and no total changes.
        let split = self
            .entries()
            .find(|entry| register.holds(entry) && entry.from < at && at < entry.until)
            .copied();
        let Some(mut later) = split else {
            return (0, (at, at));
        };
        let part = value.saturating_sub(self.value_at(&register, later.from));
        let span = (later.from, at);
        later.from = at;
        later.card_seconds = later.card_seconds.saturating_sub(part);
        self.put(later);
        self.add(Entry {
            key,
            from: span.0,
            until: span.1,
            card_seconds: part,
            counted: 0,
        });
        (0, span)
    }

    fn append(
        &mut self,
        key: ReportKey,
        span: (Timestamp, Timestamp),
        card_seconds: i64,
    ) -> (i64, (Timestamp, Timestamp)) {
        self.add(Entry {
            key,
            from: span.0,
            until: span.1,
            card_seconds,
            counted: 0,
        });
        self.cover(span);
        (card_seconds, span)
    }

    /// The reading after that of an entry.
    fn next_of(&self, register: &Register, entry: &Entry) -> Option<Entry> {
        let mut next = self
            .entries()
            .filter(|known| register.holds(known) && known.from == entry.until);
        next.next().copied()
    }

    /// Lets a reading say another value. By how many card-seconds what was delivered has changed.
    pub(super) fn correct_reading(&mut self, register: &Register, mut entry: Entry, value: i64) -> i64 {
        let more = value.saturating_sub(self.value_at(register, entry.until));
        let next = self.next_of(register, &entry);
        entry.card_seconds = entry.card_seconds.saturating_add(more);
        self.put(entry);
        match next {
            Some(mut next) => {
                next.card_seconds = next.card_seconds.saturating_sub(more);
                self.put(next);
                0
            }
            None => {
                if let Some(known) = self.register_mut(register.started_at) {
                    known.total = value;
                }
                more
            }
        }
    }

    /// Takes a reading back: the next one stands for its time, too. By how many card-seconds what was delivered has changed.
    pub(super) fn withdraw_reading(&mut self, register: &Register, mut entry: Entry) -> i64 {
        let next = self.next_of(register, &entry);
        let (from, card_seconds) = (entry.from, entry.card_seconds);
        if next.is_none() {
            self.uncover((from, entry.until));
        }
        entry.card_seconds = 0;
        entry.from = entry.until;
        self.put(entry);
        match next {
            Some(mut next) => {
                next.from = from;
                next.card_seconds = next.card_seconds.saturating_add(card_seconds);
                self.put(next);
                0
            }
            None => {
                if from == register.started_at {
                    self.registers.retain(|known| known.started_at != register.started_at);
                } else if let Some(known) = self.register_mut(register.started_at) {
                    known.last = from;
                    known.total = known.total.saturating_sub(card_seconds);
                }
                card_seconds.saturating_neg()
            }
        }
    }

    /// Remembers of registers what they had counted by the last reading that is about to be forgotten.
    pub(super) fn close_registers(&mut self, until: Timestamp) {
        let mut registers = std::mem::take(&mut self.registers);
        for register in &mut registers {
            let gone = self
                .counted
                .iter()
                .filter(|entry| register.holds(entry) && entry.until <= until);
            let (base_at, base) = gone.fold((register.base_at, register.base), |(at, sum), entry| {
                (at.max(entry.until), sum.saturating_add(entry.card_seconds))
            });
            (register.base_at, register.base) = (base_at, base);
        }
        self.registers = registers;
    }
}
