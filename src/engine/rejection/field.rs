//! Fields of a body that break rules.

use serde::{Deserialize, Serialize};

use super::Rejection;
use crate::engine::limits::FIELD_ERRORS_MAX;

/// The rule that a field breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldRule {
    /// Names something that does not exist.
    Unknown,
    /// Must not be empty.
    Empty,
    /// Too many elements or characters.
    TooMany,
    /// Below the least value.
    TooSmall,
    /// Above the largest value.
    TooLarge,
    /// Not of the right form.
    Malformed,
    /// The end is not after the start.
    Reversed,
    /// Not aligned to a whole hour.
    Unaligned,
    /// In the past.
    Past,
    /// In the future.
    Future,
    /// Latest − earliest is shorter than the hours asked for.
    WindowTooShort,
    /// Does not divide the cards it is to divide.
    NotDivisible,
    /// Outside the collar around the reference price.
    OutsideCollar,
    /// Already taken by another.
    Taken,
    /// Named twice.
    Duplicate,
    /// Not a thing this organisation may have or do.
    NotEligible,
    /// More than is left.
    Exceeds,
    /// Cannot be changed in this way.
    Fixed,
    /// Says the opposite of another field.
    Contradicts,
    /// Has something in common with another that must not have it.
    Overlaps,
    /// Can never come about.
    Unreachable,
    /// Holds a number that names a person, where nothing can be erased.
    Personal,
}

/// A field that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FieldError {
    /// Where, as a JSON pointer into the body.
    pub pointer: String,
    /// The rule.
    pub code: FieldRule,
    /// The rule in words, with its numbers.
    pub detail: String,
}

/// Them in words.
pub(super) fn describe(errors: &[FieldError]) -> String {
    let parts: Vec<String> = errors
        .iter()
        .map(|error| format!("{} {}", error.pointer, error.detail))
        .collect();
    parts.join("; ")
}

/// Collects the fields of a body that break a rule: the first [`FIELD_ERRORS_MAX`] of them. Further ones are counted, not kept.
#[derive(Debug, Default)]
pub struct FieldErrors {
    kept: Vec<FieldError>,
    more: usize,
}

impl FieldErrors {
    /// Notes that the field at `pointer` breaks `code`.
    pub fn add(&mut self, pointer: impl Into<String>, code: FieldRule, detail: impl Into<String>) {
        if self.kept.len() >= FIELD_ERRORS_MAX {
            self.more += 1;
            return;
        }
        self.kept.push(FieldError {
            pointer: pointer.into(),
            code,
            detail: detail.into(),
        });
    }

    /// Notes it unless `holds`.
    pub fn require(&mut self, holds: bool, pointer: &str, code: FieldRule, detail: &str) {
        if !holds {
            self.add(pointer, code, detail);
        }
    }

    /// Takes over those of another collection whose pointers `keep`.
    pub fn append(&mut self, other: FieldErrors, keep: impl Fn(&str) -> bool) {
        self.more += other.more;
        for error in other.kept {
            if keep(&error.pointer) {
                self.add(error.pointer, error.code, error.detail);
            }
        }
    }

    /// Refuses if any field breaks a rule. Where there are more than are kept, the last one kept says how many.
    pub fn check(mut self) -> Result<(), Rejection> {
        if self.more > 0
            && let Some(last) = self.kept.last_mut()
        {
            last.detail = format!("{} ({} more errors are not listed)", last.detail, self.more);
        }
        if self.kept.is_empty() {
            Ok(())
        } else {
            Err(Rejection::Invalid(self.kept))
        }
    }
}

/// The rejection for one field.
pub fn invalid(pointer: &str, code: FieldRule, detail: impl Into<String>) -> Rejection {
    Rejection::Invalid(vec![FieldError {
        pointer: pointer.to_owned(),
        code,
        detail: detail.into(),
    }])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_a_hundred_fields_and_counts_the_others() {
        let mut errors = FieldErrors::default();
        for index in 0..FIELD_ERRORS_MAX + 7 {
            errors.add(format!("/{index}"), FieldRule::Unknown, "is wrong");
        }
        let Err(Rejection::Invalid(kept)) = errors.check() else {
            panic!("must refuse");
        };
        assert_eq!(kept.len(), FIELD_ERRORS_MAX);
        assert_eq!(kept[98].detail, "is wrong");
        assert_eq!(kept[99].detail, "is wrong (7 more errors are not listed)");
    }
}
