//! A life of outages over HTTP: claimed, contested, decided, measured.

use serde_json::{Value, json};

use crate::api::client::{Client, fresh_key};
use crate::api::described::complaints;
use crate::api::stand::{Stand, both};
use crate::harness::for_each_backend;

fn step(client: &Client, outage: &str, step: &str) -> u16 {
    let path = format!("/v1/outages/{outage}/{step}");
    client.ask("POST", &path).key(&fresh_key()).send().status
}

/// The second and third hour of a lease.
fn hours(lease: &Value) -> (Value, Value) {
    let from: qiantang::domain::time::Timestamp = lease["from"].as_str().unwrap().parse().unwrap();
    (json!(from.plus_hours(1)), json!(from.plus_hours(3)))
}

#[test]
fn outages_are_claimed_contested_decided_and_measured() {
    for_each_backend(|database| {
        let stand = Stand::aged(database);
        let [tenant, provider, operator] = ["tenant1", "provider1", "operator1"].map(|name| stand.person(name));
        let lease = tenant.get("/v1/leases").must(200).json()["items"][0].clone();
        let (from, until) = hours(&lease);
        let claim = json!({"lease": lease["id"], "from": from, "until": until, "cards_down": 2, "cause": "provider",
            "note": "two cards fell off the bus"});
        let refused = tenant.post("/v1/outages", &claim).must(422).json();
        assert_eq!(refused["errors"][0]["pointer"], "/lease", "the terms measure none yet");
        both(
            &stand,
            ("operator1", "operator2"),
            "/v1/terms",
            &json!({"outage_hours": 48}),
        );

        let claimed = tenant.post("/v1/outages", &claim).must(201);
        let id = claimed.json()["id"].as_str().unwrap().to_owned();
        assert_eq!(claimed.header("location"), Some(format!("/v1/outages/{id}").as_str()));
        assert_eq!(claimed.json()["state"], "claimed");
        let path = format!("/v1/outages/{id}");
        for (name, status) in [
            ("tenant1", 200),
            ("provider1", 200),
            ("operator1", 200),
            ("auditor1", 200),
            ("tenant2", 404),
            ("provider2", 404),
            ("issuer1", 403),
        ] {
            let shown = stand.person(name).get(&path).must(status);
            if status == 200 {
                assert_eq!(complaints("get", "/v1/outages/{id}", &shown), Vec::<String>::new());
                assert_eq!(shown.json()["note"], "two cards fell off the bus");
            }
        }
        assert_eq!(
            stand.person("tenant2").post("/v1/outages", &claim).must(404).code(),
            "lease_not_found"
        );
        assert_eq!(step(&stand.person("provider2"), &id, "confirm"), 404);
        assert_eq!(step(&tenant, &id, "confirm"), 422, "who claims does not confirm");
        let decision = json!({"upheld": true, "reason": "the logs say so"});
        let decide = format!("{path}/decide");
        assert_eq!(
            operator.post(&decide, &decision).must(409).code(),
            "outage_not_in_state"
        );
        let contest = json!({"reason": "they ran"});
        provider.post(&format!("{path}/contest"), &contest).must(200);
        provider.post(&decide, &decision).must(403);
        assert_eq!(operator.post(&decide, &decision).must(200).json()["state"], "upheld");

        let other = json!({"lease": lease["id"], "from": until, "cards_down": 1, "cause": "tenant"});
        let open = provider.post("/v1/outages", &other).must(201).json()["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let end = json!({"until": lease["ends"]});
        provider.post(&format!("/v1/outages/{open}/end"), &end).must(200);
        assert_eq!(step(&tenant, &open, "confirm"), 200);
        assert_eq!(step(&provider, &open, "withdraw"), 409, "it is confirmed");
        let page = tenant.get("/v1/outages?state=upheld").must(200);
        assert_eq!(complaints("get", "/v1/outages", &page), Vec::<String>::new());
        assert_eq!(page.json()["items"].as_array().unwrap().len(), 1);
        assert_eq!(
            stand.person("tenant2").get("/v1/outages").must(200).json()["items"],
            json!([])
        );

        let probe = json!({"probes": [{"lease": lease["id"], "at": from, "cards_down": 0}]});
        provider.post("/v1/probes", &probe).must(403);
        operator.post("/v1/probes", &probe).must(200);
        let again = operator.post("/v1/probes", &probe).must(422).json();
        assert_eq!(again["errors"][0]["pointer"], "/probes/0/at");

        // Two cards for two hours of eight for a day; what the tenant has caused does not count.
        let shown = tenant
            .get(&format!("/v1/leases/{}", lease["id"].as_str().unwrap()))
            .must(200)
            .json();
        let fault = json!({"unavailable_card_seconds": 14_400, "contracted_card_seconds": 691_200, "rate": "0.0208"});
        assert_eq!(shown["fault"], fault);
        let report = operator.get("/v1/reports/fault-rate").must(200).json();
        let rate = json!({"numerator": 14_400, "denominator": 691_200, "value": "0.0208"});
        assert_eq!(report["fault_rate"], rate);
        assert_eq!(report["leases"][0]["lease"], lease["id"]);
        let csv = operator.get("/v1/reports/fault-rate?format=csv").must(200);
        assert!(csv.text.contains("14400"), "{}", csv.text);
        provider.get("/v1/reports/fault-rate").must(404);
    });
}
