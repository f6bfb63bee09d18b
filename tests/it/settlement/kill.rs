//! A settlement is killed (SIGKILL) again and again in its middle, by the real program. What is resumed each time comes to the very
//! state that an undisturbed settlement comes to.
//!
//! `QIANTANG_SETTLED_LEASES=100000 QIANTANG_KILLS=20 cargo test --release --test it settlement::kill` is the long form.

use std::time::{Duration, Instant};

use qiantang::domain::account::Unit;
use qiantang::domain::time::Timestamp;
use qiantang::engine::state_hash::{StateHash, state_hash};
use qiantang::engine::{self, Command, State, invariants};
use qiantang::store::command;
use qiantang::store::{Reader, Url};
use serde_json::json;

use super::town::{PROVIDER, Says, Stored, TENANT, at, load};
use crate::harness::TestDatabase;
use crate::harness::binary::{run_well, start, verify};

#[test]
fn a_settlement_that_is_killed_goes_on_where_it_was_on_sqlite() {
    kill_again_and_again(&TestDatabase::sqlite());
}

#[test]
fn a_settlement_that_is_killed_goes_on_where_it_was_on_postgresql() {
    kill_again_and_again(&TestDatabase::postgresql());
}

fn number(name: &str, default: u32) -> u32 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

const HOURS: u32 = 4;

/// So many leases of a card for four hours, each with its usage reported: half of them to the end.
fn market(town: &mut Stored, leases: u32) {
    town.open(json!({"tenant_fee_bps": 130, "provider_fee_bps": 270, "usage_grace_hours": 2, "dispute_hours": 4}));
    town.list(leases, "13.705", (0, HOURS), at(0));
    let handle = town.exchange.handle();
    let (told, answers) = std::sync::mpsc::channel();
    let give = |command: Command, now: Timestamp| {
        let told = told.clone();
        let request = qiantang::app::request::Request::new("a test", command).at(now);
        handle
            .submit(request, move |reply| told.send(reply.unwrap().accepted).unwrap())
            .unwrap();
    };
    let bid = json!({"alternatives": [{"accelerator": "ascend", "cards": 1, "hours": HOURS, "limit": "14"}],
        "earliest": at(0), "latest": at(HOURS)});
    for number in 0..leases {
        let command = qiantang::app::verb::command("bid", Some(TENANT), bid.clone()).unwrap();
        give(command, at(0));
        // The queue has an end.
        if number % 4_000 == 3_999 {
            answers.iter().take(4_000).for_each(|accepted| assert!(accepted));
        }
    }
    let rest = usize::try_from(leases % 4_000).unwrap();
    answers.iter().take(rest).for_each(|accepted| assert!(accepted));
    let report = |number: u32| qiantang::domain::usage::UsageReport {
        source: "m".to_owned(),
        id: number.to_string(),
        lease: qiantang::domain::id::LeaseId(u64::from(number)),
        from: at(0),
        until: at(if number.is_multiple_of(2) { HOURS } else { HOURS - 1 }),
        cards_up: 1,
        card_seconds: i64::from(10_000 + number % 700),
    };
    let numbers: Vec<u32> = (1..=leases).collect();
    for chunk in numbers.chunks(1_000) {
        let reports = chunk.iter().copied().map(report).collect();
        let command = Command::ReportUsage {
            provider: PROVIDER,
            reports,
        };
        give(command, at(HOURS));
        assert!(answers.recv().unwrap());
    }
}

/// What a settlement that nobody disturbs comes to.
fn undisturbed(url: &Url, leases: u32, now: Timestamp) -> StateHash {
    let mut state = load(url);
    if engine::is_due(&state, now) {
        engine::apply(&mut state, Command::Tick, now).unwrap();
    }
    let all = Command::Settle {
        until: at(HOURS),
        most: Some(leases),
    };
    state.give(all, now).unwrap();
    assert!(state.run.is_none());
    state_hash(&state).unwrap()
}

fn kill_again_and_again(database: &TestDatabase) {
    let (leases, kills) = (number("QIANTANG_SETTLED_LEASES", 5_000), number("QIANTANG_KILLS", 8));
    let mut town = Stored::open(&database.url);
    market(&mut town, leases);
    town.exchange.shut_down();
    let now = at(HOURS + 1);
    let expected = undisturbed(&database.url, leases, now);
    // Some commands for each kill, so that it comes in the middle.
    let at_once = (leases / (kills * 4)).max(1).to_string();
    let (until, instant, place) = (at(HOURS).to_string(), now.to_string(), database.place());
    let settle = [
        "settle",
        "--quiet",
        "--until",
        &until,
        "--at",
        &instant,
        "--at-once",
        &at_once,
        "--database",
        &place,
    ];
    let mut killed = 0;
    while killed < kills {
        let before = commands(&database.url);
        let mut process = start(&settle);
        let began = Instant::now();
        // At least one more command is durable, others are on their way.
        while commands(&database.url) <= before + i64::from(killed % 2) && began.elapsed() < Duration::from_secs(120) {
            std::thread::yield_now();
        }
        process.kill().unwrap();
        let ended = process.wait().unwrap();
        assert!(!ended.success(), "the settlement was over after {killed} kills");
        killed += 1;
    }
    let open = load(&database.url).run.expect("it is not over yet");
    eprintln!(
        "{killed} kills; {} of {leases} leases were settled by then",
        open.totals.leases
    );
    assert!(open.totals.leases > 0 && open.totals.leases < u64::from(leases));
    let told: serde_json::Value = serde_json::from_str(&run_well(&settle)).unwrap();
    assert_eq!(told["totals"]["leases"], leases);
    let state = load(&database.url);
    assert_eq!(state_hash(&state).unwrap(), expected, "not what it is undisturbed");
    in_order(&state);
    verify(&place);
}

fn in_order(state: &State) {
    assert_eq!(invariants::check(state).violations, []);
    let (debit, credit) = state.ledger.totals(Unit::Cny);
    assert_eq!(debit, credit, "the trial balance is not zero");
}

fn commands(url: &Url) -> i64 {
    let mut reader = Reader::open(url).unwrap();
    command::last(&mut reader).unwrap()
}
