//! Facts, lists of providers, relations and flags over HTTP: who may, and what follows.

use qiantang::domain::time::Timestamp;
use serde_json::{Value, json};

use super::client::Client;
use super::stand::{Stand, bid, both, hours_ahead, listing, open_programme};
use crate::harness::for_each_backend;

const TENANT: &str = "org_0000000000003";
const PROVIDER: &str = "org_0000000000001";

fn hours_ago(hours: i64) -> Timestamp {
    Timestamp::from_micros(hours_ahead(0).micros() - hours * 3_600_000_000)
}

/// An open programme, by its identifier.
fn programme(stand: &Stand, code: &str, more: &Value) -> String {
    let mut rules = super::day::programme(code);
    for (key, value) in more.as_object().unwrap() {
        rules[key] = value.clone();
    }
    open_programme(stand, &rules)
}

fn grant(stand: &Stand, programme: &str) {
    let body = json!({"programme": programme, "org": TENANT, "amount": "5000.00"});
    both(stand, ("issuer1", "issuer2"), "/v1/grants", &body);
}

#[test]
fn operators_attest_facts_and_their_subject_sees_them() {
    for_each_backend(|database| {
        let mut stand = Stand::new(database);
        let path = format!("/v1/organisations/{TENANT}/facts");
        let facts = json!({"kind": "firm", "size": "small", "founded": "2025-03-01T00:00:00Z", "area": "330106",
            "industries": ["ai"], "filed_model": true});
        let operator = stand.person("operator1");
        operator.post(&path, &facts).must(200);
        for (wrong, pointer) in [
            (json!({"area": "3301"}), "/area"),
            (json!({"founded": hours_ahead(1)}), "/founded"),
            (json!({"size": "huge"}), "/size"),
        ] {
            let refused = operator.post(&path, &wrong).must(422);
            assert_eq!(refused.json()["errors"][0]["pointer"], pointer);
        }
        stand.person("tenant1").post(&path, &facts).must(403);
        stand.restart();
        let own = format!("/v1/organisations/{TENANT}");
        assert_eq!(stand.person("tenant1").get(&own).must(200).json()["facts"], facts);
        stand.person("tenant2").get(&own).must(404);
    });
}

#[test]
fn a_programme_may_keep_roles_apart() {
    for_each_backend(|database| {
        let stand = Stand::new(database);
        let id = programme(&stand, "sides", &json!({"role_conflict": "one_side_only"}));
        let path = format!("/v1/programmes/{id}/providers");
        let place = |org: &str| json!({"org": org, "batch": "2026-1", "items": ["compute"], "from": hours_ago(5)});
        let issuer = stand.person("issuer1");
        issuer.post(&path, &place(PROVIDER)).must(200);
        let twice = issuer.post(&path, &place(PROVIDER)).must(422);
        assert_eq!(twice.json()["errors"][0]["code"], "duplicate");
        let tenant = issuer.post(&path, &place(TENANT)).must(422);
        assert_eq!(tenant.json()["errors"][0]["code"], "not_eligible");
        let shown = stand.person("tenant1").get(&path).must(200).json();
        assert_eq!(
            (&shown[0]["org"], &shown[0]["places"][0]["batch"]),
            (&json!(PROVIDER), &json!("2026-1"))
        );
        // A firm that is both: once it is listed it cannot be granted anything.
        let firm = json!({"name": "兼营", "uscc": "91000000QTTAA0037T", "kinds": ["provider", "tenant"]});
        let operator = stand.person("operator1");
        let firm = operator.post("/v1/organisations", &firm).must(201).json();
        let firm = firm["id"].as_str().unwrap();
        issuer.post(&path, &place(firm)).must(200);
        let wanted = json!({"programme": id, "org": firm, "amount": "1.00"});
        assert_eq!(issuer.post("/v1/grants", &wanted).must(409).code(), "role_conflict");
        // And once its sister is granted something, the sister's provider cannot be listed.
        let sister = json!({"name": "子公司", "uscc": "9144030071526726XG", "kinds": ["provider"], "owner": TENANT});
        let sister = operator.post("/v1/organisations", &sister).must(201).json();
        grant(&stand, &id);
        let refused = issuer.post(&path, &place(sister["id"].as_str().unwrap())).must(409);
        assert_eq!(refused.code(), "role_conflict");
        let gone = json!({"org": PROVIDER, "at": hours_ahead(1)});
        issuer.post(&format!("{path}/delist"), &gone).must(200);
        assert_eq!(
            stand.person("tenant1").get(&path).json()[0]["places"][0]["until"],
            json!(hours_ahead(1))
        );
    });
}

