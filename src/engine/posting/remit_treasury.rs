//! remit: treasury_receivable → bank (what a treasury has paid beyond its share), or treasury_fine → bank (fines)

use crate::domain::account::AccountKey;
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::domain::transfer::{BusinessRef, MovementKind};
use crate::domain::treasury::TreasuryRequest;
use crate::engine::event::Event;
use crate::engine::rejection::Rejection;
use crate::engine::state::State;

/// Posts it, out of `from`.
pub fn post(
    state: &mut State,
    events: &mut Vec<Event>,
    (request, from, amount): (&TreasuryRequest, AccountKey, Money),
    at: Timestamp,
) -> Result<(), Rejection> {
    let legs = [super::leg(from, AccountKey::Bank, amount)];
    let about = BusinessRef::TreasuryRequest(request.id);
    super::post(state, events, (MovementKind::RemitTreasury, about, at), &legs)
}
