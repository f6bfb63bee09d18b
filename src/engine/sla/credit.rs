//! What a lease's schedule gives back for outages.
//!
//! Measured over the whole lease, as charges are: once the card-seconds that were not there through the provider's fault are more than
//! `max_fault_rate` of those contracted, the credit is round_half_up(`credit_rate` × price × unavailable card-seconds ÷ 3600), for all of
//! them. It is cumulative, so that it does not matter how often is settled, and never more than what was charged.

use super::measure::{Measured, Scale, Span, measure};
use crate::domain::lease::{Lease, Settled};
use crate::domain::listing::Sla;
use crate::domain::money::{Money, Overflow};
use crate::domain::outage::{Outage, OutageCause, SlaBasis};
use crate::domain::rate::Fraction;
use crate::domain::rounding;
use crate::domain::time::Timestamp;
use crate::engine::state::State;

/// Card-seconds of a lease that were not there for a cause that counts, up to an instant.
pub fn measured(state: &State, lease: &Lease, (counts, until): (fn(OutageCause) -> bool, Timestamp)) -> Measured {
    let span = span(lease);
    let measured = measure(scale(lease, counts), state.sla.of_lease(lease.id()), (span.0, until));
    Measured {
        contracted: super::measure::card_seconds(lease.fill.cards, span),
        ..measured
    }
}

fn span(lease: &Lease) -> Span {
    (lease.fill.window.from().timestamp(), lease.ends.timestamp())
}

fn scale(lease: &Lease, counts: fn(OutageCause) -> bool) -> Scale<'_> {
    Scale {
        cards: lease.fill.cards,
        lease: span(lease),
        maintenance: &lease.life().maintenance,
        counts,
    }
}

/// What was not there earlier than this is settled between the two sides: before anything that somebody still has to say something to.
fn agreed_until(state: &State, lease: &Lease, until: Timestamp) -> Timestamp {
    let pending = state
        .sla
        .of_lease(lease.id())
        .filter(|outage| outage.state.is_pending());
    let mut agreed = pending.map(|outage| outage.from).fold(until, Timestamp::min);
    // What usage misses cannot be told apart within its span: all of it or nothing.
    let spans: Vec<Span> = state.sla.of_lease(lease.id()).filter_map(bulk).collect();
    while let Some(span) = spans.iter().find(|span| span.0 < agreed && agreed < span.1) {
        agreed = span.0;
    }
    agreed
}

fn bulk(outage: &Outage) -> Option<Span> {
    outage.card_seconds.and(outage.span())
}

/// All that a lease's schedule gives back by now, if anything: how much, and out of what it was reckoned.
///
/// # Errors
/// Only where amounts are beyond what the exchange can count.
pub fn target(
    state: &State,
    (lease, total): (&Lease, &Settled),
    until: Timestamp,
) -> Result<Option<(Money, SlaBasis)>, Overflow> {
    let promised = lease
        .fill
        .sla
        .filter(|_| super::measures(state) && state.sla.has(lease.id()));
    let Some(sla) = promised else {
        return Ok(None);
    };
    let until = agreed_until(state, lease, until);
    let Measured {
        contracted,
        unavailable,
    } = measured(state, lease, (OutageCause::is_credited, until));
    if !is_exceeded(sla, contracted, unavailable) {
        return Ok(None);
    }
    let credit = amount(sla, (lease, unavailable))?.min(total.charge);
    let basis = SlaBasis {
        contracted,
        unavailable,
    };
    Ok(Some((credit, basis)))
}

/// Whether more was not there than is promised.
pub fn is_exceeded(sla: Sla, contracted: i64, unavailable: i64) -> bool {
    let unavailable = i128::from(unavailable) * i128::from(Fraction::WHOLE_PPM);
    unavailable > i128::from(sla.max_fault_rate.ppm()) * i128::from(contracted)
}

/// round_half_up(credit rate × price × card-seconds ÷ 3600), in fen.
fn amount(sla: Sla, (lease, card_seconds): (&Lease, i64)) -> Result<Money, Overflow> {
    rounding::charge_at(lease.fill.price, card_seconds, sla.credit_rate)
}

/// Whether a settlement up to `until` would credit anything.
pub fn is_due(state: &State, lease: &Lease, until: Timestamp) -> bool {
    let more = |found: (Money, SlaBasis)| found.0 > state.recovered.sla(lease.id());
    state.sla.has(lease.id())
        && target(state, (lease, &lease.settled), until).is_ok_and(|found| found.is_some_and(more))
}
