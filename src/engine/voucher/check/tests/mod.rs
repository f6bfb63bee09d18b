//! Each contradiction is one row: what a sound rule file has instead, and what a refusal then names.

mod rates;

use serde_json::{Value, json};

use super::*;
use crate::engine::rejection::FieldRule as R;

/// A sound rule file; a row of a table below replaces some of its fields.
fn sound() -> Value {
    json!({
        "id": "city", "pot": "1000000.00", "rates": [{ "rate_bps": 3000 }],
        "valid_from": "2026-01-01T00:00:00Z", "valid_until": "2027-01-01T00:00:00Z"
    })
}

fn with(fields: &Value) -> ProgrammeRules {
    let mut file = sound();
    for (name, value) in fields.as_object().unwrap() {
        file[name] = value.clone();
    }
    serde_json::from_value(file).unwrap_or_else(|error| panic!("{fields}: {error}"))
}

fn named(rules: &ProgrammeRules, unread: &[&str]) -> Vec<(String, R)> {
    let unread: Vec<String> = unread.iter().map(|&pointer| pointer.to_owned()).collect();
    let mut errors = FieldErrors::default();
    contradictions(rules, &unread, &mut errors);
    match errors.check() {
        Ok(()) => Vec::new(),
        Err(Rejection::Invalid(errors)) => errors.into_iter().map(|error| (error.pointer, error.code)).collect(),
        Err(other) => panic!("{other}"),
    }
}

/// Each row names exactly these pointers.
fn table(rows: &[(Value, &[(&str, R)])]) {
    for (fields, expected) in rows {
        let found = named(&with(fields), &[]);
        let found: Vec<(&str, R)> = found.iter().map(|(pointer, code)| (pointer.as_str(), *code)).collect();
        assert_eq!(&found, expected, "{fields}");
    }
}

/// Each of these is no contradiction.
fn fine(rows: &[Value]) {
    for fields in rows {
        assert_eq!(named(&with(fields), &[]), [], "{fields}");
    }
}

#[test]
fn amounts_and_caps() {
    table(&[
        (json!({ "pot": "0.00" }), &[("/pot", R::TooSmall)]),
        (json!({ "cap_per_entity": "0.00" }), &[("/cap_per_entity", R::TooSmall)]),
        (
            json!({ "cap_per_entity": "1000000.01" }),
            &[("/cap_per_entity", R::Contradicts)],
        ),
        (
            json!({ "cap_per_contract": "1000000.01" }),
            &[("/cap_per_contract", R::Contradicts)],
        ),
        (
            json!({ "cap_rows": [{ "cap": "1000000.01" }] }),
            &[("/cap_rows/0/cap", R::Contradicts)],
        ),
        (
            json!({ "cap_per_entity": "10.00", "cap_per_contract": "10.01" }),
            &[("/cap_per_contract", R::Contradicts)],
        ),
        (json!({ "cap_exception": true }), &[("/cap_exception", R::Contradicts)]),
        (
            json!({ "reference_price_cap": "0" }),
            &[("/reference_price_cap", R::TooSmall)],
        ),
        // 30 % of 500,000 are 150,000.
        (
            json!({ "min_spend": "500000.00", "cap_per_entity": "150000.00" }),
            &[("/cap_per_entity", R::Contradicts)],
        ),
        (
            json!({ "min_spend": "500000.00", "cap_rows": [{ "cap": "1000.00" }] }),
            &[("/cap_rows/0/cap", R::Contradicts)],
        ),
        // 30 % of 4,000,000 are more than the pot.
        (json!({ "min_spend": "4000000.00" }), &[("/min_spend", R::Contradicts)]),
    ]);
    fine(&[
        json!({ "cap_per_entity": "1000000.00", "cap_per_contract": "1000000.00" }),
        json!({ "cap_per_entity": "10.00", "cap_exception": true, "cap_per_contract": "10.01" }),
        json!({ "min_spend": "500000.00", "cap_per_entity": "150000.01" }),
        json!({ "cap_rows": [{ "projects": ["national"], "cap": "2.00" }], "cap_per_entity": "1.00", "cap_per_contract": "2.00" }),
    ]);
}

