//! What a party's transfers say of one lease: each amount is read off the two accounts that a transfer moves it between, so that
//! whatever books a lease is counted, and nothing twice.

use crate::domain::account::AccountKey;
use crate::domain::lease::Fill;
use crate::domain::money::{Money, Overflow};
use crate::domain::time::Hour;
use crate::domain::transfer::MovementKind;

/// A lease as documents look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperLease {
    /// What was agreed; without islands and draws.
    pub fill: Fill,
    /// The hour at which it really ends.
    pub ends: Hour,
}

/// What was booked of a lease in a period, as far as the party's own accounts show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LeaseSums {
    /// The part of the charge that the tenant paid.
    pub cash: Money,
    /// The part of the charge that vouchers paid.
    pub voucher: Money,
    /// The tenant's fee, VAT contained.
    pub tenant_fee: Money,
    /// The provider's fee, VAT contained.
    pub provider_fee: Money,
    /// VAT on fees.
    pub vat: Money,
    /// Given back to the tenant.
    pub credit_cash: Money,
    /// Given back of what vouchers had paid.
    pub credit_voucher: Money,
    /// Paid beyond the charge by the tenant to the provider, when a lease ended otherwise than agreed; below zero: the other way round.
    pub penalty: Money,
    /// Taken out of escrow, back to the tenant's cash.
    pub refunded: Money,
}

/// One of the sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item {
    /// [`LeaseSums::cash`].
    Cash,
    /// [`LeaseSums::voucher`].
    Voucher,
    /// [`LeaseSums::tenant_fee`].
    TenantFee,
    /// [`LeaseSums::provider_fee`].
    ProviderFee,
    /// [`LeaseSums::vat`].
    Vat,
    /// [`LeaseSums::credit_cash`].
    CreditCash,
    /// [`LeaseSums::credit_voucher`].
    CreditVoucher,
    /// [`LeaseSums::penalty`].
    Penalty,
    /// [`LeaseSums::refunded`].
    Refunded,
}

impl LeaseSums {
    /// The charge, whoever paid it.
    ///
    /// # Errors
    /// The sum leaves the range.
    pub fn charge(&self) -> Result<Money, Overflow> {
        self.cash.plus(self.voucher)
    }

    /// What was given back of it, to whomever.
    ///
    /// # Errors
    /// The sum leaves the range.
    pub fn credit(&self) -> Result<Money, Overflow> {
        self.credit_cash.plus(self.credit_voucher)
    }

    /// Counts `amount` more.
    ///
    /// # Errors
    /// The sum leaves the range.
    pub fn add(&mut self, item: Item, amount: Money) -> Result<(), Overflow> {
        let sum = match item {
            Item::Cash => &mut self.cash,
            Item::Voucher => &mut self.voucher,
            Item::TenantFee => &mut self.tenant_fee,
            Item::ProviderFee => &mut self.provider_fee,
            Item::Vat => &mut self.vat,
            Item::CreditCash => &mut self.credit_cash,
            Item::CreditVoucher => &mut self.credit_voucher,
            Item::Penalty => &mut self.penalty,
            Item::Refunded => &mut self.refunded,
        };
        *sum = sum.plus(amount)?;
        Ok(())
    }

    /// Adds all of `other`.
    ///
    /// # Errors
    /// A sum leaves the range.
    pub fn add_all(&mut self, other: &LeaseSums) -> Result<(), Overflow> {
        for (item, amount) in [
            (Item::Cash, other.cash),
            (Item::Voucher, other.voucher),
            (Item::TenantFee, other.tenant_fee),
            (Item::ProviderFee, other.provider_fee),
            (Item::Vat, other.vat),
            (Item::CreditCash, other.credit_cash),
            (Item::CreditVoucher, other.credit_voucher),
            (Item::Penalty, other.penalty),
            (Item::Refunded, other.refunded),
        ] {
            self.add(item, amount)?;
        }
        Ok(())
    }
}

/// What a transfer of a movement about a lease counts as, and whether it takes back what was counted before. None: nothing that a
/// lease costs or earns, such as money that only waits.
pub fn item(kind: MovementKind, debit: AccountKey, credit: AccountKey) -> Option<(Item, bool)> {
    let forward = forward(kind, debit, credit).map(|item| (item, false));
    forward.or_else(|| forward_again(kind, credit, debit).map(|item| (item, true)))
}

/// A reversal goes the other way between the same accounts. What is given back to a tenant is no reversal of anything.
fn forward_again(kind: MovementKind, debit: AccountKey, credit: AccountKey) -> Option<Item> {
    match (kind, forward(kind, debit, credit)) {
        (MovementKind::Credit, _) => None,
        (_, Some(Item::CreditCash | Item::CreditVoucher)) => None,
        (_, found) => found,
    }
}

