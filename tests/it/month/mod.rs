//! A month of a market in which everything goes wrong that can: usage late, twice and out of order, counters that begin anew, outages,
//! disputes, early ends, recoveries, payouts that come back, money of nobody known. In the end every book says the same to the fen.

mod bank;
mod chance;
mod meter;
mod play;
mod reconcile;
mod trouble;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process;
use std::sync::mpsc;
use std::time::Instant;

use qiantang::app::clock::Clock;
use qiantang::app::exchange::Exchange;
use qiantang::app::request::Request;
use qiantang::app::verify::verify;
use qiantang::domain::time::Timestamp;
use qiantang::engine::Command;
use qiantang::engine::state_hash::{StateHash, state_hash};
use qiantang::store::{Reader, Url, migrate, state};

use crate::harness::for_each_empty;
use chance::Chance;
use play::Month;
use reconcile::{Reconciled, reconcile};

/// Most commands on their way.
const ON_THEIR_WAY: usize = 200;

/// Plays a flow with trouble.
fn play(url: &Url, flow: &str, seed: u64) -> (Month, StateHash) {
    let exchange = Exchange::open(url, "a month", Clock::Given).unwrap();
    let mut month = Month::new(exchange.handle(), url, seed);
    month.play(flow);
    let left = month.look(|state| {
        (
            state.leases.len(),
            state.disputes.values().filter(|one| one.is_open()).count(),
        )
    });
    assert_eq!(left, (0, 0), "no lease and no dispute is open");
    let hash = month.look(|state| state_hash(state).unwrap());
    exchange.shut_down();
    (month, hash)
}

/// Tells another database the same, without waiting for each answer.
fn tell(url: &Url, said: &[(Timestamp, Command)]) {
    let exchange = Exchange::open(url, "a month", Clock::Given).unwrap();
    let handle = exchange.handle();
    for some in said.chunks(ON_THEIR_WAY) {
        let (sender, receiver) = mpsc::channel();
        for (at, command) in some {
            let sender = sender.clone();
            let request = Request::new("month", command.clone()).at(*at);
            handle
                .submit(request, move |reply| sender.send(reply.is_ok()).unwrap())
                .unwrap();
        }
        drop(sender);
        assert!(receiver.iter().all(|durable| durable));
    }
    exchange.shut_down();
}

/// The database proves itself, is what the exchange was, and all its books say the same.
fn holds(url: &Url, (month, live): (&Month, StateHash)) -> Reconciled {
    let reader = &mut Reader::open(url).unwrap();
    assert_eq!(state_hash(&state::load(reader).unwrap()).unwrap(), live);
    let verdict = verify(reader, &mut |_, _| {}).unwrap();
    assert!(verdict.violations.is_empty(), "{:?}", verdict.violations);
    reconcile(url, month.bank.holds)
}

/// Nodes and jobs of five weeks, written as the public traces are.
fn small_trace(folder: &Path) -> String {
    let mut nodes = "sn,cpu_milli,memory_mib,gpu,model\n".to_owned();
    for number in 0..24 {
        let (cards, model) = [(8, "V100M32"), (8, "G2"), (4, "T4")][number % 3];
        writeln!(nodes, "node-{number:04},64000,262144,{cards},{model}").unwrap();
    }
    let mut jobs = "timestamp,duration,num_gpus,gpu_time,cluster\n".to_owned();
    let mut chance = Chance::new(7);
    let mut hours: Vec<i64> = (0..320).map(|_| chance.between(0, 33 * 24)).collect();
    hours.sort_unstable();
    for hour in hours {
        let (day, hour) = (1 + hour / 24, hour % 24);
        let (month, day) = if day > 30 { (10, day - 30) } else { (9, day) };
        let seconds = chance.between(1, 50) * 3_600 - chance.between(0, 1_000);
        let cards = [1, 1, 2, 4, 8][usize::try_from(chance.between(0, 4)).unwrap()];
        let cluster =
            ["7f04ca", "6214e9", "ed69ec", "103959", "2869ce"][usize::try_from(chance.between(0, 4)).unwrap()];
        let minute = chance.between(0, 59);
        writeln!(
            jobs,
            "2017-{month:02}-{day:02} {hour:02}:{minute:02}:00,{seconds}.0,{cards},{}.0,{cluster}",
            seconds * cards
        )
        .unwrap();
    }
    fs::write(folder.join("nodes.csv"), nodes).unwrap();
    fs::write(folder.join("jobs.csv"), jobs).unwrap();
    let output = process::Command::new(env!("CARGO_BIN_EXE_qiantang"))
        .args([
            "trace",
            "philly",
            "--nodes",
            "nodes.csv",
            "--jobs",
            "jobs.csv",
            "--quiet",
            "--out",
            "flow.jsonl",
        ])
        .current_dir(folder)
        .env_remove("RUST_LOG")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::read_to_string(folder.join("flow.jsonl")).unwrap()
}

