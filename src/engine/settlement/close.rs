//! The end of a lease in the books.

use super::amount::redeemed;
use crate::domain::account::AccountKey;
use crate::domain::lease::{Lease, LeaseState};
use crate::domain::money::Money;
use crate::domain::spending::Spending;
use crate::domain::time::Timestamp;
use crate::engine::event::Event;
use crate::engine::fill::change_drawn;
use crate::engine::lease::{hand_back_access, settle_penalty};
use crate::engine::posting::{self, expire_voucher};
use crate::engine::rejection::Rejection;
use crate::engine::state::State;
use crate::engine::voucher::{reserved, spending};

/// Closes a lease for good: whoever let the other side down pays for it, then escrow and unused vouchers go back.
pub fn close(state: &mut State, events: &mut Vec<Event>, lease: &mut Lease, at: Timestamp) -> Result<(), Rejection> {
    settle_penalty(state, events, lease, at)?;
    let used = redeemed(&lease.fill, lease.settled.voucher)?;
    let mut unused = Vec::with_capacity(used.len());
    for (draw, used) in lease.fill.draws.iter().zip(used) {
        let fault = Rejection::Fault("a draw on no voucher");
        let voucher = state.vouchers.get(&draw.voucher).ok_or_else(|| fault.clone())?;
        let programme = state.programmes.get(&voucher.programme).ok_or(fault)?;
        let target = if voucher.is_live(at) {
            AccountKey::VoucherAvailable(draw.voucher)
        } else {
            expire_voucher::target(voucher, programme)
        };
        unused.push((
            programme.id,
            AccountKey::VoucherReserved(draw.voucher),
            target,
            draw.amount.minus(used)?,
        ));
    }
    for &(programme, _, _, amount) in unused.iter().filter(|(_, _, _, amount)| amount.is_positive()) {
        change_drawn(state, events, (programme, &lease.fill, Money::ZERO.minus(amount)?))?;
    }
    let unused_of = unused.iter().map(|&(programme, _, _, amount)| (programme, amount));
    for (programme, amount) in unused_of.collect::<Vec<_>>() {
        reserved::change(state, programme, Money::ZERO.minus(amount)?)?;
    }
    // What was agreed and not delivered is not bought any more.
    let less = Spending {
        spent: Money::ZERO,
        declared: lease.settled.charge.minus(lease.fill.charge)?,
    };
    spending::add(state, events, (lease.fill.tenant, lease.fill.at.year()), less)?;
    let legs: Vec<_> = unused
        .into_iter()
        .map(|(_, reserved, target, amount)| (reserved, target, amount))
        .collect();
    posting::close_lease::post(state, events, (&lease.fill, &legs), at)?;
    lease.state = LeaseState::Closed;
    hand_back_access(state, events, lease);
    state.leases.remove(&lease.id());
    for held in lease.metering.held() {
        state.disputes.remove(&held.dispute);
    }
    state.sla.forget(lease.id());
    state.ledger.retire(AccountKey::Escrow(lease.id()));
    Ok(())
}
