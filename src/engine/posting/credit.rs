//! SLA credit: provider.pending (else payable, collateral, debt) → tenant.cash (cash share) and → treasury_receivable of each payer, or
//! the programme's reserve (voucher share); programme.redeemed → voucher.available, or to the pot or lapsed where the voucher cannot
//! pay any more

use crate::domain::account::AccountKey;
use crate::domain::id::RecoveryId;
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::domain::transfer::{BusinessRef, MovementKind};
use crate::engine::event::Event;
use crate::engine::ledger::Leg;
use crate::engine::rejection::Rejection;
use crate::engine::state::State;

/// What one credit moves.
#[derive(Debug, Clone, Default)]
pub struct Due {
    /// Out of which accounts the tenant's share comes, in order.
    pub cash_from: Vec<(AccountKey, Money)>,
    /// Where it goes.
    pub cash_to: Vec<(AccountKey, Money)>,
    /// Out of which accounts the vouchers' share comes, in order.
    pub subsidy_from: Vec<(AccountKey, Money)>,
    /// Where it goes.
    pub subsidy_to: Vec<(AccountKey, Money)>,
    /// Entitlement: from, through, to. What does not go back to its voucher passes through it all the same, so that the voucher's
    /// account tells what became of it.
    pub vouchers: Vec<(AccountKey, AccountKey, Option<AccountKey>, Money)>,
}

/// Its legs: those who get money first, then entitlement.
///
/// # Errors
/// [`Rejection::Fault`] where sources and targets differ.
pub fn legs(due: &Due) -> Result<Vec<Leg>, Rejection> {
    let mut legs = super::pour(&due.cash_from, &due.cash_to)?;
    legs.extend(super::pour(&due.subsidy_from, &due.subsidy_to)?);
    for &(redeemed, voucher, target, amount) in &due.vouchers {
        legs.push(super::leg(redeemed, voucher, amount));
        legs.extend(target.map(|target| super::leg(voucher, target, amount)));
    }
    Ok(legs)
}

/// Posts it.
pub fn post(
    state: &mut State,
    events: &mut Vec<Event>,
    (id, due): (RecoveryId, &Due),
    at: Timestamp,
) -> Result<(), Rejection> {
    let legs = legs(due)?;
    super::post(
        state,
        events,
        (MovementKind::Credit, BusinessRef::Recovery(id), at),
        &legs,
    )
}
