//! What contradicts itself in a programme's rules. Every rule of this kind stands in one of the tables `RULES` below, with the
//! fields that it compares; it is asked only where these could be read.

mod limit;
mod pay;
mod provenance;
mod rates;
mod reach;
mod review;
mod time;
mod who;

use crate::domain::programme::ProgrammeRules;
use crate::domain::time::Timestamp;
use crate::engine::rejection::{FieldErrors, FieldRule, Rejection};
use crate::engine::state::State;

/// A way in which rules can contradict themselves.
struct Rule {
    /// The fields that it compares: it is not asked where one of them could not be read. None for what looks at one value at a
    /// time, of which only those that could be read are looked at.
    of: &'static [&'static str],
    /// Finds the contradictions.
    check: fn(&ProgrammeRules, &mut FieldErrors),
}

/// All of them, in the order in which refusals name them.
const RULES: [&[Rule]; 7] = [
    who::RULES,
    limit::RULES,
    time::RULES,
    rates::RULES,
    pay::RULES,
    review::RULES,
    provenance::RULES,
];

/// Whether a programme with these rules could be opened now.
pub fn check_programme(state: &State, rules: &ProgrammeRules, at: Timestamp) -> Result<(), Rejection> {
    let mut errors = FieldErrors::default();
    let taken = state
        .programmes
        .values()
        .any(|known| known.rules.id == rules.id && known.rules.version == rules.version);
    errors.require(
        !taken,
        "/id",
        FieldRule::Taken,
        "and version name a programme that exists already",
    );
    errors.require(
        rules.valid_until > at,
        "/valid_until",
        FieldRule::Past,
        "has passed already",
    );
    contradictions(rules, &[], &mut errors);
    errors.check()
}

/// Adds what contradicts itself in these rules. `unread` are the JSON pointers of what could not be read, where stand-ins are.
pub fn contradictions(rules: &ProgrammeRules, unread: &[String], errors: &mut FieldErrors) {
    let field = |pointer: &str| pointer.split('/').nth(1).unwrap_or_default().to_owned();
    let unread_fields: Vec<String> = unread.iter().map(|pointer| field(pointer)).collect();
    for rule in RULES.into_iter().flatten() {
        if rule.of.iter().any(|of| unread_fields.iter().any(|field| field == of)) {
            continue;
        }
        let mut found = FieldErrors::default();
        (rule.check)(rules, &mut found);
        errors.append(found, |pointer| {
            !unread
                .iter()
                .any(|unread| within(pointer, unread) || within(unread, pointer))
        });
    }
}

/// Whether a pointer leads to a place or into it.
fn within(pointer: &str, place: &str) -> bool {
    pointer
        .strip_prefix(place)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A list that, where it is given, has something in it, nothing twice, and is not too long.
fn list<T: PartialEq>(errors: &mut FieldErrors, pointer: &str, items: &[T]) {
    errors.require(
        !items.is_empty(),
        pointer,
        FieldRule::Empty,
        "must name something, or be left out",
    );
    some_of(errors, pointer, items);
}

/// A list that has nothing twice and is not too long.
fn some_of<T: PartialEq>(errors: &mut FieldErrors, pointer: &str, items: &[T]) {
    if items.len() > LIST_MAX {
        errors.add(
            pointer,
            FieldRule::TooMany,
            format!("must have at most {LIST_MAX} elements"),
        );
        return;
    }
    for (index, item) in items.iter().enumerate() {
        if items[..index].contains(item) {
            errors.add(format!("{pointer}/{index}"), FieldRule::Duplicate, "is there twice");
        }
    }
}

/// Most elements of any list of a rule file.
const LIST_MAX: usize = 64;

#[cfg(test)]
mod tests;
