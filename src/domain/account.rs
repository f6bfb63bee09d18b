//! The chart of accounts (LEDGER.md): who owns an account, its unit, its normal side and its floor.

use serde::{Deserialize, Serialize};

use super::id::{LeaseId, OrgId, ProgrammeId, VoucherId};

/// What an account counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
pub enum Unit {
    /// Money, in fen.
    #[serde(rename = "CNY")]
    Cny,
    /// Voucher entitlement, in fen.
    #[serde(rename = "CNYV")]
    Cnyv,
}

/// The side on which an account grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Grows by debits: what the platform has or is owed.
    Debit,
    /// Grows by credits: what the platform owes, or an entitlement.
    Credit,
}

/// Whose an account is (LEDGER.md, the first column of the chart).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// The platform's.
    Platform,
    /// An organisation's.
    Org(OrgId),
    /// A lease's.
    Lease(LeaseId),
    /// A programme's.
    Programme(ProgrammeId),
    /// A voucher's.
    Voucher(VoucherId),
}

/// An account, by what it is for. There is at most one account for each key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountKey {
    /// Money in the custody account.
    Bank,
    /// Fees earned by the platform, VAT taken out.
    FeeRevenue,
    /// VAT on fees, owed to the tax office.
    VatPayable,
    /// Payouts submitted and not yet on a bank statement.
    PayoutInFlight,
    /// Money that could not be matched to anything: what came in less what went out.
    Suspense,
    /// What the organisation can spend or withdraw.
    Cash(OrgId),
    /// Bound by open bids.
    Held(OrgId),
    /// Earned and still disputable, paid by tenants.
    PendingCash(OrgId),
    /// Earned and still disputable, paid by programmes.
    PendingProgramme(OrgId),
    /// Free to be paid out, paid by tenants.
    PayableCash(OrgId),
    /// Free to be paid out once the treasury has paid, paid by programmes.
    PayableProgramme(OrgId),
    /// A provider's deposit against penalties.
    Collateral(OrgId),
    /// Owed after a clawback.
    Debt(OrgId),
    /// The tenant's money for a lease.
    Escrow(LeaseId),
    /// Subsidy settled and not yet received from the payer of this index in the programme's co-funding list.
    TreasuryReceivable(ProgrammeId, u8),
    /// Fines of a programme, owed to its treasury.
    TreasuryFine(ProgrammeId),
    /// Pre-funded money of a programme (备用金).
    Reserve(ProgrammeId),
    /// What the budget has appropriated.
    Appropriation(ProgrammeId),
    /// Appropriated and not yet granted.
    Pot(ProgrammeId),
    /// Redeemed by settlements.
    Redeemed(ProgrammeId),
    /// Redeemed and taken back.
    Recovered(ProgrammeId),
    /// Expired without returning to the pot.
    Lapsed(ProgrammeId),
    /// What a voucher can still pay.
    VoucherAvailable(VoucherId),
    /// Bound by open bids, where a programme reserves at the bid.
    VoucherHeld(VoucherId),
    /// Bound by leases.
    VoucherReserved(VoucherId),
}

