//! dispute window ends: provider.pending → provider.payable

use crate::domain::account::AccountKey;
use crate::domain::id::OrgId;
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
    (org, cash, programme): (OrgId, Money, Money),
    at: Timestamp,
) -> Result<(), Rejection> {
    let legs = [
        super::leg(AccountKey::PendingCash(org), AccountKey::PayableCash(org), cash),
        super::leg(
            AccountKey::PendingProgramme(org),
            AccountKey::PayableProgramme(org),
            programme,
        ),
    ];
    super::post(state, events, (MovementKind::Release, BusinessRef::Org(org), at), &legs)
}
