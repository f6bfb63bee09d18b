//! A whole life over HTTP, with access material that only its tenant can read.

use std::fs;

use serde_json::{Value, json};

use crate::api::client::{Answer, Client, fresh_key};
use crate::api::stand::{Stand, both, hours_ahead, listing};
use crate::harness::TestDatabase;
use crate::harness::binary::{run, run_well};

fn post(client: &Client, path: &str) -> Answer {
    client.ask("POST", path).key(&fresh_key()).send()
}

#[test]
fn a_lease_lives_and_only_its_tenant_gets_in() {
    let database = TestDatabase::sqlite();
    let stand = Stand::new(&database);
    let delivery =
        json!({"provision_hours": 4, "accept_hours": 4, "reclaim_notice_hours": 1, "provider_penalty_bps": 500});
    both(
        &stand,
        ("operator1", "operator2"),
        "/v1/terms",
        &json!({"delivery": delivery}),
    );
    let (provider, tenant, other) = (
        stand.person("provider1"),
        stand.person("tenant1"),
        stand.person("tenant2"),
    );
    provider.post("/v1/listings", &listing("8.000000")).must(201);
    let wanted = json!({"alternatives": [{"accelerator": "ascend-910b", "cards": 8, "hours": 24, "limit": "8.000000"}],
        "earliest": hours_ahead(2), "latest": hours_ahead(26)});
    let bid = tenant.post("/v1/bids", &wanted).must(201).json();
    let lease = format!("/v1/leases/{}", bid["fills"][0]["lease"].as_str().unwrap());

    // Without a key nothing can be sealed; with one it is sealed on the provider's machine.
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name).display().to_string();
    let recipient = run_well(&["access", "key", &place("key")]);
    fs::write(place("secret"), "ssh -p 2222 root@10.0.0.8\n").unwrap();
    let sealed = run_well(&["access", "seal", "--recipient", recipient.trim(), &place("secret")]);
    let hand_over = json!({"access": sealed});
    assert_eq!(
        provider
            .post(&format!("{lease}/provision"), &hand_over)
            .must(409)
            .code(),
        "no_access_key"
    );
    let org = tenant.get(&lease).must(200).json()["tenant"]
        .as_str()
        .unwrap()
        .to_owned();
    let key = json!({"recipient": recipient.trim()});
    let path = format!("/v1/organisations/{org}/access-key");
    tenant.ask("PUT", &path).key(&fresh_key()).json(&key).send().must(200);
    other.ask("PUT", &path).key(&fresh_key()).json(&key).send().must(404);
    assert_eq!(
        provider.get(&lease).must(200).json()["access_key"]["recipient"],
        recipient.trim()
    );
    let plain = provider.post(&format!("{lease}/provision"), &json!({"access": "ssh root@10.0.0.8"}));
    assert_eq!(plain.must(422).json()["errors"][0]["pointer"], "/access");
    let state = provider
        .post(&format!("{lease}/provision"), &hand_over)
        .must(200)
        .json();
    assert_eq!(state["state"], "provisioned");

    // Its tenant gets it, and reads it on its own machine; nobody else does.
    let access = tenant.get(&format!("{lease}/access")).must(200).json();
    fs::write(place("sealed"), access["access"].as_str().unwrap()).unwrap();
    let opened = run_well(&["access", "open", "--identity", &place("key"), &place("sealed")]);
    assert_eq!(opened, "ssh -p 2222 root@10.0.0.8\n");
    other.get(&format!("{lease}/access")).must(404);
    provider.get(&format!("{lease}/access")).must(403);
    run_well(&["access", "key", &place("another")]);
    assert_eq!(
        run(&["access", "open", "--identity", &place("another"), &place("sealed")]).code,
        Some(3)
    );
    assert!(!tenant.get(&lease).must(200).text.contains("BEGIN AGE"));

    // The rest of its life, and what is told of it.
    assert_eq!(
        post(&tenant, &format!("{lease}/accept")).must(200).json()["state"],
        "provisioned"
    );
    assert_eq!(
        post(&tenant, &format!("{lease}/accept")).must(409).code(),
        "lease_not_in_state"
    );
    let ask = json!({"kind": "extend", "until": hours_ahead(30)});
    assert_eq!(
        provider.post(&format!("{lease}/changes"), &ask).must(200).json()["change"],
        1
    );
    let accepted = post(&tenant, &format!("{lease}/changes/1/accept")).must(200).json();
    let successor = format!("/v1/leases/{}", accepted["successor"].as_str().unwrap());
    assert_eq!(
        tenant.get(&format!("{lease}/changes")).must(200).json()["items"][0]["state"],
        "accepted"
    );
    let through = tenant.get(&format!("{lease}/access")).must(200).json();
    assert_eq!(
        through["access"], access["access"],
        "the way in goes on with the lease that goes on"
    );
    provider
        .post(
            &format!("{successor}/terminate"),
            &json!({"code": "200", "reason": "a fire"}),
        )
        .must(200);
    assert_eq!(
        tenant.get(&format!("{lease}/access")).must(200).json()["access"],
        access["access"]
    );
    let ended = provider
        .post(&format!("{lease}/terminate"), &json!({}))
        .must(200)
        .json();
    assert_eq!(ended["state"], "closed");
    tenant.get(&format!("{lease}/access")).must(404);
    let history = tenant.get(&format!("{lease}/history")).must(200).json();
    let kinds: Vec<&str> = history["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["kind"].as_str().unwrap())
        .collect();
    assert_eq!(
        (kinds[0], kinds[1], kinds[2]),
        ("open", "provision", "accept"),
        "{kinds:?}"
    );
    assert!(kinds.contains(&"terminate"), "{kinds:?}");
    let shown: Value = tenant.get(&lease).must(200).json();
    assert_eq!(
        (&shown["close_code"], &shown["life"]["ending"]["by"]),
        (&json!("200"), &json!("provider"))
    );
    let codes = tenant.get("/v1/close-codes").must(200).json();
    assert_eq!(codes["items"][3]["meaning_zh"], "租户提前退租");
}
