//! grant: programme.pot → voucher.available

use crate::domain::account::AccountKey;
use crate::domain::time::Timestamp;
use crate::domain::transfer::{BusinessRef, MovementKind};
use crate::domain::voucher::Voucher;
use crate::engine::event::Event;
use crate::engine::rejection::Rejection;
use crate::engine::state::State;

/// Posts it.
pub fn post(state: &mut State, events: &mut Vec<Event>, voucher: &Voucher, at: Timestamp) -> Result<(), Rejection> {
    let pot = AccountKey::Pot(voucher.programme);
    let legs = [super::leg(
        pot,
        AccountKey::VoucherAvailable(voucher.id),
        voucher.amount,
    )];
    super::post(
        state,
        events,
        (MovementKind::Grant, BusinessRef::Voucher(voucher.id), at),
        &legs,
    )
}
