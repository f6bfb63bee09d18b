//! Contradictions in rate tables: the programme's own, its ceilings together with others, and that of its upper match.

use super::reach::{self, Blocked};
use super::{LIST_MAX, Rule, list};
use crate::domain::programme::ProgrammeRules;
use crate::domain::programme::process::Period;
use crate::domain::programme::rate::{RateCondition, RateRow, ThresholdMode};
use crate::domain::rate::BasisPoints;
use crate::domain::time::Timestamp;
use crate::engine::limits;
use crate::engine::rejection::{FieldErrors, FieldRule};

pub(super) const RULES: &[Rule] = &[
    Rule {
        of: &[],
        check: each_row,
    },
    Rule {
        of: &["rates", "eligible_entity"],
        check: own_table,
    },
    Rule {
        of: &["stacking", "eligible_entity"],
        check: stacking_tables,
    },
    Rule {
        of: &["upper_match", "eligible_entity"],
        check: upper_table,
    },
    Rule {
        of: &["id", "stacking", "upper_match"],
        check: other_programmes,
    },
    Rule {
        of: &["rates", "upper_match", "min_spend", "threshold_mode"],
        check: thresholds,
    },
    Rule {
        of: &["rates", "valid_from", "valid_until", "contract_signed", "pay_mode"],
        check: rows_in_time,
    },
    Rule {
        of: &["rates", "stacking"],
        check: rates_within_ceilings,
    },
];

/// All tables with their pointers.
fn tables(rules: &ProgrammeRules) -> Vec<(String, &[RateRow])> {
    let mut tables = vec![("/rates".to_owned(), rules.rates.as_slice())];
    for (index, stacking) in rules.stacking.iter().enumerate() {
        tables.push((format!("/stacking/{index}/ceilings"), &stacking.ceilings));
    }
    if let Some(upper) = &rules.upper_match {
        tables.push(("/upper_match/rates".to_owned(), &upper.rates));
    }
    tables
}

/// Each row by itself: a share of at most the whole, and a condition that something can fulfil.
fn each_row(rules: &ProgrammeRules, errors: &mut FieldErrors) {
    errors.require(
        rules.stacking.len() <= LIST_MAX,
        "/stacking",
        FieldRule::TooMany,
        "must have at most 64 ceilings",
    );
    for (table, rows) in tables(rules) {
        errors.require(!rows.is_empty(), &table, FieldRule::Empty, "must have at least one row");
        errors.require(
            rows.len() <= LIST_MAX,
            &table,
            FieldRule::TooMany,
            "must have at most 64 rows",
        );
        for (index, row) in rows.iter().enumerate() {
            errors.require(
                row.rate_bps <= BasisPoints::WHOLE,
                &format!("{table}/{index}/rate_bps"),
                FieldRule::TooLarge,
                "must be at most 10000",
            );
            condition(errors, &format!("{table}/{index}/when"), &row.when);
        }
    }
}

fn condition(errors: &mut FieldErrors, pointer: &str, when: &RateCondition) {
    if let Some(sites) = &when.sites {
        list(errors, &format!("{pointer}/sites"), sites);
    }
    if let Some(facilities) = &when.facilities {
        list(errors, &format!("{pointer}/facilities"), facilities);
    }
    if let Some(workloads) = &when.workloads {
        list(errors, &format!("{pointer}/workloads"), workloads);
    }
    if let Some(kinds) = &when.entity_kinds {
        list(errors, &format!("{pointer}/entity_kinds"), kinds);
    }
    if let Some(sizes) = &when.entity_sizes {
        list(errors, &format!("{pointer}/entity_sizes"), sizes);
    }
    if let Some(projects) = &when.projects {
        list(errors, &format!("{pointer}/projects"), projects);
    }
    errors.require(
        when.entity_age_below_months != Some(0),
        &format!("{pointer}/entity_age_below_months"),
        FieldRule::TooSmall,
        "must be at least 1: nobody is younger than 0 months",
    );
    if let Some(total) = when.declared_total_up_to {
        limits::amount(errors, &format!("{pointer}/declared_total_up_to"), total);
    }
    if let (Some(from), Some(until)) = (when.from, when.until) {
        errors.require(
            from < until,
            &format!("{pointer}/until"),
            FieldRule::Reversed,
            "must come after from",
        );
    }
}

fn own_table(rules: &ProgrammeRules, errors: &mut FieldErrors) {
    table(rules, errors, "/rates", &rules.rates);
}

fn stacking_tables(rules: &ProgrammeRules, errors: &mut FieldErrors) {
    for (index, stacking) in rules.stacking.iter().enumerate() {
        table(
            rules,
            errors,
            &format!("/stacking/{index}/ceilings"),
            &stacking.ceilings,
        );
    }
}

fn upper_table(rules: &ProgrammeRules, errors: &mut FieldErrors) {
    if let Some(upper) = &rules.upper_match {
        table(rules, errors, "/upper_match/rates", &upper.rates);
    }
}

/// Every row of a table must be able to count, and no two rows may be dated so that both are in force for the same things.
fn table(rules: &ProgrammeRules, errors: &mut FieldErrors, pointer: &str, rows: &[RateRow]) {
    if rows.len() > LIST_MAX {
        return;
    }
    let unreachable = reach::blocked(rows, &rules.eligible_entity);
    let counts = |index: usize| !unreachable.iter().any(|(blocked, _)| *blocked == index);
    for (index, row) in rows.iter().enumerate().filter(|(index, _)| counts(*index)) {
        if let Some(twin) = rows[..index].iter().position(|earlier| overlapping_twins(earlier, row)) {
            errors.add(
                format!("{pointer}/{index}/when"),
                FieldRule::Overlaps,
                format!("is in force together with row {twin}, which says another rate for the same things"),
            );
        }
    }
    for (index, blocked) in unreachable {
        let why = match blocked {
            Blocked::NotEligible => "never counts: the programme is for nobody who fulfils its condition".to_owned(),
            Blocked::Covered(earlier) => format!("never counts: {} before it", taken_by(&earlier)),
        };
        errors.add(format!("{pointer}/{index}"), FieldRule::Unreachable, why);
    }
}

