//! Runs of several commands come to the same as one, whatever comes in between.

use proptest::collection::vec;
use proptest::prelude::*;
use qiantang::app::leaf;
use qiantang::app::settlement::preview_on;
use qiantang::domain::account::AccountKey;
use qiantang::domain::id::{LeaseId, SettlementId};
use qiantang::domain::time::Timestamp;
use qiantang::engine::settlement::{SettlementCommand, excerpt, preview};
use qiantang::engine::state_hash::state_hash;
use qiantang::engine::{Command, Event, State};
use serde_json::{Value, json};

use super::town::{OTHER, PROVIDER, Says, Stored, TENANT, at, close, fen, run_of, settle};
use crate::harness::binary::verify;
use crate::harness::for_each_backend;

const HOURS: u32 = 6;

fn terms() -> Value {
    json!({"tenant_fee_bps": 130, "provider_fee_bps": 270, "usage_grace_hours": 2, "dispute_hours": 4})
}

/// Leases of six hours, one card each.
fn market(says: &mut impl Says, leases: u32) {
    says.open(terms());
    says.list(leases, "13.705", (0, HOURS), at(0));
    for number in 0..leases {
        let tenant = if number % 3 == 0 { OTHER } else { TENANT };
        says.take(tenant, 1, "14", (0, HOURS), at(0));
    }
}

/// What everybody has once all is over.
fn outcome(state: &State) -> Vec<i64> {
    assert!(state.leases.is_empty() && state.run.is_none(), "everything is over");
    let of = |key| fen(state, key);
    for lease in 1..state.counters.fill {
        assert_eq!(
            of(AccountKey::Escrow(LeaseId(lease))),
            0,
            "a closed lease has nothing in escrow"
        );
    }
    vec![
        of(AccountKey::Cash(TENANT)),
        of(AccountKey::Cash(OTHER)),
        of(AccountKey::PendingCash(PROVIDER)) + of(AccountKey::PayableCash(PROVIDER)),
        of(AccountKey::FeeRevenue),
        of(AccountKey::VatPayable),
    ]
}

/// Card-seconds of each lease and hour, and how each hour is settled: not, at once, or so many leases at once.
type Play = (Vec<Vec<i64>>, Vec<u32>);

fn play() -> impl Strategy<Value = Play> {
    let hours = usize::try_from(HOURS).unwrap();
    (1_usize..8).prop_flat_map(move |leases| {
        (
            vec(vec(prop_oneof![Just(3_600_i64), 0..3_600_i64], hours), leases),
            vec(0_u32..5, hours),
        )
    })
}

/// Reports come in the middle of a settlement where there is one: before or after their lease is reached, as it happens.
fn played((usage, sizes): &Play, is_often: bool) -> Vec<i64> {
    let mut state = State::default();
    market(&mut state, u32::try_from(usage.len()).unwrap());
    let mut waiting = Vec::new();
    for hour in 0..HOURS {
        let place = usize::try_from(hour).unwrap();
        let size = if is_often { sizes[place] } else { 0 };
        for (number, hours) in (1..).zip(usage) {
            waiting.push((number, hour, hours[place]));
        }
        let now = at(hour + 1);
        if size > 0 {
            state.settle_in_parts(now, size, now, |state| {
                if let Some((lease, hour, used)) = waiting.pop() {
                    state.use_up(lease, (hour, hour + 1), used, now);
                }
            });
        }
        for (lease, hour, used) in waiting.drain(..) {
            state.use_up(lease, (hour, hour + 1), used, now);
        }
    }
    let end = at(HOURS + 3);
    if is_often {
        state.settle_in_parts(end, 2, end, |_| {});
    } else {
        state.give(settle(end), end).unwrap();
    }
    outcome(&state)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn neither_how_often_nor_in_which_parts_one_settles_matters(play in play()) {
        prop_assert_eq!(played(&play, true), played(&play, false));
    }
}

#[test]
fn a_settlement_goes_on_only_where_it_is() {
    let mut state = State::default();
    market(&mut state, 5);
    for lease in 1..=5 {
        state.use_up(lease, (0, 1), 3_600, at(1));
    }
    let begin = Command::Settle {
        until: at(1),
        most: Some(2),
    };
    let run = run_of(&state.give(begin.clone(), at(1)).unwrap());
    assert_eq!(
        (run.id, run.next, run.totals.leases),
        (SettlementId(1), Some(LeaseId(3)), 2)
    );
    let go_on = |run, from, most| {
        Command::Settlement(SettlementCommand::ContinueSettlement {
            run: SettlementId(run),
            from: LeaseId(from),
            most,
        })
    };
    for (command, code) in [
        (begin, "settlement_open"),
        (settle(at(1)), "settlement_open"),
        (close(at(0)), "settlement_open"),
        (go_on(1, 1, 2), "settlement_moved_on"),
        (go_on(2, 3, 2), "settlement_moved_on"),
        (go_on(1, 3, 0), "invalid"),
        (go_on(1, 3, 100_001), "invalid"),
    ] {
        let before = state_hash(&state).unwrap();
        assert_eq!(state.give(command.clone(), at(1)).unwrap_err(), code, "{command:?}");
        assert_eq!(
            state_hash(&state).unwrap(),
            before,
            "a refused command has changed something"
        );
    }
    let run = run_of(&state.give(go_on(1, 3, 9), at(1)).unwrap());
    assert_eq!((run.next, run.totals.leases), (None, 5));
    // 13.705 × 5 hours; 1.3 % and 2.7 % of each 13.71.
    assert_eq!(run.totals.charge.fen(), 5 * 1_371);
    assert_eq!((run.totals.fee.fen(), run.totals.provider_fee.fen()), (5 * 18, 5 * 37));
    assert_eq!(state.give(go_on(1, 3, 9), at(1)).unwrap_err(), "settlement_moved_on");
}

