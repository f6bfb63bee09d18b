//! take back a pot: programme.pot → programme.appropriation, where a new version of the rules has a smaller one

use crate::domain::account::AccountKey;
use crate::domain::id::ProgrammeId;
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
    (programme, amount): (ProgrammeId, Money),
    at: Timestamp,
) -> Result<(), Rejection> {
    let legs = [super::leg(
        AccountKey::Pot(programme),
        AccountKey::Appropriation(programme),
        amount,
    )];
    super::post(
        state,
        events,
        (MovementKind::TakeBackPot, BusinessRef::Programme(programme), at),
        &legs,
    )
}
