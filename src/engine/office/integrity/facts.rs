//! What an operator attests of organisations.

use crate::domain::entity::EntityFacts;
use crate::domain::id::OrgId;
use crate::domain::time::Timestamp;
use crate::engine::event::Event;
use crate::engine::limits;
use crate::engine::rejection::{FieldErrors, FieldRule, Rejection};
use crate::engine::state::State;

/// Digits of a division in GB/T 2260.
const AREA_DIGITS: usize = 6;

/// Attests what is known of an organisation; it replaces what was attested before.
pub fn attest(
    state: &mut State,
    events: &mut Vec<Event>,
    (org, facts): (OrgId, EntityFacts),
    at: Timestamp,
) -> Result<(), Rejection> {
    let mut errors = FieldErrors::default();
    errors.require(
        state.orgs.contains_key(&org),
        "/org",
        FieldRule::Unknown,
        "names no organisation",
    );
    check(&mut errors, &facts, at);
    errors.check()?;
    events.push(Event::FactsAttested {
        org,
        facts: Box::new(facts.clone()),
    });
    state.facts.insert(org, facts);
    Ok(())
}

fn check(errors: &mut FieldErrors, facts: &EntityFacts, at: Timestamp) {
    for (pointer, date) in [("/founded", facts.founded), ("/clean_since", facts.clean_since)] {
        let past = date.is_none_or(|date| date <= at);
        errors.require(past, pointer, FieldRule::Future, "lies in the future");
    }
    if let Some(area) = &facts.area {
        let digits = area.len() == AREA_DIGITS && area.bytes().all(|byte| byte.is_ascii_digit());
        errors.require(
            digits,
            "/area",
            FieldRule::Malformed,
            "must be the six digits of a division (GB/T 2260)",
        );
    }
    let lists = [
        ("/industries", facts.industries.len(), doubles(&facts.industries)),
        ("/projects", facts.projects.len(), doubles(&facts.projects)),
    ];
    for (pointer, length, doubled) in lists {
        errors.require(
            length <= limits::FACTS_MAX,
            pointer,
            FieldRule::TooMany,
            "must have at most 16 entries",
        );
        errors.require(!doubled, pointer, FieldRule::Duplicate, "names something twice");
    }
}

/// Whether something comes twice.
fn doubles<T: PartialEq>(list: &[T]) -> bool {
    list.iter().enumerate().any(|(place, one)| {
        list.iter()
            .take(place)
            .take(limits::FACTS_MAX)
            .any(|other| other == one)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::from_micros(1_790_000_000_000_000);

    fn refused(facts: &EntityFacts) -> Vec<String> {
        let mut errors = FieldErrors::default();
        check(&mut errors, facts, NOON);
        match errors.check() {
            Err(Rejection::Invalid(errors)) => errors.into_iter().map(|error| error.pointer).collect(),
            Err(other) => panic!("{other}"),
            Ok(()) => Vec::new(),
        }
    }

    #[test]
    fn facts_are_plausible() {
        let area = |area: &str| EntityFacts {
            area: Some(area.to_owned()),
            ..EntityFacts::NOTHING
        };
        for good in ["330100", "000000"] {
            assert_eq!(refused(&area(good)), [""; 0]);
        }
        for bad in ["33010", "3301000", "33010a", "３３０１０", ""] {
            assert_eq!(refused(&area(bad)), ["/area"], "{bad:?}");
        }
        let founded = |micros: i64| EntityFacts {
            founded: Some(Timestamp::from_micros(NOON.micros() + micros)),
            ..EntityFacts::NOTHING
        };
        assert_eq!(refused(&founded(0)), [""; 0]);
        assert_eq!(refused(&founded(1)), ["/founded"]);
        let industries = |names: &[&str]| EntityFacts {
            industries: names.iter().map(|name| name.parse().unwrap()).collect(),
            ..EntityFacts::NOTHING
        };
        assert_eq!(refused(&industries(&["ai", "chips"])), [""; 0]);
        assert_eq!(refused(&industries(&["ai", "ai"])), ["/industries"]);
    }
}
