//! expire: voucher.available → programme.pot or programme.lapsed

use crate::domain::account::AccountKey;
use crate::domain::id::ProgrammeId;
use crate::domain::money::Money;
use crate::domain::programme::funding::OnExpiry;
use crate::domain::time::Timestamp;
use crate::domain::transfer::{BusinessRef, MovementKind};
use crate::domain::voucher::Voucher;
use crate::engine::event::Event;
use crate::engine::rejection::Rejection;
use crate::engine::state::State;

/// Where the rest of an expired voucher goes.
pub fn target(programme: ProgrammeId, rule: OnExpiry) -> AccountKey {
    match rule {
        OnExpiry::Pot => AccountKey::Pot(programme),
        OnExpiry::Lapse => AccountKey::Lapsed(programme),
    }
}

/// Posts it.
pub fn post(
    state: &mut State,
    events: &mut Vec<Event>,
    (voucher, rule, left): (&Voucher, OnExpiry, Money),
    at: Timestamp,
) -> Result<(), Rejection> {
    let legs = [super::leg(
        AccountKey::VoucherAvailable(voucher.id),
        target(voucher.programme, rule),
        left,
    )];
    super::post(
        state,
        events,
        (MovementKind::ExpireVoucher, BusinessRef::Voucher(voucher.id), at),
        &legs,
    )
}
