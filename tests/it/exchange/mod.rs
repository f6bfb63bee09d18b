//! The sequencer and its persister, on both back ends: what is acknowledged is durable, once, and nothing else is.

mod connection;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Barrier, mpsc};
use std::thread;

use qiantang::app::clock::Clock;
use qiantang::app::exchange::{Exchange, Handle};
use qiantang::app::request::{IdempotencyKey, Reply, Request, SubmitError};
use qiantang::app::verb;
use qiantang::app::verify::verify;
use qiantang::domain::account::AccountKey;
use qiantang::domain::id::OrgId;
use qiantang::domain::time::Timestamp;
use qiantang::engine::state_hash::{StateHash, state_hash};
use qiantang::store::{self, OpenError, Reader, Url};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::harness::{TestDatabase, for_each_backend};
use crate::store::writing::execute;

const TENANT: OrgId = OrgId(1);

fn noon() -> Timestamp {
    "2026-12-01T12:00:00Z".parse().unwrap()
}

fn request(verb: &str, caller: Option<OrgId>, body: &Value, key: Option<&str>) -> Request {
    let body_hash = Sha256::digest(body.to_string().as_bytes()).into();
    let command = verb::command(verb, caller, body.clone()).unwrap();
    Request {
        org: caller,
        key: key.map(|key| IdempotencyKey {
            key: key.to_owned(),
            body_hash,
        }),
        ..Request::new("usr_test", command).at(noon())
    }
}

fn deposit(fen: u32, key: Option<&str>) -> Request {
    let body = json!({"amount": format!("{}.{:02}", fen / 100, fen % 100), "bank_ref": "line"});
    request("deposit", Some(TENANT), &body, key)
}

fn register(stem: &str, name: &str) -> Request {
    let uscc = qiantang::domain::uscc::Uscc::from_stem(stem).unwrap();
    request(
        "org",
        None,
        &json!({"name": name, "uscc": uscc, "kinds": ["tenant"]}),
        None,
    )
}

/// An exchange that knows one tenant.
fn open(url: &Url) -> Exchange {
    let exchange = reopen(url);
    assert!(
        exchange
            .handle()
            .call(register("91330100MA0000001", "租户"))
            .unwrap()
            .accepted
    );
    exchange
}

fn reopen(url: &Url) -> Exchange {
    Exchange::open(url, "first", Clock::Given).unwrap()
}

fn memory(handle: &Handle) -> (StateHash, i64) {
    handle
        .inspect(|state| {
            (
                state_hash(state).unwrap(),
                state.ledger.balance(AccountKey::Cash(TENANT)).fen(),
            )
        })
        .unwrap()
}

fn stored(url: &Url) -> (StateHash, i64) {
    let state = store::state::load(&mut Reader::open(url).unwrap()).unwrap();
    (
        state_hash(&state).unwrap(),
        state.ledger.balance(AccountKey::Cash(TENANT)).fen(),
    )
}

fn is_sound(url: &Url) {
    let verdict = verify(&mut Reader::open(url).unwrap(), &mut |_, _| {}).unwrap();
    assert!(verdict.violations.is_empty(), "{:?}", verdict.violations);
}

/// Gives all requests at the same time, each from a thread of its own.
fn at_once(handle: &Handle, requests: Vec<Request>) -> Vec<Result<Reply, SubmitError>> {
    let start = Arc::new(Barrier::new(requests.len()));
    let clients: Vec<_> = requests
        .into_iter()
        .map(|request| {
            let (handle, start) = (handle.clone(), Arc::clone(&start));
            thread::spawn(move || {
                start.wait();
                handle.call(request)
            })
        })
        .collect();
    clients.into_iter().map(|client| client.join().unwrap()).collect()
}

