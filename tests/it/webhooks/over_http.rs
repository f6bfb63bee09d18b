//! Webhooks through the running service: what each side of a fill is told, and whom a dead receiver holds up.

use serde_json::{Value, json};

use super::receiver::{Got, Receiver, Reply};
use crate::api::client::{Client, fresh_key};
use crate::api::stand::{Stand, bid, listing};
use crate::harness::for_each_backend;

const ANY: (&str, &str) = ("webhook_targets", "any");

fn subscribe(client: &Client, url: &str, events: &[&str]) -> Value {
    let body = json!({"url": url, "events": events, "description": "test"});
    client.ask("POST", "/v1/webhooks").json(&body).send().must(201).json()
}

fn path(webhook: &Value) -> String {
    format!("/v1/webhooks/{}", webhook["id"].as_str().unwrap())
}

fn kinds(got: &[Got]) -> Vec<String> {
    got.iter().map(Got::kind).collect()
}

#[test]
fn both_sides_of_a_fill_are_told_their_own() {
    for_each_backend(|database| {
        let mut stand = Stand::with(database, &[ANY]);
        let (bought, sold) = (Receiver::new(), Receiver::new());
        let (tenant, provider) = (stand.person("tenant1"), stand.person("provider1"));
        let types = tenant.get("/v1/webhook-event-types").must(200).json();
        let of = |role: &str| {
            let items = types["items"].as_array().unwrap().iter();
            let told = items.filter(|item| item["roles"].as_array().unwrap().contains(&json!(role)));
            let names = told.map(|item| item["name"].as_str().unwrap().to_owned());
            // When the hour strikes the lease starts, which this test does not wait for.
            let names = names.filter(|name| !name.starts_with("lease"));
            names.collect::<Vec<String>>()
        };
        let (tenants, providers) = (of("tenant"), of("provider"));
        let strs = |names: &[String]| names.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
        let (tenants, providers) = (strs(&tenants), strs(&providers));
        let mine = subscribe(&tenant, &bought.url(), &tenants.split(' ').collect::<Vec<_>>());
        let theirs = subscribe(&provider, &sold.url(), &providers.split(' ').collect::<Vec<_>>());
        provider.post("/v1/listings", &listing("8.000000")).must(201);
        tenant.post("/v1/bids", &bid("9.000000")).must(201);
        let told = bought.wait(3);
        assert_eq!(kinds(&told), ["bid.placed", "bid.filled", "bid.completed"]);
        let told_seller = sold.wait(2);
        assert_eq!(kinds(&told_seller)[..2], ["listing.opened", "listing.filled"]);
        let secret = mine["secret"].as_str().unwrap();
        assert!(told.iter().all(|got| got.is_signed_by(secret)));
        let other = theirs["secret"].as_str().unwrap();
        assert!(
            told_seller
                .iter()
                .all(|got| got.is_signed_by(other) && !got.is_signed_by(secret))
        );
        // Nobody is told who the other is, and the provider nothing of how the tenant pays.
        for got in &told {
            assert!(!got.body.contains("org_0000000000001"), "{}", got.body);
        }
        for got in &told_seller {
            let private = ["org_0000000000003", "bid_", "net", "voucher", "fee", "held"];
            assert!(private.iter().all(|word| !got.body.contains(word)), "{}", got.body);
        }
        let filled = told[1].json()["data"].clone();
        assert_eq!(filled["fill"]["cards"], 8);
        assert_eq!(filled["kind"], "filled");
        stand.restart();
        let tenant = stand.person("tenant1");
        let messages = format!("{}/messages?state=delivered", path(&mine));
        let shown = tenant.get(&messages).must(200).json();
        assert_eq!(shown["items"].as_array().unwrap().len(), told.len());
        assert_eq!(shown["items"][0]["attempts"][0]["status"], 204);
        assert_eq!(bought.got().len(), told.len(), "nothing is sent again");
    });
}

