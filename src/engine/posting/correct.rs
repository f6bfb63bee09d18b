//! correct: usage came to less than was settled: the exact reverse of a settlement. fee_revenue → lease.escrow (the tenant's fee) and →
//! provider.pending (the provider's fee), vat_payable → fee_revenue; programme.redeemed → voucher.reserved; provider.pending, payable,
//! collateral, debt → lease.escrow (cash share) and → treasury_receivable of each payer, or the programme's reserve (voucher share)

use super::settle::Due;
use crate::domain::account::AccountKey;
use crate::domain::lease::Fill;
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::domain::transfer::{BusinessRef, MovementKind};
use crate::engine::event::Event;
use crate::engine::rejection::Rejection;
use crate::engine::remedy::GivenBack;
use crate::engine::state::State;

/// Posts it: `due` has what a settlement would move, all below zero, and `given` what the provider's accounts give for it.
pub fn post(
    state: &mut State,
    events: &mut Vec<Event>,
    (fill, due, given): (&Fill, &Due, &GivenBack),
    at: Timestamp,
) -> Result<(), Rejection> {
    let escrow = AccountKey::Escrow(fill.lease);
    let by_cash = AccountKey::PendingCash(fill.provider);
    let by_programme = AccountKey::PendingProgramme(fill.provider);
    let fees = AccountKey::FeeRevenue;
    // What is below zero goes the other way: fees and VAT come first, so that the provider gives them back, too.
    let mut legs = vec![
        super::leg(fees, AccountKey::VatPayable, due.vat),
        super::leg(escrow, fees, due.tenant_fee),
        super::leg(by_cash, fees, due.provider_fee_cash),
        super::leg(by_programme, fees, due.provider_fee_programme),
    ];
    let cash = Money::ZERO.minus(due.cash)?;
    legs.extend(super::pour(&given.cash.from, &[(escrow, cash)])?);
    let back = |&(account, amount): &(AccountKey, Money)| Ok((account, Money::ZERO.minus(amount)?));
    let subsidy = due.subsidy.iter().map(back).collect::<Result<Vec<_>, Rejection>>()?;
    legs.extend(super::pour(&given.subsidy.from, &subsidy)?);
    legs.extend(due.redeemed.iter().map(|&(programme, voucher, amount)| {
        let reserved = AccountKey::VoucherReserved(voucher);
        super::leg(reserved, AccountKey::Redeemed(programme), amount)
    }));
    let about = BusinessRef::Lease(fill.lease);
    super::post(state, events, (MovementKind::Correct, about, at), &legs)
}
