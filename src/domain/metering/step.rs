//! The steps of which everything that is known of a lease's usage is made.

use serde::{Deserialize, Serialize};

use super::{Change, Entry, Metering, place_of};
use crate::domain::id::DisputeId;
use crate::domain::time::Timestamp;
use crate::domain::usage::ReportKey;

/// One step. Whether it may be taken is checked before; here it happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// So many card-seconds were delivered in a span.
    Span {
        /// From when.
        from: Timestamp,
        /// Until when.
        until: Timestamp,
        /// How many.
        card_seconds: i64,
    },
    /// A counter was read.
    Reading {
        /// When it began to count.
        started_at: Timestamp,
        /// When it was read.
        at: Timestamp,
        /// What it had counted by then.
        card_seconds: i64,
    },
    /// A report says something else from now on.
    Correction {
        /// Which one: itself, or its last correction.
        of: ReportKey,
        /// What it says.
        card_seconds: i64,
    },
    /// A report does not count any more.
    Withdrawal {
        /// Which one: itself, or its last correction.
        of: ReportKey,
    },
    /// The tenant accepts what was used before an instant.
    Acceptance {
        /// That instant.
        until: Timestamp,
    },
    /// A dispute holds card-seconds back. There is a second step where some of them are counted and others are not.
    Hold {
        /// Which dispute.
        dispute: DisputeId,
        /// From when it disputes what was reported.
        from: Timestamp,
        /// Until when.
        until: Timestamp,
        /// When what is held back was used up: a settlement that has come so far turns it back.
        counts_at: Timestamp,
        /// How many.
        card_seconds: i64,
    },
    /// A dispute is over: so many of the card-seconds that it holds stay held for good.
    Release {
        /// Which dispute.
        dispute: DisputeId,
        /// How many.
        card_seconds: i64,
    },
}

/// When a step was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Taken {
    /// When.
    pub at: Timestamp,
    /// From when on it counts as accepted.
    pub deadline: Timestamp,
}

/// What a step has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outcome {
    /// By how many card-seconds what is metered of the lease has grown.
    pub counts: i64,
    /// The time that it is about.
    pub span: (Timestamp, Timestamp),
}

/// What a dispute holds back, or has decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Which dispute.
    pub dispute: DisputeId,
    /// From when it disputes what was reported.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// Whether it is not decided yet.
    pub is_open: bool,
    /// The entries below zero.
    keys: Vec<ReportKey>,
}

impl Metering {
    /// Takes a step.
    pub fn take(&mut self, key: ReportKey, step: Step, taken: Taken) -> Outcome {
        let outcome = match step {
            Step::Span {
                from,
                until,
                card_seconds,
            } => {
                self.add(Entry {
                    key,
                    from,
                    until,
                    card_seconds,
                    counted: 0,
                });
                self.cover((from, until));
                Outcome {
                    counts: card_seconds,
                    span: (from, until),
                }
            }
            Step::Reading {
                started_at,
                at,
                card_seconds,
            } => {
                let (counts, span) = self.read(key, (started_at, at, card_seconds));
                Outcome { counts, span }
            }
            Step::Correction { of, card_seconds } => self.correct(key, of, card_seconds),
            Step::Withdrawal { of } => return self.withdraw(key, of),
            Step::Acceptance { until } => {
                self.acceptance.accept(until);
                return Outcome::default();
            }
            Step::Hold { .. } => return self.hold(key, step),
            Step::Release { dispute, card_seconds } => return self.release(dispute, card_seconds),
        };
        self.acceptance.wait((taken.at, taken.deadline), outcome.span);
        outcome
    }

    /// Notes that a change was taken, and which report it changes in the end.
    fn note_change(&mut self, key: ReportKey, of: ReportKey) -> Option<Entry> {
        let root = self.change(of).map_or(of, |change| change.of);
        let entry = self.find(root).copied()?;
        for change in self.changes.iter_mut().filter(|change| change.of == root) {
            change.is_last = false;
        }
        let change = Change {
            key,
            of: root,
            is_last: true,
        };
        let (Ok(place) | Err(place)) = place_of(&self.changes, key, |known| known.key);
        self.changes.insert(place, change);
        Some(entry)
    }

