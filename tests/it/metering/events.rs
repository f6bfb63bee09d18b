//! What is taken, and what is refused, event by event.

use serde_json::{Value, json};

use super::meter::{HOUR, at, correction, event, reading, report, span, taken, town, withdrawal};
use crate::recovery::town::Town;
use qiantang::domain::id::LeaseId;

fn total(town: &Town, lease: LeaseId) -> i64 {
    let lease = &town.state.leases[&lease];
    lease.settled.card_seconds + lease.metering.due_by(town.now)
}

#[test]
fn a_bad_event_does_not_spoil_its_batch() {
    let mut town = town(0);
    let lease = town.rent(24);
    town.now = at(&town, lease, 12);
    let good = |town: &Town, id: &str, hour: u32| span(town, lease, id, (hour, hour + 1), HOUR);
    let with = |mut event: Value, pointer: &str, value: Value| {
        *event.pointer_mut(pointer).unwrap() = value;
        event
    };
    let mut nameless = good(&town, "4", 4);
    nameless.as_object_mut().unwrap().remove("id");
    let mut extended = good(&town, "9", 9);
    extended["datacontenttype"] = json!("application/json");
    extended["subject"] = json!("rack 4");
    let batch = vec![
        good(&town, "0", 0),
        json!("no event at all"),
        with(good(&town, "2", 2), "/type", json!("com.example.other")),
        with(good(&town, "3", 3), "/data/cards_up", json!("eight")),
        nameless,
        good(&town, "0", 0),
        with(good(&town, "6", 6), "/data/lease", json!("lse_0000000000099")),
        with(good(&town, "7", 7), "/data/cards_up", json!(9)),
        with(good(&town, "8", 8), "/data/cards_up", json!(7)),
        extended,
        good(&town, "10", 23),
        span(&town, lease, "11", (0, 1), HOUR),
        span(&town, lease, "12", (5, 5), 0),
        span(&town, lease, "13", (4, 5), HOUR + 1),
        with(good(&town, "14", 1), "/data/from", json!("2026-12-01T00:00:00Z")),
        good(&town, "15", 11),
    ];
    let refused = [
        (1, "malformed"),
        (2, "unknown_type"),
        (3, "malformed"),
        (4, "malformed"),
        (6, "lease_not_found"),
        (7, "too_many_cards"),
        (8, "too_many_card_seconds"),
        (10, "future"),
        (11, "overlaps"),
        (12, "reversed"),
        (13, "too_many_card_seconds"),
        (14, "outside_lease"),
    ];
    let refused = refused.map(|(index, code)| (index, code.to_owned()));
    assert_eq!(report(&mut town, batch), (3, 1, refused.to_vec()));
    assert_eq!(total(&town, lease), 3 * HOUR);
    // One event by itself, and nothing at all.
    let one = span(&town, lease, "16", (2, 3), HOUR);
    let events = town.verb(Some(crate::recovery::town::PROVIDER), "usage", one);
    assert_eq!(events.len(), 1, "one leaf for a batch");
    assert_eq!(report(&mut town, vec![]), (0, 0, vec![]));
    // Of another provider's lease nobody else reports.
    let stranger = Some(crate::recovery::town::TENANT);
    let other = span(&town, lease, "17", (3, 4), HOUR);
    let events = town.verb(stranger, "usage", other);
    let text = serde_json::to_string(&events[0]).unwrap();
    assert!(text.contains("lease_not_found"), "{text}");
}

#[test]
fn a_counter_may_reset_and_come_late_but_not_go_backwards() {
    let mut town = town(0);
    let lease = town.rent(24);
    town.now = at(&town, lease, 20);
    let read = |town: &Town, id: &str, hour: u32, value: i64| reading(town, lease, id, (0, hour), value);
    let batch = vec![read(&town, "a", 2, 2 * HOUR), read(&town, "b", 6, 5 * HOUR)];
    taken(&mut town, batch);
    assert_eq!(total(&town, lease), 5 * HOUR);
    // A late reading parts what is known and adds nothing; twice it is known.
    let late = read(&town, "c", 4, 3 * HOUR);
    assert_eq!(report(&mut town, vec![late.clone(), late]), (1, 1, vec![]));
    assert_eq!(total(&town, lease), 5 * HOUR);
    let back = |codes: &[&str]| {
        codes
            .iter()
            .enumerate()
            .map(|(at, code)| (at, (*code).to_owned()))
            .collect::<Vec<_>>()
    };
    let batch = vec![
        read(&town, "d", 8, 4 * HOUR),
        read(&town, "e", 5, 6 * HOUR),
        read(&town, "f", 3, HOUR),
        read(&town, "g", 4, 3 * HOUR),
        read(&town, "h", 7, 7 * HOUR),
    ];
    let codes = [
        "counter_backwards",
        "counter_backwards",
        "counter_backwards",
        "overlaps",
        "too_many_card_seconds",
    ];
    assert_eq!(report(&mut town, batch), (0, 0, back(&codes)));
    // The agent was restarted at hour 8: what lies between is unknown.
    let reset = reading(&town, lease, "i", (8, 10), HOUR);
    taken(&mut town, vec![reset]);
    assert_eq!(total(&town, lease), 6 * HOUR);
    let window = (at(&town, lease, 0), at(&town, lease, 10));
    let gaps = town.state.leases[&lease].metering.gaps(window);
    assert_eq!(gaps, [(at(&town, lease, 6), at(&town, lease, 8))]);
    // A reading of the old counter after the reset falls into the gap, or into what was reported.
    let batch = vec![read(&town, "j", 7, 6 * HOUR), read(&town, "k", 9, 6 * HOUR)];
    assert_eq!(report(&mut town, batch), (1, 0, back(&["", "overlaps"])[1..].to_vec()));
}

#[test]
fn reports_are_corrected_and_withdrawn_by_their_names() {
    let mut town = town(0);
    let lease = town.rent(24);
    town.now = at(&town, lease, 12);
    let batch = vec![
        span(&town, lease, "a", (0, 1), HOUR),
        span(&town, lease, "b", (1, 2), HOUR),
        correction(lease, "c", "a", HOUR / 2),
        correction(lease, "d", "a", HOUR / 4),
        correction(lease, "e", "c", HOUR / 4),
        correction(lease, "f", "nothing", 0),
        withdrawal(lease, "g", "b"),
        withdrawal(lease, "h", "g"),
        span(&town, lease, "b", (1, 2), HOUR),
        span(&town, lease, "i", (1, 2), HOUR / 8),
        correction(lease, "j", "i", HOUR + 1),
        correction(lease, "c", "a", HOUR / 2),
    ];
    let refused = [
        (3, "already_corrected"),
        (5, "unknown_report"),
        (7, "withdrawn"),
        (10, "too_many_card_seconds"),
    ];
    let refused = refused.map(|(index, code)| (index, code.to_owned()));
    assert_eq!(report(&mut town, batch), (6, 2, refused.to_vec()));
    assert_eq!(total(&town, lease), HOUR / 4 + HOUR / 8);
    let long = event(
        "k",
        "withdrawal.",
        json!({"lease": lease, "withdraws": {"source": "meter", "id": "i"}, "reason": "x".repeat(501)}),
    );
    assert_eq!(report(&mut town, vec![long]), (0, 0, vec![(0, "malformed".to_owned())]));
}
