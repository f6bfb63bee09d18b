//! lapse: programme.pot → programme.lapsed, what is left when a programme is reconciled

use crate::domain::account::AccountKey;
use crate::domain::id::ProgrammeId;
use crate::domain::time::Timestamp;
use crate::domain::transfer::{BusinessRef, MovementKind};
use crate::engine::event::Event;
use crate::engine::rejection::Rejection;
use crate::engine::state::State;

/// Posts it: everything in the pot.
pub fn post(
    state: &mut State,
    events: &mut Vec<Event>,
    programme: ProgrammeId,
    at: Timestamp,
) -> Result<(), Rejection> {
    let pot = AccountKey::Pot(programme);
    let left = state.ledger.balance(pot);
    let legs = [super::leg(pot, AccountKey::Lapsed(programme), left)];
    super::post(
        state,
        events,
        (MovementKind::LapsePot, BusinessRef::Programme(programme), at),
        &legs,
    )
}