    fn correct(&mut self, key: ReportKey, of: ReportKey, card_seconds: i64) -> Outcome {
        let Some(mut entry) = self.note_change(key, of) else {
            return Outcome::default();
        };
        let span = (entry.from, entry.until);
        let counts = match self.register_of(&entry) {
            Some(register) => self.correct_reading(&register, entry, card_seconds),
            None => {
                let more = card_seconds.saturating_sub(entry.card_seconds);
                entry.card_seconds = card_seconds;
                self.put(entry);
                more
            }
        };
        Outcome { counts, span }
    }

    fn withdraw(&mut self, key: ReportKey, of: ReportKey) -> Outcome {
        let Some(mut entry) = self.note_change(key, of) else {
            return Outcome::default();
        };
        let span = (entry.from, entry.until);
        let counts = match self.register_of(&entry) {
            Some(register) => self.withdraw_reading(&register, entry),
            None => {
                let less = entry.card_seconds.saturating_neg();
                self.uncover(span);
                entry.card_seconds = 0;
                entry.from = entry.until;
                self.put(entry);
                less
            }
        };
        Outcome { counts, span }
    }

    fn hold(&mut self, key: ReportKey, step: Step) -> Outcome {
        let Step::Hold {
            dispute,
            from,
            until,
            counts_at,
            card_seconds,
        } = step
        else {
            return Outcome::default();
        };
        let counts = card_seconds.saturating_neg();
        self.add(Entry {
            key,
            from: from.min(counts_at),
            until: counts_at,
            card_seconds: counts,
            counted: 0,
        });
        match self.held.iter_mut().find(|held| held.dispute == dispute) {
            Some(held) => held.keys.push(key),
            None => self.held.push(Held {
                dispute,
                from,
                until,
                is_open: true,
                keys: vec![key],
            }),
        }
        Outcome {
            counts,
            span: (from, until),
        }
    }

    fn release(&mut self, dispute: DisputeId, mut left: i64) -> Outcome {
        let Some(held) = self.held.iter_mut().find(|held| held.dispute == dispute) else {
            return Outcome::default();
        };
        held.is_open = false;
        let (keys, span) = (held.keys.clone(), (held.from, held.until));
        let mut counts = 0_i64;
        for key in keys {
            let Some(mut entry) = self.find(key).copied() else {
                continue;
            };
            let stays = left.min(entry.card_seconds.saturating_neg());
            left = left.saturating_sub(stays);
            let now = stays.saturating_neg();
            counts = counts.saturating_add(now.saturating_sub(entry.card_seconds));
            entry.card_seconds = now;
            if now == 0 {
                entry.from = entry.until;
            }
            self.put(entry);
        }
        Outcome { counts, span }
    }

    /// What disputes hold back or have decided.
    pub fn held(&self) -> &[Held] {
        &self.held
    }

    /// Card-seconds that a dispute holds back.
    pub fn held_by(&self, held: &Held) -> i64 {
        let entries = held.keys.iter().filter_map(|key| self.find(*key));
        entries.fold(0_i64, |sum, entry| sum.saturating_sub(entry.card_seconds))
    }

    /// Whether a dispute is not decided yet.
    pub fn is_disputed(&self) -> bool {
        self.held.iter().any(|held| held.is_open)
    }

    /// Whether a dispute that is not decided yet, or has decided that less counts, is about some instant of a span.
    pub fn is_disputed_in(&self, (from, until): (Timestamp, Timestamp)) -> bool {
        let mut about = self.held.iter().filter(|held| held.from < until && from < held.until);
        about.any(|held| held.is_open || self.held_by(held) > 0)
    }

    /// The reports that lie in a span; none where one of them crosses its borders.
    pub fn reports_in(&self, (from, until): (Timestamp, Timestamp)) -> Option<Vec<Entry>> {
        let touching = self
            .entries()
            .filter(|entry| entry.is_report() && entry.from < until && from < entry.until);
        let touching: Vec<Entry> = touching.copied().collect();
        let inside = |entry: &Entry| from <= entry.from && entry.until <= until;
        touching.iter().all(inside).then_some(touching)
    }
}
