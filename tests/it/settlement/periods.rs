//! Closed periods and their corrections.

use qiantang::domain::account::AccountKey;
use qiantang::domain::id::LeaseId;
use qiantang::engine::state_hash::state_hash;
use qiantang::engine::{Command, Event, State};
use serde_json::json;

use super::town::{PROVIDER, Says, Stored, TENANT, at, close, correct, fen, settle};
use crate::harness::binary::verify;
use crate::harness::for_each_backend;

/// Hours until the first instant of January in Hangzhou.
const JANUARY: u32 = 744;

/// A lease of one card at 10.00 from 29 December to 4 January, used in full until the year ends.
fn new_year(says: &mut impl Says) {
    says.open(json!({"tenant_fee_bps": 100, "provider_fee_bps": 100, "dispute_hours": 9_000}));
    says.list(1, "10", (JANUARY - 72, JANUARY + 72), at(0));
    says.take(TENANT, 1, "10", (JANUARY - 72, JANUARY + 72), at(0));
    says.use_up(1, (JANUARY - 72, JANUARY - 24), 172_800, at(JANUARY - 24));
    says.use_up(1, (JANUARY - 24, JANUARY), 43_200, at(JANUARY));
}

#[test]
fn a_period_closes_when_all_of_it_is_settled() {
    let mut state = State::default();
    new_year(&mut state);
    let now = at(JANUARY + 1);
    assert_eq!(state.give(close(at(JANUARY)), now).unwrap_err(), "period_not_settled");
    state.give(settle(at(JANUARY - 24)), now).unwrap();
    assert_eq!(state.give(close(at(JANUARY)), now).unwrap_err(), "period_not_settled");
    state.give(settle(at(JANUARY)), now).unwrap();
    // A report that comes late must be settled too.
    state.give(close(at(0)), now).unwrap();
    for (until, code) in [(JANUARY - 1, "invalid"), (2 * JANUARY, "invalid"), (0, "invalid")] {
        assert_eq!(state.give(close(at(until)), now).unwrap_err(), code);
    }
    let before = state.leases[&LeaseId(1)].metering.find(key(1, JANUARY - 24)).copied();
    assert!(before.is_some());
    let events = state.give(close(at(JANUARY)), now).unwrap();
    assert_eq!(events, [Event::PeriodClosed { until: at(JANUARY) }]);
    let lease = &state.leases[&LeaseId(1)];
    assert_eq!(
        lease.metering.find(key(1, JANUARY - 24)),
        None,
        "what was counted is forgotten"
    );
    assert!(
        lease.metering.overlaps((at(JANUARY - 1), at(JANUARY))),
        "and stays reported"
    );
}

fn key(lease: u64, hour: u32) -> qiantang::domain::usage::ReportKey {
    let named = qiantang::domain::usage::UsageReport {
        source: "m".to_owned(),
        id: format!("{lease}-{hour}"),
        lease: LeaseId(lease),
        from: at(0),
        until: at(0),
        cards_up: 0,
        card_seconds: 0,
    };
    named.key()
}

#[test]
fn nothing_counts_in_a_closed_period_and_corrections_count_in_the_open_one() {
    let mut state = State::default();
    new_year(&mut state);
    let now = at(JANUARY + 1);
    state.give(settle(at(JANUARY)), now).unwrap();
    assert_eq!(
        state.give(correct(1, (JANUARY - 24, JANUARY), 10), now).unwrap_err(),
        "invalid",
        "it is open"
    );
    state.give(close(at(JANUARY)), now).unwrap();
    // The provider reports an hour of a closed month that it had reported before, and an hour of both.
    let report = json!({"id": "late", "source": "m", "type": "qiantang.usage.v1", "data": {"lease": LeaseId(1),
        "from": at(JANUARY - 1), "until": at(JANUARY), "cards_up": 1, "card_seconds": 5}});
    let events = state.verb(Some(PROVIDER), "usage", report, now);
    let refused: Vec<&str> = events
        .iter()
        .filter_map(|event| match event {
            Event::UsageTaken(batch) => batch.refused.first().map(|one| one.code.as_ref()),
            _ => None,
        })
        .collect();
    assert_eq!(refused, ["period_closed"]);
    let charged = |state: &State| state.leases[&LeaseId(1)].settled.charge.fen();
    assert_eq!(charged(&state), 60 * 1_000);
    for (span, card_seconds) in [
        ((JANUARY - 24, JANUARY + 1), 10),
        ((JANUARY - 73, JANUARY - 24), 10),
        ((JANUARY, JANUARY - 1), 10),
        ((JANUARY - 24, JANUARY), 0),
        ((JANUARY - 1, JANUARY), 3_601),
        ((JANUARY - 72, JANUARY), -216_001),
    ] {
        let command = correct(1, span, card_seconds);
        assert_eq!(
            state.give(command, now).unwrap_err(),
            "invalid",
            "{span:?} {card_seconds}"
        );
    }
    assert_eq!(state.give(correct(9, (0, 1), 1), now).unwrap_err(), "lease_not_found");
    // Twelve hours more were delivered on the last day, by a second meter.
    state.give(correct(1, (JANUARY - 24, JANUARY), 43_200), now).unwrap();
    let events = state.give(settle(at(JANUARY)), now).unwrap();
    assert_eq!(charged(&state), 72 * 1_000);
    for event in &events {
        if let Event::Posted(posted) = event {
            assert_eq!(posted.movement.booked_at, now, "it is booked in the open period");
        }
    }
    assert_eq!(fen(&state, AccountKey::Escrow(LeaseId(1))), 72 * 1_010);
}

#[test]
fn periods_and_corrections_survive_a_restart() {
    for_each_backend(|database| {
        let mut town = Stored::open(&database.url);
        new_year(&mut town);
        let now = at(JANUARY + 1);
        let steps: [Command; 5] = [
            settle(at(JANUARY)),
            close(at(JANUARY)),
            correct(1, (JANUARY - 24, JANUARY), 3_600),
            correct(1, (JANUARY - 48, JANUARY - 24), 40),
            settle(at(JANUARY + 1)),
        ];
        for step in steps {
            town.give(step, now).unwrap();
            town.check();
        }
        town.use_up(1, (JANUARY, JANUARY + 1), 3_600, now);
        town.give(settle(at(JANUARY + 1)), now).unwrap();
        let hash = town.check();
        town.exchange.shut_down();
        let town = Stored::open(&database.url);
        assert_eq!(town.check(), hash);
        town.exchange.shut_down();
        verify(&database.place());
    });
}

#[test]
fn a_refused_close_has_changed_nothing() {
    let mut state = State::default();
    new_year(&mut state);
    let before = state_hash(&state).unwrap();
    assert!(state.give(close(at(JANUARY)), at(JANUARY)).is_err());
    assert_eq!(state_hash(&state).unwrap(), before);
}