#[test]
fn many_clients_each_get_their_own_answer() {
    for_each_backend(|database| {
        let exchange = open(&database.url);
        let handle = exchange.handle();
        let clients: Vec<_> = (0..8_u32)
            .map(|client| {
                let handle = handle.clone();
                thread::spawn(move || {
                    let call = |number: u32| {
                        let fen = 1 + client * 100 + number;
                        (
                            fen,
                            handle.call(deposit(fen, Some(&format!("{client}-{number}")))).unwrap(),
                        )
                    };
                    (0..25).map(call).collect::<Vec<_>>()
                })
            })
            .collect();
        let replies: Vec<(u32, Reply)> = clients.into_iter().flat_map(|client| client.join().unwrap()).collect();
        assert!(replies.iter().all(|(_, reply)| reply.accepted && !reply.replayed));
        let places: BTreeSet<i64> = replies.iter().map(|(_, reply)| reply.seq).collect();
        assert_eq!(places.len(), 200, "each command has a place of its own");
        let paid: i64 = replies.iter().map(|(fen, _)| i64::from(*fen)).sum();
        assert_eq!(memory(&handle).1, paid);
        assert_eq!(stored(&database.url), memory(&handle));
        exchange.shut_down();
        is_sound(&database.url);
    });
}

#[test]
fn one_key_at_the_same_time_has_one_effect_and_one_answer() {
    for_each_backend(|database| {
        let exchange = open(&database.url);
        let handle = exchange.handle();
        for round in 1..=5 {
            let key = format!("round {round}");
            let replies = at_once(&handle, vec![deposit(100, Some(&key)); 16]);
            let replies: Vec<Reply> = replies.into_iter().map(Result::unwrap).collect();
            assert_eq!(replies.iter().filter(|reply| !reply.replayed).count(), 1);
            let answers: BTreeSet<&str> = replies.iter().map(|reply| reply.answer.as_str()).collect();
            assert_eq!(answers.len(), 1, "equal to the byte");
            assert_eq!(memory(&handle).1, 100 * round);
        }
        assert_eq!(stored(&database.url), memory(&handle));
    });
}

#[test]
fn a_key_is_remembered_over_a_restart_refusals_too() {
    for_each_backend(|database| {
        let exchange = open(&database.url);
        let first = exchange.handle().call(deposit(100, Some("k"))).unwrap();
        let nothing = deposit(0, Some("none"));
        let refused = exchange.handle().call(nothing.clone()).unwrap();
        assert!(first.accepted && !refused.accepted);
        exchange.shut_down();
        let exchange = reopen(&database.url);
        let handle = exchange.handle();
        let before = memory(&handle);
        for (request, reply) in [(deposit(100, Some("k")), first), (nothing, refused)] {
            let again = handle.call(request).unwrap();
            assert_eq!(
                again,
                Reply {
                    replayed: true,
                    ..reply
                }
            );
        }
        assert_eq!(handle.call(deposit(101, Some("k"))), Err(SubmitError::KeyReused));
        assert_eq!(memory(&handle), before);
        let other = Request {
            org: Some(OrgId(2)),
            ..deposit(100, Some("k"))
        };
        assert!(
            !handle.call(other).unwrap().replayed,
            "keys belong to their organisation"
        );
        let keyless = [deposit(1, None), deposit(1, None)].map(|request| handle.call(request).unwrap());
        assert!(keyless.iter().all(|reply| reply.accepted && !reply.replayed));
    });
}

#[test]
fn a_receipt_is_the_place_and_hash_of_the_leaf() {
    for_each_backend(|database| {
        let exchange = open(&database.url);
        let reply = exchange.handle().call(deposit(100, None)).unwrap();
        exchange.shut_down();
        let answer: Value = serde_json::from_str(&reply.answer).unwrap();
        let mut found = None;
        store::audit::each_leaf::<store::load::LoadError>(&mut Reader::open(&database.url).unwrap(), |row| {
            if Some(row.seq) == answer["receipt"]["seq"].as_i64() {
                found = Some(row);
            }
            Ok(())
        })
        .unwrap();
        let row = found.unwrap();
        assert_eq!((row.command_seq, row.kind.as_str()), (reply.seq, "command"));
        let digest = Sha256::digest([&[0], row.body.as_slice()].concat());
        let leaf: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(answer["receipt"]["leaf"], json!(leaf));
    });
}

