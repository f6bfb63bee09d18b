//! appropriate: programme.appropriation → programme.pot

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
    (programme, pot): (ProgrammeId, Money),
    at: Timestamp,
) -> Result<(), Rejection> {
    let legs = [super::leg(
        AccountKey::Appropriation(programme),
        AccountKey::Pot(programme),
        pot,
    )];
    super::post(
        state,
        events,
        (MovementKind::Appropriate, BusinessRef::Programme(programme), at),
        &legs,
    )
}
