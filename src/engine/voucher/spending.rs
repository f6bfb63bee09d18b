//! What owner groups spend on computing: for minimum spends and declared totals.

use std::collections::BTreeMap;

use crate::domain::id::OrgId;
use crate::domain::money::{Money, Overflow};
use crate::domain::programme::ProgrammeRules;
use crate::domain::programme::limit::CapPeriod;
use crate::domain::spending::Spending;
use crate::domain::time::Timestamp;
use crate::domain::usage::UsageSpan;
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

/// Card-seconds by the calendar year in which they were delivered: that of the last instant of each report.
pub fn by_year<'a>(spans: impl Iterator<Item = &'a UsageSpan>) -> BTreeMap<i32, i64> {
    let mut years: BTreeMap<i32, i64> = BTreeMap::new();
    for span in spans {
        let seconds = years.entry(span.until.just_before().year()).or_default();
        *seconds = seconds.saturating_add(span.card_seconds);
    }
    years
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage_counts_in_the_year_in_which_it_ends() {
        let span = |from: &str, until: &str, card_seconds| UsageSpan {
            from: from.parse().unwrap(),
            until: until.parse().unwrap(),
            card_seconds,
        };
        // 2027 begins at 16:00 UTC of the day before.
        let spans = [
            span("2026-12-31T14:00:00Z", "2026-12-31T16:00:00Z", 7),
            span("2026-12-31T15:00:00Z", "2026-12-31T16:00:01Z", 11),
            span("2026-12-30T00:00:00Z", "2026-12-31T00:00:00Z", 13),
        ];
        assert_eq!(by_year(spans.iter()), BTreeMap::from([(2026, 20), (2027, 11)]));
    }
}
