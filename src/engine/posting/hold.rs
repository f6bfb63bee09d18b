//! hold a bid: org.cash → org.held, and back when the bid is cancelled or expires.

use crate::domain::account::AccountKey;
use crate::domain::bid::Bid;
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::domain::transfer::{BusinessRef, MovementKind};
use crate::engine::event::Event;
use crate::engine::rejection::Rejection;
use crate::engine::state::State;

/// Holds `amount` more for the bid; a negative amount is released.
pub fn post(
    state: &mut State,
    events: &mut Vec<Event>,
    (bid, amount): (&Bid, Money),
    at: Timestamp,
) -> Result<(), Rejection> {
    let kind = if amount.is_positive() {
        MovementKind::HoldBid
    } else {
        MovementKind::ReleaseBid
    };
    let legs = [super::leg(
        AccountKey::Cash(bid.tenant),
        AccountKey::Held(bid.tenant),
        amount,
    )];
    super::post(state, events, (kind, BusinessRef::Bid(bid.id), at), &legs)
}
