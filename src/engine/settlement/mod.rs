//! Settlement: from accepted usage to postings. All amounts are cumulative, so that the totals of a lease never depend on
//! how often it is settled.

mod amount;
mod back;
mod close;
mod earnings;

pub use amount::{by_payer, payer_parts, redeemed, redeemed_of, sure, totals};
pub use close::close;
pub use earnings::{add_amounts as add_earnings, release};

use super::event::{Event, LeaseSettlement};
use super::posting;
use super::rejection::{FieldRule, Rejection, invalid};
use super::state::State;
use super::voucher::{reserved, spending};
use crate::domain::id::LeaseId;
use crate::domain::lease::{Fill, Lease, Settled};
use crate::domain::metering::Mark;
use crate::domain::money::Money;
use crate::domain::spending::Spending;
use crate::domain::time::Timestamp;

/// Settles all usage accepted so far that ended by `until`, and closes leases that are over and fully reported, or whose
/// grace period has passed.
pub fn settle(state: &mut State, events: &mut Vec<Event>, until: Timestamp, at: Timestamp) -> Result<(), Rejection> {
    if until > at {
        return Err(invalid("/until", FieldRule::Future, "must not lie in the future"));
    }
    if until < state.settled_until {
        let detail = format!(
            "must not lie before {}, up to which was settled last",
            state.settled_until
        );
        return Err(invalid("/until", FieldRule::Past, detail));
    }
    state.settled_until = until;
    state.counters.settlement += 1;
    let grace = state.terms.usage_grace_hours;
    let due: Vec<LeaseId> = state
        .leases
        .values()
        .filter(|lease| is_due(lease, grace, (until, at)))
        .map(Lease::id)
        .collect();
    due.into_iter()
        .try_for_each(|id| settle_lease(state, events, (id, until), at))
        .map_err(Rejection::after_change)
}

fn is_due(lease: &Lease, grace_hours: u32, (until, at): (Timestamp, Timestamp)) -> bool {
    lease.metering.is_due(until) || is_over(lease, grace_hours, until) && is_agreed(lease, at)
}

/// Whether the tenant has accepted all that was reported, or has let the time for that pass, and disputes nothing.
fn is_agreed(lease: &Lease, at: Timestamp) -> bool {
    !lease.metering.is_disputed() && lease.metering.acceptance().first_open(at).is_none()
}

fn is_over(lease: &Lease, grace_hours: u32, until: Timestamp) -> bool {
    let ends = lease.ends.timestamp();
    until >= ends && (lease.is_fully_reported() || until >= ends.plus_hours(grace_hours))
}

/// Settles one lease.
pub fn settle_lease(
    state: &mut State,
    events: &mut Vec<Event>,
    (id, until): (LeaseId, Timestamp),
    at: Timestamp,
) -> Result<(), Rejection> {
    let gone = Rejection::Fault("a lease to settle is gone");
    let mut lease = state.leases.get(&id).cloned().ok_or(gone)?;
    let before = lease.settled;
    let card_seconds = before.card_seconds.saturating_add(lease.metering.due_by(until));
    let place = state.counters.report;
    lease.metering.count(Mark { place, until });
    let total = totals(&lease.fill, card_seconds)?;
    let due = amount::due(state, &lease.fill, (before, total))?;
    if total.charge < before.charge {
        back::turn(state, events, (&lease.fill, &due), at)?;
    } else {
        posting::settle::post(state, events, (&lease.fill, &due), at)?;
        earnings::add(state, events, (lease.fill.provider, &due), at)?;
    }
    lease.settled = total;
    count(state, events, &lease.fill, (before, total), at)?;
    let is_over = is_over(&lease, state.terms.usage_grace_hours, until);
    let closes = lease.metering.is_counted() && is_over && is_agreed(&lease, at);
    if closes {
        close(state, events, &mut lease, at)?;
    } else {
        state.leases.insert(id, lease.clone());
    }
    events.push(Event::LeaseSettled(LeaseSettlement {
        lease: id,
        charge: total.charge.minus(before.charge)?,
        voucher: total.voucher.minus(before.voucher)?,
        cash: due.cash,
        fee: due.tenant_fee,
        sla_credit: Money::ZERO,
        total,
        state: lease.state,
        image: Box::new(lease),
    }));
    Ok(())
}

/// Counts what was settled: as spent, and as not promised any more.
fn count(
    state: &mut State,
    events: &mut Vec<Event>,
    fill: &Fill,
    (before, total): (Settled, Settled),
    at: Timestamp,
) -> Result<(), Rejection> {
    let more = Spending {
        spent: total.charge.minus(before.charge)?,
        declared: Money::ZERO,
    };
    spending::add(state, events, (fill.tenant, at.year()), more)?;
    // All draws of one fill are of one programme.
    let voucher = fill.draws.first().and_then(|draw| state.vouchers.get(&draw.voucher));
    match voucher.map(|voucher| voucher.programme) {
        Some(programme) => reserved::change(state, programme, before.voucher.minus(total.voucher)?),
        None => Ok(()),
    }
}
