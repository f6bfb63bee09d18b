//! The table of cases, `cases.md`, against the evaluation.

use std::collections::{BTreeMap, BTreeSet};

use qiantang::domain::accelerator::Accelerator;
use qiantang::domain::code::Code;
use qiantang::domain::entity::EntityFacts;
use qiantang::domain::evaluation::{Step, decided_by};
use qiantang::domain::money::{Money, Price};
use qiantang::domain::programme::ProgrammeRules;
use qiantang::domain::programme::rate::ThresholdMode;
use qiantang::domain::provider_list::ListedProvider;
use qiantang::domain::rate::BasisPoints;
use qiantang::domain::time::Timestamp;
use qiantang::engine::voucher::evaluate::{Case, Deal, SoFar, evaluate};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{rules, shipped};

/// A row, by the names of its columns.
type Row = BTreeMap<String, String>;

fn table() -> Vec<Row> {
    let text = include_str!("cases.md");
    let lines = text.lines().filter(|line| line.starts_with('|'));
    let mut lines = lines.map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()));
    let columns: Vec<String> = lines.next().unwrap().collect();
    let rows = lines.skip(1).map(|cells| {
        let cells: Vec<String> = cells.collect();
        assert_eq!(cells.len(), columns.len(), "{cells:?}");
        columns.iter().cloned().zip(cells).collect()
    });
    rows.collect()
}

fn read<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

fn money(text: &str) -> Money {
    text.parse().unwrap()
}

/// Midnight in Asia/Shanghai.
fn day(text: &str) -> Timestamp {
    format!("{text}T00:00:00+08:00").parse().unwrap()
}

fn entity(text: &str) -> EntityFacts {
    let mut facts = json!({ "projects": [] });
    for word in text.split_whitespace() {
        match word {
            "nothing" | "known" => {}
            "firm" | "university" | "institute" | "maker" => facts["kind"] = json!(word),
            "micro" | "small" | "medium" | "large" => facts["size"] = json!(word),
            "national" | "provincial" | "municipal" => facts["projects"].as_array_mut().unwrap().push(json!(word)),
            "filed" => facts["filed_model"] = json!(true),
            _ => match word.split_once('=').unwrap() {
                ("founded", date) => facts["founded"] = json!(day(date)),
                ("clean", date) => facts["clean_since"] = json!(day(date)),
                (other, _) => panic!("{other}"),
            },
        }
    }
    read(facts)
}

fn accelerator(text: &str) -> Option<Accelerator> {
    let domestic = match text {
        "domestic" => true,
        "other" => false,
        "unknown" => return None,
        other => panic!("{other}"),
    };
    Some(read(
        json!({ "code": "card", "vendor": "V", "model": "M", "domestic": domestic, "memory_gb": 64,
        "fp16_dense_gflops": null, "cards_per_node": 8 }),
    ))
}

fn listed(text: &str) -> Vec<ListedProvider> {
    if text == "–" {
        return Vec::new();
    }
    let (item, capacity) = text.split_once(' ').unwrap_or((text, ""));
    let capacity: Option<u32> = capacity.parse().ok();
    vec![read(
        json!({ "batch": "1", "items": [item], "capacity_p": capacity, "from": "2020-01-01T00:00:00Z" }),
    )]
}

/// `10.00 ref 9.00 for 8x100`.
fn price(text: &str) -> (Option<Price>, Option<(Price, u32, u32)>) {
    let Some((price, rest)) = text.split_once(" ref ") else {
        assert_eq!(text, "–");
        return (None, None);
    };
    let (reference, size) = rest.split_once(" for ").unwrap();
    let (cards, hours) = size.split_once('x').unwrap();
    let terms = (price.parse().unwrap(), cards.parse().unwrap(), hours.parse().unwrap());
    (Some(reference.parse().unwrap()), Some(terms))
}

/// Base, rates, subsidy and what decided, as the table writes them.
fn played(row: &Row, programmes: &BTreeMap<String, ProgrammeRules>) -> [String; 4] {
    let (name, mode) = row["programme"].split_once(' ').unwrap_or((&row["programme"], ""));
    let mut rules = programmes[name].clone();
    match mode {
        "" | "upper" => {}
        "marginal" => rules.threshold_mode = ThresholdMode::Marginal,
        other => panic!("{other}"),
    }
    let upper = rules.upper_match.as_ref().filter(|_| mode == "upper");
    let rates = upper.map_or(&rules.rates, |upper| &upper.rates);
    let facts = entity(&row["entity"]);
    let accelerator = accelerator(&row["accelerator"]);
    let provider = listed(&row["provider listed"]);
    let (reference, terms) = price(&row["price"]);
    let contract = money(&row["contract"]);
    let purpose = (row["purpose"] != "–").then(|| read(json!(row["purpose"])));
    let other: (Code, Money) = ("another".parse().unwrap(), money(&row["other money"]));
    let case = Case {
        rules: &rules,
        rates,
        entity: &facts,
        uscc: None,
        deal: Deal {
            accelerator: accelerator.as_ref(),
            site: None,
            purpose,
            provider: &provider,
            reference,
            terms,
            base: if row["counts"] == "all" {
                contract
            } else {
                money(&row["counts"])
            },
            contract,
            all: contract,
            vat: BasisPoints(600),
            at: day(&row["date"]),
        },
        so_far: SoFar {
            spent: money(&row["spent"]),
            declared: money(&row["spent"]),
            drawn: money(&row["drawn"]),
            of_contract: Money::ZERO,
            others: std::slice::from_ref(&other),
            lifted: None,
        },
    };
    let mut steps: Vec<Step> = Vec::new();
    let subsidy = evaluate(&case, &mut steps).unwrap();
    assert_eq!(
        evaluate(&case, &mut ()),
        Ok(subsidy),
        "whoever looks on changes nothing"
    );
    let decided = decided_by(&steps).unwrap();
    let refused = if matches!(decided, Step::Refused { .. }) {
        "refused "
    } else {
        ""
    };
    let mut base = steps.iter().filter_map(|step| match step {
        Step::Base { amount } | Step::ReferencePrice { amount, .. } => Some(amount.to_string()),
        _ => None,
    });
    let rates = steps.iter().filter_map(|step| match step {
        Step::Rate { rate_bps, .. } => Some(rate_bps.0.to_string()),
        _ => None,
    });
    let said = |text: String| if text.is_empty() { "–".to_owned() } else { text };
    [
        said(base.next_back().unwrap_or_default()),
        said(rates.collect::<Vec<_>>().join("+")),
        subsidy.to_string(),
        format!("{refused}{}", decided.pointer()),
    ]
}

#[test]
fn every_case_is_paid_to_the_fen_by_the_rule_that_the_table_says() {
    let programmes: BTreeMap<String, ProgrammeRules> = shipped()
        .iter()
        .map(|path| rules(path))
        .map(|rules| (rules.id.to_string(), rules))
        .collect();
    let rows = table();
    assert!(rows.len() >= 200, "{}", rows.len());
    let mut wrong = Vec::new();
    for row in &rows {
        let found = played(row, &programmes);
        let told = ["base", "rate", "subsidy", "decided by"].map(|column| row[column].clone());
        if found != told {
            wrong.push(format!("{row:?}\n  told {told:?}\n  found {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    let named = |row: &Row| row["programme"].split(' ').next().unwrap().to_owned();
    let tried: BTreeSet<String> = rows.iter().map(named).collect();
    assert!(tried.iter().eq(programmes.keys()), "{tried:?}");
}
