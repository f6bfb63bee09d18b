//! Thresholds, base, tax, rounding, limits.

use serde_json::{Value, json};

use super::check;

#[test]
fn thresholds_as_cliff_and_by_slices() {
    let rates = json!([{"when": {"declared_total_up_to": "500000.00"}, "rate_bps": 5000}, {"rate_bps": 2000}]);
    let cliff = || json!({"rates": rates});
    let marginal = || json!({"rates": rates, "threshold_mode": "marginal"});
    let bought = |declared: &str, base: &str| json!({"declared": declared, "base": base});
    let part = json!({"declared": "400000.00", "base": "100000.00", "contract": "200000.00"});
    let gap = json!({"rates": [{"when": {"declared_total_up_to": "500000.00"}, "rate_bps": 5000}], "threshold_mode": "marginal"});
    check(&[
        (cliff(), bought("400000.00", "100000.00"), "50000.00", "/rates/0"),
        (cliff(), bought("400000.00", "100000.01"), "20000.00", "/rates/1"),
        (marginal(), bought("400000.00", "100000.00"), "50000.00", "/rates/0"),
        (marginal(), bought("400000.00", "200000.00"), "70000.00", "/rates/1"),
        (marginal(), bought("500000.00", "200000.00"), "40000.00", "/rates/1"),
        // Half of the contract lies below the threshold, and so does half of what of it counts.
        (marginal(), part, "35000.00", "/rates/1"),
        // Each slice has a fraction of a fen: 0.01 × 50 % + 0.03 × 20 % = 0.011.
        (marginal(), bought("499999.99", "0.04"), "0.01", "/rates/1"),
        (gap.clone(), bought("400000.00", "200000.00"), "50000.00", "/rates/0"),
        (gap, bought("500000.00", "200000.00"), "0.00", "/rates"),
    ]);
}

#[test]
fn base_tax_and_rounding() {
    let capped = || json!({"reference_price_cap": "1.10"});
    let dear = |base: &str| json!({"base": base, "reference": "10.000000", "terms": ["20.000000", 10, 10]});
    let without_vat = || json!({"tax_basis": "excluded"});
    check(&[
        // 10.00 × 1.10 × 100 card-hours = 1,100.00 of 2,000.00.
        (capped(), dear("2000.00"), "330.00", "/rates/0"),
        // Half of it was delivered: half of what counts.
        (capped(), dear("1000.00"), "165.00", "/rates/0"),
        (
            capped(),
            json!({"reference": "10.000000", "terms": ["5.000000", 10, 20]}),
            "300.00",
            "/rates/0",
        ),
        (without_vat(), json!({"base": "1060.00"}), "300.00", "/rates/0"),
        // 1,000.00 ÷ 1.06 × 30 % = 283.0188…
        (without_vat(), json!({}), "283.01", "/rates/0"),
        (
            json!({"tax_basis": "excluded", "rounding": "half_up"}),
            json!({}),
            "283.02",
            "/rates/0",
        ),
        (json!({}), json!({"base": "0.05"}), "0.01", "/rates/0"),
        (
            json!({"rounding": "half_up"}),
            json!({"base": "0.05"}),
            "0.02",
            "/rates/0",
        ),
    ]);
}

#[test]
fn limits() {
    let contract = || json!({"cap_per_contract": "250.00"});
    let entity = || json!({"cap_per_entity": "8000.00", "cap_rows": [{"projects": ["national"], "cap": "9000.00"}]});
    let ceiling = |with: Value, rate: u32| json!({"stacking": [{"with": with, "ceilings": [{"rate_bps": rate}]}]});
    let others = json!([["city", "400.00"], ["park", "50.00"]]);
    let least = || json!({"min_spend": "500000.00"});
    let with_project = json!({"drawn": "8800.00", "entity": {"projects": ["national"]}});
    check(&[
        (contract(), json!({}), "250.00", "/cap_per_contract"),
        (
            contract(),
            json!({"of_contract": "200.00"}),
            "50.00",
            "/cap_per_contract",
        ),
        (entity(), json!({"drawn": "7700.00"}), "300.00", "/rates/0"),
        (entity(), json!({"drawn": "7700.01"}), "299.99", "/cap_per_entity"),
        (entity(), json!({"drawn": "8000.00"}), "0.00", "/cap_per_entity"),
        (entity(), with_project, "200.00", "/cap_rows/0"),
        (
            entity(),
            json!({"drawn": "8000.00", "lifted": "8100.00"}),
            "100.00",
            "/cap_exception",
        ),
        (
            ceiling(Value::Null, 5000),
            json!({"others": others}),
            "50.00",
            "/stacking/0/ceilings/0",
        ),
        (
            ceiling(json!(["city"]), 5000),
            json!({"others": others}),
            "100.00",
            "/stacking/0/ceilings/0",
        ),
        (
            ceiling(json!(["nation"]), 5000),
            json!({"others": others}),
            "300.00",
            "/rates/0",
        ),
        (
            ceiling(json!(["city"]), 0),
            json!({"others": others}),
            "0.00",
            "/stacking",
        ),
        (ceiling(json!(["city"]), 0), json!({}), "300.00", "/rates/0"),
        (least(), json!({"spent": "499000.00"}), "300.00", "/rates/0"),
        (least(), json!({"spent": "498999.99"}), "0.00", "/min_spend"),
        // The tightest of several decides, whatever the order.
        (
            json!({"cap_per_contract": "250.00", "cap_per_entity": "8000.00"}),
            json!({"drawn": "7900.00"}),
            "100.00",
            "/cap_per_entity",
        ),
        (
            json!({"cap_per_contract": "50.00", "cap_per_entity": "8000.00"}),
            json!({"drawn": "7900.00"}),
            "50.00",
            "/cap_per_contract",
        ),
    ]);
}
