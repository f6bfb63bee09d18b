//! Metering over HTTP: signed usage, acceptance, and disputes to each of their ends.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use qiantang::domain::text::base64;
use qiantang::domain::time::Timestamp;
use serde_json::{Value, json};

use crate::api::client::{Answer, Client, fresh_key};
use crate::api::described::complaints;
use crate::api::stand::{Stand, both};
use crate::harness::for_each_backend;

fn step(client: &Client, path: &str) -> Answer {
    client.ask("POST", path).key(&fresh_key()).send()
}

fn id(value: &Value) -> String {
    value["id"].as_str().unwrap().to_owned()
}

/// So many hours after the start of a lease.
fn hour(lease: &Value, hours: u32) -> Timestamp {
    let from: Timestamp = lease["from"].as_str().unwrap().parse().unwrap();
    from.plus_hours(hours)
}

/// All cards but one in an hour of the lease.
fn event(lease: &Value, number: u32) -> Value {
    json!({"id": number.to_string(), "source": "m", "type": "qiantang.usage.v1", "data": {"lease": lease["id"],
        "from": hour(lease, number), "until": hour(lease, number + 1), "cards_up": 7, "card_seconds": 7 * 3_600}})
}

fn dispute(lease: &Value, number: u32) -> Value {
    json!({"lease": lease["id"], "from": hour(lease, number), "until": hour(lease, number + 1),
        "card_seconds": 3_600, "reason": "one card was there"})
}

#[test]
fn usage_is_signed_accepted_and_disputed() {
    for_each_backend(|database| {
        let stand = Stand::aged(database);
        let [tenant, provider] = ["tenant1", "provider1"].map(|name| stand.person(name));
        let lease = tenant.get("/v1/leases").must(200).json()["items"][0].clone();
        let terms = json!({"acceptance_hours": 72});
        both(&stand, ("operator1", "operator2"), "/v1/terms", &terms);
        keys(&stand, &lease);
        let events: Value = (0..4).map(|number| event(&lease, number)).collect();
        let taken = provider.post("/v1/usage", &events).must(200).json();
        assert_eq!(
            (&taken["accepted"], &taken["rejected"]),
            (&json!(4), &json!([])),
            "{taken}"
        );
        ended_each_way(&stand, &lease);

        let usage = format!("/v1/leases/{}/usage", id(&lease));
        let gaps = tenant.get(&format!("{usage}/gaps")).must(200);
        assert_eq!(
            complaints("get", "/v1/leases/{id}/usage/gaps", &gaps),
            Vec::<String>::new()
        );
        assert_eq!(gaps.json()["items"][0]["from"], json!(hour(&lease, 4)));
        let until = json!({"until": hour(&lease, 4)});
        stand
            .person("tenant2")
            .post(&format!("{usage}/accept"), &until)
            .must(404);
        tenant.post(&format!("{usage}/accept"), &until).must(200);
        let late = tenant.post("/v1/disputes", &dispute(&lease, 3)).must(422).json();
        assert!(
            late["errors"][0]["pointer"].is_string(),
            "what was accepted is disputed no more: {late}"
        );
    });
}

/// A key signs an event; another provider's is not this one's, and a revoked one signs nothing.
fn keys(stand: &Stand, lease: &Value) {
    let provider = stand.person("provider1");
    let pair = Ed25519KeyPair::generate().unwrap();
    let new = json!({"name": "node 7", "public_key": base64(pair.public_key().as_ref())});
    let made = provider.post("/v1/usage-keys", &new).must(201);
    assert_eq!(complaints("post", "/v1/usage-keys", &made), Vec::<String>::new());
    let key = id(&made.json());
    let (from, until) = (hour(lease, 5), hour(lease, 6));
    let text = format!(
        "qiantang.usage.v1\nm\nsigned\n{}\n{from}\n{until}\n8\n28800\n",
        id(lease)
    );
    let mut event = json!({"id": "signed", "source": "m", "type": "qiantang.usage.v1", "agentkey": key,
        "signature": base64(pair.sign(text.as_bytes()).as_ref()), "data": {"lease": lease["id"],
        "from": from, "until": until, "cards_up": 8, "card_seconds": 28_800}});
    assert_eq!(provider.post("/v1/usage", &event).must(200).json()["accepted"], 1);
    event["id"] = json!("forged");
    let forged = provider.post("/v1/usage", &event).must(200).json();
    assert_eq!(forged["rejected"][0]["code"], "bad_signature");

    let revoke = format!("/v1/usage-keys/{key}/revoke");
    assert_eq!(step(&stand.person("provider2"), &revoke).status, 404);
    assert_eq!(step(&stand.person("tenant1"), &revoke).status, 403);
    assert_eq!(step(&provider, &revoke).status, 200);
    assert_eq!(step(&provider, &revoke).code(), "usage_key_revoked");
    let org = provider.get("/v1/me").must(200).json()["org"].clone();
    let whose = format!("?provider={}", org.as_str().unwrap());
    let shown = |name: &str, whose: &str| {
        let page = stand.person(name).get(&format!("/v1/usage-keys{whose}")).must(200);
        assert_eq!(complaints("get", "/v1/usage-keys", &page), Vec::<String>::new());
        page.json()["items"].as_array().unwrap().len()
    };
    assert_eq!((shown("provider1", ""), shown("provider2", "")), (1, 0));
    assert_eq!((shown("provider2", &whose), shown("auditor1", &whose)), (0, 1));
}

/// One dispute is conceded, one taken back, one decided by two people.
fn ended_each_way(stand: &Stand, lease: &Value) {
    let [tenant, provider, operator] = ["tenant1", "provider1", "operator1"].map(|name| stand.person(name));
    stand
        .person("tenant2")
        .post("/v1/disputes", &dispute(lease, 0))
        .must(404);
    let open = |number| {
        let opened = tenant.post("/v1/disputes", &dispute(lease, number)).must(201);
        assert_eq!(complaints("post", "/v1/disputes", &opened), Vec::<String>::new());
        format!("/v1/disputes/{}", id(&opened.json()))
    };
    let [conceded, withdrawn, resolved] = [0, 1, 2].map(open);
    for (name, status) in [
        ("tenant1", 200),
        ("provider1", 200),
        ("operator1", 200),
        ("auditor1", 200),
        ("tenant2", 404),
        ("provider2", 404),
        ("issuer1", 403),
    ] {
        let shown = stand.person(name).get(&conceded).must(status);
        if status == 200 {
            assert_eq!(complaints("get", "/v1/disputes/{id}", &shown), Vec::<String>::new());
        }
    }
    let (concede, withdraw) = (format!("{conceded}/concede"), format!("{withdrawn}/withdraw"));
    assert_eq!(step(&stand.person("provider2"), &concede).status, 404);
    assert_eq!(step(&stand.person("tenant2"), &withdraw).status, 404);
    assert_eq!(step(&provider, &concede).status, 200);
    assert_eq!(step(&provider, &concede).code(), "dispute_decided");
    assert_eq!(step(&tenant, &withdraw).status, 200);
    let ruling = json!({"card_seconds": 7_200, "reason": "two cards answered"});
    let path = format!("{resolved}/resolve");
    provider.post(&path, &ruling).must(403);
    both(stand, ("operator1", "operator2"), &path, &ruling);
    assert_eq!(operator.get(&resolved).must(200).json()["decided"], 7_200);
    let page = tenant.get("/v1/disputes?state=resolved").must(200);
    assert_eq!(complaints("get", "/v1/disputes", &page), Vec::<String>::new());
    assert_eq!(page.json()["items"].as_array().unwrap().len(), 1);
}
