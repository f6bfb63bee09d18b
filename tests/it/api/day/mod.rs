//! A whole day of the market over HTTP. Every answer is one that the description allows, and no endpoint is left out.

mod access;
mod banking;
mod claims;
mod integrity;
mod journal;
mod office;
mod recoveries;
mod settlements;
mod webhooks;
mod whole;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use qiantang::domain::time::Timestamp;
use serde_json::{Value, json};

use super::client::{Answer, Client, fresh_key};
use super::described::{complaints, document};
use super::stand::{Stand, bid, hours_ahead, listing};
use crate::harness::for_each_backend;

/// The rules of a voucher programme that began yesterday and pays fifteen percent.
pub fn programme(code: &str) -> Value {
    let yesterday = Timestamp::from_micros(hours_ahead(0).micros() - 86_400_000_000);
    json!({"id": code, "version": 1, "pot": "1000000.00", "rates": [{"when": {"domestic": true}, "rate_bps": 1500}],
        "cap_per_entity": "500000.00", "cap_period": "programme", "reference_price_cap": "1.00",
        "valid_from": yesterday, "valid_until": hours_ahead(2_000), "on_expiry": "lapse", "priority": 1,
        "co_funding": [{"payer": "treasury", "share_bps": 10_000}], "eligible_kinds": ["tenant"], "rounding": "floor",
        "pay_mode": "deduct"})
}

/// A day, and what has been asked in it.
struct Day<'a> {
    stand: &'a Stand,
    people: BTreeMap<&'static str, Client>,
    asked: RefCell<BTreeSet<String>>,
}

fn template(method: &str, path: &str) -> &'static str {
    let path: Vec<&str> = path.split('?').next().unwrap().split('/').collect();
    let paths = document()["paths"].as_object().unwrap();
    let fits = |template: &str| {
        let parts: Vec<&str> = template.split('/').collect();
        let same = |(part, word): (&&str, &&str)| part == word || part.starts_with('{');
        parts.len() == path.len() && parts.iter().zip(&path).all(same)
    };
    let mut found: Vec<&String> = paths
        .iter()
        .filter(|(template, item)| fits(template) && item[method.to_lowercase()].is_object())
        .map(|(template, _)| template)
        .collect();
    found.sort_by_key(|template| template.matches('{').count());
    found
        .first()
        .unwrap_or_else(|| panic!("{method} {path:?} is not described"))
}

impl Day<'_> {
    fn check(&self, method: &str, path: &str, answer: Answer, status: u16) -> Answer {
        let template = template(method, path);
        assert_eq!(answer.status, status, "{method} {path}: {answer:?}");
        assert_eq!(
            complaints(method, template, &answer),
            [""; 0],
            "{method} {path}: {answer:?}"
        );
        self.asked.borrow_mut().insert(format!("{method} {template}"));
        answer
    }

    fn client(&self, name: &str) -> &Client {
        &self.people[name]
    }

    fn get(&self, name: &str, path: &str) -> Value {
        let answer = self.client(name).get(path);
        self.check("GET", path, answer, 200).json()
    }

    fn post(&self, name: &str, path: &str, body: Value, status: u16) -> Value {
        let ask = self.client(name).ask("POST", path).key(&fresh_key());
        let answer = if body.is_null() {
            ask.send()
        } else {
            ask.json(&body).send()
        };
        let answer = self.check("POST", path, answer, status);
        if answer.text.is_empty() {
            Value::Null
        } else {
            answer.json()
        }
    }

    fn patch(&self, name: &str, path: &str, body: Value) -> Value {
        let tag = self.client(name).get(path).must(200).header("etag").unwrap().to_owned();
        let ask = self.client(name).ask("PATCH", path).header("if-match", &tag);
        self.check("PATCH", path, ask.json(&body).send(), 200).json()
    }

    /// Asked for by one, agreed to by another; what came of it.
    fn both(&self, role: &str, path: &str, body: Value) -> Value {
        let (maker, checker) = (format!("{role}1"), format!("{role}2"));
        let asked = self.post(&maker, path, body, 202);
        assert_eq!(asked["approval"]["state"], "pending");
        let id = text(&asked["approval"]["id"]);
        assert_eq!(self.get(&checker, &format!("/v1/approvals/{id}"))["state"], "pending");
        let decided = self.post(&checker, &format!("/v1/approvals/{id}/approve"), Value::Null, 200);
        assert_eq!(decided["approval"]["state"], "approved");
        decided["result"].clone()
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value}")).to_owned()
}

