//! Claims, assessments, reserves and requests to treasuries, as the description has them.

use serde_json::{Value, json};

use super::office::open;
use super::{Day, programme, recoveries, text};

/// Opens a programme that pays in a mode.
fn opened(day: &Day, code: &str, mode: &str) -> String {
    let mut rules = programme(code);
    let base = if mode == "reserve" { "contract" } else { "paid" };
    for (field, value) in [
        ("pay_mode", mode),
        ("rate_base", base),
        ("valid_from", "2025-01-01T00:00:00Z"),
    ] {
        rules[field] = json!(value);
    }
    rules["clawback"] = json!({"reasons": ["fraud"], "fine_min_bps": 1_000, "fine_max_bps": 2_000, "ban_months": 12});
    open(day, rules)
}

/// Hands a contract in and describes it.
fn contract(day: &Day, cards: u32) -> (Value, Value) {
    let content = format!("%PDF-1.7 a contract of {cards} cards");
    let ask = day.client("tenant1").ask("POST", "/v1/documents");
    let kept = ask.bytes("application/pdf", content.as_bytes()).send();
    let kept = day.check("POST", "/v1/documents", kept, 201).json();
    let path = format!("/v1/documents/{}", text(&kept["hash"]));
    day.check("GET", &path, day.client("tenant1").get(&path), 200);
    let document = json!({"kind": "contract", "hash": kept["hash"], "size": kept["size"]});
    let contract = json!({"counterparty": "91110000802100433B", "domestic": true, "cards": cards,
        "from": "2025-03-01T00:00:00Z", "until": "2025-09-01T00:00:00Z", "signed_on": "2025-02-01T00:00:00Z",
        "hash": kept["hash"],
        "items": [{"item": "compute", "contract": "1000.00", "incurred": "1000.00", "paid": "1000.00"}]});
    (contract, document)
}

fn claim(day: &Day, programme: &str, cards: u32) -> String {
    let (contract, document) = contract(day, cards);
    let body = json!({"programme": programme, "contract": contract, "documents": [document]});
    format!(
        "/v1/claims/{}",
        text(&day.post("tenant1", "/v1/claims", body, 201)["id"])
    )
}

pub(super) fn claims_and_treasuries(day: &Day) {
    let reimburses = opened(day, "reimburses", "reimburse");
    let path = claim(day, &reimburses, 8);
    let paid = path.clone();
    let evidence = text(&day.get("issuer1", &path)["documents"][0]["hash"]);
    let shown = day.client("issuer1").get(&format!("{path}/documents/{evidence}"));
    day.check("GET", &format!("{path}/documents/{evidence}"), shown, 200);
    day.both("issuer", &format!("{path}/approve"), Value::Null);
    assert_eq!(day.get("tenant1", &path)["amount"], "150.00");
    let refused = claim(day, &reimburses, 9);
    day.post(
        "issuer1",
        &format!("{refused}/reject"),
        json!({"reason": "unreadable"}),
        200,
    );
    let taken_back = claim(day, &reimburses, 10);
    day.post("tenant1", &format!("{taken_back}/withdraw"), Value::Null, 200);
    let listed = day.get("issuer1", &format!("/v1/claims?programme={reimburses}"));
    assert_eq!(listed["items"].as_array().unwrap().len(), 3);

    let assesses = opened(day, "assesses", "assessment");
    claim(day, &assesses, 11);
    let year = json!({"year": 2025, "entities": ["org_0000000000003"]});
    day.both("issuer", &format!("/v1/programmes/{assesses}/assess"), year);

    let reserves = opened(day, "reserves", "reserve");
    let paid_in = json!({"amount": "500.00", "bank_ref": "R-1"});
    day.both("operator", &format!("/v1/programmes/{reserves}/reserve"), paid_in);
    assert_eq!(
        day.get("issuer1", &format!("/v1/programmes/{reserves}/treasury"))["reserve"],
        "500.00"
    );

    let asked = json!({"programme": reimburses, "amount": "100.00"});
    let first = day.post("operator1", "/v1/treasury-requests", asked, 201);
    let path = format!("/v1/treasury-requests/{}", text(&first["id"]));
    let received = json!({"amount": "40.00", "bank_ref": "T-1"});
    day.both("operator", &format!("{path}/receipts"), received);
    assert_eq!(day.get("auditor1", &path)["state"], "part_paid");
    let cancelled = day.post("operator1", &format!("{path}/cancel"), Value::Null, 200);
    assert_eq!(
        day.get("auditor1", "/v1/treasury-requests")["items"][0]["received"],
        cancelled["received"]
    );
    let given_back = json!({"amount": "15.00", "fines": true, "bank_ref": "F-1"});
    let remittances = format!("/v1/programmes/{reimburses}/remittances");
    recoveries::of_a_claim(day, paid.rsplit('/').next().unwrap());
    // A tenth of what was taken back.
    day.both("operator", &remittances, given_back);
}