#[test]
fn a_dead_receiver_holds_nobody_up() {
    let stand = Stand::on_sqlite(&[ANY, ("webhook_senders", "2")]);
    let (dead, well) = (Receiver::new(), Receiver::new());
    dead.always(Some(Reply::Silence));
    let (one, other) = (stand.person("tenant1"), stand.person("tenant2"));
    let first = subscribe(&one, &dead.url(), &["bid.placed"]);
    let second = subscribe(&other, &well.url(), &["bid.placed"]);
    let ping = |client: &Client, webhook: &Value| {
        let path = format!("{}/ping", path(webhook));
        client.ask("POST", &path).key(&fresh_key()).send().must(202);
    };
    ping(&one, &first);
    dead.wait(1);
    for _ in 0..20 {
        ping(&one, &first);
        ping(&other, &second);
    }
    let got = well.wait(20);
    assert_eq!(kinds(&got), ["webhook.ping"; 20]);
    let mut ids: Vec<&str> = got.iter().map(Got::id).collect();
    ids.sort_unstable();
    assert!(
        ids.iter().eq(got.iter().map(Got::id).collect::<Vec<_>>().iter()),
        "in their order"
    );
    assert_eq!(dead.got().len(), 1, "one message of a line is under way at a time");
    dead.hang_up();
}

#[test]
fn a_webhook_is_its_organisations_alone() {
    let stand = Stand::on_sqlite(&[]);
    let (one, other) = (stand.person("tenant1"), stand.person("tenant2"));
    for (body, pointer) in [
        (json!({"url": "http://example.com/", "events": ["bid.placed"]}), "/url"),
        (json!({"url": "https://127.0.0.1/", "events": ["bid.placed"]}), "/url"),
        (json!({"url": "https://example.com/", "events": []}), "/events"),
        (
            json!({"url": "https://example.com/", "events": ["earnings.pending"]}),
            "/events",
        ),
        (json!({"url": "https://example.com/", "events": ["bid"]}), "/events/0"),
        (
            json!({"url": "https://example.com/", "events": ["bid.placed"], "description": "x".repeat(201)}),
            "/description",
        ),
    ] {
        let refused = one.ask("POST", "/v1/webhooks").json(&body).send().must(422).json();
        assert_eq!(refused["errors"][0]["pointer"], pointer, "{refused}");
    }
    let made = subscribe(&one, "https://receiver.invalid/", &["bid.placed"]);
    assert_eq!(made["secret"].as_str().unwrap().len(), "whsec_".len() + 44);
    let path = path(&made);
    let shown = one.get(&path).must(200);
    assert!(
        !shown.text.contains("whsec_") && !shown.text.contains("secret\":\""),
        "{}",
        shown.text
    );
    other.get(&path).must(404);
    assert_eq!(other.get("/v1/webhooks").must(200).json()["items"], json!([]));
    for step in ["pause", "resume", "ping", "rotate-secret"] {
        other.ask("POST", &format!("{path}/{step}")).send().must(404);
    }
    let since = json!({"since": "2026-01-01T00:00:00Z"});
    other
        .ask("POST", &format!("{path}/replay"))
        .json(&since)
        .send()
        .must(404);
    other.get(&format!("{path}/messages")).must(404);
    other.ask("DELETE", &path).send().must(404);
    let change = json!({"events": ["bid.filled", "bid.placed", "bid.filled"]});
    one.ask("PATCH", &path).json(&change).send().must(428);
    let tag = shown.header("etag").unwrap();
    let changed = one
        .ask("PATCH", &path)
        .header("if-match", tag)
        .json(&change)
        .send()
        .must(200);
    assert_eq!(changed.json()["events"], json!(["bid.placed", "bid.filled"]));
    one.ask("PATCH", &path)
        .header("if-match", tag)
        .json(&change)
        .send()
        .must(412);
    for wrong in [
        json!({}),
        json!({"since": "2026-01-01T00:00:00Z", "message": "msg_0000000000001"}),
    ] {
        one.ask("POST", &format!("{path}/replay")).json(&wrong).send().must(422);
    }
    let nothing = json!({"message": "msg_0000000000001"});
    one.ask("POST", &format!("{path}/replay"))
        .json(&nothing)
        .send()
        .must(404);
    one.ask("DELETE", &path).send().must(204);
    one.get(&path).must(404);
}
