//! Whether what is said of the sources of rules says something of these rules.

use chrono::NaiveDate;

use super::Rule;
use crate::domain::programme::ProgrammeRules;
use crate::engine::limits;
use crate::engine::rejection::{FieldErrors, FieldRule};

/// Most entries.
const ENTRIES_MAX: usize = 500;

pub(super) const RULES: &[Rule] = &[Rule {
    of: &[],
    check: sources,
}];

fn sources(rules: &ProgrammeRules, errors: &mut FieldErrors) {
    if rules.provenance.is_empty() {
        return;
    }
    errors.require(
        rules.provenance.len() <= ENTRIES_MAX,
        "/provenance",
        FieldRule::TooMany,
        "must have at most 500 entries",
    );
    let written = serde_json::to_value(rules).unwrap_or_default();
    for (of, provenance) in rules.provenance.iter().take(ENTRIES_MAX) {
        let pointer = format!("/provenance/{}", of.replace('~', "~0").replace('/', "~1"));
        let found =
            of.starts_with('/') && !within_provenance(of) && written.pointer(of).is_some_and(|place| !place.is_null());
        errors.require(found, &pointer, FieldRule::Unknown, "leads to no rule of this file");
        limits::name(errors, &format!("{pointer}/source"), &provenance.source);
        errors.require(
            is_date(&provenance.as_of),
            &format!("{pointer}/as_of"),
            FieldRule::Malformed,
            "must be a year, a month or a day, such as 2025, 2025-03 or 2025-03-14",
        );
    }
}

fn within_provenance(pointer: &str) -> bool {
    pointer.split('/').nth(1) == Some("provenance")
}

/// `2025`, `2025-03` or `2025-03-14`, of a day that there is.
fn is_date(text: &str) -> bool {
    let whole = match text.len() {
        4 => format!("{text}-01-01"),
        7 => format!("{text}-01"),
        10 => text.to_owned(),
        _ => return false,
    };
    let plain = whole.bytes().enumerate().all(|(place, byte)| match place {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    plain && NaiveDate::parse_from_str(&whole, "%Y-%m-%d").is_ok()
}
