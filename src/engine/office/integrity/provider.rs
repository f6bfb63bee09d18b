//! The lists of providers from which a programme lets buy.

use super::conflict;
use crate::domain::id::{OrgId, ProgrammeId, UserId};
use crate::domain::organisation::OrgKind;
use crate::domain::provider_list::ListedProvider;
use crate::domain::time::Timestamp;
use crate::engine::event::Event;
use crate::engine::limits;
use crate::engine::office::people;
use crate::engine::rejection::{FieldErrors, FieldRule, Rejection, invalid};
use crate::engine::state::State;

/// Whose place in which list, and on whose word: a user of the programme's issuer, or none in an operator's own script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Who says so.
    pub user: Option<UserId>,
    /// The programme.
    pub programme: ProgrammeId,
    /// The provider.
    pub org: OrgId,
}

/// Puts a provider into a programme's list.
pub fn list(
    state: &mut State,
    events: &mut Vec<Event>,
    (place, entry): (Place, ListedProvider),
) -> Result<(), Rejection> {
    let programme = people::issuing_or_script(state, place.user, place.programme)?;
    let known = state.provider_lists.get(&(place.programme, place.org));
    let known = known.map(Vec::as_slice).unwrap_or_default();
    let mut errors = FieldErrors::default();
    let is_provider = state.orgs.get(&place.org).map(|org| org.is(OrgKind::Provider));
    match is_provider {
        None => errors.add("/org", FieldRule::Unknown, "names no organisation"),
        Some(is) => errors.require(is, "/org", FieldRule::NotEligible, "is no provider"),
    }
    check(&mut errors, &entry);
    errors.require(
        known.len() < limits::PLACES_MAX,
        "/org",
        FieldRule::TooMany,
        "has 64 places in this list already",
    );
    errors.require(
        !known.contains(&entry),
        "/batch",
        FieldRule::Duplicate,
        "says what stands in the list already",
    );
    errors.check()?;
    conflict::require_none(conflict::listing_conflict(state, programme, place.org))?;
    let places = state.provider_lists.entry((place.programme, place.org)).or_default();
    places.push(entry);
    events.push(changed(place, places));
    Ok(())
}

fn check(errors: &mut FieldErrors, entry: &ListedProvider) {
    limits::name(errors, "/batch", &entry.batch);
    errors.require(
        !entry.items.is_empty(),
        "/items",
        FieldRule::Empty,
        "must name at least one item",
    );
    let doubled = entry
        .items
        .iter()
        .enumerate()
        .any(|(place, item)| entry.items.iter().take(place).any(|other| other == item));
    errors.require(!doubled, "/items", FieldRule::Duplicate, "names an item twice");
    if let Some(capacity) = entry.capacity_p {
        limits::count(errors, "/capacity_p", capacity, limits::CAPACITY_P_MAX);
    }
    let forward = entry.until.is_none_or(|until| entry.from < until);
    errors.require(forward, "/until", FieldRule::Reversed, "must come after from");
}

/// Ends all places of a provider in a programme's list. What was paid under them stays paid.
pub fn delist(
    state: &mut State,
    events: &mut Vec<Event>,
    (place, until): (Place, Timestamp),
    at: Timestamp,
) -> Result<(), Rejection> {
    people::issuing_or_script(state, place.user, place.programme)?;
    if until < at {
        return Err(invalid("/at", FieldRule::Past, "has passed already"));
    }
    let places = state.provider_lists.get_mut(&(place.programme, place.org));
    let goes_on = |entry: &ListedProvider| entry.until.is_none_or(|end| until < end);
    let places = places.filter(|places| places.iter().any(goes_on));
    let places = places.ok_or_else(|| invalid("/org", FieldRule::Unknown, "has no place in the list by then"))?;
    for entry in places.iter_mut().filter(|entry| goes_on(entry)) {
        entry.until = Some(until.max(entry.from));
    }
    events.push(changed(place, places));
    Ok(())
}

fn changed(place: Place, places: &[ListedProvider]) -> Event {
    Event::ProviderListed {
        programme: place.programme,
        org: place.org,
        places: places.to_vec(),
    }
}
