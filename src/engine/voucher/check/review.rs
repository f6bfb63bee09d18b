//! Contradictions in who decides, on which evidence, and what follows a breach.

use super::{Rule, list, some_of};
use crate::domain::programme::ProgrammeRules;
use crate::domain::programme::limit::Allocation;
use crate::domain::programme::process::{Clawback, ClawbackReason, ReviewKind};
use crate::domain::rate::BasisPoints;
use crate::engine::limits;
use crate::engine::rejection::{FieldErrors, FieldRule};

/// Least fine of State Council Order 427, article 14: 10 % of what was got wrongly.
const FINE_MIN: BasisPoints = BasisPoints(1_000);
/// Largest fine of State Council Order 427, article 14: 50 % of what was got wrongly.
const FINE_MAX: BasisPoints = BasisPoints(5_000);
/// Most stages of a review.
const STAGES_MAX: usize = 16;
/// Most people of a review, all stages together: a person counts once.
const PEOPLE_MAX: u32 = 32;
/// Longest ban: ten years.
const BAN_MONTHS_MAX: u32 = 120;

pub(super) const RULES: &[Rule] = &[
    Rule {
        of: &["authorities", "review_chain"],
        check: stages,
    },
    Rule {
        of: &["evidence"],
        check: evidence,
    },
    Rule {
        of: &["allocation_when_short", "review_chain"],
        check: ranking_needs_scores,
    },
    Rule {
        of: &["clawback"],
        check: clawback,
    },
];

fn stages(rules: &ProgrammeRules, errors: &mut FieldErrors) {
    errors.require(
        rules.review_chain.len() <= STAGES_MAX,
        "/review_chain",
        FieldRule::TooMany,
        "must have at most 16 stages",
    );
    let people: u32 = rules.review_chain.iter().map(|stage| u32::from(stage.people)).sum();
    errors.require(
        people <= PEOPLE_MAX,
        "/review_chain",
        FieldRule::TooLarge,
        "asks for more than 32 different people",
    );
    for (index, stage) in rules.review_chain.iter().enumerate() {
        errors.require(
            stage.people > 0,
            &format!("/review_chain/{index}/people"),
            FieldRule::TooSmall,
            "must be at least 1: what nobody looks at is no stage",
        );
        let named = stage
            .authority
            .is_none_or(|place| usize::from(place) < rules.authorities.len());
        if !named {
            errors.add(
                format!("/review_chain/{index}/authority"),
                FieldRule::Unknown,
                format!(
                    "names none of the {} authorities, counted from 0",
                    rules.authorities.len()
                ),
            );
        }
    }
}

fn evidence(rules: &ProgrammeRules, errors: &mut FieldErrors) {
    some_of(errors, "/evidence", &rules.evidence);
}

/// Applications are ranked by the score that experts give.
fn ranking_needs_scores(rules: &ProgrammeRules, errors: &mut FieldErrors) {
    let ranked = match rules.allocation_when_short {
        Allocation::Ranked => true,
        Allocation::FirstCome | Allocation::ProRata => false,
    };
    let scored = rules.review_chain.iter().any(|stage| match stage.kind {
        ReviewKind::Expert => true,
        ReviewKind::Formal | ReviewKind::Department | ReviewKind::Finance => false,
    });
    errors.require(
        !ranked || scored,
        "/allocation_when_short",
        FieldRule::Contradicts,
        "ranks by the experts' score, and no stage of the review is one of experts",
    );
}

fn clawback(rules: &ProgrammeRules, errors: &mut FieldErrors) {
    let Some(clawback) = &rules.clawback else { return };
    let Clawback {
        reasons,
        fine_min_bps,
        fine_max_bps,
        ban_months,
    } = clawback;
    list(errors, "/clawback/reasons", reasons);
    errors.require(
        fine_min_bps <= fine_max_bps,
        "/clawback/fine_max_bps",
        FieldRule::Reversed,
        "must be at least fine_min_bps",
    );
    let breach = reasons.iter().any(|reason| match reason {
        ClawbackReason::Error => false,
        ClawbackReason::Fraud
        | ClawbackReason::RelatedParty
        | ClawbackReason::Misuse
        | ClawbackReason::DuplicateFunding => true,
    });
    if breach {
        errors.require(
            *fine_min_bps >= FINE_MIN,
            "/clawback/fine_min_bps",
            FieldRule::TooSmall,
            "must be at least 1000: State Council Order 427, article 14",
        );
        errors.require(
            *fine_max_bps <= FINE_MAX,
            "/clawback/fine_max_bps",
            FieldRule::TooLarge,
            "must be at most 5000: State Council Order 427, article 14",
        );
    } else if !reasons.is_empty() {
        errors.require(
            *fine_max_bps == BasisPoints(0),
            "/clawback/fine_max_bps",
            FieldRule::Contradicts,
            "must be 0: errors are the only reason, and nobody is fined for them",
        );
    }
    limits::count(errors, "/clawback/ban_months", (*ban_months).max(1), BAN_MONTHS_MAX);
}