#[test]
fn who_pays() {
    let shares = |shares: &[(&str, u32)]| {
        let rows: Vec<Value> = shares
            .iter()
            .map(|(payer, share)| json!({ "payer": payer, "share_bps": share }))
            .collect();
        json!({ "co_funding": rows })
    };
    table(&[
        (shares(&[("a", 5_000), ("b", 4_999)]), &[("/co_funding", R::Malformed)]),
        (
            shares(&[("a", 10_000), ("b", 0)]),
            &[("/co_funding/1/share_bps", R::TooSmall)],
        ),
        (
            shares(&[("a", 5_000), ("a", 5_000)]),
            &[("/co_funding/1", R::Duplicate)],
        ),
        (shares(&[(" ", 10_000)]), &[("/co_funding/0/payer", R::Empty)]),
    ]);
    fine(&[shares(&[]), shares(&[("a", 3_333), ("b", 6_667)])]);
}

#[test]
fn times() {
    let span =
        |from: &str, until: &str| json!({ "from": format!("{from}T00:00:00Z"), "until": format!("{until}T00:00:00Z") });
    table(&[
        (
            json!({ "valid_until": "2026-01-01T00:00:00Z" }),
            &[("/valid_until", R::Reversed)],
        ),
        (json!({ "version": 0 }), &[("/version", R::TooSmall)]),
        (json!({ "validity_days": 0 }), &[("/validity_days", R::TooSmall)]),
        (
            json!({ "notice_working_days": 0 }),
            &[("/notice_working_days", R::TooSmall)],
        ),
        (
            json!({ "notice_working_days": 251 }),
            &[("/notice_working_days", R::TooLarge)],
        ),
        (json!({ "retention_days": 0 }), &[("/retention_days", R::TooSmall)]),
        (
            json!({ "windows": { "apply": [span("2026-05-06", "2026-05-06")] } }),
            &[("/windows/apply/0/until", R::Reversed)],
        ),
        (
            json!({ "windows": { "apply": [{}] } }),
            &[("/windows/apply/0", R::Empty)],
        ),
        (
            json!({ "windows": { "apply": [span("2026-03-01", "2026-05-01"), span("2026-04-30", "2026-06-01")] } }),
            &[("/windows/apply/1", R::Overlaps)],
        ),
        (
            json!({ "pay_mode": "reimburse",
                "windows": { "claim": [span("2026-03-01", "2026-05-01"), { "until": "2026-03-02T00:00:00Z" }] } }),
            &[("/windows/claim/1", R::Overlaps)],
        ),
        (
            json!({ "pay_mode": "reimburse",
                "windows": { "apply": [span("2026-03-01", "2026-05-01")], "claim": [span("2026-01-01", "2026-03-01")] } }),
            &[("/windows/claim/0", R::Unreachable)],
        ),
        (
            json!({ "windows": { "apply": [{ "from": "2027-01-01T00:00:00Z" }] } }),
            &[("/windows/apply/0", R::Unreachable)],
        ),
        (
            json!({ "windows": { "claim": [span("2026-03-01", "2026-05-01")] } }),
            &[("/windows/claim", R::Contradicts)],
        ),
        (
            json!({ "contract_signed": span("2026-06-01", "2026-05-01") }),
            &[("/contract_signed/until", R::Reversed)],
        ),
        (
            json!({ "contract_signed": { "from": "2027-01-01T00:00:00Z" } }),
            &[("/contract_signed/from", R::Unreachable)],
        ),
        (
            json!({ "contract_signed": { "until": "2026-01-01T00:00:00Z" } }),
            &[("/contract_signed/until", R::Unreachable)],
        ),
        (
            json!({ "validity_days": 30, "alert_days": [30] }),
            &[("/alert_days/0", R::Unreachable)],
        ),
        (json!({ "alert_days": [365] }), &[("/alert_days/0", R::Unreachable)]),
        (json!({ "alert_days": [0] }), &[("/alert_days/0", R::TooSmall)]),
        (json!({ "alert_days": [7, 7] }), &[("/alert_days/1", R::Duplicate)]),
    ]);
    fine(&[
        json!({ "windows": { "apply": [span("2026-03-01", "2026-05-01"), span("2026-05-01", "2026-06-01")] } }),
        json!({ "pay_mode": "reimburse", "contract_signed": { "until": "2026-01-01T00:00:00Z" } }),
        json!({ "pay_mode": "assessment", "windows": { "claim": [{ "from": "2027-01-01T00:00:00Z" }] } }),
        json!({ "validity_days": 30, "alert_days": [29, 7] }),
    ]);
}

