//! Money in and out.

use serde_json::{Value, json};

use super::{Day, text};
use crate::api::client::fresh_key;

const TENANT: &str = "org_0000000000003";
const CUSTODY: &str = "1202021009900000001";

fn account(number: &str) -> Value {
    json!({"holder": "甲", "number": number, "cnaps": "102331002017", "bank": "工商银行"})
}

/// Cash is withdrawn, a batch sent, its statement imported, and what nobody expected looked into.
pub(super) fn money_in_and_out(day: &Day) {
    accounts(day);
    let (sent, refused) = batches(day);
    statements(day, &sent);
    let reason = json!({"reason": "no such account"});
    let returned = day.both("operator", &format!("/v1/payouts/{refused}/return"), reason);
    assert_eq!(returned["state"], "returned");
    assert_eq!(
        day.get("tenant1", &format!("/v1/payouts/{refused}"))["state"],
        "returned"
    );
}

fn accounts(day: &Day) {
    let mut custody = account(CUSTODY);
    custody["opening"] = json!("5000.00");
    day.both("operator", "/v1/custody-accounts", custody);
    assert_eq!(
        day.get("auditor1", "/v1/custody-accounts")["items"][0]["closing"],
        "5000.00"
    );
    let path = format!("/v1/organisations/{TENANT}/bank-account");
    assert_eq!(day.get("tenant1", &path)["payout"], Value::Null);
    let ask = day.client("tenant1").ask("PUT", &path).key(&fresh_key());
    let asked = ask.json(&account("6222000000000001")).send();
    let asked = day.check("PUT", &path, asked, 202).json();
    let reject = format!("/v1/approvals/{}/reject", text(&asked["approval"]["id"]));
    day.post("operator1", &reject, json!({"reason": "not yet"}), 200);
    day.both("operator", &path, account("6222000000000001"));
    let seen = day.get("auditor1", &path);
    assert_eq!(seen["payout"]["account"]["number"], "************0001");
}

/// A payout that the bank will pay, and one that it refuses.
fn batches(day: &Day) -> (String, String) {
    let withdraw = |amount: &str| {
        let asked = day.post("tenant1", "/v1/withdrawals", json!({"amount": amount}), 202);
        let approve = format!("/v1/approvals/{}/approve", text(&asked["approval"]["id"]));
        text(&day.post("operator1", &approve, Value::Null, 200)["result"]["id"])
    };
    let taken_back = format!("/v1/withdrawals/{}", withdraw("1.00"));
    assert_eq!(day.get("tenant1", &taken_back)["state"], "waiting");
    let cancelled = day.post("tenant1", &format!("{taken_back}/cancel"), Value::Null, 200);
    assert_eq!(cancelled["state"], "cancelled");
    withdraw("20.00");
    withdraw("30.00");
    assert_eq!(
        day.get("tenant1", "/v1/withdrawals?state=waiting")["items"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(day.get("operator1", "/v1/due-payouts")["lines"][0]["amount"], "20.00");
    let given_up = day.both("operator", "/v1/payout-batches", json!({}));
    let path = format!("/v1/payout-batches/{}/cancel", text(&given_up["id"]));
    assert_eq!(day.post("operator1", &path, Value::Null, 200)["state"], "cancelled");
    let batch = day.both(
        "operator",
        "/v1/payout-batches",
        json!({"orgs": [TENANT], "custody": CUSTODY}),
    );
    let path = format!("/v1/payout-batches/{}", text(&batch["id"]));
    let sent = day.post("operator1", &format!("{path}/submit"), Value::Null, 200);
    assert_eq!((&sent["state"], &sent["total"]), (&json!("submitted"), &json!("50.00")));
    assert_eq!(
        day.get("auditor1", &path)["lines"][0]["account"]["number"],
        "************0001"
    );
    assert_eq!(
        day.get("operator1", "/v1/payout-batches")["items"][0]["id"],
        batch["id"]
    );
    let file = format!("{path}/file");
    let answer = day.client("operator1").get(&file);
    day.check("GET", &file, answer, 200);
    let payouts = day.get("tenant1", "/v1/payouts?state=in_flight");
    (text(&payouts["items"][1]["id"]), text(&payouts["items"][0]["id"]))
}

fn statements(day: &Day, sent: &str) {
    let file = format!(
        "statement,{CUSTODY},S1,CNY,5000.00,4987.00,2026-11-01T00:00:00Z\n\
         entry,D1,debit,CNY,20.00,2026-11-01T00:00:00Z,{sent}\n\
         entry,D2,credit,CNY,7.00,2026-11-01T00:00:00Z,,?,甲,6222\n"
    );
    let path = "/v1/bank-statements";
    let ask = day.client("operator1").ask("POST", path).key(&fresh_key());
    let answer = ask.bytes("text/csv", file.as_bytes()).send();
    let imported = day.check("POST", path, answer, 201).json();
    assert_eq!(imported["suspended"], 1);
    let one = format!("{path}/{}", text(&imported["id"]));
    assert_eq!(day.get("auditor1", path)["items"][0]["id"], imported["id"]);
    assert_eq!(day.get("auditor1", &one)["closing"], "4987.00");
    let entries = day.get("auditor1", &format!("{one}/entries"));
    assert_eq!(entries["items"][0]["match"], json!({"is": "paid", "payout": sent}));
    let list = day.get("auditor1", "/v1/suspense?state=open");
    let item = format!("/v1/suspense/{}", text(&list["items"][0]["id"]));
    assert_eq!(day.get("operator1", &item)["reason"], "unknown");
    let target = json!({"target": {"org": TENANT}, "note": "they rang us"});
    let resolved = day.both("operator", &format!("{item}/resolve"), target);
    assert_eq!(resolved["state"], "resolved");
}
