//! Subsidies that are taken back, and credits.

use serde_json::{Value, json};

use super::{Day, text};

/// A claim that was paid turns out to be false: it is taken back with a fine and a ban, and the ban is lifted.
pub(super) fn of_a_claim(day: &Day, claim: &str) {
    let body = json!({"target": {"claim": claim}, "reason": "fraud", "fine_bps": 1_000,
        "evidence": "the invoice was made up"});
    let recovery = day.both("issuer", "/v1/recoveries", body);
    let path = format!("/v1/recoveries/{}", text(&recovery["id"]));
    assert_eq!(day.get("tenant1", &path), without_receipt(&recovery));
    assert_eq!(day.get("issuer1", "/v1/recoveries")["items"][0]["id"], recovery["id"]);
    let bans = day.get("tenant1", "/v1/bans");
    assert_eq!(bans["items"].as_array().unwrap().len(), 1);
    let lift = json!({"reason": "it was the supplier's fault"});
    day.both("issuer", &format!("{path}/lift-ban"), lift);
    assert_eq!(day.get("issuer1", "/v1/bans")["items"], json!([]));
}

fn without_receipt(answer: &Value) -> Value {
    let mut fields = answer.as_object().unwrap().clone();
    fields.remove("receipt");
    Value::Object(fields)
}

/// What was settled without a voucher goes back to the tenant alone, once two people have agreed.
pub(super) fn credit(day: &Day, lease: &str) {
    let path = format!("/v1/leases/{lease}/credits");
    let body = json!({"amount": "1.00", "reason": "slow for an hour"});
    let asked = day.post("operator1", &path, body, 202);
    assert_eq!(asked["approval"]["kind"], "credit");
}