fn taken_by(rows: &[usize]) -> String {
    match rows {
        [row] => format!("whatever fulfils its condition fulfils that of row {row}"),
        rows => {
            let rows: Vec<String> = rows.iter().map(ToString::to_string).collect();
            format!(
                "whatever fulfils its condition fulfils that of one of the rows {}",
                rows.join(", ")
            )
        }
    }
}

/// Rows for the same things, both dated, with times in common and different rates: one of the dates is wrong.
fn overlapping_twins(a: &RateRow, b: &RateRow) -> bool {
    let times = |row: &RateRow| Period {
        from: row.when.from,
        until: row.when.until,
    };
    let undated = |row: &RateRow| RateCondition {
        from: None,
        until: None,
        ..row.when.clone()
    };
    let dated = |row: &RateRow| row.when.from.is_some() || row.when.until.is_some();
    dated(a)
        && dated(b)
        && a.rate_bps != b.rate_bps
        && undated(a) == undated(b)
        && super::time::overlap(times(a), times(b))
}

/// A programme can neither be stacked upon itself nor follow itself.
fn other_programmes(rules: &ProgrammeRules, errors: &mut FieldErrors) {
    let mut others = Vec::new();
    for (index, stacking) in rules.stacking.iter().enumerate() {
        if let Some(with) = &stacking.with {
            others.push((format!("/stacking/{index}/with"), with));
        }
    }
    if let Some(upper) = &rules.upper_match {
        others.push(("/upper_match/programmes".to_owned(), &upper.programmes));
    }
    for (pointer, programmes) in others {
        list(errors, &pointer, programmes);
        for (index, programme) in programmes.iter().enumerate() {
            errors.require(
                *programme != rules.id,
                &format!("{pointer}/{index}"),
                FieldRule::Contradicts,
                "is this programme itself",
            );
        }
    }
}

/// Marginal rates need a threshold; and a threshold below the minimum spend is passed before anything is paid, unless what lies
/// below it keeps its own rate.
fn thresholds(rules: &ProgrammeRules, errors: &mut FieldErrors) {
    let upper = rules.upper_match.iter().flat_map(|upper| &upper.rates);
    let any = rules
        .rates
        .iter()
        .chain(upper)
        .any(|row| row.when.declared_total_up_to.is_some());
    match rules.threshold_mode {
        ThresholdMode::Marginal => errors.require(
            any,
            "/threshold_mode",
            FieldRule::Contradicts,
            "is marginal, and no rate has a declared_total_up_to",
        ),
        ThresholdMode::Cliff => {
            for (index, row) in rules.rates.iter().enumerate() {
                if let (Some(threshold), Some(spent)) = (row.when.declared_total_up_to, rules.min_spend)
                    && threshold < spent
                {
                    errors.add(
                        format!("/rates/{index}/when/declared_total_up_to"),
                        FieldRule::Unreachable,
                        format!("is less than the minimum spend of {spent} CNY, before which nothing is paid"),
                    );
                }
            }
        }
    }
}

/// Rates must be in force when contracts can be made that are paid.
fn rows_in_time(rules: &ProgrammeRules, errors: &mut FieldErrors) {
    let signed = rules.contract_signed.unwrap_or_default();
    let first_deduction = rules.pay_mode.is_deducted().then_some(rules.valid_from);
    let earliest: Option<Timestamp> = signed.from.max(first_deduction);
    let latest = signed
        .until
        .map_or(rules.valid_until, |until| until.min(rules.valid_until));
    for (index, row) in rules.rates.iter().enumerate() {
        let over = matches!((row.when.until, earliest), (Some(until), Some(earliest)) if until <= earliest);
        errors.require(
            !over,
            &format!("/rates/{index}/when/until"),
            FieldRule::Unreachable,
            "comes before the first contract of which anything is paid",
        );
        errors.require(
            row.when.from.is_none_or(|from| from < latest),
            &format!("/rates/{index}/when/from"),
            FieldRule::Unreachable,
            "comes after the last contract of which anything is paid",
        );
    }
}

/// A rate above the ceiling of all public money together, itself included, is never paid. A ceiling of 0 forbids others and
/// leaves the own rate alone.
fn rates_within_ceilings(rules: &ProgrammeRules, errors: &mut FieldErrors) {
    for (index, row) in rules.rates.iter().enumerate() {
        for (place, stacking) in rules.stacking.iter().enumerate() {
            let same = reach::counterpart(row, &stacking.ceilings);
            let Some((same, ceiling)) = same.and_then(|same| Some((same, stacking.ceilings.get(same)?))) else {
                continue;
            };
            if ceiling.rate_bps > BasisPoints(0) && row.rate_bps > ceiling.rate_bps {
                errors.add(
                    format!("/rates/{index}/rate_bps"),
                    FieldRule::Contradicts,
                    format!(
                        "is more than the ceiling of {} at /stacking/{place}/ceilings/{same}, so that it is never paid",
                        ceiling.rate_bps.0
                    ),
                );
            }
        }
    }
}
