//! What is looked at over HTTP: pages, tags, what is another's.

use serde_json::json;

use super::stand::{Stand, bid, listing};
use crate::harness::for_each_backend;

#[test]
fn one_looks_at_ones_own_things() {
    for_each_backend(|database| {
        let stand = Stand::new(database);
        let (provider, tenant, other) = (
            stand.person("provider1"),
            stand.person("tenant1"),
            stand.person("tenant2"),
        );
        provider.post("/v1/listings", &listing("9.000000")).must(201);
        let placed = tenant.post("/v1/bids", &bid("10.000000")).must(201).json();
        let path = format!("/v1/bids/{}", placed["id"].as_str().unwrap());
        let shown = tenant.get(&path).must(200);
        assert_eq!(shown.json()["fills"], placed["fills"]);
        let tag = shown.header("etag").unwrap();
        tenant.ask("GET", &path).header("if-none-match", tag).send().must(304);
        other.get(&path).must(404);
        provider.get(&path).must(403);
        assert_eq!(
            other.get("/v1/bids").must(200).json(),
            json!({"items": [], "next_cursor": null})
        );
        for wrong in ["limit=0", "limit=201", "cursor=x", "state=shut", "stat=open"] {
            let refused = tenant.get(&format!("/v1/bids?{wrong}")).must(400);
            assert_eq!(refused.code(), "invalid_parameter", "{wrong}");
        }
        let leases = tenant.get("/v1/leases?limit=1&state=pending").must(200).json();
        let active = tenant.get("/v1/leases?limit=1&state=active").must(200).json();
        let found = [&leases, &active].map(|page| page["items"].as_array().unwrap().len());
        assert_eq!(found.iter().sum::<usize>(), 1);
    });
}

/// The tag of what is shown is the one that a change must bring.
#[test]
fn what_was_looked_at_can_be_changed() {
    for_each_backend(|database| {
        let stand = Stand::new(database);
        let provider = stand.person("provider1");
        let offered = provider.post("/v1/listings", &listing("9.000000")).must(201).json();
        let path = format!("/v1/listings/{}", offered["id"].as_str().unwrap());
        let shown = provider.get(&path).must(200);
        let tag = shown.header("etag").unwrap();
        let amend = |ask: &str| {
            let change = json!({"ask": ask});
            provider
                .ask("PATCH", &path)
                .header("if-match", tag)
                .json(&change)
                .send()
        };
        amend("8.500000").must(200);
        amend("8.000000").must(412);
        assert_eq!(provider.get(&path).must(200).json()["ask"], "8.500000");
    });
}

#[test]
fn every_list_answers_those_who_may_see_it() {
    for_each_backend(|database| {
        let stand = Stand::new(database);
        let auditor = stand.person("auditor1");
        let pages = [
            "organisations",
            "accelerators",
            "sites",
            "terms/history",
            "listings",
            "bids",
            "leases",
            "programmes",
            "vouchers",
            "accounts",
            "transfers",
            "approvals",
            "audit/events",
            "accelerators/ascend-910b/reference-prices",
        ];
        for page in pages {
            let shown = auditor.get(&format!("/v1/{page}?limit=2")).must(200).json();
            let items = shown["items"].as_array().unwrap();
            assert!(items.len() <= 2, "{page}");
        }
        for path in ["/v1/accounts?kind=", "/v1/audit/events?kind="] {
            for kind in ["none", "%00", "Cash"] {
                let refused = auditor.get(&format!("{path}{kind}")).must(400).json();
                assert_eq!(refused["errors"][0]["pointer"], "/kind", "{path}{kind}");
            }
        }
        let later = auditor.get("/v1/accounts?as_of=2126-01-01T00:00:00Z").must(200).json();
        assert_eq!(later, auditor.get("/v1/accounts").must(200).json());
        let balance = auditor.get("/v1/trial-balance").must(200).json();
        assert_eq!(balance["totals"][0]["equal"], true);
        for report in auditor.get("/v1/reports").must(200).json()["items"].as_array().unwrap() {
            let name = report["name"].as_str().unwrap();
            let org = if report["is_statement"] == true {
                "?org=org_0000000000001&period=2026-12"
            } else {
                ""
            };
            auditor.get(&format!("/v1/reports/{name}{org}")).must(200);
        }
        assert_eq!(auditor.get("/v1/reports/tenant").must(400).code(), "invalid_parameter");
        auditor.get("/v1/reports/none").must(404);
        assert_eq!(auditor.get("/v1/reference-prices").must(200).json()["items"], json!([]));
    });
}
