//! Papers over HTTP: who gets which, and in which form.

use serde_json::{Value, json};

use crate::api::described::complaints;
use crate::api::stand::{Stand, bid, listing};
use crate::harness::{TestDatabase, for_each_backend};

const TENANT: &str = "org_0000000000003";
const OTHER: &str = "org_0000000000004";

/// Eight cards for a day at nine yuan, at 1,728.00 in all.
fn stand(database: &TestDatabase) -> Stand {
    let stand = Stand::new(database);
    stand
        .person("provider1")
        .post("/v1/listings", &listing("9.000000"))
        .must(201);
    stand.person("tenant1").post("/v1/bids", &bid("10.000000")).must(201);
    stand
}

/// This month and the next: the clock of the stand is the wall's.
const ALL: &str = "from=2020-01-01T00:00:00Z";

#[test]
fn a_statement_is_the_partys_own() {
    for_each_backend(|database| {
        let stand = stand(database);
        let get = |who: &str, query: &str| stand.person(who).get(&format!("/v1/statements?{query}"));
        let own = get("tenant1", ALL).must(200).json();
        assert_eq!((&own["party"], &own["name"]), (&json!(TENANT), &json!("租户甲")));
        let account = |kind: &str| {
            let accounts = own["accounts"].as_array().unwrap();
            accounts.iter().find(|one| one["account"] == kind).unwrap().clone()
        };
        let cash = account("cash");
        assert_eq!(
            (&cash["opening"], &cash["closing"], &cash["lines"][0]["in"]),
            (&json!("0.00"), &json!("99998272.00"), &json!("100000000.00"))
        );
        assert_eq!(account("escrow")["closing"], "1728.00");
        assert_eq!(account("escrow")["lines"][0]["business_ref"], "lse_0000000000001");
        // The auditor and the operator get everybody's, and without a name the platform's.
        for who in ["auditor1", "operator1"] {
            assert_eq!(get(who, &format!("{ALL}&org={TENANT}")).must(200).json(), own);
            let platform = get(who, ALL).must(200).json();
            assert_eq!(
                (&platform["party"], &platform["name"]),
                (&json!("platform"), &json!("运营方"))
            );
            assert_eq!(platform["accounts"][0]["closing"], "200000000.00");
        }
        for path in ["statements", "invoices"] {
            let query = format!("/v1/{path}?period=2026-12&org={OTHER}");
            stand.person("tenant1").get(&query).must(404);
            stand.person("provider1").get(&query).must(404);
            stand.person("issuer1").get(&query).must(403);
            stand.nobody().get(&query).must(401);
        }
        // The same by the names of reports; an issuer sees that other reports there are.
        for name in ["statement", "invoices", "focus"] {
            let path = format!("/v1/reports/{name}?period=2026-12&org={TENANT}");
            stand.person("issuer1").get(&path).must(404);
            stand.person("tenant2").get(&path).must(404);
            stand.person("tenant1").get(&path).must(200);
        }
        let by_name = stand
            .person("tenant1")
            .get(&format!("/v1/reports/statement?{ALL}"))
            .must(200);
        assert_eq!(by_name.json(), own);
    });
}

#[test]
fn papers_come_in_every_form() {
    for_each_backend(|database| {
        let stand = stand(database);
        let tenant = stand.person("tenant1");
        for path in ["statements", "invoices", "reports/focus"] {
            for (format, media_type, start) in [
                ("csv", "text/csv; charset=utf-8", None),
                (
                    "xlsx",
                    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                    Some("PK"),
                ),
                ("html", "text/html; charset=utf-8", Some("<!DOCTYPE html>")),
            ] {
                let answer = tenant
                    .get(&format!("/v1/{path}?period=2026-12&format={format}"))
                    .must(200);
                assert_eq!(answer.header("content-type"), Some(media_type));
                assert!(
                    start.is_none_or(|start| answer.bytes.starts_with(start.as_bytes())),
                    "{answer:?}"
                );
                let (kind, policy) = if format == "html" {
                    ("inline", "style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox")
                } else {
                    ("attachment", "default-src 'none'; frame-ancestors 'none'")
                };
                let name = answer.header("content-disposition").unwrap();
                assert!(name.starts_with(kind) && name.contains("_2026-12."), "{name}");
                assert!(
                    answer.header("content-security-policy").unwrap().ends_with(policy),
                    "{answer:?}"
                );
            }
        }
        let wanted = |query: &str| tenant.get(&format!("/v1/{query}")).must(400).json()["errors"].clone();
        for (query, pointer, code) in [
            ("statements?period=2026-13", "/period", "malformed"),
            (
                "statements?period=2026-12&until=2027-01-01T00:00:00Z",
                "/period",
                "contradicts",
            ),
            (
                "statements?from=2026-12-02T00:00:00Z&until=2026-12-01T00:00:00Z",
                "/until",
                "reversed",
            ),
            ("invoices", "/period", "empty"),
            ("reports/focus?from=2026-12-01T00:00:00Z", "/period", "empty"),
        ] {
            let errors = wanted(query);
            assert_eq!(
                (&errors[0]["pointer"], &errors[0]["code"]),
                (&json!(pointer), &json!(code)),
                "{query}: {errors}"
            );
        }
    });
}

#[test]
fn a_contract_shows_each_party_its_own_side() {
    for_each_backend(|database| {
        let stand = stand(database);
        let lease = "/v1/leases/lse_0000000000001/contract";
        let of = |who: &str| {
            let answer = stand.person(who).get(lease).must(200);
            assert_eq!(
                complaints("GET", "/v1/leases/{id}/contract", &answer),
                Vec::<String>::new()
            );
            answer.json()
        };
        let (tenant, provider, auditor) = (of("tenant1"), of("provider1"), of("auditor1"));
        for shown in [&tenant, &provider, &auditor] {
            assert_eq!(
                (
                    &shown["tenant"]["name"],
                    &shown["provider"]["name"],
                    &shown["platform"]["name"]
                ),
                (&json!("租户甲"), &json!("智算中心甲"), &json!("运营方"))
            );
            assert_eq!(
                (&shown["price"], &shown["charge"]),
                (&json!("9.000000"), &json!("1728.00"))
            );
        }
        let hidden = |shown: &Value, names: &[&str]| names.iter().all(|name| shown.get(name).is_none());
        assert!(hidden(&tenant, &["provider_fee", "provider_fee_bps"]), "{tenant}");
        assert!(
            hidden(&provider, &["voucher", "net", "tenant_fee", "tenant_fee_bps"]),
            "{provider}"
        );
        assert_eq!(tenant["net"], "1728.00");
        assert!(
            !hidden(&auditor, &["net"]) && !hidden(&auditor, &["provider_fee"]),
            "{auditor}"
        );
        for nobody in ["tenant2", "provider2"] {
            stand.person(nobody).get(lease).must(404);
        }
        stand.person("issuer1").get(lease).must(403);
        stand
            .person("tenant1")
            .get("/v1/leases/lse_0000000000002/contract")
            .must(404);
        let page = stand.person("provider1").get(&format!("{lease}?format=html")).must(200);
        assert!(
            page.text.contains("租约合同摘要") && !page.text.contains("of which vouchers pay"),
            "{}",
            page.text
        );
        for format in ["csv", "xlsx"] {
            let file = stand
                .person("provider1")
                .get(&format!("{lease}?format={format}"))
                .must(200);
            let name = format!("attachment; filename=\"contract_lse_0000000000001.{format}\"");
            assert_eq!(file.header("content-disposition"), Some(name.as_str()));
        }
    });
}
