//! What providers have earned and is still disputable.

use crate::domain::id::OrgId;
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::engine::event::Event;
use crate::engine::posting;
use crate::engine::rejection::Rejection;
use crate::engine::state::State;
use crate::engine::timer::Due;

/// Adds what a settlement earns to what becomes payable when its dispute window ends.
pub(super) fn add(
    state: &mut State,
    events: &mut Vec<Event>,
    (org, due): (OrgId, &posting::settle::Due),
    at: Timestamp,
) -> Result<(), Rejection> {
    let subsidy = Money::sum(due.subsidy.iter().map(|(_, amount)| *amount))?;
    let cash = due.cash.minus(due.provider_fee_cash)?;
    let programme = subsidy.minus(due.provider_fee_programme)?;
    add_amounts(state, events, (org, cash, programme), at)
}

/// The same of amounts: out of what tenants and out of what programmes paid.
///
/// # Errors
/// Only where amounts are beyond what the exchange can count.
pub fn add_amounts(
    state: &mut State,
    events: &mut Vec<Event>,
    (org, cash, programme): (OrgId, Money, Money),
    at: Timestamp,
) -> Result<(), Rejection> {
    if cash == Money::ZERO && programme == Money::ZERO {
        return Ok(());
    }
    let release_at = at.plus_hours(state.terms.dispute_hours);
    let earnings = state.earnings.entry((release_at, org)).or_default();
    *earnings = (earnings.0.plus(cash)?, earnings.1.plus(programme)?);
    let (cash, programme) = *earnings;
    events.push(Event::EarningsPending {
        org,
        release_at,
        cash,
        programme,
    });
    state.timers.set(release_at, Due::Earnings(org));
    Ok(())
}

/// Releases earnings whose dispute window ends now.
pub fn release(state: &mut State, events: &mut Vec<Event>, org: OrgId, at: Timestamp) -> Result<(), Rejection> {
    let Some((cash, programme)) = state.earnings.remove(&(at, org)) else {
        return Ok(());
    };
    events.push(Event::EarningsPending {
        org,
        release_at: at,
        cash: Money::ZERO,
        programme: Money::ZERO,
    });
    posting::release_earnings::post(state, events, (org, cash, programme), at)
}
