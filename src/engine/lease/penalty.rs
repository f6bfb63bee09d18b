//! What the side at whose fault a lease has ended pays for what remains of it.

use crate::domain::account::AccountKey;
use crate::domain::lease::Lease;
use crate::domain::life::close_code::PenaltyRule;
use crate::domain::money::Money;
use crate::domain::rounding::{self, Rounding};
use crate::domain::time::Timestamp;
use crate::engine::event::Event;
use crate::engine::posting;
use crate::engine::rejection::Rejection;
use crate::engine::remedy::{self, Earned, lower_earnings};
use crate::engine::settlement;
use crate::engine::state::State;

/// The charge of the hours by which a lease was shortened.
fn remaining(lease: &Lease) -> Result<Money, Rejection> {
    let until = lease.life().ending.as_ref().map_or(lease.ends, |ending| ending.until);
    let hours = until.since(lease.ends);
    Ok(rounding::charge_for_hours(lease.fill.price, lease.fill.cards, hours)?)
}

/// Posts the penalty of a lease that is about to be closed: everything delivered is settled, and what is left in escrow is for what was
/// not.
///
/// # Errors
/// Only where the books contradict themselves.
pub fn settle(state: &mut State, events: &mut Vec<Event>, lease: &Lease, at: Timestamp) -> Result<(), Rejection> {
    let Some(ending) = &lease.life().ending else {
        return Ok(());
    };
    let delivery = lease.life().delivery;
    match ending.code.penalty() {
        PenaltyRule::Nobody => Ok(()),
        PenaltyRule::TenantPays => {
            let fill = &lease.fill;
            let own = match fill.charge {
                Money::ZERO => Money::ZERO,
                // Vouchers are for computing, not for penalties.
                whole => rounding::proportion(remaining(lease)?, fill.net.fen(), whole.fen(), Rounding::HalfUp)?,
            };
            let penalty = rounding::share(own, delivery.tenant_penalty_bps, Rounding::HalfUp)?;
            let escrow = AccountKey::Escrow(lease.id());
            let penalty = penalty.min(state.ledger.balance(escrow));
            if !penalty.is_positive() {
                return Ok(());
            }
            let provider = fill.provider;
            let legs = [(escrow, penalty)];
            posting::penalty::post(
                state,
                events,
                (lease.id(), &legs, AccountKey::PendingCash(provider)),
                at,
            )?;
            settlement::add_earnings(state, events, (provider, penalty, Money::ZERO), at)
        }
        PenaltyRule::ProviderPays => {
            let penalty = rounding::share(remaining(lease)?, delivery.provider_penalty_bps, Rounding::HalfUp)?;
            if !penalty.is_positive() {
                return Ok(());
            }
            let provider = lease.fill.provider;
            let given = remedy::give_back(state, provider, (penalty, Money::ZERO), Earned::default())?.cash;
            let to = AccountKey::Cash(lease.fill.tenant);
            posting::penalty::post(state, events, (lease.id(), &given.from, to), at)?;
            lower_earnings(state, events, (provider, given.pending, Money::ZERO))
        }
    }
}
