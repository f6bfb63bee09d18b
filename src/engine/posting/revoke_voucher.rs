//! revoke, or end with its programme: voucher.available → programme.pot

use crate::domain::account::AccountKey;
use crate::domain::time::Timestamp;
use crate::domain::transfer::{BusinessRef, MovementKind};
use crate::domain::voucher::Voucher;
use crate::engine::event::Event;
use crate::engine::rejection::Rejection;
use crate::engine::state::State;

/// Posts it: everything that is available.
pub fn post(state: &mut State, events: &mut Vec<Event>, voucher: &Voucher, at: Timestamp) -> Result<(), Rejection> {
    let available = AccountKey::VoucherAvailable(voucher.id);
    let left = state.ledger.balance(available);
    let legs = [super::leg(available, AccountKey::Pot(voucher.programme), left)];
    super::post(
        state,
        events,
        (MovementKind::RevokeVoucher, BusinessRef::Voucher(voucher.id), at),
        &legs,
    )
}
