//! suspend: bank → suspense (in), suspense → bank (out); resolve_suspense: suspense → org.cash, treasury_receivable or fee_revenue, or
//! the other way for what went out

use crate::domain::account::AccountKey;
use crate::domain::id::{StatementId, SuspenseId};
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::domain::transfer::{BusinessRef, MovementKind};
use crate::engine::event::Event;
use crate::engine::rejection::Rejection;
use crate::engine::state::State;

/// Posts an entry that nobody expected; below zero it went out.
pub fn suspend(
    state: &mut State,
    events: &mut Vec<Event>,
    (statement, amount): (StatementId, Money),
    at: Timestamp,
) -> Result<(), Rejection> {
    let legs = [super::leg(AccountKey::Bank, AccountKey::Suspense, amount)];
    let about = BusinessRef::Statement(statement);
    super::post(state, events, (MovementKind::Suspend, about, at), &legs)
}

/// Posts what it was.
pub fn resolve(
    state: &mut State,
    events: &mut Vec<Event>,
    (id, target, amount): (SuspenseId, AccountKey, Money),
    at: Timestamp,
) -> Result<(), Rejection> {
    let legs = [super::leg(AccountKey::Suspense, target, amount)];
    let about = BusinessRef::Suspense(id);
    super::post(state, events, (MovementKind::ResolveSuspense, about, at), &legs)
}
