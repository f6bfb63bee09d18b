//! treasury pays: bank → treasury_receivable

use crate::domain::account::AccountKey;
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::domain::transfer::{BusinessRef, MovementKind};
use crate::domain::treasury::TreasuryRequest;
use crate::engine::event::Event;
use crate::engine::rejection::Rejection;
use crate::engine::state::State;

/// Posts it.
pub fn post(
    state: &mut State,
    events: &mut Vec<Event>,
    (request, amount): (&TreasuryRequest, Money),
    at: Timestamp,
) -> Result<(), Rejection> {
    let receivable = AccountKey::TreasuryReceivable(request.programme, request.payer);
    let legs = [super::leg(AccountKey::Bank, receivable, amount)];
    let about = BusinessRef::TreasuryRequest(request.id);
    super::post(state, events, (MovementKind::ReceiveTreasury, about, at), &legs)
}