impl AccountKey {
    /// What it is for, in one word: the name of all accounts like it.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Bank => "bank",
            Self::FeeRevenue => "fee_revenue",
            Self::VatPayable => "vat_payable",
            Self::PayoutInFlight => "payout_in_flight",
            Self::Suspense => "suspense",
            Self::Cash(_) => "cash",
            Self::Held(_) => "held",
            Self::PendingCash(_) => "pending_cash",
            Self::PendingProgramme(_) => "pending_programme",
            Self::PayableCash(_) => "payable_cash",
            Self::PayableProgramme(_) => "payable_programme",
            Self::Collateral(_) => "collateral",
            Self::Debt(_) => "debt",
            Self::Escrow(_) => "escrow",
            Self::TreasuryReceivable(..) => "treasury_receivable",
            Self::TreasuryFine(_) => "treasury_fine",
            Self::Reserve(_) => "reserve",
            Self::Appropriation(_) => "appropriation",
            Self::Pot(_) => "pot",
            Self::Redeemed(_) => "redeemed",
            Self::Recovered(_) => "recovered",
            Self::Lapsed(_) => "lapsed",
            Self::VoucherAvailable(_) => "voucher_available",
            Self::VoucherHeld(_) => "voucher_held",
            Self::VoucherReserved(_) => "voucher_reserved",
        }
    }

    /// Whose it is.
    pub fn owner(self) -> Owner {
        match self {
            Self::Bank | Self::FeeRevenue | Self::VatPayable | Self::PayoutInFlight | Self::Suspense => Owner::Platform,
            Self::Cash(id)
            | Self::Held(id)
            | Self::PendingCash(id)
            | Self::PendingProgramme(id)
            | Self::PayableCash(id)
            | Self::PayableProgramme(id)
            | Self::Collateral(id)
            | Self::Debt(id) => Owner::Org(id),
            Self::Escrow(id) => Owner::Lease(id),
            Self::TreasuryReceivable(id, _)
            | Self::TreasuryFine(id)
            | Self::Reserve(id)
            | Self::Appropriation(id)
            | Self::Pot(id)
            | Self::Redeemed(id)
            | Self::Recovered(id)
            | Self::Lapsed(id) => Owner::Programme(id),
            Self::VoucherAvailable(id) | Self::VoucherHeld(id) | Self::VoucherReserved(id) => Owner::Voucher(id),
        }
    }

    /// What the account counts.
    pub fn unit(self) -> Unit {
        match self {
            Self::Bank
            | Self::FeeRevenue
            | Self::VatPayable
            | Self::PayoutInFlight
            | Self::Suspense
            | Self::Cash(_)
            | Self::Held(_)
            | Self::PendingCash(_)
            | Self::PendingProgramme(_)
            | Self::PayableCash(_)
            | Self::PayableProgramme(_)
            | Self::Collateral(_)
            | Self::Debt(_)
            | Self::Escrow(_)
            | Self::TreasuryReceivable(..)
            | Self::TreasuryFine(_)
            | Self::Reserve(_) => Unit::Cny,
            Self::Appropriation(_)
            | Self::Pot(_)
            | Self::Redeemed(_)
            | Self::Recovered(_)
            | Self::Lapsed(_)
            | Self::VoucherAvailable(_)
            | Self::VoucherHeld(_)
            | Self::VoucherReserved(_) => Unit::Cnyv,
        }
    }

    /// The side on which the account grows.
    pub fn normal(self) -> Side {
        match self {
            Self::Bank | Self::Debt(_) | Self::TreasuryReceivable(..) | Self::Appropriation(_) => Side::Debit,
            Self::FeeRevenue
            | Self::VatPayable
            | Self::PayoutInFlight
            | Self::Suspense
            | Self::Cash(_)
            | Self::Held(_)
            | Self::PendingCash(_)
            | Self::PendingProgramme(_)
            | Self::PayableCash(_)
            | Self::PayableProgramme(_)
            | Self::Collateral(_)
            | Self::Escrow(_)
            | Self::TreasuryFine(_)
            | Self::Reserve(_)
            | Self::Pot(_)
            | Self::Redeemed(_)
            | Self::Recovered(_)
            | Self::Lapsed(_)
            | Self::VoucherAvailable(_)
            | Self::VoucherHeld(_)
            | Self::VoucherReserved(_) => Side::Credit,
        }
    }

    /// Whether the account may fall below zero on its normal side (the † of LEDGER.md).
    pub fn may_be_negative(self) -> bool {
        matches!(
            self,
            Self::Suspense | Self::Debt(_) | Self::TreasuryReceivable(..) | Self::Appropriation(_)
        )
    }
}