#[test]
fn a_full_queue_says_so_and_loses_nothing() {
    let database = TestDatabase::sqlite();
    store::migrate(&database.url).unwrap();
    let exchange = open(&database.url);
    let handle = exchange.handle();
    let (go, wait) = mpsc::channel::<()>();
    let (stopped, is_stopped) = mpsc::channel();
    let looker = {
        let handle = handle.clone();
        thread::spawn(move || {
            handle.inspect(move |_| {
                stopped.send(()).unwrap();
                let _ = wait.recv();
            })
        })
    };
    is_stopped.recv().unwrap();
    let (answered, answers) = mpsc::channel();
    let mut taken = 0;
    let refusal = loop {
        let answered = answered.clone();
        match handle.submit(deposit(1, None), move |reply| answered.send(reply).unwrap()) {
            Ok(()) => taken += 1,
            Err(error) => break error,
        }
        assert!(taken < 1_000_000, "the queue has an end");
    };
    assert_eq!(refusal, SubmitError::Busy);
    go.send(()).unwrap();
    looker.join().unwrap().unwrap();
    drop(answered);
    let replies: Vec<_> = answers.iter().collect();
    assert_eq!(replies.len(), taken);
    assert!(
        replies
            .iter()
            .all(|reply| reply.as_ref().is_ok_and(|reply| reply.accepted))
    );
    assert_eq!(memory(&handle).1, i64::try_from(taken).unwrap());
    assert_eq!(stored(&database.url), memory(&handle));
}

#[test]
fn a_shutdown_answers_everything_that_was_taken() {
    for_each_backend(|database| {
        let exchange = open(&database.url);
        let handle = exchange.handle();
        let (answered, answers) = mpsc::channel();
        for _ in 0..500 {
            let answered = answered.clone();
            handle
                .submit(deposit(1, None), move |reply| answered.send(reply).unwrap())
                .unwrap();
        }
        drop(answered);
        exchange.shut_down();
        let replies: Vec<_> = answers.iter().collect();
        assert_eq!(replies.len(), 500);
        let durable = replies.iter().filter(|reply| reply.is_ok()).count();
        assert_eq!(stored(&database.url).1, i64::try_from(durable).unwrap());
        assert!(matches!(handle.call(deposit(1, None)), Err(SubmitError::Stopped(_))));
        assert!(matches!(handle.inspect(|_| ()), Err(SubmitError::Stopped(_))));
        is_sound(&database.url);
    });
}

#[test]
fn there_is_one_writer() {
    for_each_backend(|database| {
        let exchange = open(&database.url);
        let second = Exchange::open(&database.url, "second", Clock::Given);
        let holder = "first".to_owned();
        assert_eq!(second.err(), Some(OpenError::Taken { holder }));
        assert!(
            exchange.handle().call(deposit(1, None)).unwrap().accepted,
            "the first one goes on"
        );
        exchange.shut_down();
        reopen(&database.url);
    });
}

#[test]
fn a_writer_that_was_replaced_stops_and_writes_nothing_more() {
    for_each_backend(|database| {
        let exchange = open(&database.url);
        let handle = exchange.handle();
        handle.call(deposit(100, None)).unwrap();
        let before = stored(&database.url);
        execute(&database.url, "UPDATE writer_lease SET epoch = epoch + 1").unwrap();
        assert!(matches!(
            handle.call(deposit(1, Some("late"))),
            Err(SubmitError::Stopped(_))
        ));
        assert!(matches!(handle.call(deposit(1, None)), Err(SubmitError::Stopped(_))));
        assert_eq!(stored(&database.url), before);
        drop(exchange);
        let exchange = reopen(&database.url);
        let reply = exchange.handle().call(deposit(1, Some("late"))).unwrap();
        assert!(
            reply.accepted && !reply.replayed,
            "what was not recorded can be tried again"
        );
        assert_eq!(memory(&exchange.handle()).1, 101);
    });
}

/// From now on the database refuses commands that `actor` gives.
pub fn poison(url: &Url, actor: &str) {
    let sql = match url {
        Url::Sqlite(_) => format!(
            "CREATE TRIGGER poison BEFORE INSERT ON command WHEN NEW.actor = '{actor}' \
             BEGIN SELECT RAISE(ABORT, 'poisoned'); END"
        ),
        Url::Postgresql(_) => format!("ALTER TABLE command ADD CONSTRAINT poison CHECK (actor <> '{actor}') NOT VALID"),
    };
    execute(url, &sql).unwrap();
}

pub fn cure(url: &Url) {
    let sql = match url {
        Url::Sqlite(_) => "DROP TRIGGER poison",
        Url::Postgresql(_) => "ALTER TABLE command DROP CONSTRAINT poison",
    };
    execute(url, sql).unwrap();
}