#[test]
fn names_and_people() {
    table(&[
        (json!({ "name": { "zh": "", "en": "x" } }), &[("/name/zh", R::Empty)]),
        (json!({ "jurisdiction": "330" }), &[("/jurisdiction", R::Malformed)]),
        (
            json!({ "authorities": [{ "name": "a" }, { "name": "a" }] }),
            &[("/authorities/1", R::Duplicate)],
        ),
        (json!({ "eligible_kinds": [] }), &[("/eligible_kinds", R::Empty)]),
        (
            json!({ "eligible_entity": { "kinds": [] } }),
            &[("/eligible_entity/kinds", R::Empty), ("/rates/0", R::Unreachable)],
        ),
        (
            json!({ "eligible_entity": { "uscc_prefixes": ["9I"] } }),
            &[("/eligible_entity/uscc_prefixes/0", R::Malformed)],
        ),
        (
            json!({ "eligible_entity": { "areas": ["33o1"] } }),
            &[("/eligible_entity/areas/0", R::Malformed)],
        ),
        (
            json!({ "eligible_entity": { "age_min_months": 12, "age_below_months": 12 } }),
            &[("/eligible_entity/age_below_months", R::Reversed)],
        ),
        (
            json!({ "eligible_entity": { "clean_years": 0 } }),
            &[("/eligible_entity/clean_years", R::TooSmall)],
        ),
        (
            json!({ "provider_rule": { "item": "compute" } }),
            &[("/provider_rule/item", R::Contradicts)],
        ),
        (
            json!({ "provider_rule": { "capacity_min_p": 5 } }),
            &[("/provider_rule/capacity_min_p", R::Contradicts)],
        ),
        (
            json!({ "provider_rule": { "listed": true, "item": "storage" } }),
            &[("/provider_rule/item", R::Contradicts)],
        ),
        (json!({ "included_items": [] }), &[("/included_items", R::Empty)]),
        (
            json!({ "included_items": ["compute", "compute"] }),
            &[("/included_items/1", R::Duplicate)],
        ),
        (
            json!({ "related_party": { "ownership_bps": 0 } }),
            &[("/related_party/ownership_bps", R::TooSmall)],
        ),
        (
            json!({ "related_party": { "ownership_bps": 10001 } }),
            &[("/related_party/ownership_bps", R::TooLarge)],
        ),
        (
            json!({ "cap_rows": [{ "cap": "2.00" }, { "projects": ["national"], "cap": "3.00" }] }),
            &[("/cap_rows/1", R::Unreachable)],
        ),
        (
            json!({ "eligible_entity": { "kinds": ["firm"] }, "cap_rows": [{ "entity_kinds": ["maker"], "cap": "3.00" }] }),
            &[("/cap_rows/0/entity_kinds", R::Unreachable)],
        ),
    ]);
    fine(&[json!({ "eligible_entity": { "uscc_prefixes": ["91", "12"], "areas": ["33", "3301", "330106"] } })]);
}

#[test]
fn paying_reviewing_and_taking_back() {
    let breach = |reasons: Value, least: u32, most: u32| json!({ "clawback": { "reasons": reasons, "fine_min_bps": least, "fine_max_bps": most } });
    table(&[
        (json!({ "transferable": true }), &[("/transferable", R::Fixed)]),
        (json!({ "cashable": true }), &[("/cashable", R::Fixed)]),
        (json!({ "rate_base": "paid" }), &[("/rate_base", R::Contradicts)]),
        (
            json!({ "rate_base": "paid", "pay_mode": "reserve" }),
            &[("/rate_base", R::Contradicts)],
        ),
        (
            json!({ "evidence": [{ "kind": "invoice", "with": "claim" }] }),
            &[("/evidence/0/with", R::Contradicts)],
        ),
        (
            json!({ "evidence": [{ "kind": "contract", "with": "application" }, { "kind": "contract", "with": "application" }] }),
            &[("/evidence/1", R::Duplicate)],
        ),
        (
            json!({ "review_chain": [{ "kind": "formal", "authority": 0 }] }),
            &[("/review_chain/0/authority", R::Unknown)],
        ),
        (
            json!({ "review_chain": [{ "kind": "formal", "people": 0 }] }),
            &[("/review_chain/0/people", R::TooSmall)],
        ),
        (
            json!({ "review_chain": [{ "kind": "formal", "people": 33 }] }),
            &[("/review_chain", R::TooLarge)],
        ),
        (
            json!({ "allocation_when_short": "ranked", "review_chain": [{ "kind": "formal" }] }),
            &[("/allocation_when_short", R::Contradicts)],
        ),
        (breach(json!([]), 0, 0), &[("/clawback/reasons", R::Empty)]),
        (
            breach(json!(["fraud", "fraud"]), 1_000, 5_000),
            &[("/clawback/reasons/1", R::Duplicate)],
        ),
        (
            breach(json!(["fraud"]), 2_000, 1_999),
            &[("/clawback/fine_max_bps", R::Reversed)],
        ),
        (
            breach(json!(["fraud", "error"]), 999, 5_000),
            &[("/clawback/fine_min_bps", R::TooSmall)],
        ),
        (
            breach(json!(["misuse"]), 1_000, 5_001),
            &[("/clawback/fine_max_bps", R::TooLarge)],
        ),
        (
            breach(json!(["error"]), 0, 1_000),
            &[("/clawback/fine_max_bps", R::Contradicts)],
        ),
        (
            json!({ "clawback": { "reasons": ["fraud"], "fine_min_bps": 1000, "fine_max_bps": 5000, "ban_months": 121 } }),
            &[("/clawback/ban_months", R::TooLarge)],
        ),
    ]);
    fine(&[
        json!({ "rate_base": "paid", "pay_mode": "reimburse", "evidence": [{ "kind": "invoice", "with": "claim" }] }),
        json!({ "authorities": [{ "name": "a" }], "review_chain": [{ "kind": "expert", "authority": 0, "people": 2 }],
            "allocation_when_short": "ranked" }),
        breach(json!(["error"]), 0, 0),
    ]);
}

