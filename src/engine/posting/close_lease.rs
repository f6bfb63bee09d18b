//! end of a lease: lease.escrow → tenant.cash (what is left); voucher.reserved → voucher.available, or to the pot or
//! lapsed where the voucher has expired

use crate::domain::account::AccountKey;
use crate::domain::lease::Fill;
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::domain::transfer::{BusinessRef, MovementKind};
use crate::engine::event::Event;
use crate::engine::ledger::Leg;
use crate::engine::rejection::Rejection;
use crate::engine::state::State;

/// Posts it: everything in escrow goes back, and each `unused` amount to its account.
pub fn post(
    state: &mut State,
    events: &mut Vec<Event>,
    (fill, unused): (&Fill, &[(AccountKey, AccountKey, Money)]),
    at: Timestamp,
) -> Result<(), Rejection> {
    let escrow = AccountKey::Escrow(fill.lease);
    let left = state.ledger.balance(escrow);
    let mut legs: Vec<Leg> = vec![super::leg(escrow, AccountKey::Cash(fill.tenant), left)];
    legs.extend(
        unused
            .iter()
            .map(|&(reserved, target, amount)| super::leg(reserved, target, amount)),
    );
    super::post(
        state,
        events,
        (MovementKind::CloseLease, BusinessRef::Lease(fill.lease), at),
        &legs,
    )
}
