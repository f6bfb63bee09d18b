//! settle usage: lease.escrow → provider.pending (cash share); treasury_receivable[payer] → provider.pending (voucher
//! share, split by co-funder; where it was paid in before, programme.reserve → provider.pending); voucher.reserved → programme.redeemed; lease.escrow → fee_revenue (tenant's fee);
//! provider.pending → fee_revenue (provider's fee); fee_revenue → vat_payable; then the SLA credit of the lease, see `credit.rs`

use crate::domain::account::AccountKey;
use crate::domain::id::{ProgrammeId, VoucherId};
use crate::domain::lease::Fill;
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::domain::transfer::{BusinessRef, MovementKind};
use crate::engine::event::Event;
use crate::engine::ledger::Leg;
use crate::engine::rejection::Rejection;
use crate::engine::state::State;

/// What one settlement of one lease moves: differences of cumulative amounts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Due {
    /// The tenant's share of the charge.
    pub cash: Money,
    /// The vouchers' share of the charge, by the account that pays it; single fen may go back to a treasury.
    pub subsidy: Vec<(AccountKey, Money)>,
    /// The same, by voucher.
    pub redeemed: Vec<(ProgrammeId, VoucherId, Money)>,
    /// The tenant's fee.
    pub tenant_fee: Money,
    /// The provider's fee, out of what tenants paid.
    pub provider_fee_cash: Money,
    /// The provider's fee, out of what programmes paid.
    pub provider_fee_programme: Money,
    /// VAT contained in both fees.
    pub vat: Money,
}

/// Posts it, and what goes back for outages after it.
pub fn post(
    state: &mut State,
    events: &mut Vec<Event>,
    (fill, due, credit): (&Fill, &Due, &[Leg]),
    at: Timestamp,
) -> Result<(), Rejection> {
    let escrow = AccountKey::Escrow(fill.lease);
    let by_cash = AccountKey::PendingCash(fill.provider);
    let by_programme = AccountKey::PendingProgramme(fill.provider);
    let mut legs = vec![super::leg(escrow, by_cash, due.cash)];
    // What goes back to a treasury comes after what others pay, so that the provider's account never dips.
    let mut subsidy = due.subsidy.clone();
    subsidy.sort_by_key(|(_, amount)| std::cmp::Reverse(*amount));
    legs.extend(
        subsidy
            .iter()
            .map(|&(source, amount)| super::leg(source, by_programme, amount)),
    );
    legs.extend(due.redeemed.iter().map(|&(programme, voucher, amount)| {
        super::leg(
            AccountKey::VoucherReserved(voucher),
            AccountKey::Redeemed(programme),
            amount,
        )
    }));
    legs.push(super::leg(escrow, AccountKey::FeeRevenue, due.tenant_fee));
    legs.push(super::leg(by_cash, AccountKey::FeeRevenue, due.provider_fee_cash));
    legs.push(super::leg(
        by_programme,
        AccountKey::FeeRevenue,
        due.provider_fee_programme,
    ));
    legs.push(super::leg(AccountKey::FeeRevenue, AccountKey::VatPayable, due.vat));
    legs.extend_from_slice(credit);
    super::post(
        state,
        events,
        (MovementKind::Settle, BusinessRef::Lease(fill.lease), at),
        &legs,
    )
}
