//! The storm through the exchange, on both back ends, with restarts.

use qiantang::app::clock::Clock;
use qiantang::app::exchange::Exchange;
use qiantang::app::request::Request;
use qiantang::app::verify::verify;
use qiantang::engine::state_hash::state_hash;
use qiantang::engine::{self, State};
use qiantang::store::{self, Reader};

use super::play::Storm;
use crate::harness::for_each_backend;

#[test]
fn a_storm_is_stored_as_it_was_and_goes_on_after_restarts() {
    let mut storm = Storm::new(4_711, 100);
    storm.blow(500);
    let hash = |state: &State| state_hash(state).unwrap();
    for_each_backend(|database| {
        let open = || Exchange::open(&database.url, "a test", Clock::Given).unwrap();
        let mut exchange = open();
        let mut alone = State::default();
        let half = storm.said.len() / 2;
        for (place, (at, command)) in storm.said.iter().enumerate() {
            let outcome = engine::apply(&mut alone, command.clone(), *at);
            let reply = exchange
                .handle()
                .call(Request::new("a test", command.clone()).at(*at))
                .unwrap();
            assert_eq!(reply.accepted, outcome.is_ok(), "{command:?}: {}", reply.answer);
            if place == half || place == half / 2 {
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
        let stored = store::state::load(&mut Reader::open(&database.url).unwrap()).unwrap();
        assert_eq!(hash(&stored), hash(&storm.state));
        let verdict = verify(&mut Reader::open(&database.url).unwrap(), &mut |_, _| {}).unwrap();
        assert!(verdict.violations.is_empty(), "{:?}", verdict.violations);
        assert_eq!(verdict.state_hash, hash(&alone).to_string());
        assert_eq!(verdict.replayed_hash, hash(&alone).to_string());
    });
}
