//! Reports over HTTP: each in each format, the same figures in all of them.

use std::io::{Cursor, Read};

use serde_json::{Value, json};

use super::client::Answer;
use super::stand::{Stand, bid, listing};
use crate::harness::binary::run_well;
use crate::harness::{TestDatabase, for_each_backend};

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Reports, and the query that each needs: the statements are those of the two who traded.
const REPORTS: [(&str, &str); 5] = [
    ("market", ""),
    ("vouchers", ""),
    ("trial-balance", ""),
    ("provider", "&org=org_0000000000001"),
    ("tenant", "&org=org_0000000000003"),
];

/// A service on which eight cards were let for a day at nine yuan: 8 × 24 × 9 = 1,728.
fn stand_with_a_lease(database: &TestDatabase) -> Stand {
    let stand = Stand::new(database);
    stand
        .person("provider1")
        .post("/v1/listings", &listing("9.000000"))
        .must(201);
    stand.person("tenant1").post("/v1/bids", &bid("10.000000")).must(201);
    stand
}

/// A file inside a workbook.
fn part(workbook: &Answer, name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(workbook.bytes.as_slice())).unwrap();
    let mut text = String::new();
    archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

/// Every name in a value.
fn names(value: &Value) -> Vec<&str> {
    match value {
        Value::Object(fields) => {
            let inner = fields.values().flat_map(names);
            fields.keys().map(String::as_str).chain(inner).collect()
        }
        Value::Array(items) => items.iter().flat_map(names).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}

#[test]
fn every_report_comes_in_every_format() {
    for_each_backend(|database| {
        let stand = stand_with_a_lease(database);
        let auditor = stand.person("auditor1");
        for (name, org) in REPORTS {
            let get = |format: &str| {
                auditor
                    .get(&format!("/v1/reports/{name}?format={format}{org}"))
                    .must(200)
            };
            let (json, csv, xlsx) = (get("json"), get("csv"), get("xlsx"));
            assert_eq!(json.header("content-type"), Some("application/json"));
            assert_eq!(json.header("content-disposition"), None);
            let shown = json.json();
            assert!(shown["period"].is_object(), "{json:?}");
            let units = names(&shown).into_iter().filter(|name| name.ends_with("_fen"));
            assert_eq!(units.count(), 0, "{json:?}");

            let file = |ending: &str| match org.split_once('=') {
                Some((_, org)) => format!("attachment; filename=\"{name}_{org}.{ending}\""),
                None => format!("attachment; filename=\"{name}.{ending}\""),
            };
            assert_eq!(csv.header("content-type"), Some("text/csv; charset=utf-8"));
            assert_eq!(csv.header("content-disposition"), Some(file("csv").as_str()));
            assert_eq!(xlsx.header("content-type"), Some(XLSX));
            assert_eq!(xlsx.header("content-disposition"), Some(file("xlsx").as_str()));
            let sections = csv.text.lines().filter(|line| line.starts_with("# ")).count();
            let sheets = part(&xlsx, "xl/workbook.xml").matches("<sheet ").count();
            assert!(sections >= 2, "{csv:?}");
            assert_eq!(sheets, sections, "{name}");
        }
    });
}

/// Two deposits of 100,000,000.00, of which 1,728.00 went from cash to escrow.
#[test]
fn a_trial_balance_is_the_same_in_all_formats() {
    for_each_backend(|database| {
        let stand = stand_with_a_lease(database);
        let auditor = stand.person("auditor1");
        let get = |format: &str| {
            let path = format!("/v1/reports/trial-balance?format={format}&until=2126-01-01T00:00:00Z");
            auditor.get(&path).must(200)
        };
        let shown = get("json").json();
        assert_eq!(shown["period"], json!({"from": null, "until": "2126-01-01T00:00:00Z"}));
        let row = |kind: &str, accounts: u64, debit: &str, credit: &str| json!({"unit": "CNY", "kind": kind, "accounts": accounts, "debit": debit, "credit": credit});
        assert_eq!(
            shown["accounts"],
            json!([
                row("bank", 1, "200000000.00", "0.00"),
                row("cash", 2, "0.00", "199998272.00"),
                row("held", 1, "0.00", "0.00"),
                row("escrow", 1, "0.00", "1728.00"),
            ])
        );
        let csv = get("csv").text;
        let lines = "# trial balance\nunit,account,accounts,debit,credit\nCNY,bank,1,200000000.00,0.00\n\
            CNY,cash,2,0.00,199998272.00\nCNY,held,1,0.00,0.00\nCNY,escrow,1,0.00,1728.00\n\
            CNY,\"total, equal\",5,200000000.00,200000000.00\n";
        assert!(csv.starts_with(lines), "{csv}");
        let place = database.place();
        let asked = [
            "report",
            "trial-balance",
            "--until",
            "2126-01-01T00:00:00Z",
            "--database",
            &place,
        ];
        for format in ["csv", "json"] {
            let printed = run_well(&[&asked[..], &["--format", format]].concat());
            if format == "csv" {
                assert_eq!(printed, csv);
            } else {
                assert_eq!(serde_json::from_str::<Value>(&printed).unwrap(), shown);
            }
        }

        let workbook = get("xlsx");
        assert_eq!(workbook.bytes, get("xlsx").bytes);
        let sheet = part(&workbook, "xl/worksheets/sheet1.xml");
        for (place, value) in [
            ("C3", "2"),
            ("D2", "200000000"),
            ("E3", "199998272"),
            ("E5", "1728"),
            ("E6", "200000000"),
        ] {
            let cell = sheet.split(&format!("<c r=\"{place}\" ")).nth(1).unwrap();
            let shown = cell.split("<v>").nth(1).and_then(|rest| rest.split('<').next());
            assert_eq!(shown, Some(value), "{place}: {sheet}");
        }
        let about = part(&workbook, "docProps/core.xml");
        assert!(about.contains("2126-01-01T00:00:00Z"), "{about}");
    });
}

/// Eight cards for twenty-four hours at nine yuan.
#[test]
fn a_statement_has_money_as_text_and_quantities_as_numbers() {
    for_each_backend(|database| {
        let stand = stand_with_a_lease(database);
        let tenant = stand.person("tenant1");
        let shown = tenant.get("/v1/reports/tenant").must(200).json();
        assert_eq!(
            (&shown["deposits"], &shown["cash"], &shown["escrow"]),
            (&json!("100000000.00"), &json!("99998272.00"), &json!("1728.00"))
        );
        let lease = &shown["leases"][0];
        assert_eq!(
            (&lease["cards"], &lease["price"], &lease["agreed"]),
            (&json!(8), &json!("9.000000"), &json!("1728.00"))
        );
        let csv = tenant.get("/v1/reports/tenant?format=csv").must(200).text;
        let row = format!(
            "lse_0000000000001,ascend-910b,8,{},{},",
            lease["start"].as_str().unwrap(),
            lease["end"].as_str().unwrap()
        );
        let found = csv.lines().find(|line| line.starts_with(&row));
        assert!(found.is_some_and(|line| line.contains(",9.000000,1728.00,")), "{csv}");
        let provider = stand.person("provider1");
        let listing = &provider.get("/v1/reports/provider").must(200).json()["listings"][0];
        assert_eq!(
            (&listing["card_hours_matched"], &listing["ask"]),
            (&json!(192), &json!("9.000000"))
        );
        let market = stand.person("auditor1").get("/v1/reports/market").must(200).json();
        assert_eq!(
            market["tenants"][0]["share"],
            json!({"numerator": "1728.00", "denominator": "1728.00", "value": "1.0000"})
        );
    });
}

#[test]
fn what_cannot_be_asked_for_is_refused() {
    for_each_backend(|database| {
        let stand = Stand::new(database);
        let (tenant, auditor) = (stand.person("tenant1"), stand.person("auditor1"));
        for wrong in [
            "format=pdf",
            "format=",
            "format=CSV",
            "as_of=2026-12-01T00:00:00Z",
            "from=2026-12-02T00:00:00Z&until=2026-12-01T00:00:00Z",
            "from=2026-12-02T00:00:00Z&until=2026-12-02T00:00:00Z",
        ] {
            let refused = auditor.get(&format!("/v1/reports/market?{wrong}")).must(400);
            assert_eq!(refused.code(), "invalid_parameter", "{wrong}");
        }
        for format in ["json", "csv", "xlsx"] {
            tenant.get(&format!("/v1/reports/market?format={format}")).must(404);
            let anothers = format!("/v1/reports/tenant?format={format}&org=org_0000000000004");
            tenant.get(&anothers).must(404);
            let nobodys = format!("/v1/reports/tenant?format={format}");
            assert_eq!(
                auditor.get(&nobodys).must(400).json()["errors"],
                json!([
                    {"pointer": "/org", "code": "empty", "detail": "is needed: a statement is that of one"}
                ])
            );
            stand.nobody().get(&nobodys).must(401);
        }
    });
}