/// What must have happened at least so many times, so that it was a month of trouble.
const HAPPENED: [&str; 43] = [
    "bank entries: booked",
    "bank entries: deposit",
    "bank entries: paid",
    "bank entries: receipt",
    "bank entries: returned",
    "bank entries: suspense",
    "by two people",
    "cancel_withdrawal",
    "claim_outage",
    "close_period",
    "concede_dispute",
    "confirm_outage",
    "contest_outage",
    "counters begun anew",
    "credit",
    "decide_outage",
    "early ends, code 100",
    "early ends, code 101",
    "early ends, code 203",
    "early ends, code 204",
    "early ends, code 300",
    "early ends, code 301",
    "early ends, code 400",
    "early ends, code 401",
    "early ends, code of the side itself",
    "open_dispute",
    "payouts",
    "payouts sent back",
    "probe",
    "recover",
    "request_treasury",
    "resolve_dispute",
    "resolve_suspense",
    "return_payout",
    "spans with cards down",
    "suspend_lease",
    "usage a round late",
    "usage corrected",
    "usage known already",
    "usage out of order",
    "usage taken",
    "usage withdrawn",
    "withdraw_dispute",
];

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |number| number.parse().unwrap())
}

/// Plays a small trace of its own; with `QIANTANG_MONTH` any flow of `qiantang trace`, with `QIANTANG_MONTH_SEED` other trouble. With
/// `QIANTANG_MONTH_TELL` it prints every refusal.
#[test]
fn a_month_of_trouble_reconciles_to_the_fen() {
    let flow = std::env::var_os("QIANTANG_MONTH").map_or_else(
        || small_trace(tempfile::tempdir().unwrap().path()),
        |path| fs::read_to_string(path).unwrap(),
    );
    let seed = number("QIANTANG_MONTH_SEED", 2_026);
    let mut played: Option<(Month, StateHash)> = None;
    for_each_empty(|database| {
        migrate(&database.url).unwrap();
        let began = Instant::now();
        match &played {
            None => played = Some(play(&database.url, &flow, seed)),
            Some((month, _)) => tell(&database.url, &month.said),
        }
        let (month, hash) = played.as_ref().unwrap();
        eprintln!(
            "{} commands in {:?}: {:#?}",
            month.said.len(),
            began.elapsed(),
            month.done
        );
        let found = holds(&database.url, (month, *hash));
        eprintln!("proved and reconciled after {:?}: {found:?}", began.elapsed());
        let missing: Vec<&str> = HAPPENED.into_iter().filter(|what| month.done(what) == 0).collect();
        assert!(missing.is_empty(), "never happened: {missing:?}");
        assert!(found.taken_back.iter().all(|count| *count > 0), "{found:?}");
        assert!(
            found.months >= 2 && found.statements > 50 && found.transfers > 1_000,
            "{found:?}"
        );
        let wrong = std::panic::catch_unwind(|| reconcile(&database.url, month.bank.holds + 1));
        assert!(wrong.is_err(), "a fen more in the bank is noticed");
    });
}
