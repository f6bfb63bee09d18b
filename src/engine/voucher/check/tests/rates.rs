//! Tables of rates and ceilings, and the rows of them that no deal reaches.

use serde_json::{Value, json};

use super::{R, fine, named, table, with};

#[test]
fn rates() {
    let row = |when: Value, rate: u32| json!({ "when": when, "rate_bps": rate });
    let one = || json!([{ "rate_bps": 1 }]);
    table(&[
        (json!({ "rates": [] }), &[("/rates", R::Empty)]),
        (
            json!({ "rates": [row(json!({}), 10_001)] }),
            &[("/rates/0/rate_bps", R::TooLarge)],
        ),
        (
            json!({ "rates": [row(json!({ "sites": [] }), 1)] }),
            &[("/rates/0/when/sites", R::Empty), ("/rates/0", R::Unreachable)],
        ),
        (
            json!({ "rates": [row(json!({ "workloads": ["agent", "agent"] }), 1)] }),
            &[("/rates/0/when/workloads/1", R::Duplicate)],
        ),
        (
            json!({ "rates": [row(json!({ "entity_age_below_months": 0 }), 1)] }),
            &[("/rates/0/when/entity_age_below_months", R::TooSmall)],
        ),
        (
            json!({ "rates": [row(json!({ "declared_total_up_to": "0.00" }), 1)] }),
            &[("/rates/0/when/declared_total_up_to", R::TooSmall)],
        ),
        (
            json!({ "rates": [row(json!({ "from": "2026-05-01T00:00:00Z", "until": "2026-05-01T00:00:00Z" }), 1)] }),
            &[("/rates/0/when/until", R::Reversed), ("/rates/0", R::Unreachable)],
        ),
        (
            json!({ "rates": [row(json!({ "until": "2026-01-01T00:00:00Z" }), 1)] }),
            &[("/rates/0/when/until", R::Unreachable)],
        ),
        (
            json!({ "rates": [row(json!({ "from": "2027-01-01T00:00:00Z" }), 1)] }),
            &[("/rates/0/when/from", R::Unreachable)],
        ),
        (
            json!({ "rates": [
                row(json!({ "domestic": true, "from": "2026-01-01T00:00:00Z", "until": "2026-07-01T00:00:00Z" }), 3_000),
                row(json!({ "domestic": true, "from": "2026-06-01T00:00:00Z" }), 2_000)] }),
            &[("/rates/1/when", R::Overlaps)],
        ),
        (
            json!({ "rates": [row(json!({ "declared_total_up_to": "499.99" }), 1_000), row(json!({}), 500)],
                "min_spend": "500.00" }),
            &[("/rates/0/when/declared_total_up_to", R::Unreachable)],
        ),
        (
            json!({ "threshold_mode": "marginal" }),
            &[("/threshold_mode", R::Contradicts)],
        ),
        (
            json!({ "stacking": [{ "ceilings": [] }] }),
            &[("/stacking/0/ceilings", R::Empty)],
        ),
        (
            json!({ "stacking": [{ "ceilings": [row(json!({}), 10_001)] }] }),
            &[("/stacking/0/ceilings/0/rate_bps", R::TooLarge)],
        ),
        (
            json!({ "stacking": [{ "with": ["city"], "ceilings": [row(json!({}), 5_000)] }] }),
            &[("/stacking/0/with/0", R::Contradicts)],
        ),
        (
            json!({ "stacking": [{ "ceilings": [row(json!({ "domestic": false }), 1_000), row(json!({}), 2_999)] }],
                "rates": [row(json!({ "domestic": true }), 3_000)] }),
            &[("/rates/0/rate_bps", R::Contradicts)],
        ),
        (
            json!({ "stacking": [{ "ceilings": [row(json!({}), 5_000), row(json!({ "domestic": true }), 6_000)] }] }),
            &[("/stacking/0/ceilings/1", R::Unreachable)],
        ),
        (
            json!({ "upper_match": { "programmes": ["city"], "rates": one() } }),
            &[("/upper_match/programmes/0", R::Contradicts)],
        ),
        (
            json!({ "upper_match": { "programmes": [], "rates": one() } }),
            &[("/upper_match/programmes", R::Empty)],
        ),
        (
            json!({ "upper_match": { "programmes": ["nation"], "rates": [] } }),
            &[("/upper_match/rates", R::Empty)],
        ),
        (
            json!({ "upper_match": { "programmes": ["nation"], "rates": [row(json!({}), 1), row(json!({}), 2)] } }),
            &[("/upper_match/rates/1", R::Unreachable)],
        ),
    ]);
    fine(&[
        json!({ "stacking": [{ "ceilings": [row(json!({}), 0)] }] }),
        json!({ "threshold_mode": "marginal", "min_spend": "500.00",
            "rates": [row(json!({ "declared_total_up_to": "499.99" }), 1_000), row(json!({}), 500)] }),
        json!({ "rates": [row(json!({ "from": "2026-03-01T00:00:00Z", "until": "2026-05-01T00:00:00Z" }), 4_000), row(json!({}), 2_000)] }),
        json!({ "rates": [
            row(json!({ "until": "2026-05-01T00:00:00Z" }), 4_000), row(json!({ "from": "2026-05-01T00:00:00Z" }), 2_000)] }),
    ]);
}

