//! What all detectors build findings with.

use std::fmt::Display;

use super::policy::IntegrityPolicy;
use crate::domain::flag::{Evidence, Finding, FlagAction, FlagRule};
use crate::domain::id::{OrgId, ProgrammeId};
use crate::domain::money::Money;
use crate::domain::programme::process::Names;

/// Microseconds of a day.
pub const DAY_MICROS: i64 = 24 * 3_600 * 1_000_000;

/// A finding of a rule about what an organisation gets under a programme, with one sentence in Chinese and English; what it is
/// about, its numbers and what is at stake are to be added.
pub fn finding(
    (rule, action): (FlagRule, FlagAction),
    policy: &IntegrityPolicy,
    (programme, org): (ProgrammeId, OrgId),
    (zh, en): (String, String),
) -> Finding {
    Finding {
        rule,
        policy: policy.version,
        programme,
        org,
        subjects: Vec::new(),
        key: String::new(),
        evidence: Vec::new(),
        text: Names { zh, en },
        at_stake: Money::ZERO,
        action,
    }
}

/// A number, and from where on it looks wrong.
pub fn evidence(what: &str, observed: impl Display, threshold: impl Display) -> Evidence {
    Evidence {
        what: what.to_owned(),
        about: String::new(),
        observed: observed.to_string(),
        threshold: threshold.to_string(),
    }
}

/// The same of one thing.
pub fn about(thing: impl Display, evidence: Evidence) -> Evidence {
    Evidence {
        about: thing.to_string(),
        ..evidence
    }
}

/// A sum that stays at the largest amount rather than to overflow: what is at stake is for people to read, and is never booked.
pub fn total(amounts: impl IntoIterator<Item = Money>) -> Money {
    let sum = amounts
        .into_iter()
        .fold(0_i64, |sum, amount| sum.saturating_add(amount.fen()));
    Money::from_fen(sum)
}
