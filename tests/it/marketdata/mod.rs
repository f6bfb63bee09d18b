//! What readers are shown, against the writer's state and against plain counts.

mod depth;
mod feed;
mod history;
mod quote;
mod replica;

use std::time::Duration;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use qiantang::app::clock::Clock;
use qiantang::app::exchange::{Exchange, Handle};
use qiantang::app::market::feed::FeedLimits;
use qiantang::app::replica::Replica;
use qiantang::app::request::Request;
use qiantang::domain::lease::Fill;
use qiantang::domain::time::Timestamp;
use qiantang::engine::{self, Command, Event, State};
use qiantang::store::Url;
use serde_json::Value;

use crate::properties::flow::{ORIGIN, setting, steps};

/// What was played: commands with their instants, ticks among them.
pub type Played = Vec<(Timestamp, Command)>;

/// Random flows with the state that each ends in; the same ones in every run.
pub fn flows(count: usize, most: usize) -> Vec<(Played, State)> {
    let mut runner = TestRunner::deterministic();
    let one = |runner: &mut TestRunner| {
        let steps = steps(most).new_tree(runner).unwrap().current();
        let (mut state, mut played, mut now) = (State::default(), Vec::new(), ORIGIN.timestamp());
        let mut give = |state: &mut State, command: Command, now| {
            let _ = engine::apply(state, command.clone(), now);
            played.push((now, command));
        };
        for command in setting() {
            give(&mut state, command, now);
        }
        for step in &steps {
            now = Timestamp::from_micros(now.micros() + step.wait());
            if engine::is_due(&state, now) {
                give(&mut state, Command::Tick, now);
            }
            let command = step.command(&state, now);
            give(&mut state, command, now);
        }
        (played, state)
    };
    (0..count).map(|_| one(&mut runner)).collect()
}

/// An exchange with a replica.
pub fn open(url: &Url) -> (Exchange, Replica) {
    open_with(url, FeedLimits::default())
}

pub fn open_with(url: &Url, limits: FeedLimits) -> (Exchange, Replica) {
    Exchange::open_with_replica(url, "a test", Clock::Given, limits).unwrap()
}

/// Gives commands one after the other; the journal leaf of the last accepted one.
pub fn give(handle: &Handle, commands: &[(Timestamp, Command)]) -> i64 {
    let mut last = 0;
    for (at, command) in commands {
        let reply = handle.call(Request::new("a test", command.clone()).at(*at)).unwrap();
        if reply.accepted {
            let answer: Value = serde_json::from_str(&reply.answer).unwrap();
            last = answer["receipt"]["seq"].as_i64().unwrap();
        }
    }
    last
}

/// Runs what needs a runtime.
pub fn wait<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    runtime.unwrap().block_on(future)
}

/// Waits until the replica has seen a leaf.
pub fn catch_up(replica: &Replica, leaf: i64) {
    assert!(
        wait(replica.wait_for(leaf, Duration::from_secs(20))),
        "leaf {leaf} comes"
    );
}

/// The fills of a flow.
pub fn fills(played: &Played) -> Vec<Fill> {
    let mut state = State::default();
    let mut fills = Vec::new();
    for (at, command) in played {
        for event in engine::apply(&mut state, command.clone(), *at).unwrap_or_default() {
            if let Event::Filled(fill) = event {
                fills.push(*fill);
            }
        }
    }
    fills
}
