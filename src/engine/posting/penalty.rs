//! penalty: by the fault of the tenant lease.escrow → provider.pending; by the fault of the provider provider.pending (else payable,
//! collateral, debt) → tenant.cash

use crate::domain::account::AccountKey;
use crate::domain::id::LeaseId;
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::domain::transfer::{BusinessRef, MovementKind};
use crate::engine::event::Event;
use crate::engine::rejection::Rejection;
use crate::engine::state::State;

/// Posts it: out of `sources`, in order, to one account.
pub fn post(
    state: &mut State,
    events: &mut Vec<Event>,
    (lease, sources, target): (LeaseId, &[(AccountKey, Money)], AccountKey),
    at: Timestamp,
) -> Result<(), Rejection> {
    let legs: Vec<_> = sources
        .iter()
        .map(|&(source, amount)| super::leg(source, target, amount))
        .collect();
    super::post(
        state,
        events,
        (MovementKind::Penalty, BusinessRef::Lease(lease), at),
        &legs,
    )
}
