//! pre-funded: bank → programme.reserve; what is left when the programme is closed: programme.reserve → bank

use crate::domain::account::AccountKey;
use crate::domain::id::ProgrammeId;
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::domain::transfer::{BusinessRef, MovementKind};
use crate::engine::event::Event;
use crate::engine::rejection::Rejection;
use crate::engine::state::State;

/// Posts money that was paid in.
pub fn fund(
    state: &mut State,
    events: &mut Vec<Event>,
    (programme, amount): (ProgrammeId, Money),
    at: Timestamp,
) -> Result<(), Rejection> {
    let legs = [super::leg(AccountKey::Bank, AccountKey::Reserve(programme), amount)];
    let about = BusinessRef::Programme(programme);
    super::post(state, events, (MovementKind::FundReserve, about, at), &legs)
}

/// Posts money that was sent back.
pub fn give_back(
    state: &mut State,
    events: &mut Vec<Event>,
    (programme, amount): (ProgrammeId, Money),
    at: Timestamp,
) -> Result<(), Rejection> {
    let legs = [super::leg(AccountKey::Reserve(programme), AccountKey::Bank, amount)];
    let about = BusinessRef::Programme(programme);
    super::post(state, events, (MovementKind::ReturnReserve, about, at), &legs)
}
