//! Contradictions in how a programme pays and what its vouchers are.

use super::Rule;
use crate::domain::programme::ProgrammeRules;
use crate::domain::programme::funding::{ClaimsFrom, PayMode};
use crate::domain::programme::process::EvidenceWith;
use crate::domain::programme::rate::RateBase;
use crate::engine::rejection::{FieldErrors, FieldRule};

pub(super) const RULES: &[Rule] = &[
    Rule {
        of: &["transferable", "cashable"],
        check: vouchers_stay_what_they_are,
    },
    Rule {
        of: &["pay_mode", "rate_base"],
        check: base_of_the_pay_mode,
    },
    Rule {
        of: &["claims_from", "pay_mode"],
        check: money_of_claims,
    },
    Rule {
        of: &["claims_from", "review_chain"],
        check: no_review_for_the_pot,
    },
    Rule {
        of: &["pay_mode", "evidence"],
        check: evidence_of_the_pay_mode,
    },
];

/// A voucher pays for computing of whom it was granted to, and for nothing else: that keeps it from being money.
fn vouchers_stay_what_they_are(rules: &ProgrammeRules, errors: &mut FieldErrors) {
    let said = [("/transferable", rules.transferable), ("/cashable", rules.cashable)];
    for (pointer, said) in said {
        errors.require(
            !said,
            pointer,
            FieldRule::Fixed,
            "must be false: no voucher of this exchange is passed on or turned into money",
        );
    }
}

/// What is deducted from the price has not been paid, so that no share of what was paid can be deducted.
fn base_of_the_pay_mode(rules: &ProgrammeRules, errors: &mut FieldErrors) {
    let circular = match rules.rate_base {
        RateBase::Paid => rules.pay_mode.is_deducted(),
        RateBase::Contract | RateBase::Incurred | RateBase::UsageFee => false,
    };
    errors.require(
        !circular,
        "/rate_base",
        FieldRule::Contradicts,
        "is what the entity has paid, and where vouchers are deducted it has not paid yet",
    );
}

/// Only what is reimbursed claim by claim can come from either side: an assessment makes its vouchers itself, and the others take no
/// claims.
fn money_of_claims(rules: &ProgrammeRules, errors: &mut FieldErrors) {
    let reimburses = match rules.pay_mode {
        PayMode::Reimburse => true,
        PayMode::Deduct | PayMode::Reserve | PayMode::Assessment => false,
    };
    errors.require(
        reimburses || rules.claims_from.is_none(),
        "/claims_from",
        FieldRule::Contradicts,
        "is for programmes that reimburse, and this one pays otherwise",
    );
}

/// Applications are reviewed for vouchers, and claims out of the pot take none.
fn no_review_for_the_pot(rules: &ProgrammeRules, errors: &mut FieldErrors) {
    let from_pot = match rules.claims_from {
        Some(ClaimsFrom::Pot) => true,
        Some(ClaimsFrom::Vouchers) | None => false,
    };
    errors.require(
        !from_pot || rules.review_chain.is_empty(),
        "/claims_from",
        FieldRule::Contradicts,
        "is the pot, and applications are reviewed for vouchers that would pay nothing",
    );
}

/// Where vouchers are deducted nobody claims, and nothing can come with a claim.
fn evidence_of_the_pay_mode(rules: &ProgrammeRules, errors: &mut FieldErrors) {
    for (index, rule) in rules.evidence.iter().enumerate() {
        let claimed = match rule.with {
            EvidenceWith::Claim => true,
            EvidenceWith::Application => false,
        };
        errors.require(
            !claimed || !rules.pay_mode.is_deducted(),
            &format!("/evidence/{index}/with"),
            FieldRule::Contradicts,
            "is a claim, and nothing is claimed where vouchers are deducted",
        );
    }
}
