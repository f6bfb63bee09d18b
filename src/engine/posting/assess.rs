//! yearly assessment: programme.pot → voucher.available; treasury_receivable[payer] → tenant.cash, split by co-funder;
//! voucher.available → programme.redeemed; all of it in one movement for each entity

use crate::domain::account::AccountKey;
use crate::domain::claim::Claim;
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::domain::transfer::{BusinessRef, MovementKind};
use crate::domain::voucher::Voucher;
use crate::engine::event::Event;
use crate::engine::rejection::Rejection;
use crate::engine::state::State;

/// Posts it: the voucher pays all claims of the entity, each split among the treasuries.
pub fn post(
    state: &mut State,
    events: &mut Vec<Event>,
    (voucher, claims): (&Voucher, &[(Claim, Vec<Money>)]),
    at: Timestamp,
) -> Result<(), Rejection> {
    let available = AccountKey::VoucherAvailable(voucher.id);
    let pot = AccountKey::Pot(voucher.programme);
    let mut legs = vec![super::leg(pot, available, voucher.amount)];
    for (claim, parts) in claims {
        legs.extend(super::claim::subsidy(claim, parts));
        legs.push(super::leg(
            available,
            AccountKey::Redeemed(claim.programme),
            claim.amount,
        ));
    }
    let about = BusinessRef::Voucher(voucher.id);
    super::post(state, events, (MovementKind::Assess, about, at), &legs)
}