/// The leaves of what is posted, in their order.
fn leaves(events: &[Event]) -> Vec<String> {
    let posts = |event: &&Event| matches!(event, Event::Posted(_) | Event::LeaseSettled(_));
    let leaf = |event: &Event| String::from_utf8(leaf::of_event(event).unwrap()).unwrap();
    events.iter().filter(posts).map(leaf).collect()
}

#[test]
fn a_preview_is_what_is_posted_then_to_the_byte_and_changes_nothing() {
    let mut state = State::default();
    market(&mut state, 7);
    for lease in [1, 2, 3, 5, 7] {
        state.use_up(lease, (0, HOURS), 3_000 * i64::from(HOURS), at(HOURS));
    }
    let (until, now) = (at(HOURS), at(HOURS));
    let before = state_hash(&state).unwrap();
    let mut previewed = Vec::new();
    let copy = excerpt(&state, until, now);
    assert_eq!(copy.leases.len(), 5, "only what is due is copied");
    let totals = preview(copy, until, now, |one| {
        for movement in &one.movements {
            previewed.push(serde_json::to_string(&json!({"posted": movement})).unwrap());
        }
        let settled = leaf::of_event(&Event::LeaseSettled(one.settled)).unwrap();
        previewed.push(String::from_utf8(settled).unwrap());
    });
    let view = preview_on(excerpt(&state, until, now), (until, Some(LeaseId(2))), now, 2).unwrap();
    assert_eq!(state_hash(&state).unwrap(), before, "a preview has changed something");
    let events = state.give(settle(until), now).unwrap();
    let posted = leaves(&events);
    let plain =
        |leaves: &[String]| -> Vec<Value> { leaves.iter().map(|leaf| serde_json::from_str(leaf).unwrap()).collect() };
    assert_eq!(plain(&previewed), plain(&posted));
    let of_lease = |leaves: &[String]| -> Vec<String> {
        leaves
            .iter()
            .filter(|leaf| leaf.contains("lease_settled"))
            .cloned()
            .collect()
    };
    assert_eq!(of_lease(&previewed), of_lease(&posted));
    let totals = totals.unwrap();
    assert_eq!((totals.leases, totals.charge.fen()), (5, 5 * 6_853));
    let shown: Vec<LeaseId> = view.leases.iter().map(|one| one.settled.lease).collect();
    assert_eq!((view.totals, view.next), (totals, Some(LeaseId(5))));
    assert_eq!(shown, [LeaseId(3), LeaseId(5)]);
}

#[test]
fn a_settlement_that_is_not_over_survives_a_restart() {
    for_each_backend(|database| {
        let mut town = Stored::open(&database.url);
        market(&mut town, 5);
        for lease in 1..=5 {
            town.use_up(lease, (1, HOURS), 17_000, at(HOURS));
        }
        let begin = Command::Settle {
            until: at(HOURS),
            most: Some(2),
        };
        town.give(begin, at(HOURS)).unwrap();
        let hash = town.check();
        town.exchange.shut_down();
        let mut town = Stored::open(&database.url);
        assert_eq!(town.check(), hash);
        // What comes in between counts in the next one.
        town.use_up(1, (0, 1), 1, at(HOURS));
        town.use_up(5, (0, 1), 1, at(HOURS));
        let place = |town: &Stored| {
            let open = |state: &State| state.run.as_ref().and_then(|run| Some((run.id, run.next?)));
            town.exchange.handle().inspect(open).unwrap()
        };
        while let Some((run, from)) = place(&town) {
            let most = 1;
            let command = SettlementCommand::ContinueSettlement { run, from, most };
            town.give(Command::Settlement(command), at(HOURS)).unwrap();
            town.check();
        }
        town.give(settle(at(HOURS + 3)), at(HOURS + 3)).unwrap();
        let left = town.exchange.handle().inspect(|state| state.leases.len()).unwrap();
        assert_eq!(left, 0);
        town.check();
        town.exchange.shut_down();
        verify(&database.place());
    });
}

#[test]
fn nothing_is_settled_beyond_now() {
    let mut state = State::default();
    market(&mut state, 1);
    let later = Timestamp::from_micros(at(1).micros() + 1);
    let early = Command::Settle {
        until: later,
        most: Some(1),
    };
    assert_eq!(state.give(early, at(1)).unwrap_err(), "invalid");
    assert!(preview_on(excerpt(&state, later, at(1)), (later, None), at(1), 1).is_err());
}