#[test]
fn a_commit_that_fails_leaves_nothing_behind_and_the_exchange_goes_on() {
    for_each_backend(|database| {
        let exchange = open(&database.url);
        let handle = exchange.handle();
        handle.call(deposit(100, Some("before"))).unwrap();
        let before = stored(&database.url);
        poison(&database.url, "usr_test");
        for _ in 0..3 {
            let outcome = handle.call(deposit(7, Some("k")));
            assert!(matches!(outcome, Err(SubmitError::NotRecorded(_))), "{outcome:?}");
            assert_eq!(memory(&handle), before, "memory was read again");
        }
        assert_eq!(stored(&database.url), before);
        cure(&database.url);
        let reply = handle.call(deposit(7, Some("k"))).unwrap();
        assert!(reply.accepted && !reply.replayed);
        assert!(handle.call(deposit(100, Some("before"))).unwrap().replayed);
        assert_eq!(memory(&handle).1, 107);
        assert_eq!(stored(&database.url), memory(&handle));
        exchange.shut_down();
        is_sound(&database.url);
    });
}

#[test]
fn whoever_shares_a_batch_with_a_failure_is_told_the_truth() {
    for_each_backend(|database| {
        let exchange = open(&database.url);
        let handle = exchange.handle();
        poison(&database.url, "usr_poison");
        let mut durable = 0;
        for round in 0..10_u32 {
            let requests: Vec<Request> = (0..24_u32)
                .map(|number| Request {
                    actor: if number == 11 { "usr_poison" } else { "usr_test" }.to_owned(),
                    ..deposit(1, Some(&format!("{round}-{number}")))
                })
                .collect();
            let outcomes = at_once(&handle, requests.clone());
            assert!(
                matches!(outcomes[11], Err(SubmitError::NotRecorded(_))),
                "{:?}",
                outcomes[11]
            );
            for (request, outcome) in requests.into_iter().zip(outcomes) {
                let replayed = outcome.is_ok();
                if request.actor == "usr_test" {
                    let again = handle.call(request).unwrap();
                    assert_eq!(
                        again.replayed, replayed,
                        "acknowledged is durable, the rest never happened"
                    );
                    durable += 1;
                }
            }
        }
        assert_eq!(memory(&handle).1, durable);
        assert_eq!(stored(&database.url), memory(&handle));
        cure(&database.url);
        exchange.shut_down();
        is_sound(&database.url);
    });
}

#[test]
fn texts_that_a_database_cannot_hold_are_refused_by_their_field() {
    for_each_backend(|database| {
        let exchange = open(&database.url);
        let handle = exchange.handle();
        let reply = handle.call(register("91330100MA0000002", "a\0b")).unwrap();
        assert!(!reply.accepted);
        assert!(reply.answer.contains(r#""pointer":"/name""#), "{}", reply.answer);
        let site = json!({"code": "x", "name_zh": "x", "region": "a\0b"});
        assert!(!handle.call(request("site", None, &site, None)).unwrap().accepted);
        assert!(handle.call(deposit(1, None)).unwrap().accepted);
    });
}

#[test]
fn a_database_of_the_first_schema_learns_which_deposits_are_booked() {
    for_each_backend(|database| {
        let exchange = open(&database.url);
        for fen in [1, 2] {
            assert!(exchange.handle().call(deposit(fen, None)).unwrap().accepted);
        }
        exchange.shut_down();
        let folder = match database.url {
            Url::Sqlite(_) => concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/sqlite"),
            Url::Postgresql(_) => concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/postgresql"),
        };
        let mut steps: Vec<PathBuf> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        steps.sort_unstable();
        for step in steps.iter().skip(1).rev() {
            execute(&database.url, &fs::read_to_string(step.join("down.sql")).unwrap()).unwrap();
        }
        let forget = "DELETE FROM __diesel_schema_migrations WHERE version > '20261123000001'";
        execute(&database.url, forget).unwrap();
        store::migrate(&database.url).unwrap();
        is_sound(&database.url);
        let state = store::state::load(&mut Reader::open(&database.url).unwrap()).unwrap();
        assert_eq!(state.bank_refs.iter().map(|one| &**one).collect::<Vec<_>>(), ["line"]);
    });
}
