//! Neither the order of events, nor how often they come, nor how often one settles decides what a lease comes to; a dispute that is
//! decided for the provider is as none.

use proptest::prelude::*;
use qiantang::domain::id::LeaseId;
use qiantang::domain::lease::Settled;
use qiantang::engine::settlement;
use serde_json::Value;

use super::meter::{HOUR, at, correction, dispute, reading, report, resolve, span, taken, town, withdrawal};
use crate::recovery::town::{TENANT, Town};

/// What an hour of a lease sees.
#[derive(Debug, Clone)]
struct Told {
    /// Thousandths of its card-seconds.
    delivered: u16,
    /// What is said of it later.
    later: u8,
    /// Thousandths, corrected.
    corrected: u16,
}

fn hours() -> impl Strategy<Value = Vec<Told>> {
    let one = (0..=1_000_u16, 0..8_u8, 0..=1_000_u16).prop_map(|(delivered, later, corrected)| Told {
        delivered,
        later,
        corrected,
    });
    prop::collection::vec(one, 12)
}

/// The events of a lease's first twelve hours, and what they come to: spans for the first eight, a counter for the last four.
fn events(town: &Town, lease: LeaseId, hours: &[Told]) -> (Vec<Value>, i64) {
    let part = |thousandths: u16| HOUR * i64::from(thousandths) / 1_000;
    let mut events = Vec::new();
    let mut total = 0;
    for (hour, told) in (0..8).zip(hours) {
        let id = format!("span {hour}");
        events.push(span(town, lease, &id, (hour, hour + 1), part(told.delivered)));
        let (first, second) = (format!("first of {id}"), format!("second of {id}"));
        total += match told.later {
            0 => {
                events.push(withdrawal(lease, &first, &id));
                0
            }
            1 => {
                // Withdrawn, and said anew.
                events.push(withdrawal(lease, &first, &id));
                events.push(span(town, lease, &second, (hour, hour + 1), part(told.corrected)));
                part(told.corrected)
            }
            2 => {
                events.push(correction(lease, &first, &id, part(told.corrected)));
                events.push(correction(lease, &second, &first, part(told.corrected / 2)));
                part(told.corrected / 2)
            }
            3 => {
                events.push(correction(lease, &first, &id, part(told.corrected)));
                part(told.corrected)
            }
            _ => part(told.delivered),
        };
    }
    let mut value = 0;
    for (read, told) in (9..=12).zip(&hours[8..]) {
        value += part(told.delivered);
        let id = format!("read {read}");
        events.push(reading(town, lease, &id, (8, read), value));
        // The last reading may be corrected to something between it and the one before.
        if read == 12 && told.later == 0 {
            let less = part(told.delivered) / 2;
            value -= less;
            events.push(correction(lease, "corrected reading", &id, value));
        }
        if read < 12 && told.later == 1 {
            events.push(withdrawal(lease, &format!("not {id}"), &id));
        }
    }
    (events, total + value)
}

/// Reports all of it in the order of `picks`, some twice, settling at some. What was refused as too early is said again, until
/// nothing more is taken: a span that took the place of another before that one came keeps it out for good, and rightly so.
fn tell(town: &mut Town, events: Vec<Value>, picks: &[(u16, u8)]) {
    let mut waiting = events;
    for round in 0.. {
        let mut order: Vec<Value> = Vec::new();
        let mut picks = picks.iter().cycle().skip(round);
        while !waiting.is_empty() {
            let (place, _) = picks.next().unwrap();
            let one = waiting.remove(usize::from(*place) % waiting.len());
            order.push(one);
        }
        let mut taken = 0;
        for chunk in order.chunks(5) {
            let &(_, how) = picks.next().unwrap();
            let twice = how.is_multiple_of(3);
            let batch = if twice { [chunk, chunk].concat() } else { chunk.to_vec() };
            let (accepted, _, refused) = report(town, batch);
            taken += accepted;
            for (index, code) in refused.into_iter().filter(|(index, _)| *index < chunk.len()) {
                let early = [
                    "unknown_report",
                    "overlaps",
                    "counter_backwards",
                    "already_corrected",
                    "too_many_card_seconds",
                ];
                assert!(early.contains(&code.as_str()), "{code}: {}", chunk[index]);
                waiting.push(chunk[index].clone());
            }
            if how.is_multiple_of(4) {
                town.settle();
            }
        }
        if taken == 0 {
            break;
        }
    }
    town.settle();
}

