//! collect: org.cash → org.debt, as much as is owed and is there; out of a payout org.payable → org.debt

use crate::domain::account::AccountKey;
use crate::domain::banking::payout::PayoutLine;
use crate::domain::id::OrgId;
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::domain::transfer::{BusinessRef, MovementKind};
use crate::engine::event::Event;
use crate::engine::rejection::Rejection;
use crate::engine::state::State;

/// Posts it: at most `most` of what the organisation owes.
pub fn post(
    state: &mut State,
    events: &mut Vec<Event>,
    (org, most): (OrgId, Money),
    at: Timestamp,
) -> Result<(), Rejection> {
    let owed = state.ledger.balance(AccountKey::Debt(org)).min(most);
    if !owed.is_positive() {
        return Ok(());
    }
    let legs = [super::leg(AccountKey::Cash(org), AccountKey::Debt(org), owed)];
    super::post(state, events, (MovementKind::Collect, BusinessRef::Org(org), at), &legs)
}

/// Posts what a line of a payout batch pays of a debt, before the rest is paid out.
pub fn out_of_earnings(
    state: &mut State,
    events: &mut Vec<Event>,
    line: &PayoutLine,
    at: Timestamp,
) -> Result<(), Rejection> {
    let Some(org) = line.org else { return Ok(()) };
    let debt = AccountKey::Debt(org);
    let legs = [
        super::leg(AccountKey::PayableCash(org), debt, line.debt_from_cash),
        super::leg(AccountKey::PayableProgramme(org), debt, line.debt_from_programme),
    ];
    super::post(state, events, (MovementKind::Collect, BusinessRef::Org(org), at), &legs)
}
