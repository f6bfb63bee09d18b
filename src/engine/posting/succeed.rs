//! a lease goes on in the place of another: org.cash → lease.escrow (net charge + fee); voucher.available → voucher.reserved

use crate::domain::account::AccountKey;
use crate::domain::lease::Fill;
use crate::domain::transfer::{BusinessRef, MovementKind};
use crate::engine::event::Event;
use crate::engine::rejection::Rejection;
use crate::engine::state::State;

/// Posts it.
pub fn post(state: &mut State, events: &mut Vec<Event>, fill: &Fill) -> Result<(), Rejection> {
    let (cash, escrow) = (AccountKey::Cash(fill.tenant), AccountKey::Escrow(fill.lease));
    let mut legs = vec![super::leg(cash, escrow, fill.net.plus(fill.fee)?)];
    legs.extend(super::reserve(fill));
    super::post(
        state,
        events,
        (MovementKind::Succeed, BusinessRef::Lease(fill.lease), fill.at),
        &legs,
    )
}
