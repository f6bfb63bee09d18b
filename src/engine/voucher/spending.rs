//! What owner groups spend on computing: for minimum spends and declared totals.

use crate::domain::id::OrgId;
use crate::domain::money::{Money, Overflow};
use crate::domain::programme::ProgrammeRules;
use crate::domain::programme::limit::CapPeriod;
use crate::domain::spending::Spending;
use crate::domain::time::Timestamp;
use crate::engine::event::Event;
use crate::engine::rejection::Rejection;
use crate::engine::state::State;

/// Adds to what the owner group of `org` has spent in a calendar year; parts may be negative where something is taken back.
///
/// # Errors
/// Only where amounts are beyond what the exchange can count.
pub fn add(
    state: &mut State,
    events: &mut Vec<Event>,
    (org, year): (OrgId, i32),
    more: Spending,
) -> Result<(), Rejection> {
    if more == Spending::default() {
        return Ok(());
    }
    let group = state.group_of(org);
    let known = state.spent.get(&(group, year)).copied().unwrap_or_default();
    let spending = known.plus(more)?;
    state.spent.insert((group, year), spending);
    events.push(Event::EntitySpent {
        org: group,
        year,
        spending,
    });
    Ok(())
}

/// What an owner group has declared in the calendar year of an instant.
pub fn declared(state: &State, group: OrgId, at: Timestamp) -> Money {
    let known = state.spent.get(&(group, at.year()));
    known.map_or(Money::ZERO, |known| known.declared)
}

/// What an owner group has spent in the period of a programme: the calendar year, or since the programme's first year.
///
/// # Errors
/// Only where amounts are beyond what the exchange can count.
pub fn spent(state: &State, group: OrgId, rules: &ProgrammeRules, at: Timestamp) -> Result<Money, Overflow> {
    let from = match rules.cap_period {
        CapPeriod::Year => at.year(),
        CapPeriod::Programme => rules.valid_from.year(),
    };
    let years = state.spent.range((group, from)..=(group, at.year().max(from)));
    Money::sum(years.map(|(_, known)| known.spent))
}