#[test]
fn provenance_leads_to_rules() {
    let said = |pointer: &str, as_of: &str| json!({ "provenance": { pointer: { "source": "a text", "as_of": as_of, "verified": true } } });
    table(&[
        (said("/pott", "2025"), &[("/provenance/~1pott", R::Unknown)]),
        (said("/rates/1", "2025"), &[("/provenance/~1rates~11", R::Unknown)]),
        (
            said("/cap_per_entity", "2025"),
            &[("/provenance/~1cap_per_entity", R::Unknown)],
        ),
        (said("", "2025"), &[("/provenance/", R::Unknown)]),
        (said("/provenance", "2025"), &[("/provenance/~1provenance", R::Unknown)]),
        (said("/pot", "25"), &[("/provenance/~1pot/as_of", R::Malformed)]),
        (said("/pot", "2025-13"), &[("/provenance/~1pot/as_of", R::Malformed)]),
        (said("/pot", "2025-02-29"), &[("/provenance/~1pot/as_of", R::Malformed)]),
        (said("/pot", "2025/02/28"), &[("/provenance/~1pot/as_of", R::Malformed)]),
        (
            json!({ "provenance": { "/pot": { "source": " ", "as_of": "2025", "verified": false } } }),
            &[("/provenance/~1pot/source", R::Empty)],
        ),
    ]);
    fine(&[
        said("/rates/0/rate_bps", "2025-02-28"),
        said("/rates", "2025-02"),
        said("/pot", "2025"),
    ]);
}

#[test]
fn what_could_not_be_read_contradicts_nothing() {
    let rules = with(&json!({
        "pot": "1.00", "cap_per_entity": "2.00", "cap_per_contract": "3.00",
        "rates": [{ "rate_bps": 10001 }, { "rate_bps": 10002 }]
    }));
    let all = [
        ("/cap_per_entity", R::Contradicts),
        ("/cap_per_contract", R::Contradicts),
        ("/cap_per_contract", R::Contradicts),
        ("/rates/0/rate_bps", R::TooLarge),
        ("/rates/1/rate_bps", R::TooLarge),
        ("/rates/1", R::Unreachable),
    ];
    let named = |unread: &[&str]| named(&rules, unread);
    let expected =
        |kept: &[usize]| -> Vec<(String, R)> { kept.iter().map(|&at| (all[at].0.to_owned(), all[at].1)).collect() };
    assert_eq!(named(&[]), expected(&[0, 1, 2, 3, 4, 5]));
    assert_eq!(named(&["/pot"]), expected(&[2, 3, 4, 5]));
    assert_eq!(named(&["/rates/0/rate_bps"]), expected(&[0, 1, 2, 4]));
    assert_eq!(named(&["/rates/1"]), expected(&[0, 1, 2, 3]));
}

#[test]
fn claims_take_from_vouchers_or_from_the_pot_where_they_are_reimbursed() {
    table(&[
        (json!({ "claims_from": "pot" }), &[("/claims_from", R::Contradicts)]),
        (
            json!({ "claims_from": "vouchers", "pay_mode": "assessment" }),
            &[("/claims_from", R::Contradicts)],
        ),
        (
            json!({ "claims_from": "pot", "pay_mode": "reimburse", "review_chain": [{ "kind": "formal" }] }),
            &[("/claims_from", R::Contradicts)],
        ),
        (
            json!({ "claims_from": "vouchers", "pay_mode": "reimburse", "review_chain": [{ "kind": "formal" }] }),
            &[],
        ),
        (json!({ "claims_from": "pot", "pay_mode": "reimburse" }), &[]),
    ]);
}
