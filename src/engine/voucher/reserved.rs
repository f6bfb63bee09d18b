//! What a programme's vouchers have reserved for live leases: the part of a pre-funded reserve (备用金) that is promised.

use crate::domain::account::AccountKey;
use crate::domain::id::ProgrammeId;
use crate::domain::money::Money;
use crate::engine::rejection::Rejection;
use crate::engine::state::State;

/// Changes what is reserved; it never goes below zero.
///
/// # Errors
/// Only where the books contradict themselves.
pub fn change(state: &mut State, programme: ProgrammeId, by: Money) -> Result<(), Rejection> {
    let known = state.reserved_of.get(&programme).copied().unwrap_or_default();
    let now = known.plus(by)?;
    if now < Money::ZERO {
        return Err(Rejection::Fault("a programme has less than nothing reserved"));
    }
    if now == Money::ZERO {
        state.reserved_of.remove(&programme);
    } else {
        state.reserved_of.insert(programme, now);
    }
    Ok(())
}

/// What was paid in for a programme, and how much of it is promised to live leases already.
pub fn paid_in(state: &State, programme: ProgrammeId) -> (Money, Money) {
    let promised = state.reserved_of.get(&programme).copied().unwrap_or_default();
    (state.ledger.balance(AccountKey::Reserve(programme)), promised)
}
