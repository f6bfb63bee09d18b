//! Questions: by noun, one thing by its identifier or a page of a list, as far as the asker may see.
//!
//! What belongs to another organisation is not there. An error is one of the database or of the question, never a "no".

pub mod accelerators;
pub mod accounts;
pub mod alerts;
pub mod applications;
pub mod approvals;
pub mod banking;
pub mod bids;
pub mod claims;
pub mod contracts;
pub mod disputes;
pub mod events;
pub mod evidence;
pub mod flags;
pub mod leases;
pub mod listings;
pub mod office;
pub mod organisations;
pub mod outages;
pub mod prices;
pub mod programmes;
pub mod providers;
pub mod readiness;
pub mod recoveries;
pub mod relations;
pub mod reports;
pub mod settlements;
pub mod sites;
pub mod terms;
pub mod transfers;
pub mod vouchers;

use utoipa::openapi::Object;
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};

use crate::app::permission::Reach;
use crate::app::readers::ReadError;
use crate::domain::id::OrgId;
use crate::engine::rejection::FieldRule;

/// A text that is one of `kinds`, for the description of the API.
fn one_of(kinds: &[&'static str]) -> Object {
    let text = ObjectBuilder::new().schema_type(SchemaType::Type(Type::String));
    text.enum_values(Some(kinds.iter().copied())).build()
}

/// That a list is asked for things of a kind that there is.
fn check_kind(kind: Option<&str>, kinds: &[&str]) -> Result<(), ReadError> {
    match kind {
        Some(kind) if !kinds.contains(&kind) => Err(ReadError::invalid(
            "/kind",
            FieldRule::Unknown,
            &format!("must be one of {}", kinds.join(", ")),
        )),
        Some(_) | None => Ok(()),
    }
}

/// Whose things a list has.
enum Whose {
    /// Everybody's.
    All,
    /// Those of one organisation.
    Of(OrgId),
    /// Nobody's: what is asked for is another's.
    Nobody,
}

/// `wanted` as far as `reach` goes.
fn whose(reach: Reach, wanted: Option<OrgId>) -> Whose {
    match (reach.limit(), wanted) {
        (None, None) => Whose::All,
        (Some(own), None) => Whose::Of(own),
        (_, Some(wanted)) if reach.covers(wanted) => Whose::Of(wanted),
        (_, Some(_)) => Whose::Nobody,
    }
}

impl Whose {
    /// The one organisation, all, or an early end for what is nobody's.
    fn limit(self) -> Option<Option<OrgId>> {
        match self {
            Whose::All => Some(None),
            Whose::Of(org) => Some(Some(org)),
            Whose::Nobody => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words that a `kind` function of a source gives.
    fn words(source: &'static str) -> Vec<&'static str> {
        let (_, from) = source.split_once("pub fn kind(").unwrap();
        let (kinds, _) = from.split_once("\n    }\n").unwrap();
        let arms = kinds.lines().filter_map(|line| line.split_once("=> \""));
        arms.map(|(_, word)| word.trim_end_matches("\",")).collect()
    }

    #[test]
    fn every_kind_can_be_asked_for() {
        assert_eq!(words(include_str!("../../domain/account.rs")), accounts::KINDS);
        let mut events = words(include_str!("../../engine/event/mod.rs"));
        let place = events.iter().position(|kind| *kind == "settlement_changed").unwrap();
        events.splice(place..place, words(include_str!("../../engine/banking/event.rs")));
        events.insert(0, "command");
        assert_eq!(events, events::KINDS);
        assert!(check_kind(Some("cash"), &accounts::KINDS).is_ok());
        for wrong in ["", "Cash", "cash\0", "command"] {
            let refused = check_kind(Some(wrong), &accounts::KINDS);
            assert!(
                matches!(refused, Err(ReadError::Invalid(error)) if error.pointer == "/kind"),
                "{wrong:?}"
            );
        }
    }
}