fn scan(client: &Client) -> Value {
    let answer = client.ask("POST", "/v1/flags/scan").key(&super::client::fresh_key());
    answer.send().must(200).json()
}

#[test]
fn a_flag_is_raised_once_and_resolved_by_somebody_else_with_a_reason() {
    for_each_backend(|database| {
        let mut stand = Stand::new(database);
        let id = programme(&stand, "flagged", &json!({}));
        grant(&stand, &id);
        stand
            .person("provider1")
            .post("/v1/listings", &listing("9.000000"))
            .must(201);
        let filled = stand
            .person("tenant1")
            .post("/v1/bids", &bid("10.000000"))
            .must(201)
            .json();
        assert_eq!(filled["fills"][0]["voucher"], "259.20");
        assert_eq!(scan(&stand.person("issuer1"))["count"], 0);
        // Found out later, and dated back.
        let operator = stand.person("operator1");
        let relation = json!({"a": TENANT, "b": PROVIDER, "kind": "ownership", "share_bps": 5_000,
            "from": hours_ago(1_000), "source": "register"});
        let relation = operator.post("/v1/related-parties", &relation).must(200).json();
        let again = stand
            .person("tenant1")
            .post("/v1/bids", &bid("10.000000"))
            .must(201)
            .json();
        assert_eq!(again["fills"][0]["voucher"], "0.00", "no subsidy from now on");
        let raised = scan(&stand.person("issuer1"));
        assert_eq!(raised["count"], 1, "{raised}");
        assert_eq!(scan(&operator)["count"], 0, "what is known is not raised again");
        let flag = raised["raised"][0].as_str().unwrap();
        let path = format!("/v1/flags/{flag}");
        let shown = stand.person("auditor1").get(&path).must(200).json();
        for (field, value) in [
            ("rule", json!("related_party")),
            ("state", json!("open")),
            ("action", json!("hold")),
            ("at_stake", json!("259.20")),
            ("org", json!(TENANT)),
            ("programme", json!(id)),
        ] {
            assert_eq!(shown[field], value, "{shown}");
        }
        assert_eq!(shown["evidence"][0]["about"], relation["id"]);
        stand.person("tenant1").get(&path).must(403);
        stand.restart();
        let auditor = stand.person("auditor1");
        for (query, count) in [
            ("", 1),
            ("?rule=related_party&state=open", 1),
            ("?rule=wash", 0),
            ("?state=dismissed", 0),
            (&format!("?programme={id}&org={TENANT}"), 1),
            (&format!("?org={PROVIDER}"), 0),
        ] {
            let found = auditor.get(&format!("/v1/flags{query}")).must(200).json();
            assert_eq!(found["items"].as_array().unwrap().len(), count, "{query}");
        }
        assert_eq!(stand.person("issuer1").get("/v1/flags").json()["items"][0], shown);
        let resolve = format!("{path}/resolve");
        let empty = json!({"verdict": "dismissed", "reason": " "});
        auditor.post(&resolve, &empty).must(422);
        operator_may_not(&stand, &resolve);
        let upheld = json!({"verdict": "upheld", "reason": "同一实际控制人"});
        let resolved = auditor.post(&resolve, &upheld).must(200).json();
        assert_eq!(
            (&resolved["state"], &resolved["resolution"]["verdict"]),
            (&json!("upheld"), &json!("upheld"))
        );
        let late = stand.person("issuer1").post(&resolve, &upheld).must(409);
        assert_eq!(late.code(), "flag_resolved");
        assert_eq!(scan(&stand.person("issuer1"))["count"], 0, "nor after it was resolved");
    });
}

fn operator_may_not(stand: &Stand, resolve: &str) {
    let verdict = json!({"verdict": "dismissed", "reason": "fine"});
    stand.person("operator1").post(resolve, &verdict).must(403);
}

#[test]
fn meters_are_read_in_their_order() {
    for_each_backend(|database| {
        let mut stand = Stand::new(database);
        let reading = |from: i64, until: i64| json!({"site": "hangzhou", "from": hours_ago(from), "until": hours_ago(until), "kwh": "12.5"});
        let path = "/v1/power-readings";
        stand.person("provider1").post(path, &reading(10, 5)).must(200);
        stand.restart();
        let provider = stand.person("provider1");
        for (body, pointer) in [
            (reading(6, 4), "/from"),
            (reading(4, 4), "/until"),
            (reading(4, -5), "/until"),
        ] {
            let refused = provider.post(path, &body).must(422);
            assert_eq!(refused.json()["errors"][0]["pointer"], pointer);
        }
        provider.post(path, &reading(5, 4)).must(200);
        stand.person("provider2").post(path, &reading(6, 4)).must(200);
        stand.person("tenant1").post(path, &reading(3, 2)).must(403);
    });
}
