//! Contradictions between the times of a programme: validity, windows, contracts, alerts.

use super::{LIST_MAX, Rule, some_of};
use crate::domain::programme::ProgrammeRules;
use crate::domain::programme::process::Period;
use crate::domain::time::Timestamp;
use crate::engine::rejection::{FieldErrors, FieldRule};

const MICROS_PER_DAY: i64 = 24 * 3_600 * 1_000_000;

pub(super) const RULES: &[Rule] = &[
    Rule {
        of: &["valid_from", "valid_until"],
        check: validity,
    },
    Rule { of: &[], check: days },
    Rule {
        of: &["windows"],
        check: windows,
    },
    Rule {
        of: &["windows", "valid_until", "pay_mode"],
        check: windows_within_the_life,
    },
    Rule {
        of: &["contract_signed", "valid_from", "valid_until", "pay_mode"],
        check: contracts_within_the_life,
    },
    Rule {
        of: &["alert_days", "validity_days", "valid_from", "valid_until"],
        check: alerts_within_the_life,
    },
];

fn validity(rules: &ProgrammeRules, errors: &mut FieldErrors) {
    errors.require(
        rules.valid_from < rules.valid_until,
        "/valid_until",
        FieldRule::Reversed,
        "must come after valid_from",
    );
}

/// Numbers of days and versions, each by itself.
fn days(rules: &ProgrammeRules, errors: &mut FieldErrors) {
    errors.require(rules.version > 0, "/version", FieldRule::TooSmall, "must be at least 1");
    let least_one = [
        ("/validity_days", rules.validity_days),
        ("/notice_working_days", rules.notice_working_days),
        ("/retention_days", rules.retention_days),
    ];
    for (pointer, days) in least_one {
        errors.require(
            days != Some(0),
            pointer,
            FieldRule::TooSmall,
            "must be at least 1, or be left out",
        );
    }
    errors.require(
        rules.notice_working_days.is_none_or(|days| days <= 250),
        "/notice_working_days",
        FieldRule::TooLarge,
        "must be at most 250, the working days of a year",
    );
}

/// A list of periods: none reversed, no instant in two of them.
fn periods(errors: &mut FieldErrors, pointer: &str, periods: &[Period]) {
    if periods.len() > LIST_MAX {
        errors.add(
            pointer,
            FieldRule::TooMany,
            format!("must have at most {LIST_MAX} elements"),
        );
        return;
    }
    for (index, period) in periods.iter().enumerate() {
        let pointer = format!("{pointer}/{index}");
        reversed(errors, &pointer, *period);
        errors.require(
            period.from.is_some() || period.until.is_some(),
            &pointer,
            FieldRule::Empty,
            "must have a beginning or an end: leave it out where it has neither",
        );
        if let Some(other) = periods[..index].iter().position(|other| overlap(*other, *period)) {
            errors.add(
                pointer,
                FieldRule::Overlaps,
                format!("has instants in common with the one at {other}"),
            );
        }
    }
}

fn reversed(errors: &mut FieldErrors, pointer: &str, period: Period) {
    if let (Some(from), Some(until)) = (period.from, period.until) {
        errors.require(
            from < until,
            &format!("{pointer}/until"),
            FieldRule::Reversed,
            "must come after from",
        );
    }
}

/// Whether two periods have an instant in common; a reversed one has none.
pub(super) fn overlap(a: Period, b: Period) -> bool {
    let before = |from: Option<Timestamp>, until: Option<Timestamp>| match (from, until) {
        (Some(from), Some(until)) => from < until,
        (None, _) | (_, None) => true,
    };
    before(a.from, a.until) && before(b.from, b.until) && before(a.from, b.until) && before(b.from, a.until)
}

fn windows(rules: &ProgrammeRules, errors: &mut FieldErrors) {
    periods(errors, "/windows/apply", &rules.windows.apply);
    periods(errors, "/windows/claim", &rules.windows.claim);
    let opens = rules.windows.apply.iter().map(|period| period.from).min().flatten();
    for (index, period) in rules.windows.claim.iter().enumerate() {
        if let (Some(opens), Some(until)) = (opens, period.until)
            && until <= opens
        {
            errors.add(
                format!("/windows/claim/{index}"),
                FieldRule::Unreachable,
                "ends before anybody can apply",
            );
        }
    }
}

/// Who applies after the last voucher has expired gets none, and where vouchers are deducted nothing is claimed.
fn windows_within_the_life(rules: &ProgrammeRules, errors: &mut FieldErrors) {
    for (index, period) in rules.windows.apply.iter().enumerate() {
        errors.require(
            period.from.is_none_or(|from| from < rules.valid_until),
            &format!("/windows/apply/{index}"),
            FieldRule::Unreachable,
            "opens when the last voucher has expired",
        );
    }
    errors.require(
        rules.windows.claim.is_empty() || !rules.pay_mode.is_deducted(),
        "/windows/claim",
        FieldRule::Contradicts,
        "says when to claim, and nothing is claimed where vouchers are deducted",
    );
}

/// Contracts of a time in which nothing can be paid: after the last voucher; before the first one, where it pays at settlement.
fn contracts_within_the_life(rules: &ProgrammeRules, errors: &mut FieldErrors) {
    let Some(signed) = rules.contract_signed else { return };
    reversed(errors, "/contract_signed", signed);
    errors.require(
        signed.from.is_none_or(|from| from < rules.valid_until),
        "/contract_signed/from",
        FieldRule::Unreachable,
        "comes when the last voucher has expired",
    );
    let over = signed.until.is_some_and(|until| until <= rules.valid_from);
    errors.require(
        !over || !rules.pay_mode.is_deducted(),
        "/contract_signed/until",
        FieldRule::Unreachable,
        "comes before the first voucher can be deducted from anything",
    );
}

/// An alert so long before the end that the voucher is not there yet is never given.
fn alerts_within_the_life(rules: &ProgrammeRules, errors: &mut FieldErrors) {
    let micros = rules.valid_until.micros().saturating_sub(rules.valid_from.micros());
    let whole_life = u32::try_from(micros.div_euclid(MICROS_PER_DAY)).unwrap_or(0);
    let life = rules.validity_days.map_or(whole_life, |days| days.min(whole_life));
    for (index, &days) in rules.alert_days.iter().enumerate() {
        let pointer = format!("/alert_days/{index}");
        errors.require(days > 0, &pointer, FieldRule::TooSmall, "must be at least 1");
        if life > 0 && days >= life {
            errors.add(
                pointer,
                FieldRule::Unreachable,
                format!("comes before the voucher does, which lives {life} days"),
            );
        }
    }
    some_of(errors, "/alert_days", &rules.alert_days);
}
