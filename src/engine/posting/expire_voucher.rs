//! expire: voucher.available → programme.pot or programme.lapsed

use crate::domain::account::AccountKey;
use crate::domain::money::Money;
use crate::domain::programme::funding::OnExpiry;
use crate::domain::programme::{Programme, ProgrammeState};
use crate::domain::time::Timestamp;
use crate::domain::transfer::{BusinessRef, MovementKind};
use crate::domain::voucher::{Voucher, VoucherEnd};
use crate::engine::event::Event;
use crate::engine::rejection::Rejection;
use crate::engine::state::State;

/// Where the rest of a voucher goes that cannot pay any more: what its version of the rules says of expiry. What ended before
/// its time goes to the pot. After the reconciliation nothing is granted any more: what comes back then lapses.
pub fn target(voucher: &Voucher, programme: &Programme) -> AccountKey {
    let rules = programme.rules_of(voucher.version).unwrap_or(&programme.rules);
    if programme.state == ProgrammeState::Reconciled {
        return AccountKey::Lapsed(programme.id);
    }
    match (voucher.ended, rules.on_expiry) {
        (Some(VoucherEnd::Revoked | VoucherEnd::Closed), _) | (None, OnExpiry::Pot) => AccountKey::Pot(programme.id),
        (None, OnExpiry::Lapse) => AccountKey::Lapsed(programme.id),
    }
}

/// Posts it.
pub fn post(
    state: &mut State,
    events: &mut Vec<Event>,
    (voucher, target, left): (&Voucher, AccountKey, Money),
    at: Timestamp,
) -> Result<(), Rejection> {
    let legs = [super::leg(AccountKey::VoucherAvailable(voucher.id), target, left)];
    super::post(
        state,
        events,
        (MovementKind::ExpireVoucher, BusinessRef::Voucher(voucher.id), at),
        &legs,
    )
}
