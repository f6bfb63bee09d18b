//! How many card-seconds of a lease were not there.
//!
//! Several sources may tell of one outage, so that card-seconds are counted once: at each instant the most cards that any of them
//! names. Usage names no instants: its span is missing so many card-seconds in all. Within such a span what counts is the larger of
//! what usage misses and what is named; card-seconds that maintenance or the tenant have taken are no fault and come off both.

use crate::domain::life::Maintenance;
use crate::domain::outage::{Outage, OutageCause};
use crate::domain::time::Timestamp;

/// Half-open.
pub type Span = (Timestamp, Timestamp);

/// Card-seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Measured {
    /// Contracted: cards × seconds.
    pub contracted: i64,
    /// Of which were not there, for a cause that counts.
    pub unavailable: i64,
}

/// What is measured.
#[derive(Debug, Clone, Copy)]
pub struct Scale<'a> {
    /// The cards of the lease.
    pub cards: u32,
    /// Its hours.
    pub lease: Span,
    /// Maintenance of all its cards that was announced.
    pub maintenance: &'a [Maintenance],
    /// Which causes count.
    pub counts: fn(OutageCause) -> bool,
}

const MICROS_PER_SECOND: i128 = 1_000_000;

/// What outages come to within `part` of a lease. Those that do not count, or are not over, come to nothing.
pub fn measure<'a>(scale: Scale<'_>, outages: impl IntoIterator<Item = &'a Outage>, part: Span) -> Measured {
    let part = (part.0.max(scale.lease.0), part.1.min(scale.lease.1));
    if part.0 >= part.1 {
        return Measured::default();
    }
    let mut levels = Levels::new(scale.cards);
    for announced in scale.maintenance {
        let span = (
            announced.window.from().timestamp(),
            announced.window.until().timestamp(),
        );
        levels.exclude(span, scale.cards);
    }
    let known = outages.into_iter().filter(|outage| outage.state.counts());
    for outage in known {
        let Some(span) = outage.span() else { continue };
        match (outage.card_seconds, (scale.counts)(outage.cause)) {
            (Some(missing), true) => levels.missing.push((span, missing)),
            (None, true) => levels.named.push((span, outage.cards_down)),
            (_, false) => levels.exclude(span, outage.cards_down),
        }
    }
    Measured {
        contracted: card_seconds(scale.cards, part),
        unavailable: levels.sum(part),
    }
}

/// Cards over a span, in whole card-seconds.
pub fn card_seconds(cards: u32, span: Span) -> i64 {
    whole(i128::from(cards) * micros(span))
}

fn micros((from, until): Span) -> i128 {
    (i128::from(until.micros()) - i128::from(from.micros())).max(0)
}

fn whole(card_micros: i128) -> i64 {
    i64::try_from(card_micros / MICROS_PER_SECOND).unwrap_or(i64::MAX)
}

struct Levels {
    cards: u32,
    named: Vec<(Span, u32)>,
    excluded: Vec<(Span, u32)>,
    missing: Vec<(Span, i64)>,
}

impl Levels {
    fn new(cards: u32) -> Levels {
        Levels {
            cards,
            named: Vec::new(),
            excluded: Vec::new(),
            missing: Vec::new(),
        }
    }

    fn exclude(&mut self, span: Span, cards: u32) {
        self.excluded.push((span, cards.min(self.cards)));
    }

    /// Whole card-seconds within `part`.
    fn sum(&mut self, part: Span) -> i64 {
        let cuts = self.cuts(part);
        // Reports of one lease do not overlap, so that each instant is in one of these spans at most.
        self.missing.sort_unstable_by_key(|(span, _)| span.0);
        let mut of_span = vec![(0_i128, 0_i128); self.missing.len()];
        let mut outside = 0_i128;
        for pair in cuts.windows(2) {
            let span = (pair[0], pair[1]);
            let excluded = most(&self.excluded, span);
            let named = most(&self.named, span).min(self.cards.saturating_sub(excluded));
            let (named, excluded) = (i128::from(named) * micros(span), i128::from(excluded) * micros(span));
            let place = self.missing.partition_point(|(known, _)| known.1 <= span.0);
            match self.missing.get(place).filter(|(known, _)| known.0 <= span.0) {
                Some(_) => {
                    of_span[place].0 += named;
                    of_span[place].1 += excluded;
                }
                None => outside += named,
            }
        }
        for ((span, missing), (named, excluded)) in self.missing.iter().zip(of_span) {
            outside += (within((*span, *missing), part) - excluded).max(named);
        }
        whole(outside)
    }

