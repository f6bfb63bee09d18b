//! fill: org.held → lease.escrow (net charge + fee); org.held → org.cash (what the remainder no longer needs);
//! voucher.available → voucher.reserved

use crate::domain::account::AccountKey;
use crate::domain::lease::Fill;
use crate::domain::money::Money;
use crate::domain::transfer::{BusinessRef, MovementKind};
use crate::engine::event::Event;
use crate::engine::rejection::Rejection;
use crate::engine::state::State;

/// Posts a fill. `freed` goes back from the hold to cash; where it is negative, rounding part by part took some fen more
/// than the hold of the whole, and they come out of cash first.
pub fn post(state: &mut State, events: &mut Vec<Event>, fill: &Fill, freed: Money) -> Result<(), Rejection> {
    let (cash, held) = (AccountKey::Cash(fill.tenant), AccountKey::Held(fill.tenant));
    let escrowed = super::leg(held, AccountKey::Escrow(fill.lease), fill.net.plus(fill.fee)?);
    let freeing = super::leg(held, cash, freed);
    let mut legs = if freed < Money::ZERO {
        vec![freeing, escrowed]
    } else {
        vec![escrowed, freeing]
    };
    legs.extend(super::reserve(fill));
    super::post(
        state,
        events,
        (MovementKind::Fill, BusinessRef::Lease(fill.lease), fill.at),
        &legs,
    )
}