/// The conditions of a table, and the rows that can never count.
#[test]
fn rows_that_no_deal_reaches() {
    let may = "2026-05-01T00:00:00Z";
    let july = "2026-07-01T00:00:00Z";
    let cases: Vec<(Vec<Value>, &[usize])> = vec![
        (vec![json!({}), json!({ "domestic": true })], &[1]),
        (vec![json!({ "domestic": true }), json!({})], &[]),
        (vec![json!({ "domestic": true }), json!({ "domestic": true })], &[1]),
        (
            vec![json!({ "domestic": true }), json!({ "domestic": false }), json!({})],
            &[2],
        ),
        (
            vec![
                json!({ "filed_model": true }),
                json!({ "filed_model": false }),
                json!({}),
            ],
            &[2],
        ),
        (vec![json!({ "sites": ["a", "b"] }), json!({ "sites": ["a"] })], &[1]),
        (vec![json!({ "sites": ["a"] }), json!({ "sites": ["a", "b"] })], &[]),
        (
            vec![
                json!({ "sites": ["a"] }),
                json!({ "sites": ["b"] }),
                json!({ "sites": ["b", "a"] }),
            ],
            &[2],
        ),
        (
            vec![
                json!({ "facilities": ["a"] }),
                json!({ "facilities": ["a"], "domestic": true }),
            ],
            &[1],
        ),
        (
            vec![
                json!({ "workloads": ["agent", "maas"] }),
                json!({ "workloads": ["maas"] }),
            ],
            &[1],
        ),
        // What a bid does not say is no purpose.
        (
            vec![
                json!({ "workloads": ["pretrain", "finetune", "inference", "research", "maas", "agent"] }),
                json!({}),
            ],
            &[],
        ),
        (
            vec![
                json!({ "entity_kinds": ["firm"] }),
                json!({ "entity_kinds": ["firm"], "entity_sizes": ["small"] }),
            ],
            &[1],
        ),
        (
            vec![
                json!({ "entity_sizes": ["micro", "small"] }),
                json!({ "entity_sizes": ["small", "medium"] }),
            ],
            &[],
        ),
        (
            vec![
                json!({ "entity_sizes": ["micro", "small"] }),
                json!({ "entity_sizes": ["medium"] }),
                json!({ "entity_sizes": ["small", "medium"] }),
            ],
            &[2],
        ),
        (
            vec![
                json!({ "entity_age_below_months": 24 }),
                json!({ "entity_age_below_months": 12 }),
            ],
            &[1],
        ),
        (
            vec![
                json!({ "entity_age_below_months": 12 }),
                json!({ "entity_age_below_months": 24 }),
            ],
            &[],
        ),
        (
            vec![
                json!({ "declared_total_up_to": "5.00" }),
                json!({ "declared_total_up_to": "5.00" }),
            ],
            &[1],
        ),
        (
            vec![
                json!({ "declared_total_up_to": "5.00" }),
                json!({ "declared_total_up_to": "4.99" }),
            ],
            &[1],
        ),
        (
            vec![
                json!({ "declared_total_up_to": "4.99" }),
                json!({ "declared_total_up_to": "5.00" }),
                json!({}),
            ],
            &[],
        ),
        (
            vec![
                json!({ "projects": ["national"] }),
                json!({ "projects": ["national", "provincial"] }),
            ],
            &[],
        ),
        (
            vec![
                json!({ "projects": ["national", "provincial"] }),
                json!({ "projects": ["provincial"] }),
            ],
            &[1],
        ),
        (
            vec![
                json!({ "projects": ["national"] }),
                json!({ "projects": ["provincial"] }),
                json!({ "projects": ["national", "provincial"] }),
            ],
            &[2],
        ),
        (vec![json!({ "until": july }), json!({ "until": may })], &[1]),
        (
            vec![
                json!({ "until": may }),
                json!({ "from": may }),
                json!({ "domestic": true }),
            ],
            &[2],
        ),
        (
            vec![
                json!({ "until": may }),
                json!({ "from": july }),
                json!({ "domestic": true }),
            ],
            &[],
        ),
        // Two conditions together.
        (
            vec![
                json!({ "domestic": true, "until": may }),
                json!({ "domestic": false }),
                json!({ "domestic": true, "from": may }),
                json!({ "sites": ["a"] }),
            ],
            &[3],
        ),
        (
            vec![
                json!({ "domestic": true, "entity_kinds": ["firm"] }),
                json!({ "domestic": false }),
                json!({ "entity_kinds": ["firm", "maker"] }),
            ],
            &[],
        ),
    ];
    for (conditions, unreachable) in cases {
        let rows: Vec<Value> = (0_u32..)
            .zip(&conditions)
            .map(|(index, when)| json!({ "when": when, "rate_bps": 1_000 + index }))
            .collect();
        let found = named(&with(&json!({ "rates": rows })), &[]);
        let expected: Vec<(String, R)> = unreachable
            .iter()
            .map(|index| (format!("/rates/{index}"), R::Unreachable))
            .collect();
        assert_eq!(found, expected, "{conditions:?}");
    }
}

