//! Settlements over HTTP, on a schedule, and by the program.

use std::time::{Duration, Instant};

use qiantang::app::clock::system_now;
use serde_json::{Value, json};

use crate::api::client::fresh_key;
use crate::api::stand::Stand;
use crate::harness::binary::{run_well, verify};
use crate::harness::{TestDatabase, for_each_backend};

/// Reports all usage of the lease that is over: 8 cards × 24 hours × 8.00 = 1,536.00.
fn lease(stand: &Stand) -> Value {
    let provider = stand.person("provider1");
    let leases = provider.get("/v1/leases").must(200).json();
    let lease = leases["items"][0].clone();
    let event = json!({"specversion": "1.0", "id": "1", "source": "/dc", "type": "qiantang.usage.v1",
        "data": {"lease": lease["id"], "from": lease["from"], "until": lease["until"], "cards_up": 8,
            "card_seconds": 8 * 24 * 3_600}});
    provider.post("/v1/usage", &event).must(200);
    lease
}

#[test]
fn a_settlement_is_answered_once_it_is_over_and_again_when_asked_again() {
    for_each_backend(|database| {
        let stand = Stand::aged(database);
        let lease = lease(&stand);
        let operator = stand.person("operator1");
        let until = json!({"until": lease["until"]});
        let preview = || {
            operator
                .ask("POST", "/v1/settlements/preview")
                .json(&until)
                .send()
                .must(200)
                .json()
        };
        let mut previewed = preview();
        // The replica may not have seen the report yet.
        let began = Instant::now();
        while previewed["totals"]["leases"] == 0 && began.elapsed() < Duration::from_secs(10) {
            previewed = preview();
        }
        let key = fresh_key();
        let settle = || {
            operator
                .ask("POST", "/v1/settlements")
                .key(&key)
                .json(&until)
                .send()
                .must(200)
        };
        let first = settle().json();
        assert_eq!(first["totals"], previewed["totals"]);
        assert_eq!(first["totals"]["charge"], "1536.00");
        assert_eq!(first["leases"][0]["state"], "closed");
        assert!(
            first["ended_at"].is_string() && first["receipt"]["seq"].is_number(),
            "{first}"
        );
        let again = settle();
        assert_eq!(again.header("idempotency-replayed"), Some("true"));
        assert_eq!(again.json(), first);
        let early = json!({"until": "2020-01-01T00:00:00Z"});
        assert_eq!(operator.post("/v1/settlements", &early).must(422).code(), "invalid");
        let path = format!("/v1/settlements/{}", "stl_0000000000009");
        operator.get(&path).must(404);
        operator.get(&format!("{path}/leases")).must(404);
        assert_eq!(preview()["leases"], json!([]));
        drop(stand);
        verify(&database.place());
    });
}

#[test]
fn a_schedule_makes_up_for_what_was_missed_once() {
    let database = TestDatabase::sqlite();
    let mut stand = Stand::aged(&database);
    let lease = lease(&stand);
    stand.set("settle_every_hours", "1");
    stand.restart();
    let operator = stand.person("operator1");
    let began = Instant::now();
    let found = loop {
        let found = operator.get("/v1/settlements").must(200).json();
        let first = &found["items"][0];
        if first["ended_at"].is_string() {
            break found;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "nothing was settled");
        std::thread::yield_now();
    };
    let floor = system_now().hour_floor().timestamp();
    assert_eq!(
        found["items"].as_array().unwrap().len(),
        1,
        "thirty hours were missed: one makes up for them"
    );
    let until: qiantang::domain::time::Timestamp = found["items"][0]["until"].as_str().unwrap().parse().unwrap();
    assert!(floor.micros() - until.micros() <= 3_600_000_000, "{until}");
    assert_eq!(found["items"][0]["totals"]["charge"], "1536.00");
    let path = format!("/v1/leases/{}", lease["id"].as_str().unwrap());
    assert_eq!(operator.get(&path).must(200).json()["state"], "closed");
}

#[test]
fn the_program_shows_first_and_settles_then() {
    let database = TestDatabase::sqlite();
    let stand = Stand::aged(&database);
    let lease = lease(&stand);
    drop(stand);
    let until = lease["until"].as_str().unwrap();
    let place = database.place();
    let settle = |more: &[&str]| -> Value {
        let usual = ["settle", "--quiet", "--until", until, "--database", &place];
        let arguments: Vec<&str> = usual.iter().chain(more).copied().collect();
        serde_json::from_str(&run_well(&arguments)).unwrap()
    };
    let shown = settle(&["--dry-run"]);
    assert_eq!(shown, settle(&["--dry-run"]), "it has changed nothing");
    let done = settle(&[]);
    assert_eq!(done["totals"], shown["totals"]);
    for field in ["lease", "charge", "voucher", "cash", "fee", "total", "state"] {
        assert_eq!(done["leases"][0][field], shown["leases"][0][field], "{field}");
    }
    assert_eq!(shown["leases"][0]["movements"][0]["kind"], "settle");
    verify(&place);
}
