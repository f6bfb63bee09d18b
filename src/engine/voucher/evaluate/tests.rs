//! Each rule by itself and with others: the amount to the fen and the rule that decided.

use serde_json::{Value, json};

use super::*;
use crate::domain::evaluation::decided_by;

/// What is asked, as JSON; what is not said is usual.
struct Question {
    rules: ProgrammeRules,
    entity: EntityFacts,
    accelerator: Accelerator,
    site: Code,
    purpose: Option<Purpose>,
    provider: Vec<ListedProvider>,
    reference: Option<Price>,
    terms: Option<(Price, u32, u32)>,
    base: Money,
    contract: Money,
    spent: Money,
    declared: Money,
    drawn: Money,
    of_contract: Money,
    others: Vec<(Code, Money)>,
    lifted: Option<Money>,
    at: Timestamp,
}

fn read<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

/// A contract of 1,000.00 under a programme of 30 % without limits, with `changes` to the rules and `facts` of the case.
fn question(changes: &Value, facts: &Value) -> Question {
    let mut rules = json!({
        "id": "case", "pot": "1000000.00", "rates": [{"rate_bps": 3000}],
        "valid_from": "2025-12-31T16:00:00Z", "valid_until": "2027-12-31T16:00:00Z",
    });
    for (key, value) in changes.as_object().unwrap() {
        rules[key] = value.clone();
    }
    let fact = |key: &str, usual: Value| facts.get(key).cloned().unwrap_or(usual);
    let money = |key: &str| read::<Money>(fact(key, json!("0.00")));
    let base = fact("base", json!("1000.00"));
    let accelerator = json!({
        "code": "card", "vendor": "v", "model": "m", "domestic": fact("domestic", json!(true)), "memory_gb": 64,
        "fp16_dense_gflops": null, "cards_per_node": 8,
    });
    Question {
        rules: read(rules),
        entity: read(fact("entity", json!({}))),
        accelerator: read(accelerator),
        site: read(fact("site", json!("hangzhou"))),
        purpose: read(fact("purpose", Value::Null)),
        provider: read(fact("provider", json!([]))),
        reference: read(fact("reference", Value::Null)),
        terms: read(fact("terms", Value::Null)),
        contract: read(fact("contract", base.clone())),
        base: read(base),
        spent: money("spent"),
        declared: money("declared"),
        drawn: money("drawn"),
        of_contract: money("of_contract"),
        others: read(fact("others", json!([]))),
        lifted: read(fact("lifted", Value::Null)),
        at: read(fact("at", json!("2026-06-01T00:00:00+08:00"))),
    }
}

impl Question {
    fn case(&self) -> Case<'_> {
        Case {
            rules: &self.rules,
            rates: &self.rules.rates,
            entity: &self.entity,
            uscc: "91330100799655058B".parse().ok(),
            deal: Deal {
                accelerator: Some(&self.accelerator),
                site: Some(&self.site),
                purpose: self.purpose,
                provider: &self.provider,
                reference: self.reference,
                terms: self.terms,
                base: self.base,
                contract: self.contract,
                vat: BasisPoints(600),
                at: self.at,
            },
            so_far: SoFar {
                spent: self.spent,
                declared: self.declared,
                drawn: self.drawn,
                of_contract: self.of_contract,
                others: &self.others,
                lifted: self.lifted,
            },
        }
    }
}

/// Checks rows of changed rules, facts, the subsidy and the rule that decided.
fn check(rows: &[(Value, Value, &str, &str)]) {
    for (changes, facts, amount, decided) in rows {
        let asked = question(changes, facts);
        let case = asked.case();
        let mut steps = Vec::new();
        let traced = evaluate(&case, &mut steps).unwrap();
        let pointer = decided_by(&steps).map(Step::pointer).unwrap_or_default();
        let got = (traced.to_string(), pointer);
        assert_eq!(
            got,
            ((*amount).to_owned(), (*decided).to_owned()),
            "{changes} {facts}: {steps:?}"
        );
        assert_eq!(
            evaluate(&case, &mut ()),
            Ok(traced),
            "the search finds the same: {changes} {facts}"
        );
    }
}

