//! Settlement runs, and what two people may change of what is counted: corrections of closed periods.

use serde::{Deserialize, Serialize};

use super::id::{LeaseId, SettlementId};
use super::money::{Money, Overflow};
use super::time::Timestamp;

/// What a settlement has posted, summed over leases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RunTotals {
    /// Leases settled.
    pub leases: u64,
    /// Their charges.
    pub charge: Money,
    /// Of which vouchers paid.
    pub voucher: Money,
    /// Of which tenants paid.
    pub cash: Money,
    /// The tenants' fees.
    pub fee: Money,
    /// The providers' fees.
    pub provider_fee: Money,
    /// VAT contained in both fees.
    pub vat: Money,
    /// Credits for faults.
    pub sla_credit: Money,
}

impl RunTotals {
    /// The sum of both.
    ///
    /// # Errors
    /// It is beyond what the exchange can count.
    pub fn plus(self, more: RunTotals) -> Result<RunTotals, Overflow> {
        Ok(RunTotals {
            leases: self.leases.saturating_add(more.leases),
            charge: self.charge.plus(more.charge)?,
            voucher: self.voucher.plus(more.voucher)?,
            cash: self.cash.plus(more.cash)?,
            fee: self.fee.plus(more.fee)?,
            provider_fee: self.provider_fee.plus(more.provider_fee)?,
            vat: self.vat.plus(more.vat)?,
            sla_credit: self.sla_credit.plus(more.sla_credit)?,
        })
    }
}

/// A settlement: leases are settled in the order of their identifiers, so many with one command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettlementRun {
    /// Its identifier.
    pub id: SettlementId,
    /// All usage accepted before a lease is reached that ended by here is settled.
    pub until: Timestamp,
    /// When it began.
    pub began_at: Timestamp,
    /// The lease from which it goes on; none: it is over.
    pub next: Option<LeaseId>,
    /// What it has posted so far.
    pub totals: RunTotals,
}

/// Card-seconds that are counted beside what was reported: a period is closed, and what was wrong in it counts in the open one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCorrection {
    /// Of which lease; it must not be closed.
    pub lease: LeaseId,
    /// From when what is corrected was delivered.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// Card-seconds more; below zero: fewer.
    pub card_seconds: i64,
    /// What it corrects: the identifier of the report, as its source gave it.
    pub corrects: String,
    /// Why, in words.
    pub reason: String,
}

/// A correction that two people have agreed on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Correction {
    /// Its place among all reports.
    pub place: u64,
    /// What was asked for.
    #[serde(flatten)]
    pub asked: NewCorrection,
    /// When it was agreed on.
    pub made_at: Timestamp,
}