fn fen(value: &Value) -> i64 {
    text(value).replace('.', "").parse().unwrap()
}

#[test]
fn a_day_over_http_is_as_described_from_end_to_end() {
    for_each_backend(|database| {
        let stand = Stand::aged(database);
        let names = [
            "provider1",
            "provider2",
            "tenant1",
            "tenant2",
            "issuer1",
            "issuer2",
            "auditor1",
            "operator1",
            "operator2",
        ];
        let day = Day {
            stand: &stand,
            people: names.map(|name| (name, stand.person(name))).into(),
            asked: RefCell::default(),
        };
        reference_data(&day);
        vouchers_and_deposits(&day);
        let receipts = trading(&day);
        usage_and_settlement(&day);
        claims::claims_and_treasuries(&day);
        books(&day);
        journal::is_whole(&day, &receipts);
        journal::is_proved(&day, &receipts);
        office::life(&day);
        webhooks::life(&day);
        banking::money_in_and_out(&day);
        access::people(&day);
        access::sessions(&day);
        open_to_everybody(&day);
        integrity::looks_back(&day);
        whole::nothing_was_left_out(&day);
    });
}

fn reference_data(day: &Day) {
    let card = json!({"code": "kunlun-p800", "vendor": "v", "model": "P800", "domestic": true, "memory_gb": 96,
        "fp16_dense_gflops": 345_000, "cards_per_node": 8});
    day.post("operator1", "/v1/accelerators", card.clone(), 200);
    assert_eq!(day.get("tenant1", "/v1/accelerators/kunlun-p800"), card);
    assert_eq!(day.get("tenant1", "/v1/accelerators")["items"][2], card);
    day.post(
        "operator1",
        "/v1/sites",
        json!({"code": "jiaxing", "name_zh": "嘉兴", "region": "zhejiang"}),
        200,
    );
    assert_eq!(day.get("tenant1", "/v1/sites/jiaxing")["name_zh"], "嘉兴");
    assert_eq!(day.get("tenant1", "/v1/sites")["items"].as_array().unwrap().len(), 3);
    let absent = day.client("tenant1").get("/v1/terms");
    day.check("GET", "/v1/terms", absent, 404);
    day.both(
        "operator",
        "/v1/terms",
        json!({"tenant_fee_bps": 100, "provider_fee_bps": 200}),
    );
    assert_eq!(day.get("tenant1", "/v1/terms")["tenant_fee_bps"], 100);
    assert_eq!(
        day.get("tenant1", "/v1/terms/history")["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    day.both(
        "operator",
        "/v1/reference-prices",
        json!({"accelerator": "ascend-910b", "price": "10.000000"}),
    );
    assert_eq!(
        day.get("tenant1", "/v1/reference-prices")["items"][0]["price"],
        "10.000000"
    );
    let history = day.get("tenant1", "/v1/accelerators/ascend-910b/reference-prices");
    assert_eq!(history["items"][0]["accelerator"], "ascend-910b");
    let org = json!({"name": "租户丙", "uscc": "91000000QTTAA0037T", "kinds": ["tenant"]});
    let org = day.post("operator1", "/v1/organisations", org, 201);
    let path = format!("/v1/organisations/{}", text(&org["id"]));
    assert_eq!(day.get("auditor1", &path)["uscc"], "91000000QTTAA0037T");
    let found = day.get("auditor1", "/v1/organisations?uscc=91000000QTTAA0037T");
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    day.post(
        "operator1",
        "/v1/related-parties",
        json!({"a": org["id"], "b": "org_0000000000002"}),
        200,
    );
}

fn vouchers_and_deposits(day: &Day) {
    let programme = office::open(day, programme("hangzhou-2026"));
    assert_eq!(
        day.get("tenant1", &format!("/v1/programmes/{programme}"))["id"],
        json!(programme)
    );
    assert_eq!(
        day.get("tenant1", "/v1/programmes")["items"].as_array().unwrap().len(),
        1
    );
    let grant = json!({"programme": programme, "org": "org_0000000000003", "amount": "5000.00"});
    let granted = day.both("issuer", "/v1/grants", grant.clone());
    let voucher = day.get("tenant1", &format!("/v1/vouchers/{}", text(&granted["id"])));
    assert_eq!(
        (&voucher["amount"], &voucher["available"]),
        (&json!("5000.00"), &json!("5000.00"))
    );
    assert_eq!(day.get("tenant1", "/v1/vouchers")["items"], json!([voucher]));
    assert_eq!(day.get("tenant1", "/v1/alerts")["items"], json!([]));
    let asked = day.post("issuer1", "/v1/grants", grant, 202);
    let path = format!("/v1/approvals/{}/reject", text(&asked["approval"]["id"]));
    let rejected = day.post("issuer2", &path, json!({"reason": "one is enough"}), 200);
    assert_eq!(
        (&rejected["approval"]["state"], &rejected["result"]),
        (&json!("rejected"), &Value::Null)
    );
    let deposit = json!({"org": "org_0000000000003", "amount": "1234.56", "bank_ref": "20261201-1"});
    let booked = day.both("operator", "/v1/deposits", deposit);
    let transfer = day.get("tenant1", &format!("/v1/transfers/{}", text(&booked["transfers"][0])));
    assert_eq!(transfer["amount"], "1234.56");
    let states = |page: &Value| {
        let items = page["items"].as_array().unwrap().iter();
        items.map(|item| text(&item["state"])).collect::<BTreeSet<_>>()
    };
    let all = day.get("auditor1", "/v1/approvals");
    assert_eq!(states(&all), ["approved", "rejected"].map(str::to_owned).into());
    assert_eq!(day.get("auditor1", "/v1/approvals?state=pending")["items"], json!([]));
}

/// What was answered, with receipts.
fn trading(day: &Day) -> Vec<Value> {
    let offered = day.post("provider1", "/v1/listings", listing("9.500000"), 201);
    for field in [
        "site",
        "accelerator",
        "islands",
        "cards_per_island",
        "from",
        "until",
        "ask",
        "lot_cards",
    ] {
        assert_eq!(offered[field], json!(listing("9.500000"))[field], "{field}");
    }
    let path = format!("/v1/listings/{}", text(&offered["id"]));
    let amended = day.patch("provider1", &path, json!({"ask": "9.000000"}));
    assert_eq!(day.get("tenant1", &path)["ask"], "9.000000");
    let mut wanted = bid("11.000000");
    wanted["alternatives"][0]["cards"] = json!(64);
    // The replica follows within moments.
    let quoted = loop {
        let quoted = day.post("tenant1", "/v1/quotes", wanted.clone(), 200);
        if quoted["feasible"] == true && quoted["charge"] == "13824.00" {
            break quoted;
        }
    };
    let placed = day.post("tenant1", "/v1/bids", quoted["bid"].clone(), 201);
    assert_eq!(
        (&placed["state"], &placed["filled_cards"]),
        (&json!("filled"), &json!(64))
    );
    let sum = |field: &str| {
        placed["fills"]
            .as_array()
            .unwrap()
            .iter()
            .map(|fill| fen(&fill[field]))
            .sum::<i64>()
    };
    for field in ["charge", "voucher", "net", "fee"] {
        assert_eq!(sum(field), fen(&quoted[field]), "{field}");
    }
    // 64 cards × 24 hours × 9.00; fifteen percent by voucher; a fee of one percent.
    assert_eq!(
        (sum("charge"), sum("voucher"), sum("net"), sum("fee")),
        (1_382_400, 207_360, 1_175_040, 13_824)
    );
    let paid_by = day.get("tenant1", "/v1/vouchers")["items"][0]["id"].clone();
    let redemptions = day.get("tenant1", &format!("/v1/vouchers/{}/redemptions", text(&paid_by)));
    assert_eq!(
        redemptions["items"].as_array().unwrap().len(),
        placed["fills"].as_array().unwrap().len()
    );
    let shown = day.get("tenant1", &format!("/v1/bids/{}", text(&placed["id"])));
    assert_eq!(shown["fills"], placed["fills"]);
    assert_eq!(day.get("tenant1", "/v1/bids")["items"][0], shown);
    let resting = day.post("tenant1", "/v1/bids", bid("6.000000"), 201);
    assert_eq!(resting["state"], "open");
    let path = format!("/v1/bids/{}", text(&resting["id"]));
    let narrowed = day.patch(
        "tenant1",
        &path,
        json!({"alternatives": [{"cards": 8, "hours": 24, "limit": "5.500000"}]}),
    );
    assert_eq!(narrowed["seq"], resting["seq"], "it keeps its place");
    let depth = loop {
        let depth = day.get("tenant1", "/v1/market/depth?accelerator=ascend-910b&site=hangzhou");
        if depth["bids"][0]["price"] == "5.500000" {
            break depth;
        }
    };
    assert_eq!(
        (&depth["asks"][0]["price"], &depth["bids"][0]["cards"]),
        (&json!("9.000000"), &json!(8))
    );
    let cancelled = day.post("tenant1", &format!("{path}/cancel"), Value::Null, 200);
    assert_eq!(
        (&cancelled["state"], &cancelled["held"]),
        (&json!("cancelled"), &json!("0.00"))
    );
    let lease = text(&placed["fills"][0]["lease"]);
    for (name, is_shown) in [("tenant1", true), ("provider1", false), ("auditor1", true)] {
        let lease = day.get(name, &format!("/v1/leases/{lease}"));
        assert_eq!(lease["net"].is_string(), is_shown, "{name}");
    }
    assert_eq!(day.get("provider1", "/v1/leases")["items"].as_array().unwrap().len(), 2);
    let calendar = day.get("provider1", &format!("/v1/listings/{}/calendar", text(&offered["id"])));
    assert_eq!(calendar[0]["free_cards"], 64);
    let ended = day.post("tenant1", &format!("/v1/leases/{lease}/terminate"), Value::Null, 200);
    let withdrawn = day.post(
        "provider1",
        &format!("/v1/listings/{}/withdraw", text(&offered["id"])),
        Value::Null,
        200,
    );
    assert_eq!(withdrawn["state"], "withdrawn");
    assert_eq!(
        day.get("provider1", "/v1/listings?state=withdrawn")["items"][0]["id"],
        offered["id"]
    );
    vec![offered, amended, placed, resting, narrowed, cancelled, ended, withdrawn]
}

fn usage_and_settlement(day: &Day) {
    let leases = day.get("provider1", "/v1/leases");
    let lease = leases["items"].as_array().unwrap().last().unwrap().clone();
    let path = format!("/v1/leases/{}", text(&lease["id"]));
    let event = |id: &str, until: &Value, seconds: i64| {
        json!({"specversion": "1.0", "id": id, "source": "/dc", "type": "qiantang.usage.v1", "data": {"lease": lease["id"],
            "from": lease["from"], "until": until, "cards_up": 8, "card_seconds": seconds}})
    };
    let whole = event("1", &lease["until"], 8 * 24 * 3_600);
    let one = day.post("provider1", "/v1/usage", whole.clone(), 200);
    assert_eq!(
        (&one["accepted"], &one["duplicates"], &one["rejected"]),
        (&json!(1), &json!(0), &json!([]))
    );
    let batch = json!([whole, event("2", &json!(hours_ahead(9)), 1)]).to_string();
    let ask = day.client("provider1").ask("POST", "/v1/usage").key(&fresh_key());
    let answer = ask.bytes("application/cloudevents-batch+json", batch.as_bytes()).send();
    let two = day.check("POST", "/v1/usage", answer, 200).json();
    assert_eq!(
        (&two["accepted"], &two["duplicates"], &two["rejected"][0]["index"]),
        (&json!(0), &json!(1), &json!(1))
    );
    assert_eq!(
        day.get("tenant1", &format!("{path}/usage"))["items"][0]["card_seconds"],
        8 * 24 * 3_600
    );
    let until = json!({"until": lease["until"]});
    let previewed = day.post("operator1", "/v1/settlements/preview", until, 200);
    assert_eq!(previewed["totals"]["charge"], "1536.00");
    let settled = day.post("operator1", "/v1/settlements", json!({"until": lease["until"]}), 200);
    let found = &settled["leases"][0];
    // 8 cards × 24 hours × 8.00, agreed before there were fees or vouchers.
    let parts = ["charge", "voucher", "cash", "fee", "sla_credit"].map(|field| text(&found[field]));
    assert_eq!(
        (&found["lease"], parts),
        (
            &lease["id"],
            ["1536.00", "0.00", "1536.00", "0.00", "0.00"].map(str::to_owned)
        )
    );
    assert_eq!(day.get("tenant1", &path)["settled"]["charge"], "1536.00");
    settlements::settled(day, &settled);
    recoveries::credit(day, &text(&lease["id"]));
}

fn books(day: &Day) {
    let accounts = day.get("tenant1", "/v1/accounts");
    let cash = accounts["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|account| account["kind"] == "cash");
    let cash = cash.unwrap_or_else(|| panic!("{accounts}"));
    let path = format!("/v1/accounts/{}", text(&cash["id"]));
    assert_eq!(&day.get("tenant1", &path), cash);
    assert_eq!(
        day.get("tenant1", &format!("{path}?as_of=2020-01-01T00:00:00Z"))["balance"],
        "0.00"
    );
    let moved = day.get("tenant1", &format!("{path}/transfers?limit=200"));
    let signed = |transfer: &Value| {
        let amount = fen(&transfer["amount"]);
        if transfer["credit"] == cash["id"] {
            amount
        } else {
            -amount
        }
    };
    let sum: i64 = moved["items"].as_array().unwrap().iter().map(signed).sum();
    assert_eq!(
        sum,
        fen(&cash["balance"]),
        "the balance is what its transfers add up to"
    );
    assert!(
        !day.get("tenant1", "/v1/transfers")["items"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    for path in [
        "/v1/trial-balance".to_owned(),
        format!("/v1/trial-balance?as_of={}", hours_ahead(0)),
    ] {
        let balance = day.get("auditor1", &path);
        for total in balance["totals"].as_array().unwrap() {
            assert_eq!((&total["equal"], &total["debit"]), (&json!(true), &total["credit"]));
        }
    }
    assert_eq!(day.get("auditor1", "/v1/trial-balance")["accounts_differing"], 0);
    for (name, org) in [("auditor1", "&org=org_0000000000003"), ("tenant1", "")] {
        for report in day.get(name, "/v1/reports")["items"].as_array().unwrap() {
            let report = text(&report["name"]);
            let org = if report == "provider" && !org.is_empty() {
                "&org=org_0000000000001"
            } else {
                org
            };
            let when = match report.as_str() {
                "invoices" | "focus" => "period=2026-11",
                _ => "from=2020-01-01T00:00:00Z",
            };
            let path = format!("/v1/reports/{report}?{when}{org}");
            assert!(day.get(name, &path).is_object());
        }
    }
}

fn open_to_everybody(day: &Day) {
    let nobody = day.stand.nobody();
    let trades = "/v1/market/trades?accelerator=ascend-910b";
    let prices = "/v1/market/prices?accelerator=ascend-910b&interval=1d";
    for path in [
        "/healthz",
        "/readyz",
        "/metrics",
        "/.well-known/jwks.json",
        trades,
        prices,
    ] {
        day.check("GET", path, nobody.get(path), 200);
    }
    assert_eq!(nobody.get(trades).json()["items"][0]["price"], "9.000000");
    // Its good case never ends: stream.rs listens.
    let path = "/v1/market/stream?accelerator=none";
    day.check("GET", path, nobody.get(path), 422);
}