    /// The instants at which something changes, those of `part` included.
    fn cuts(&self, part: Span) -> Vec<Timestamp> {
        let levels = self.named.iter().chain(&self.excluded).map(|(span, _)| *span);
        let spans = levels.chain(self.missing.iter().map(|(span, _)| *span));
        let mut cuts: Vec<Timestamp> = spans.flat_map(|(from, until)| [from, until]).collect();
        cuts.extend([part.0, part.1]);
        cuts.retain(|at| part.0 <= *at && *at <= part.1);
        cuts.sort_unstable();
        cuts.dedup();
        cuts
    }
}

/// The most cards that one of them names over a span in which nothing changes.
fn most(levels: &[(Span, u32)], span: Span) -> u32 {
    let there = levels
        .iter()
        .filter(|(known, _)| known.0 <= span.0 && span.1 <= known.1);
    there.map(|(_, cards)| *cards).max().unwrap_or(0)
}

/// The part of what a span misses that falls into `part`, in card-microseconds: spread evenly, so that parts that touch add up.
fn within((span, missing): (Span, i64), part: Span) -> i128 {
    let length = micros(span);
    if length == 0 {
        return 0;
    }
    let up_to = |at: Timestamp| {
        let at = at.max(span.0).min(span.1);
        i128::from(missing) * micros((span.0, at)) / length * MICROS_PER_SECOND
            + i128::from(missing) * micros((span.0, at)) % length * MICROS_PER_SECOND / length
    };
    up_to(part.1) - up_to(part.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::{LeaseId, OrgId, OutageId};
    use crate::domain::outage::{OutageSource, OutageState};
    use crate::domain::time::{Hour, Window};
    use proptest::prelude::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    fn named((from, until): (i64, i64), cards_down: u32, cause: OutageCause) -> Outage {
        Outage {
            id: OutageId(1),
            lease: LeaseId(1),
            tenant: OrgId(1),
            provider: OrgId(2),
            from: at(from),
            until: Some(at(until)),
            cards_down,
            card_seconds: None,
            cause,
            source: OutageSource::Tenant,
            state: OutageState::Confirmed,
            answer_by: at(0),
            note: String::new(),
            objection: None,
            decision: None,
            report: None,
            created_at: at(0),
        }
    }

    fn missing(span: (i64, i64), card_seconds: i64) -> Outage {
        Outage {
            card_seconds: Some(card_seconds),
            ..named(span, 1, OutageCause::Provider)
        }
    }

    fn of_hour(outages: &[Outage]) -> i64 {
        measure(scale(&[]), outages, (at(0), at(3_600))).unavailable
    }

    fn scale(maintenance: &[Maintenance]) -> Scale<'_> {
        Scale {
            cards: 8,
            lease: (at(0), at(7_200)),
            maintenance,
            counts: OutageCause::is_fault,
        }
    }

    #[test]
    fn what_several_sources_say_counts_once() {
        use OutageCause::{Maintenance, Network, Provider, Tenant};
        for (outages, expected, why) in [
            (vec![], 0, "nothing happened"),
            (vec![named((0, 100), 2, Provider)], 200, "two cards for 100 s"),
            (
                vec![named((0, 100), 2, Provider), named((50, 150), 3, Network)],
                50 * 2 + 100 * 3,
                "where two overlap the larger one counts",
            ),
            (
                vec![named((0, 100), 2, Provider), missing((0, 3_600), 200)],
                200,
                "usage misses what is named",
            ),
            (
                vec![named((0, 100), 2, Provider), missing((0, 3_600), 500)],
                500,
                "usage misses more than is named",
            ),
            (
                vec![named((0, 100), 2, Provider), missing((1_800, 3_600), 500)],
                700,
                "usage misses something else",
            ),
            (
                vec![named((0, 100), 8, Tenant), missing((0, 3_600), 1_000)],
                200,
                "the tenant had taken 800 of them down",
            ),
            (
                vec![named((0, 100), 8, Maintenance), named((0, 100), 2, Provider)],
                0,
                "all cards are in maintenance",
            ),
            (
                vec![named((0, 100), 4, Maintenance), named((0, 200), 8, Provider)],
                4 * 100 + 8 * 100,
                "four are in maintenance, the others are not",
            ),
            (vec![named((0, 100), 99, Provider)], 800, "no more than there are"),
            (
                vec![named((3_000, 4_200), 1, Provider)],
                600,
                "only what lies inside the part",
            ),
            (
                vec![missing((3_000, 4_200), 601)],
                300,
                "what usage misses is spread over its span",
            ),
        ] {
            assert_eq!(of_hour(&outages), expected, "{why}");
            let reversed: Vec<Outage> = outages.into_iter().rev().collect();
            assert_eq!(of_hour(&reversed), expected, "{why}, in the other order");
        }
    }

    #[test]
    fn what_is_open_contested_or_not_a_fault_counts_nothing() {
        let down = named((0, 100), 2, OutageCause::Provider);
        for state in [
            OutageState::Claimed,
            OutageState::Contested,
            OutageState::Dismissed,
            OutageState::Withdrawn,
        ] {
            assert_eq!(of_hour(&[Outage { state, ..down.clone() }]), 0, "{state:?}");
        }
        let until = None;
        assert_eq!(of_hour(&[Outage { until, ..down.clone() }]), 0);
        let upheld = OutageState::Upheld;
        let act_of_god = Outage {
            cause: OutageCause::ForceMajeure,
            state: upheld,
            ..down
        };
        assert_eq!(of_hour(std::slice::from_ref(&act_of_god)), 200, "it is a fault");
        let counts = OutageCause::is_credited;
        let measured = measure(Scale { counts, ..scale(&[]) }, &[act_of_god], (at(0), at(3_600)));
        let expected = Measured {
            contracted: 8 * 3_600,
            unavailable: 0,
        };
        assert_eq!(measured, expected, "for which nobody is liable");
    }

    #[test]
    fn announced_maintenance_is_no_fault() {
        let announced = Maintenance {
            window: Window::new(Hour(0), Hour(1)).unwrap(),
            announced_at: at(0),
            reason: String::new(),
        };
        let down = named((3_500, 3_700), 8, OutageCause::Provider);
        let measured = measure(scale(&[announced]), &[down], (at(0), at(9_999)));
        let expected = Measured {
            contracted: 8 * 7_200,
            unavailable: 800,
        };
        assert_eq!(measured, expected);
    }

    #[test]
    fn outside_of_the_lease_there_is_nothing_to_measure() {
        let down = named((7_000, 9_000), 1, OutageCause::Provider);
        let measured = measure(scale(&[]), std::slice::from_ref(&down), (at(7_200), at(9_000)));
        assert_eq!(measured, Measured::default());
        assert_eq!(measure(scale(&[]), &[down], (at(0), at(9_000))).unavailable, 200);
    }

    fn outage() -> impl Strategy<Value = Outage> {
        let causes = vec![OutageCause::Provider, OutageCause::Network, OutageCause::Tenant];
        (0_i64..7_000, 1_i64..900, 1_u32..9, prop::sample::select(causes))
            .prop_map(|(from, length, cards, cause)| named((from, from + length), cards, cause))
    }

    proptest! {
        #[test]
        fn instant_by_instant_it_is_the_same(outages in prop::collection::vec(outage(), 0..6)) {
            let at_second = |second: i64, fault: bool| {
                let there = outages.iter().filter(|outage| {
                    outage.cause.is_fault() == fault
                        && outage.from <= at(second)
                        && outage.until.is_some_and(|until| at(second) < until)
                });
                i64::from(there.map(|outage| outage.cards_down).max().unwrap_or(0))
            };
            let expected: i64 = (0..7_200).map(|second| at_second(second, true).min(8 - at_second(second, false))).sum();
            prop_assert_eq!(measure(scale(&[]), &outages, (at(0), at(7_200))).unavailable, expected);
        }

        #[test]
        fn parts_add_up(
            outages in prop::collection::vec(outage(), 0..4),
            spans in prop::collection::vec((1_i64..600, 0_i64..4_800), 0..6),
            part in 0_usize..7,
        ) {
            let mut from = 0;
            let mut cuts = vec![0];
            let mut all = outages;
            for (length, card_seconds) in spans {
                all.push(missing((from, from + length), card_seconds.min(8 * length)));
                from += length;
                cuts.push(from);
            }
            // Not within a span of usage, whose missing card-seconds are spread evenly while what is named is not.
            let cut = cuts[part % cuts.len()];
            let part = |from, until| measure(scale(&[]), &all, (at(from), at(until))).unavailable;
            prop_assert_eq!(part(0, cut) + part(cut, 7_200), part(0, 7_200));
            prop_assert!(part(0, 7_200) <= 8 * 7_200);
        }
    }
}
