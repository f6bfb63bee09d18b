//! Each rule by itself and with others: the amount to the fen and the rule that decided.

mod amount;
mod who;

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
                all: self.contract,
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
