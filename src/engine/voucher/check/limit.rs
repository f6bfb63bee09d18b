//! Contradictions between the pot, caps, the minimum spend and who pays.

use super::{LIST_MAX, Rule, some_of};
use crate::domain::programme::ProgrammeRules;
use crate::domain::rate::BasisPoints;
use crate::domain::rounding::{self, Rounding};
use crate::engine::limits;
use crate::engine::rejection::{FieldErrors, FieldRule};

/// Most payers of a programme: each has accounts of its own.
const PAYERS_MAX: usize = 16;

pub(super) const RULES: &[Rule] = &[
    Rule {
        of: &[],
        check: amounts,
    },
    Rule {
        of: &["pot", "cap_per_entity", "cap_rows", "cap_per_contract"],
        check: caps_within_the_pot,
    },
    Rule {
        of: &["cap_per_entity", "cap_rows", "cap_per_contract", "cap_exception"],
        check: caps_within_caps,
    },
    Rule {
        of: &["pot", "cap_per_entity", "cap_rows", "min_spend", "rates"],
        check: min_spend_below_the_caps,
    },
    Rule {
        of: &["co_funding"],
        check: shares_make_the_whole,
    },
];

/// Each amount by itself.
fn amounts(rules: &ProgrammeRules, errors: &mut FieldErrors) {
    limits::amount(errors, "/pot", rules.pot);
    let single = [
        ("/cap_per_entity", rules.cap_per_entity),
        ("/cap_per_contract", rules.cap_per_contract),
        ("/min_spend", rules.min_spend),
    ];
    for (pointer, amount) in single {
        if let Some(amount) = amount {
            limits::amount(errors, pointer, amount);
        }
    }
    for (index, row) in rules.cap_rows.iter().enumerate() {
        limits::amount(errors, &format!("/cap_rows/{index}/cap"), row.cap);
    }
    if rules.reference_price_cap.is_some_and(|cap| cap.ppm() == 0) {
        errors.add(
            "/reference_price_cap",
            FieldRule::TooSmall,
            "must be more than 0, or nothing is ever paid",
        );
    }
}

/// A cap above the pot can never be reached: one of the two is wrong.
fn caps_within_the_pot(rules: &ProgrammeRules, errors: &mut FieldErrors) {
    let rows = rules.cap_rows.iter().enumerate();
    let caps = rows.map(|(index, row)| (format!("/cap_rows/{index}/cap"), Some(row.cap)));
    let single = [
        ("/cap_per_entity".to_owned(), rules.cap_per_entity),
        ("/cap_per_contract".to_owned(), rules.cap_per_contract),
    ];
    for (pointer, cap) in single.into_iter().chain(caps) {
        if cap.is_some_and(|cap| cap > rules.pot) {
            errors.add(
                pointer,
                FieldRule::Contradicts,
                format!("is more than the whole pot of {} CNY", rules.pot),
            );
        }
    }
}

/// A contract's cap above what its entity can get at all never speaks, unless people may lift the entity's. An exception from
/// no cap is none.
fn caps_within_caps(rules: &ProgrammeRules, errors: &mut FieldErrors) {
    let of_rows = rules.cap_rows.iter().map(|row| row.cap);
    let largest = of_rows.chain(rules.cap_per_entity).max();
    if let (Some(contract), Some(entity), Some(_), false) = (
        rules.cap_per_contract,
        largest,
        rules.cap_per_entity,
        rules.cap_exception,
    ) && contract > entity
    {
        errors.add(
            "/cap_per_contract",
            FieldRule::Contradicts,
            format!("is more than any entity gets in a period: {entity} CNY"),
        );
    }
    errors.require(
        !rules.cap_exception || largest.is_some(),
        "/cap_exception",
        FieldRule::Contradicts,
        "lifts a cap of entities, and there is none",
    );
}

/// Who has just spent enough must be able to get its share: where a cap or the whole pot is used up by then, no rate ever speaks.
fn min_spend_below_the_caps(rules: &ProgrammeRules, errors: &mut FieldErrors) {
    let Some(spent) = rules.min_spend else { return };
    let highest = rules.rates.iter().map(|row| row.rate_bps).max();
    let Ok(due) = rounding::share(spent, highest.unwrap_or_default(), Rounding::Floor) else {
        return;
    };
    if due > rules.pot {
        errors.add(
            "/min_spend",
            FieldRule::Contradicts,
            format!("is so high that the share of it, {due} CNY, is more than the pot"),
        );
    }
    let rows = rules.cap_rows.iter().enumerate();
    let caps = rows.map(|(index, row)| (format!("/cap_rows/{index}/cap"), row.cap));
    let general = rules.cap_per_entity.map(|cap| ("/cap_per_entity".to_owned(), cap));
    for (pointer, cap) in general.into_iter().chain(caps) {
        if cap <= due {
            errors.add(
                pointer,
                FieldRule::Contradicts,
                format!("is used up by the minimum spend of {spent} CNY already, whose share is {due} CNY"),
            );
        }
    }
}

/// Treasuries pay the whole subsidy between them, each something.
fn shares_make_the_whole(rules: &ProgrammeRules, errors: &mut FieldErrors) {
    let funders = &rules.co_funding;
    let shares: u64 = funders.iter().map(|funder| u64::from(funder.share_bps.0)).sum();
    errors.require(
        funders.is_empty() || shares == u64::from(BasisPoints::WHOLE.0),
        "/co_funding",
        FieldRule::Malformed,
        "must have shares that add up to 10000",
    );
    for (index, funder) in funders.iter().enumerate() {
        limits::name(errors, &format!("/co_funding/{index}/payer"), &funder.payer);
        errors.require(
            funder.share_bps > BasisPoints(0),
            &format!("/co_funding/{index}/share_bps"),
            FieldRule::TooSmall,
            "must be at least 1: who pays nothing is no payer",
        );
    }
    let payers: Vec<&str> = funders.iter().map(|funder| funder.payer.as_str()).collect();
    if payers.len() <= LIST_MAX {
        some_of(errors, "/co_funding", &payers);
    }
    errors.require(
        payers.len() <= PAYERS_MAX,
        "/co_funding",
        FieldRule::TooMany,
        "must have at most 16 payers",
    );
}