#[test]
fn who_is_eligible() {
    let rule = |rule: Value| json!({"eligible_entity": rule});
    let is = |facts: Value| json!({"entity": facts});
    let kinds = || rule(json!({"kinds": ["firm", "university"]}));
    let young = || rule(json!({"age_below_months": 12}));
    let old = || rule(json!({"age_min_months": 12}));
    let clean = || rule(json!({"clean_years": 3}));
    check(&[
        (kinds(), is(json!({"kind": "firm"})), "300.00", "/rates/0"),
        (kinds(), is(json!({"kind": "maker"})), "0.00", "/eligible_entity/kinds"),
        (kinds(), is(json!({})), "0.00", "/eligible_entity/kinds"),
        (
            rule(json!({"sizes": ["small"]})),
            is(json!({"size": "large"})),
            "0.00",
            "/eligible_entity/sizes",
        ),
        (
            rule(json!({"uscc_prefixes": ["12", "91"]})),
            is(json!({})),
            "300.00",
            "/rates/0",
        ),
        (
            rule(json!({"uscc_prefixes": ["12"]})),
            is(json!({})),
            "0.00",
            "/eligible_entity/uscc_prefixes",
        ),
        (
            rule(json!({"areas": ["3301"]})),
            is(json!({"area": "330106"})),
            "300.00",
            "/rates/0",
        ),
        (
            rule(json!({"areas": ["3301"]})),
            is(json!({"area": "330200"})),
            "0.00",
            "/eligible_entity/areas",
        ),
        (
            rule(json!({"industries": ["ai"]})),
            is(json!({"industries": ["ai"]})),
            "300.00",
            "/rates/0",
        ),
        (
            rule(json!({"industries": ["ai"]})),
            is(json!({"industries": []})),
            "0.00",
            "/eligible_entity/industries",
        ),
        // Founded on 1 June 2025: a year old on the very day.
        (
            old(),
            is(json!({"founded": "2025-06-01T00:00:00+08:00"})),
            "300.00",
            "/rates/0",
        ),
        (
            old(),
            is(json!({"founded": "2025-06-02T00:00:00+08:00"})),
            "0.00",
            "/eligible_entity/age_min_months",
        ),
        (
            young(),
            is(json!({"founded": "2025-06-02T00:00:00+08:00"})),
            "300.00",
            "/rates/0",
        ),
        (
            young(),
            is(json!({"founded": "2025-06-01T00:00:00+08:00"})),
            "0.00",
            "/eligible_entity/age_below_months",
        ),
        (young(), is(json!({})), "0.00", "/eligible_entity/age_below_months"),
        (
            clean(),
            is(json!({"clean_since": "2023-06-01T00:00:00+08:00"})),
            "300.00",
            "/rates/0",
        ),
        (
            clean(),
            is(json!({"clean_since": "2023-06-02T00:00:00+08:00"})),
            "0.00",
            "/eligible_entity/clean_years",
        ),
    ]);
}

#[test]
fn when_it_was_signed_and_from_whom() {
    let signed =
        || json!({"contract_signed": {"from": "2026-06-01T00:00:00+08:00", "until": "2026-07-01T00:00:00+08:00"}});
    let rule = |rule: Value| json!({"provider_rule": rule});
    let listed = |items: Value, capacity: Value, until: Value| {
        let place = json!({
            "batch": "1", "items": items, "capacity_p": capacity, "facility": "planned",
            "from": "2026-01-01T00:00:00+08:00", "until": until,
        });
        json!({"provider": [place]})
    };
    let item = || rule(json!({"listed": true, "item": "compute"}));
    let large = || rule(json!({"listed": true, "capacity_min_p": 2500}));
    let rates = || json!({"rates": [{"when": {"facilities": ["planned"]}, "rate_bps": 3000}, {"rate_bps": 2000}]});
    let open = Value::Null;
    let ended = json!("2026-06-01T00:00:00+08:00");
    let compute = json!(["compute"]);
    check(&[
        (signed(), json!({}), "300.00", "/rates/0"),
        (
            signed(),
            json!({"at": "2026-05-31T23:59:59+08:00"}),
            "0.00",
            "/contract_signed",
        ),
        (
            signed(),
            json!({"at": "2026-07-01T00:00:00+08:00"}),
            "0.00",
            "/contract_signed",
        ),
        (
            rule(json!({"listed": true})),
            json!({}),
            "0.00",
            "/provider_rule/listed",
        ),
        (
            item(),
            listed(compute.clone(), open.clone(), open.clone()),
            "300.00",
            "/rates/0",
        ),
        (
            item(),
            listed(compute.clone(), open.clone(), ended.clone()),
            "0.00",
            "/provider_rule/listed",
        ),
        (
            item(),
            listed(json!(["storage"]), open.clone(), open.clone()),
            "0.00",
            "/provider_rule/item",
        ),
        (
            large(),
            listed(compute.clone(), json!(2500), open.clone()),
            "300.00",
            "/rates/0",
        ),
        (
            large(),
            listed(compute.clone(), json!(2499), open.clone()),
            "0.00",
            "/provider_rule/capacity_min_p",
        ),
        (
            large(),
            listed(compute.clone(), open.clone(), open.clone()),
            "0.00",
            "/provider_rule/capacity_min_p",
        ),
        (
            rates(),
            listed(compute.clone(), open.clone(), open),
            "300.00",
            "/rates/0",
        ),
        (rates(), listed(compute, Value::Null, ended), "200.00", "/rates/1"),
    ]);
}

