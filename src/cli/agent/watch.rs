//! From what was seen twice to what was delivered in between: pure, with time as an argument.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::config::Leased;
use crate::domain::id::LeaseId;
use crate::domain::time::Timestamp;
use crate::domain::usage::UsageReport;

/// By how much the clock may differ from what has passed until it counts as set.
const STEP_SECONDS: u64 = 5;

/// The cards of an endpoint that were there and well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// When, in whole seconds.
    pub at: Timestamp,
    /// Which.
    pub well: BTreeSet<String>,
    /// The same moment by a clock that nobody sets; none: seen by a process before.
    #[serde(skip)]
    pub passed: Option<Duration>,
}

/// What is remembered from one look to the next, and over a restart.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// What was seen last, by endpoint.
    pub seen: BTreeMap<String, Seen>,
    /// Up to when each lease was reported: nothing is reported twice.
    pub until: BTreeMap<LeaseId, Timestamp>,
}

impl Memory {
    /// Takes what was seen at an endpoint, none where the look failed, and gives what is to be reported of its leases. Between two looks
    /// of which one failed, or that lie further apart than `gap` seconds, or across a step of the clock, nothing is known.
    pub fn look<'a>(
        &mut self,
        endpoint: &str,
        seen: Option<Seen>,
        (leases, gap, source): (impl Iterator<Item = &'a Leased>, u32, &str),
    ) -> Vec<UsageReport> {
        let before = self.seen.remove(endpoint);
        let Some(seen) = seen else {
            return Vec::new();
        };
        let known = before.filter(|before| is_known(before, &seen, gap));
        let mut reports = Vec::new();
        if let Some(before) = known {
            for leased in leases {
                let report = span(leased, (&before, &seen), self.until.get(&leased.lease).copied(), source);
                if let Some(report) = &report {
                    self.until.insert(leased.lease, report.until);
                }
                reports.extend(report);
            }
        }
        self.seen.insert(endpoint.to_owned(), seen);
        reports
    }

    /// Notes that a report waits already: it was written down, and then the process was killed.
    pub fn note(&mut self, lease: LeaseId, until: Timestamp) {
        let known = self.until.entry(lease).or_default();
        *known = until.max(*known);
    }
}

/// Whether what was delivered between two looks can be said.
fn is_known(before: &Seen, now: &Seen, gap: u32) -> bool {
    if before.at >= now.at || now.at > before.at.plus_seconds(gap) {
        return false;
    }
    let shown = u64::try_from(now.at.seconds_since(before.at)).unwrap_or(0);
    match (before.passed, now.passed) {
        (Some(before), Some(now)) => now.saturating_sub(before).as_secs().abs_diff(shown) <= STEP_SECONDS,
        (None, _) | (_, None) => true,
    }
}

/// A card counts for the time between two looks if it was well at both.
fn span(
    leased: &Leased,
    (before, now): (&Seen, &Seen),
    reported: Option<Timestamp>,
    source: &str,
) -> Option<UsageReport> {
    let from = before
        .at
        .max(reported.unwrap_or_default())
        .max(leased.from.unwrap_or_default());
    let until = leased.until.map_or(now.at, |until| until.min(now.at));
    if from >= until {
        return None;
    }
    let was_well = |card: &&String| before.well.contains(*card) && now.well.contains(*card);
    let cards = leased.devices.iter().filter(was_well).count();
    let seconds = until.seconds_since(from);
    Some(UsageReport {
        source: source.to_owned(),
        // The same look makes the same event, whoever looks again.
        id: format!("{}-{}", leased.lease, until.seconds_since(Timestamp::default())),
        lease: leased.lease,
        from,
        until,
        cards_up: u32::try_from(cards).ok()?,
        card_seconds: i64::try_from(cards).ok()?.checked_mul(seconds)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    fn leased() -> Leased {
        Leased {
            lease: LeaseId(1),
            endpoint: "rack".to_owned(),
            devices: ["a", "b"].map(str::to_owned).into(),
            from: Some(at(30)),
            until: Some(at(1_000)),
        }
    }

    /// What is reported of looks at instants, each with the cards that are well; none: it failed. The other clock starts at 0.
    fn reported(looks: &[(i64, u64, Option<&str>)]) -> Vec<(i64, i64, u32, i64)> {
        let (mut memory, leased) = (Memory::default(), leased());
        let mut told = Vec::new();
        for (wall, passed, well) in looks {
            let seen = well.map(|cards| Seen {
                at: at(*wall),
                well: cards.chars().map(|card| card.to_string()).collect(),
                passed: Some(Duration::from_secs(*passed)),
            });
            told.extend(memory.look("rack", seen, (std::iter::once(&leased), 180, "agent")));
        }
        let seconds = |at: Timestamp| at.micros() / 1_000_000;
        let row = |report: &UsageReport| {
            (
                seconds(report.from),
                seconds(report.until),
                report.cards_up,
                report.card_seconds,
            )
        };
        told.iter().map(row).collect()
    }

    #[test]
    fn a_card_counts_while_it_is_well_at_both_ends() {
        let looks = [
            (0, 0, Some("ab")),
            (60, 60, Some("abc")),
            (120, 120, Some("a")),
            (180, 180, Some("ab")),
            (240, 240, Some("")),
        ];
        let expected = [(30, 60, 2, 60), (60, 120, 1, 60), (120, 180, 1, 60), (180, 240, 0, 0)];
        assert_eq!(reported(&looks), expected);
    }

    #[test]
    fn what_nobody_saw_is_not_reported() {
        let failed = [
            (60, 60, Some("ab")),
            (120, 120, None),
            (180, 180, Some("ab")),
            (240, 240, Some("ab")),
        ];
        assert_eq!(reported(&failed), [(180, 240, 2, 120)]);
        let late = [(60, 60, Some("ab")), (241, 241, Some("ab"))];
        assert_eq!(reported(&late), []);
    }

    #[test]
    fn a_clock_that_is_set_makes_a_gap_and_nothing_twice() {
        let forward = [(60, 60, Some("ab")), (180, 66, Some("ab")), (240, 126, Some("ab"))];
        assert_eq!(reported(&forward), [(180, 240, 2, 120)]);
        let back = [
            (60, 60, Some("ab")),
            (120, 120, Some("ab")),
            (70, 180, Some("ab")),
            (130, 240, Some("ab")),
        ];
        assert_eq!(reported(&back), [(60, 120, 2, 120), (120, 130, 2, 20)]);
    }

    #[test]
    fn a_lease_is_reported_to_its_end() {
        let looks = [(960, 0, Some("ab")), (1_020, 60, Some("ab")), (1_080, 120, Some("ab"))];
        assert_eq!(reported(&looks), [(960, 1_000, 2, 80)]);
    }
}
