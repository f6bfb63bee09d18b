//! Idempotency keys: one effect, and the same answer to the byte, whatever happens in between.

use std::sync::Barrier;
use std::thread;

use serde_json::json;

use super::client::Answer;
use super::stand::{Stand, bid, listing};
use crate::harness::for_each_backend;

fn bids(stand: &Stand, name: &str) -> usize {
    let page = stand.person(name).get("/v1/bids?limit=200").must(200).json();
    page["items"].as_array().unwrap().len()
}

#[test]
fn a_retry_gets_the_same_bytes_also_after_a_restart() {
    for_each_backend(|database| {
        let mut stand = Stand::new(database);
        stand
            .person("provider1")
            .post("/v1/listings", &listing("9.000000"))
            .must(201);
        let tenant = stand.person("tenant1");
        let body = bid("10.000000");
        let place = |body| tenant.ask("POST", "/v1/bids").key("one").json(body).send();
        let first = place(&body).must(201);
        assert_eq!(first.json()["state"], "filled");
        assert_eq!(first.header("idempotency-replayed"), None);
        assert_eq!(
            first.header("location"),
            Some(format!("/v1/bids/{}", first.json()["id"].as_str().unwrap())).as_deref()
        );
        let check = |again: Answer| {
            assert_eq!((again.status, &again.text), (201, &first.text));
            assert_eq!(again.header("idempotency-replayed"), Some("true"));
            assert_eq!(again.header("location"), first.header("location"));
        };
        check(place(&body));
        assert_eq!(place(&bid("11.000000")).must(422).code(), "idempotency_key_reused");
        // Another organisation's keys are its own, and so are those of another path.
        let other = stand.person("tenant2");
        other.ask("POST", "/v1/bids").key("one").json(&body).send().must(201);
        let elsewhere = tenant
            .ask("POST", "/v1/leases/lse_0000000000001/terminate")
            .key("one")
            .send();
        assert_eq!(elsewhere.must(422).code(), "idempotency_key_reused");
        stand.restart();
        let tenant = stand.person("tenant1");
        check(tenant.ask("POST", "/v1/bids").key("one").json(&body).send());
    });
}

#[test]
fn a_refusal_is_kept_as_well() {
    for_each_backend(|database| {
        let stand = Stand::new(database);
        let tenant = stand.person("tenant1");
        let dear = json!({"alternatives": [{"accelerator": "ascend-910b", "cards": 100_000, "hours": 240, "limit": "99999.000000"}],
            "earliest": bid("1")["earliest"], "latest": bid("1")["latest"]});
        let place = || tenant.ask("POST", "/v1/bids").key("dear").json(&dear).send();
        let first = place().must(422);
        assert_eq!(first.code(), "insufficient_cash");
        let again = place().must(422);
        assert_eq!(again.text, first.text);
        assert_eq!(again.header("idempotency-replayed"), Some("true"));
    });
}

/// Runs `ask` at once from many threads.
fn at_once(count: usize, ask: impl Fn(usize) -> Answer + Sync) -> Vec<Answer> {
    let barrier = Barrier::new(count);
    thread::scope(|scope| {
        let asked: Vec<_> = (0..count)
            .map(|number| {
                let (barrier, ask) = (&barrier, &ask);
                scope.spawn(move || {
                    barrier.wait();
                    ask(number)
                })
            })
            .collect();
        asked.into_iter().map(|answer| answer.join().unwrap()).collect()
    })
}

#[test]
fn two_hundred_clients_with_one_key_make_one_bid() {
    for_each_backend(|database| {
        let stand = Stand::new(database);
        let tenant = stand.person("tenant1");
        let body = bid("10.000000");
        let answers = at_once(200, |_| tenant.ask("POST", "/v1/bids").key("same").json(&body).send());
        assert!(answers.iter().all(|answer| answer.status == 201));
        assert!(answers.iter().all(|answer| answer.text == answers[0].text));
        let replayed = |answer: &&Answer| answer.header("idempotency-replayed") == Some("true");
        assert_eq!(answers.iter().filter(replayed).count(), 199);
        assert_eq!(bids(&stand, "tenant1"), 1);
    });
}

#[test]
fn two_hundred_bids_for_the_last_eight_cards_let_them_once() {
    for_each_backend(|database| {
        let stand = Stand::new(database);
        let mut offer = listing("9.000000");
        offer["islands"] = json!(1);
        offer["until"] = json!(super::stand::hours_ahead(24));
        stand.person("provider1").post("/v1/listings", &offer).must(201);
        let tenants = [stand.person("tenant1"), stand.person("tenant2")];
        let mut wanted = bid("10.000000");
        wanted["latest"] = json!(super::stand::hours_ahead(24));
        wanted["tif"] = json!("ioc");
        let answers = at_once(200, |number| tenants[number % 2].post("/v1/bids", &wanted));
        let states = answers
            .iter()
            .map(|answer| answer.clone().must(201).json()["state"].as_str().unwrap().to_owned());
        let states: Vec<String> = states.collect();
        assert_eq!(
            states.iter().filter(|state| *state == "filled").count(),
            1,
            "{states:?}"
        );
        assert_eq!(
            states.iter().filter(|state| *state == "cancelled").count(),
            199,
            "{states:?}"
        );
    });
}
