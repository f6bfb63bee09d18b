//! a change shortens a lease: lease.escrow → tenant.cash (what cannot be charged any more)

use crate::domain::account::AccountKey;
use crate::domain::lease::Fill;
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::domain::transfer::{BusinessRef, MovementKind};
use crate::engine::event::Event;
use crate::engine::rejection::Rejection;
use crate::engine::state::State;

/// Posts it.
pub fn post(
    state: &mut State,
    events: &mut Vec<Event>,
    (fill, amount): (&Fill, Money),
    at: Timestamp,
) -> Result<(), Rejection> {
    let legs = [super::leg(
        AccountKey::Escrow(fill.lease),
        AccountKey::Cash(fill.tenant),
        amount,
    )];
    super::post(
        state,
        events,
        (MovementKind::ReleaseEscrow, BusinessRef::Lease(fill.lease), at),
        &legs,
    )
}
