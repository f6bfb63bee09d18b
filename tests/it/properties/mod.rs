//! What must hold of every flow, on random ones.

mod draw;
pub mod flow;
mod money;
pub mod player;
mod stored;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use qiantang::domain::evaluation::{Step, decided_by};
use qiantang::domain::time::Timestamp;
use qiantang::engine::{self, Command, Event, State};

use flow::steps;
use player::{Played, Player, hash};

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.div_ceil(3), failure_persistence: None, max_shrink_iters: 500, ..ProptestConfig::default() })]

    /// Invariants after every command; a refusal changes nothing; no card is let twice; no better cover is passed over;
    /// the same commands give the same events and the same state.
    #[test]
    fn every_flow_keeps_the_books(steps in steps(80)) {
        Player::play(&steps)?;
    }

    #[test]
    fn one_tick_does_what_many_do(steps in steps(60)) {
        let player = Player::play(&steps)?;
        let end = player.now.plus_hours(200);
        let mut one = player.state;
        engine::apply(&mut one, Command::Tick, end).unwrap();
        let mut many = often(&player.played);
        let mut at = many.now;
        while at < end {
            at = at.plus_hours(1).min(end);
            engine::apply(&mut many, Command::Tick, at).unwrap();
        }
        prop_assert_eq!(hash(&one), hash(&many));
    }
}

/// The same flow with a tick at every half hour between its commands.
fn often(played: &Played) -> State {
    let mut state = State::default();
    let mut now = played[0].0;
    for (at, command) in played {
        while now < *at {
            now = Timestamp::from_micros(now.micros() + 1_800_000_000).min(*at);
            engine::apply(&mut state, Command::Tick, now).unwrap();
        }
        let _ = engine::apply(&mut state, command.clone(), *at);
    }
    state
}

#[test]
fn random_flows_reach_all_of_the_market() {
    let mut runner = TestRunner::deterministic();
    let (mut accepted, mut refused, mut filled) = (0, 0, 0);
    let mut kinds = std::collections::BTreeMap::new();
    let mut decided = std::collections::BTreeMap::new();
    for _ in 0..40 {
        let steps = steps(80).new_tree(&mut runner).unwrap().current();
        let player = Player::play(&steps).unwrap();
        (accepted, refused, filled) = (
            accepted + player.accepted,
            refused + player.refused,
            filled + player.fills,
        );
        let mut state = State::default();
        for (at, command) in player.played {
            let kind = command.kind();
            if let Ok(events) = engine::apply(&mut state, command, at) {
                *kinds.entry(kind).or_insert(0) += 1;
                for event in &events {
                    if let Event::Evaluated { evaluation, .. } = event {
                        let by = decided_by(&evaluation.steps).map(Step::pointer).unwrap_or_default();
                        *decided.entry((evaluation.programme.0, by)).or_insert(0) += 1;
                    }
                }
                events
                    .iter()
                    .for_each(|event| *kinds.entry(event.kind()).or_insert(0) += 1);
            }
        }
    }
    assert!(
        refused > 100 && filled > 100,
        "{accepted} accepted, {refused} refused, {filled} fills: {kinds:?}"
    );
    for kind in [
        "cancel_bid",
        "amend_bid",
        "withdraw_listing",
        "amend_listing",
        "end_lease",
        "settle",
        "tick",
        "grant",
        "post",
        "set_terms",
        "propose",
        "decide",
        "lease_settled",
        "lease_changed",
        "usage_accepted",
        "voucher_expired",
        "entity_drawn",
        "earnings_pending",
        "evaluated",
        "entity_spent",
    ] {
        assert!(kinds.get(kind).is_some_and(|count| *count >= 10), "{kind}: {kinds:?}");
    }
    for (programme, rule) in [
        (1, "/rates/0"),
        (3, "/rates/0"),
        (3, "/rates/2"),
        (3, "/cap_per_contract"),
    ] {
        let reached = decided.contains_key(&(programme, rule.to_owned()));
        assert!(reached, "{programme} {rule}: {decided:?}");
    }
}
