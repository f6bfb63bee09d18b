//! What a programme's vouchers have reserved for live leases: the part of a pre-funded reserve (备用金) that is promised.

use std::collections::BTreeMap;

use crate::domain::account::AccountKey;
use crate::domain::id::ProgrammeId;
use crate::domain::money::{Money, Overflow};
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

/// Counts it anew, out of the leases that live.
///
/// # Errors
/// A sum is beyond what can be counted.
pub fn restore(state: &mut State) -> Result<(), Overflow> {
    let mut reserved: BTreeMap<ProgrammeId, Money> = BTreeMap::new();
    for lease in state.leases.values() {
        let voucher = lease
            .fill
            .draws
            .first()
            .and_then(|draw| state.vouchers.get(&draw.voucher));
        if let Some(voucher) = voucher {
            let sum = reserved.entry(voucher.programme).or_default();
            *sum = sum.plus(lease.fill.voucher.minus(lease.settled.voucher)?)?;
        }
    }
    reserved.retain(|_, sum| *sum != Money::ZERO);
    state.reserved_of = reserved;
    Ok(())
}

/// What was paid in for a programme, and how much of it is promised to live leases already.
pub fn paid_in(state: &State, programme: ProgrammeId) -> (Money, Money) {
    let promised = state.reserved_of.get(&programme).copied().unwrap_or_default();
    (state.ledger.balance(AccountKey::Reserve(programme)), promised)
}
