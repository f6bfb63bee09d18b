//! What happens between two steps of one request, and at the edges of what is read.

use std::io::{Read, Write};

use serde_json::{Value, json};

use super::client::Client;
use super::stand::{Stand, bid, both};

fn user(operator: &Client, email: &str) -> (String, String) {
    let page = operator.get("/v1/users?limit=200").must(200).json();
    let items = page["items"].as_array().unwrap().clone();
    let found = items.iter().find(|user| user["email"] == email).unwrap();
    let id = found["id"].as_str().unwrap().to_owned();
    let shown = operator.get(&format!("/v1/users/{id}")).must(200);
    (id, shown.header("etag").unwrap().to_owned())
}

#[test]
fn whoever_is_stopped_while_a_body_arrives_is_out() {
    let stand = Stand::on_sqlite(&[]);
    let (tenant, operator) = (stand.person("tenant1"), stand.person("operator1"));
    let body = bid("10.000000").to_string();
    let mut stream = tenant.begin_bid("slow", &body, 10);
    // Another request has been answered meanwhile, so that this one's leave was looked at.
    tenant.get("/v1/me").must(200);
    let (id, tag) = user(&operator, "tenant1@example.cn");
    let path = format!("/v1/users/{id}");
    let stop = operator.ask("PATCH", &path).header("if-match", &tag);
    stop.json(&json!({"active": false})).send().must(200);
    stream.write_all(&body.as_bytes()[10..]).unwrap();
    let mut answer = [0; 4_096];
    let length = stream.read(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer[..length]);
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    let bids = operator.get("/v1/bids").must(200).json();
    assert_eq!(bids["items"], json!([]));
}

#[test]
fn a_log_in_is_short() {
    let stand = Stand::on_sqlite(&[]);
    let long = json!({"grant_type": "password", "email": "a".repeat(9_000), "password": "x"});
    let refused = stand.nobody().ask("POST", "/v1/auth/token").json(&long).send();
    assert_eq!(refused.must(413).code(), "body_too_large");
}

#[test]
fn methods_that_somebody_makes_up_are_counted_as_one() {
    let stand = Stand::on_sqlite(&[]);
    for method in ["BREW", "WHEN"] {
        stand.nobody().ask(method, "/v1/bids").send().must(405);
    }
    let figures = stand.nobody().get("/metrics").must(200).text;
    assert!(figures.contains("method=\"other\""), "{figures}");
    assert!(!figures.contains("BREW"), "{figures}");
}

#[test]
fn a_colleague_with_the_same_key_decides_anew() {
    let stand = Stand::on_sqlite(&[]);
    let deposit = json!({"org": "org_0000000000003", "amount": "1.00", "bank_ref": "edge 1"});
    let asked = stand
        .person("operator1")
        .post("/v1/deposits", &deposit)
        .must(202)
        .json();
    let path = format!("/v1/approvals/{}/approve", asked["approval"]["id"].as_str().unwrap());
    let approve = |name: &str| stand.person(name).ask("POST", &path).key("decide").send();
    assert_eq!(approve("operator1").must(403).code(), "same_person");
    assert_eq!(approve("operator2").must(422).code(), "idempotency_key_reused");
    both(
        &stand,
        ("operator2", "operator1"),
        "/v1/deposits",
        &json!({"org": "org_0000000000003", "amount": "1.00", "bank_ref": "edge 2"}),
    );
}

#[test]
fn the_same_change_of_a_later_version_is_another_request() {
    let stand = Stand::on_sqlite(&[]);
    let tenant = stand.person("tenant1");
    let placed: Value = tenant.post("/v1/bids", &bid("10.000000")).must(201).json();
    let path = format!("/v1/bids/{}", placed["id"].as_str().unwrap());
    let change = json!({"alternatives": [{"cards": 8, "hours": 24, "limit": "9.000000"}]});
    let amend = |tag: &str| {
        let ask = tenant.ask("PATCH", &path).header("if-match", tag).key("lower");
        ask.json(&change).send()
    };
    assert_eq!(amend("\"0000000000000000\"").must(412).code(), "version_mismatch");
    let tag = tenant.get(&path).must(200).header("etag").unwrap().to_owned();
    assert_eq!(amend(&tag).must(422).code(), "idempotency_key_reused");
}