fn settled(town: &Town, lease: LeaseId) -> Settled {
    town.state.leases[&lease].settled
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.div_ceil(8), failure_persistence: None, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn order_and_duplication_do_not_matter(hours in hours(), picks in prop::collection::vec((any::<u16>(), any::<u8>()), 64)) {
        let mut town = town(1);
        let lease = town.rent(24);
        town.now = at(&town, lease, 12);
        let (events, total) = events(&town, lease, &hours);
        tell(&mut town, events, &picks);
        let expected = settlement::totals(&town.state.leases[&lease].fill, total).unwrap();
        prop_assert_eq!(settled(&town, lease), expected);
    }

    #[test]
    fn disputes_keep_the_books_and_one_for_the_provider_is_none(
        hours in hours(),
        picks in prop::collection::vec((any::<u16>(), any::<u8>()), 64),
        disputes in prop::collection::vec((0..8_u32, 1..4_u32, 0..=1_000_i64, 0..4_u8), 1..6),
    ) {
        let mut town = town(48);
        let lease = town.rent(24);
        town.now = at(&town, lease, 12);
        let (told, total) = events(&town, lease, &hours);
        tell(&mut town, told, &picks);
        let mut less = 0;
        for (from, length, thousandths, way) in disputes {
            let (from, until) = (from, (from + length).min(8));
            let span = (at(&town, lease, from), at(&town, lease, until));
            let reports = town.state.leases[&lease].metering.reports_in(span).unwrap_or_default();
            let reported: i64 = reports.iter().map(|entry| entry.card_seconds).sum();
            let says = reported * thousandths / 1_001;
            let Ok(id) = dispute(&mut town, lease, (from, until), says) else { continue };
            let now = settlement::totals(&town.state.leases[&lease].fill, total - less - (reported - says)).unwrap();
            prop_assert_eq!(settled(&town, lease), now, "frozen at once");
            match way {
                0 => {
                    let command = qiantang::app::verb::command("concede", Some(crate::recovery::town::PROVIDER), serde_json::json!({"dispute": id}));
                    town.say(command.unwrap()).unwrap();
                    less += reported - says;
                }
                1 => { town.verb(Some(TENANT), "withdraw_dispute", serde_json::json!({"dispute": id})); }
                2 => { resolve(&mut town, id, reported).unwrap(); }
                _ => {
                    let decided = says + (reported - says) / 2;
                    resolve(&mut town, id, decided).unwrap();
                    less += reported - decided;
                }
            }
            town.settle();
        }
        let expected = settlement::totals(&town.state.leases[&lease].fill, total - less).unwrap();
        prop_assert_eq!(settled(&town, lease), expected);
    }
}

#[test]
fn settling_each_hour_or_once_comes_to_the_same() {
    let mut totals = Vec::new();
    for often in [false, true] {
        let mut town = town(1);
        let lease = town.rent(24);
        for hour in 0..12 {
            town.now = at(&town, lease, hour + 1);
            let value = HOUR * i64::from(hour + 1) * 997 / 1_000;
            let one = reading(&town, lease, &hour.to_string(), (0, hour + 1), value);
            taken(&mut town, vec![one]);
            if often {
                town.settle();
            }
        }
        town.settle();
        totals.push((settled(&town, lease), super::meter::money(&town, lease)));
    }
    assert_eq!(totals[0], totals[1]);
}