#[test]
fn which_row_counts() {
    let when = |when: Value| json!({"rates": [{"when": when, "rate_bps": 5000}, {"when": {"domestic": true}, "rate_bps": 3000}]});
    let is = |facts: Value| json!({"entity": facts});
    let from = || when(json!({"from": "2026-06-01T00:00:00+08:00", "until": "2026-06-02T00:00:00+08:00"}));
    check(&[
        (when(json!({"domestic": false})), json!({}), "300.00", "/rates/1"),
        (
            when(json!({"domestic": false})),
            json!({"domestic": false}),
            "500.00",
            "/rates/0",
        ),
        (
            when(json!({"sites": ["ningbo"]})),
            json!({"domestic": false}),
            "0.00",
            "/rates",
        ),
        (
            when(json!({"sites": ["ningbo"]})),
            json!({"site": "ningbo"}),
            "500.00",
            "/rates/0",
        ),
        (
            when(json!({"workloads": ["maas"]})),
            json!({"purpose": "maas"}),
            "500.00",
            "/rates/0",
        ),
        (when(json!({"workloads": ["maas"]})), json!({}), "300.00", "/rates/1"),
        (
            when(json!({"entity_kinds": ["university"]})),
            is(json!({"kind": "university"})),
            "500.00",
            "/rates/0",
        ),
        (
            when(json!({"entity_sizes": ["micro"]})),
            is(json!({"size": "small"})),
            "300.00",
            "/rates/1",
        ),
        (
            when(json!({"entity_age_below_months": 12})),
            is(json!({"founded": "2026-01-01T00:00:00+08:00"})),
            "500.00",
            "/rates/0",
        ),
        (
            when(json!({"filed_model": true})),
            is(json!({"filed_model": true})),
            "500.00",
            "/rates/0",
        ),
        (
            when(json!({"projects": ["national"]})),
            is(json!({"projects": ["provincial"]})),
            "300.00",
            "/rates/1",
        ),
        (from(), json!({}), "500.00", "/rates/0"),
        (from(), json!({"at": "2026-06-02T00:00:00+08:00"}), "300.00", "/rates/1"),
        (
            json!({"included_items": ["storage"]}),
            json!({"base": "0.00"}),
            "0.00",
            "/included_items",
        ),
    ]);
}

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

#[test]
fn a_matched_rate_is_told_apart() {
    let asked = question(
        &json!({"upper_match": {"programmes": ["nation"], "rates": [{"rate_bps": 1500}]}}),
        &json!({}),
    );
    let upper = asked.rules.upper_match.as_ref().unwrap();
    let case = Case {
        rates: &upper.rates,
        ..asked.case()
    };
    let mut steps = Vec::new();
    assert_eq!(
        evaluate(&case, &mut steps).map(|amount| amount.to_string()),
        Ok("150.00".to_owned())
    );
    assert_eq!(
        decided_by(&steps).map(Step::pointer).as_deref(),
        Some("/upper_match/rates/0")
    );
}

#[test]
fn the_bound_of_the_search_is_never_below_a_rate() {
    let rates = json!({"rates": [
        {"when": {"entity_sizes": ["small"]}, "rate_bps": 10000},
        {"when": {"domestic": false}, "rate_bps": 6000},
        {"when": {"sites": ["ningbo"]}, "rate_bps": 5000},
        {"rate_bps": 2000},
    ]});
    let asked = question(&rates, &json!({}));
    assert_eq!(highest_rate(&asked.case(), &asked.accelerator), BasisPoints(5_000));
    let small = question(&rates, &json!({"entity": {"size": "small"}}));
    assert_eq!(highest_rate(&small.case(), &small.accelerator), BasisPoints(10_000));
}