#[test]
fn rows_for_nobody_who_is_eligible() {
    table(&[
        (
            json!({ "eligible_entity": { "kinds": ["firm"] }, "rates": [{ "when": { "entity_kinds": ["maker"] }, "rate_bps": 1 }] }),
            &[("/rates/0", R::Unreachable)],
        ),
        (
            json!({ "eligible_entity": { "kinds": ["firm"] },
                "rates": [{ "when": { "entity_kinds": ["firm"] }, "rate_bps": 1 }, { "rate_bps": 2 }] }),
            &[("/rates/1", R::Unreachable)],
        ),
        (
            json!({ "eligible_entity": { "age_min_months": 12 },
                "rates": [{ "when": { "entity_age_below_months": 12 }, "rate_bps": 1 }] }),
            &[("/rates/0", R::Unreachable)],
        ),
        (
            json!({ "eligible_entity": { "age_below_months": 12 },
                "rates": [{ "when": { "entity_age_below_months": 12 }, "rate_bps": 1 }, { "rate_bps": 2 }] }),
            &[("/rates/1", R::Unreachable)],
        ),
    ]);
    fine(&[json!({ "eligible_entity": { "age_min_months": 12 },
        "rates": [{ "when": { "entity_age_below_months": 13 }, "rate_bps": 1 }, { "rate_bps": 2 }] })]);
}
