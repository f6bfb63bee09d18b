//! Memory, tables and journal tell the same, on both back ends, at any point of a flow.

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use qiantang::app::clock::Clock;
use qiantang::app::exchange::Exchange;
use qiantang::app::leaf::{self, CommandLeaf};
use qiantang::app::request::Request;
use qiantang::app::verify::verify;
use qiantang::engine::state_hash::StateHash;
use qiantang::engine::{self, State};
use qiantang::store::load::LoadError;
use qiantang::store::{self, Reader, Url, audit};

use super::flow::steps;
use super::player::{Played, Player, hash};
use crate::harness::for_each_backend;

#[test]
fn tables_and_journal_give_the_state_of_memory() {
    let mut runner = TestRunner::deterministic();
    let flows: Vec<Played> = (0..4)
        .map(|_| {
            let steps = steps(150).new_tree(&mut runner).unwrap().current();
            Player::play(&steps).unwrap().played
        })
        .collect();
    for (number, flow) in flows.iter().enumerate() {
        for_each_backend(|database| play(&database.url, flow, number));
    }
}

fn play(url: &Url, flow: &Played, number: usize) {
    let open = || Exchange::open(url, "a test", Clock::Given).unwrap();
    let mut exchange = open();
    let mut alone = State::default();
    let mut accepted = 0;
    for (place, (at, command)) in flow.iter().enumerate() {
        let outcome = engine::apply(&mut alone, command.clone(), *at);
        let request = Request::new("a test", command.clone()).at(*at);
        let reply = exchange.handle().call(request).unwrap();
        assert_eq!(reply.accepted, outcome.is_ok(), "{command:?}: {}", reply.answer);
        accepted += usize::from(reply.accepted);
        if (place + number).is_multiple_of(11) {
            let memory = exchange.handle().inspect(hash).unwrap();
            assert_eq!(memory, hash(&alone), "after {command:?}");
            assert_eq!(stored(url), memory, "after {command:?}");
        }
        if (place + number).is_multiple_of(37) {
            exchange.shut_down();
            exchange = open();
            assert_eq!(
                exchange.handle().inspect(hash).unwrap(),
                hash(&alone),
                "after {command:?}"
            );
        }
    }
    exchange.shut_down();
    assert_eq!(stored(url), hash(&alone));
    assert_eq!(replayed(url, accepted), hash(&alone));
    let verdict = verify(&mut Reader::open(url).unwrap(), &mut |_, _| {}).unwrap();
    assert!(verdict.violations.is_empty(), "{:?}", verdict.violations);
    assert_eq!(verdict.state_hash, hash(&alone).to_string());
    assert_eq!(verdict.replayed_hash, hash(&alone).to_string());
}

/// The hash of what the tables hold.
fn stored(url: &Url) -> StateHash {
    hash(&store::state::load(&mut Reader::open(url).unwrap()).unwrap())
}

/// The hash of what the leaves of the journal lead to.
fn replayed(url: &Url, accepted: usize) -> StateHash {
    let (mut state, mut commands) = (State::default(), 0);
    let mut events = Vec::new().into_iter();
    audit::each_leaf::<LoadError>(&mut Reader::open(url).unwrap(), |row| {
        if row.kind == leaf::COMMAND {
            assert_eq!(events.next(), None, "every event of the command before has its leaf");
            let leaf: CommandLeaf = serde_json::from_slice(&row.body).unwrap();
            assert_eq!(leaf.command_seq, row.command_seq);
            let happened = engine::apply(&mut state, leaf.command, leaf.at).unwrap();
            let leaves = happened
                .iter()
                .map(|event| (event.kind().to_owned(), leaf::of_event(event).unwrap()));
            events = leaves.collect::<Vec<_>>().into_iter();
            commands += 1;
        } else {
            assert_eq!(events.next(), Some((row.kind, row.body)));
        }
        Ok(())
    })
    .unwrap();
    assert_eq!(commands, accepted, "each accepted command has its leaf, and no other");
    hash(&state)
}
