//! claim: voucher.available → voucher.reserved; refused or taken back: voucher.reserved → voucher.available, or where a voucher
//! cannot pay any more or was made for the claim alone to the pot or lapsed; paid: treasury_receivable[payer] → tenant.cash,
//! split by co-funder, and voucher.reserved → programme.redeemed

use crate::domain::account::AccountKey;
use crate::domain::claim::Claim;
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::domain::transfer::{BusinessRef, MovementKind};
use crate::engine::event::Event;
use crate::engine::ledger::Leg;
use crate::engine::rejection::Rejection;
use crate::engine::state::State;

/// Reserves what the claim may get.
pub fn reserve(state: &mut State, events: &mut Vec<Event>, claim: &Claim, at: Timestamp) -> Result<(), Rejection> {
    let draws = claim.draws.iter().map(|draw| {
        let available = AccountKey::VoucherAvailable(draw.voucher);
        super::leg(available, AccountKey::VoucherReserved(draw.voucher), draw.amount)
    });
    let legs: Vec<Leg> = draws.collect();
    let about = BusinessRef::Claim(claim.id);
    super::post(state, events, (MovementKind::ReserveClaim, about, at), &legs)
}

/// Gives it back, each draw to its account.
pub fn release(
    state: &mut State,
    events: &mut Vec<Event>,
    (claim, homes): (&Claim, &[AccountKey]),
    at: Timestamp,
) -> Result<(), Rejection> {
    let draws = claim.draws.iter().zip(homes);
    let legs: Vec<Leg> = draws
        .map(|(draw, home)| super::leg(AccountKey::VoucherReserved(draw.voucher), *home, draw.amount))
        .collect();
    let about = BusinessRef::Claim(claim.id);
    super::post(state, events, (MovementKind::ReleaseClaim, about, at), &legs)
}

/// Pays it; `parts` say what each treasury owes more or, by single fen, less.
pub fn pay(
    state: &mut State,
    events: &mut Vec<Event>,
    (claim, parts): (&Claim, &[Money]),
    at: Timestamp,
) -> Result<(), Rejection> {
    let mut legs = subsidy(claim, parts);
    legs.extend(claim.draws.iter().map(|draw| {
        let redeemed = AccountKey::Redeemed(claim.programme);
        super::leg(AccountKey::VoucherReserved(draw.voucher), redeemed, draw.amount)
    }));
    let about = BusinessRef::Claim(claim.id);
    super::post(state, events, (MovementKind::PayClaim, about, at), &legs)
}

/// What comes from the treasuries; what goes back to one comes after what others pay, so that the tenant's account never dips.
pub(super) fn subsidy(claim: &Claim, parts: &[Money]) -> Vec<Leg> {
    let mut legs: Vec<Leg> = (0_u8..)
        .zip(parts)
        .map(|(payer, part)| {
            let receivable = AccountKey::TreasuryReceivable(claim.programme, payer);
            super::leg(receivable, AccountKey::Cash(claim.org), *part)
        })
        .collect();
    legs.sort_by_key(|leg| std::cmp::Reverse(leg.amount));
    legs
}
