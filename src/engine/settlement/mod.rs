//! Settlement: from accepted usage to postings. All amounts are cumulative, so that the totals of a lease never depend on
//! how often it is settled.

mod amount;
mod back;
mod close;
mod command;
mod correction;
mod earnings;
pub mod fees;
mod period;
mod preview;
mod run;

pub use amount::{by_payer, payer_parts, redeemed, redeemed_of, sure, totals, totals_with};
pub use close::close;
pub use command::{SettlementCommand, apply, check};
pub use correction::restore as restore_correction;
pub use earnings::{add_amounts as add_earnings, release};
pub use period::require_open;
pub use preview::{Previewed, excerpt, preview};
pub use run::settle;

use std::collections::BTreeMap;

use super::event::{Event, LeaseSettlement};
use super::office::recovery::sla as credits;
use super::posting;
use super::rejection::Rejection;
use super::sla;
use super::state::State;
use super::voucher::{reserved, spending};
use crate::domain::id::LeaseId;
use crate::domain::lease::{Fill, Lease, LeaseState, Settled, VatShare};
use crate::domain::metering::Mark;
use crate::domain::money::{Money, Overflow};
use crate::domain::rounding;
use crate::domain::settlement::RunTotals;
use crate::domain::spending::Spending;
use crate::domain::time::Timestamp;

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

/// Settles one lease, and says what was posted.
pub fn settle_lease(
    state: &mut State,
    events: &mut Vec<Event>,
    (id, until): (LeaseId, Timestamp),
    at: Timestamp,
) -> Result<RunTotals, Rejection> {
    let gone = Rejection::Fault("a lease to settle is gone");
    sla::end_with_lease(state, events, id, at);
    let mut lease = state.leases.remove(&id).ok_or(gone)?;
    let before = lease.settled;
    let card_seconds = before.card_seconds.saturating_add(lease.metering.due_by(until));
    let years = lease.metering.due_by_year(until);
    count_vat_shares(state, &mut lease, until);
    let place = state.counters.report;
    lease.metering.count(Mark { place, until });
    lease.metering.forget(state.closed_until);
    let total = totals_with(&lease.fill, &lease.vat_shares, card_seconds)?;
    let due = amount::due(state, &lease.fill, (before, total))?;
    let credit = post(state, events, (&lease, &due, (before, total)), (until, at))?;
    lease.settled = total;
    count(state, events, &lease.fill, (before, total), years)?;
    let sla_credit = credit.as_ref().map_or(Ok(Money::ZERO), credits::SlaCredit::amount)?;
    if let Some(credit) = credit {
        credits::apply(state, events, (&lease, credit), at)?;
    }
    let is_over = is_over(&lease, state.terms.usage_grace_hours, until) && is_agreed(&lease, at);
    let is_answered = !state.sla.is_pending(id);
    if is_answered && is_over && lease.metering.is_counted() {
        close(state, events, &mut lease, at)?;
    }
    let posted = RunTotals {
        sla_credit,
        ..posted(&due, (before, total))?
    };
    events.push(Event::LeaseSettled(LeaseSettlement {
        lease: id,
        charge: posted.charge,
        voucher: posted.voucher,
        cash: posted.cash,
        fee: posted.fee,
        sla_credit: posted.sla_credit,
        total,
        state: lease.state,
        posted,
        image: Box::new(lease.without_reports()),
    }));
    if lease.state != LeaseState::Closed {
        state.leases.insert(id, lease);
    }
    Ok(posted)
}

fn posted(due: &posting::settle::Due, (before, total): (Settled, Settled)) -> Result<RunTotals, Overflow> {
    Ok(RunTotals {
        leases: 1,
        charge: total.charge.minus(before.charge)?,
        voucher: total.voucher.minus(before.voucher)?,
        cash: due.cash,
        fee: due.tenant_fee,
        provider_fee: total.provider_fee.minus(before.provider_fee)?,
        vat: due.vat,
        sla_credit: Money::ZERO,
    })
}

/// Posts what a lease comes to more, together with what its outages give back; or turns back what it comes to less.
fn post(
    state: &mut State,
    events: &mut Vec<Event>,
    (lease, due, (before, total)): (&Lease, &posting::settle::Due, (Settled, Settled)),
    (until, at): (Timestamp, Timestamp),
) -> Result<Option<credits::SlaCredit>, Rejection> {
    let fill = &lease.fill;
    let is_less = total.charge < before.charge;
    let nothing = posting::settle::Due::default();
    if is_less {
        back::turn(state, events, (fill, due), at)?;
    }
    let due = if is_less { &nothing } else { due };
    let credit = match sla::credit::target(state, (lease, &total), until)? {
        Some(target) => credits::plan(state, (lease, &total, due), target, at)?,
        None => None,
    };
    let credit_legs = credit.as_ref().map_or(&[][..], |credit| &credit.legs);
    posting::settle::post(state, events, (fill, due, credit_legs), at)?;
    earnings::add(state, events, (fill.provider, due), at)?;
    Ok(credit)
}

/// Counts what a settlement up to `until` is about to count at rates of VAT that came into force after the lease was agreed.
fn count_vat_shares(state: &State, lease: &mut Lease, until: Timestamp) {
    if state.vat_changes.is_empty() {
        return;
    }
    for (from, next, vat) in fees::later_rates(state, &lease.fill, until) {
        let card_seconds = lease.metering.due_of((from, next), until);
        let place = lease.vat_shares.partition_point(|share| share.from < from);
        match lease.vat_shares.get_mut(place).filter(|share| share.from == from) {
            Some(share) => share.card_seconds = share.card_seconds.saturating_add(card_seconds),
            None => lease.vat_shares.insert(
                place,
                VatShare {
                    from,
                    vat,
                    card_seconds,
                },
            ),
        }
    }
    lease.vat_shares.retain(|share| share.card_seconds != 0);
}

/// Counts what was settled: as spent, in the years in which it was delivered, and as not promised any more.
fn count(
    state: &mut State,
    events: &mut Vec<Event>,
    fill: &Fill,
    (before, total): (Settled, Settled),
    years: BTreeMap<i32, i64>,
) -> Result<(), Rejection> {
    let mut seconds = before.card_seconds;
    let mut charged = before.charge;
    for (year, more) in years {
        seconds = seconds.saturating_add(more);
        let charge = rounding::charge(fill.price, seconds)?;
        let more = Spending {
            spent: charge.minus(charged)?,
            declared: Money::ZERO,
        };
        charged = charge;
        spending::add(state, events, (fill.tenant, year), more)?;
    }
    // All draws of one fill are of one programme.
    let voucher = fill.draws.first().and_then(|draw| state.vouchers.get(&draw.voucher));
    match voucher.map(|voucher| voucher.programme) {
        Some(programme) => reserved::change(state, programme, before.voucher.minus(total.voucher)?),
        None => Ok(()),
    }
}