fn forward(kind: MovementKind, debit: AccountKey, credit: AccountKey) -> Option<Item> {
    use AccountKey as A;
    if kind == MovementKind::Recover {
        // A subsidy that its receiver gives back changes nothing between tenant and provider.
        return None;
    }
    if kind == MovementKind::Succeed {
        // What is bound for a lease is not spent on it yet.
        return None;
    }
    let is_credit = kind == MovementKind::Credit;
    let is_penalty = kind == MovementKind::Penalty;
    match (debit, credit) {
        (A::Escrow(_), A::PendingCash(_) | A::PayableCash(_)) if kind == MovementKind::Settle => Some(Item::Cash),
        (A::Escrow(_) | A::Cash(_), A::PendingCash(_) | A::PayableCash(_)) => Some(Item::Penalty),
        // One that the provider pays goes the other way: it is below zero.
        (A::Cash(_), A::PendingProgramme(_) | A::PayableProgramme(_) | A::Collateral(_) | A::Debt(_)) if is_penalty => {
            Some(Item::Penalty)
        }
        (A::TreasuryReceivable(..) | A::Reserve(_), A::PendingProgramme(_) | A::PayableProgramme(_)) => {
            Some(Item::Voucher)
        }
        (A::VoucherReserved(_), A::Redeemed(_)) => Some(Item::Voucher),
        (A::Redeemed(_), A::VoucherReserved(_) | A::VoucherAvailable(_)) if is_credit => Some(Item::CreditVoucher),
        (
            A::PendingProgramme(_)
            | A::PayableProgramme(_)
            | A::PendingCash(_)
            | A::PayableCash(_)
            | A::Collateral(_)
            | A::Debt(_),
            A::TreasuryReceivable(..) | A::Reserve(_),
        ) if is_credit => Some(Item::CreditVoucher),
        (
            A::PendingCash(_)
            | A::PayableCash(_)
            | A::PendingProgramme(_)
            | A::PayableProgramme(_)
            | A::Collateral(_)
            | A::Debt(_),
            A::Cash(_),
        ) if !is_penalty => Some(Item::CreditCash),
        (A::Escrow(_) | A::Cash(_), A::FeeRevenue) => Some(Item::TenantFee),
        (A::PendingCash(_) | A::PendingProgramme(_) | A::PayableCash(_) | A::PayableProgramme(_), A::FeeRevenue) => {
            Some(Item::ProviderFee)
        }
        (A::FeeRevenue, A::VatPayable) => Some(Item::Vat),
        (A::Escrow(_), A::Cash(_)) => Some(Item::Refunded),
        (_, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::{LeaseId, OrgId, ProgrammeId, VoucherId};

    const TENANT: OrgId = OrgId(1);
    const PROVIDER: OrgId = OrgId(2);

    #[test]
    fn amounts_are_read_off_the_two_accounts() {
        let (escrow, cash) = (AccountKey::Escrow(LeaseId(1)), AccountKey::Cash(TENANT));
        let (by_cash, by_programme) = (
            AccountKey::PendingCash(PROVIDER),
            AccountKey::PendingProgramme(PROVIDER),
        );
        let treasury = AccountKey::TreasuryReceivable(ProgrammeId(1), 0);
        let (reserved, redeemed) = (
            AccountKey::VoucherReserved(VoucherId(1)),
            AccountKey::Redeemed(ProgrammeId(1)),
        );
        let (fees, vat) = (AccountKey::FeeRevenue, AccountKey::VatPayable);
        let settle = MovementKind::Settle;
        for (kind, debit, credit, expected) in [
            (settle, escrow, by_cash, Some((Item::Cash, false))),
            (settle, by_cash, escrow, Some((Item::Cash, true))),
            (settle, treasury, by_programme, Some((Item::Voucher, false))),
            (settle, by_programme, treasury, Some((Item::Voucher, true))),
            (settle, reserved, redeemed, Some((Item::Voucher, false))),
            (settle, redeemed, reserved, Some((Item::Voucher, true))),
            (settle, escrow, fees, Some((Item::TenantFee, false))),
            (settle, fees, escrow, Some((Item::TenantFee, true))),
            (settle, by_programme, fees, Some((Item::ProviderFee, false))),
            (settle, fees, vat, Some((Item::Vat, false))),
            (MovementKind::CloseLease, escrow, cash, Some((Item::Refunded, false))),
            (MovementKind::Penalty, escrow, by_cash, Some((Item::Penalty, false))),
            (MovementKind::Penalty, by_cash, cash, Some((Item::Penalty, true))),
            (
                MovementKind::Penalty,
                AccountKey::Debt(PROVIDER),
                cash,
                Some((Item::Penalty, true)),
            ),
            (MovementKind::ReleaseEscrow, escrow, cash, Some((Item::Refunded, false))),
            (MovementKind::Succeed, cash, escrow, None),
            (MovementKind::Credit, by_cash, cash, Some((Item::CreditCash, false))),
            (
                MovementKind::Credit,
                by_programme,
                treasury,
                Some((Item::CreditVoucher, false)),
            ),
            (
                MovementKind::Credit,
                redeemed,
                reserved,
                Some((Item::CreditVoucher, false)),
            ),
            // The rest of what a voucher cannot use any more goes on from there.
            (MovementKind::Credit, reserved, AccountKey::Pot(ProgrammeId(1)), None),
            (MovementKind::Recover, redeemed, reserved, None),
            (MovementKind::Recover, cash, treasury, None),
            (MovementKind::Fill, AccountKey::Held(TENANT), escrow, None),
            (MovementKind::Release, by_cash, AccountKey::PayableCash(PROVIDER), None),
        ] {
            assert_eq!(item(kind, debit, credit), expected, "{kind:?} {debit:?} {credit:?}");
        }
    }
}
