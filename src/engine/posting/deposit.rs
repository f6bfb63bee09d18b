//! deposit: bank → org.cash

use crate::domain::account::AccountKey;
use crate::domain::id::OrgId;
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::domain::transfer::{BusinessRef, MovementKind};
use crate::engine::event::Event;
use crate::engine::ledger::Leg;
use crate::engine::rejection::Rejection;
use crate::engine::state::State;

/// The legs.
pub fn legs(org: OrgId, amount: Money) -> [Leg; 1] {
    [super::leg(AccountKey::Bank, AccountKey::Cash(org), amount)]
}

/// Posts what a bank statement shows.
pub fn post(
    state: &mut State,
    events: &mut Vec<Event>,
    (org, amount): (OrgId, Money),
    at: Timestamp,
) -> Result<(), Rejection> {
    let about = BusinessRef::Org(org);
    super::post(state, events, (MovementKind::Deposit, about, at), &legs(org, amount))
}
