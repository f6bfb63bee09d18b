//! The statement of one tenant's vouchers: what it was granted and what became of it, lease by lease and claim by claim.
//!
//! A period chooses vouchers by their grant, and applications, claims and recoveries by when they were made; all are followed to
//! their end. What is owed is as it stands.

pub(super) mod tables;
#[cfg(test)]
pub(super) mod tests;

use std::collections::BTreeMap;

use serde::Serialize;

use super::fact::{Names, RedemptionFact, TransferFact};
use super::figure::Period;
use super::vouchers::{Uses, Vouchers};
use crate::domain::account::AccountKey;
use crate::domain::application::{Application, ApplicationState, ApplicationStatus};
use crate::domain::claim::{Claim, ClaimState};
use crate::domain::evaluation::{self, Step};
use crate::domain::id::{ApplicationId, ClaimId, LeaseId, OrgId, ProgrammeId, RecoveryId, VoucherId};
use crate::domain::lease::LeaseState;
use crate::domain::money::{Money, Overflow};
use crate::domain::programme::Programme;
use crate::domain::rate::BasisPoints;
use crate::domain::recovery::{Recovery, RecoveryKind, RedeemedBy, Target};
use crate::domain::time::Timestamp;
use crate::domain::voucher::{Voucher, VoucherEnd};
use crate::engine::ledger::Account;

/// A voucher.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VoucherLine {
    /// Its identifier.
    pub id: VoucherId,
    /// The programme's public name and version.
    pub programme: String,
    /// Until when it can pay.
    pub valid_until: Timestamp,
    /// Why it ended before its time, if it did.
    pub ended: Option<VoucherEnd>,
    /// What became of it.
    #[serde(flatten)]
    pub uses: Uses,
}

/// The rule that decided how much a subsidy is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Deciding {
    /// The share of the last row of rates that was taken.
    pub rate_bps: Option<BasisPoints>,
    /// The rule in the programme's file, as a JSON pointer; none: nothing is recorded.
    pub rule: Option<String>,
}

impl Deciding {
    fn of(steps: &[Step]) -> Deciding {
        let rate = steps.iter().rev().find_map(|step| match step {
            Step::Rate { rate_bps, .. } => Some(*rate_bps),
            Step::Refused { .. }
            | Step::MinSpend { .. }
            | Step::Base { .. }
            | Step::ReferencePrice { .. }
            | Step::Tax { .. }
            | Step::Rounded { .. }
            | Step::Cap { .. } => None,
        });
        Deciding {
            rate_bps: rate,
            rule: evaluation::decided_by(steps).map(Step::pointer),
        }
    }
}

/// What a voucher pays of a lease.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeaseLine {
    /// The voucher.
    pub voucher: VoucherId,
    /// The lease.
    pub lease: LeaseId,
    /// When it was agreed.
    pub at: Timestamp,
    /// Where the lease stands.
    pub state: LeaseState,
    /// What the voucher was to pay.
    pub agreed: Money,
    /// What it has paid, whatever was taken back since.
    pub redeemed: Money,
    /// What of that was taken back.
    pub recovered: Money,
    /// What decided.
    #[serde(flatten)]
    pub deciding: Deciding,
}

/// A claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClaimLine {
    /// Its identifier.
    pub id: ClaimId,
    /// The programme's public name and version.
    pub programme: String,
    /// When it was made.
    pub at: Timestamp,
    /// Where it stands.
    pub state: ClaimState,
    /// The expense of which a share is claimed.
    pub base: Money,
    /// The subsidy.
    pub amount: Money,
    /// What of it was taken back.
    pub recovered: Money,
    /// What decided.
    #[serde(flatten)]
    pub deciding: Deciding,
}

/// An application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ApplicationLine {
    /// Its identifier.
    pub id: ApplicationId,
    /// The programme's public name and version.
    pub programme: String,
    /// When it was made.
    pub at: Timestamp,
    /// Where it stands.
    pub state: ApplicationStatus,
    /// What is asked for.
    pub asked: Money,
    /// What was granted.
    pub granted: Option<Money>,
}

/// A recovery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecoveryLine {
    /// Its identifier.
    pub id: RecoveryId,
    /// The programme's public name and version.
    pub programme: String,
    /// When it was made.
    pub at: Timestamp,
    /// Of what.
    pub target: Target,
    /// The subsidy that was taken back.
    pub amount: Money,
    /// The fine on top.
    pub fine: Money,
}

/// The report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VoucherStatementReport {
    /// The period.
    pub period: Period,
    /// Whose.
    pub org: OrgId,
    /// Its name.
    pub name: String,
    /// Sums over the vouchers.
    pub totals: Uses,
    /// Owed after recoveries, as it stands: the next deposit pays it.
    pub debt: Money,
    /// Its vouchers.
    pub vouchers: Vec<VoucherLine>,
    /// What they pay of leases.
    pub leases: Vec<LeaseLine>,
    /// Its claims.
    pub claims: Vec<ClaimLine>,
    /// Its applications.
    pub applications: Vec<ApplicationLine>,
    /// What was taken back from it.
    pub recoveries: Vec<RecoveryLine>,
}

/// What the office has of anybody.
#[derive(Debug, Default)]
pub struct Office {
    /// Applications.
    pub applications: Vec<Application>,
    /// Claims.
    pub claims: Vec<Claim>,
    /// Recoveries.
    pub recoveries: Vec<Recovery>,
}

/// The fold.
#[derive(Debug)]
pub struct VoucherStatement {
    period: Period,
    org: OrgId,
    codes: BTreeMap<ProgrammeId, String>,
    debt: Money,
    vouchers: Vouchers,
    redemptions: Vec<RedemptionFact>,
    office: Office,
}

impl VoucherStatement {
    /// Of one organisation; of what is others' nothing is looked at.
    pub fn new(
        (period, org): (Period, OrgId),
        programmes: Vec<Programme>,
        (vouchers, accounts): (Vec<Voucher>, &[Account]),
        mut office: Office,
    ) -> VoucherStatement {
        let own = vouchers.into_iter().filter(|voucher| voucher.org == org).collect();
        let debt = accounts.iter().find(|account| account.key == AccountKey::Debt(org));
        office
            .applications
            .retain(|one| one.org == org && period.contains(one.created_at));
        office
            .claims
            .retain(|one| one.org == org && period.contains(one.created_at));
        // What was taken back later is still taken back of a lease of the period.
        office.recoveries.retain(|one| one.org == org);
        VoucherStatement {
            period,
            org,
            codes: programmes
                .iter()
                .map(|programme| (programme.id, super::vouchers::name(programme)))
                .collect(),
            debt: debt.map_or(Money::ZERO, |account| account.balance),
            vouchers: Vouchers::new(period, programmes, own, accounts),
            redemptions: Vec::new(),
            office,
        }
    }

    /// Looks at what a voucher pays of a lease.
    pub fn add_redemption(&mut self, redemption: RedemptionFact) {
        self.redemptions.push(redemption);
    }

    /// Looks at a transfer.
    pub fn add_transfer(&mut self, transfer: &TransferFact) -> Result<(), Overflow> {
        self.vouchers.add_transfer(transfer)
    }

    fn code(&self, programme: ProgrammeId) -> String {
        let known = self.codes.get(&programme).cloned();
        known.unwrap_or_else(|| programme.to_string())
    }

    /// The figures.
    pub fn finish(self, names: &Names) -> Result<VoucherStatementReport, Overflow> {
        let each = self.vouchers.each();
        let totals = each.iter().try_fold(Uses::default(), |sum, (_, uses)| sum.plus(uses))?;
        let granted_in_period = |id: VoucherId| each.iter().any(|(voucher, _)| voucher.id == id);
        let leases = self.redemptions.iter().filter(|one| granted_in_period(one.voucher));
        let leases = leases.map(|one| self.lease(one)).collect::<Result<_, Overflow>>()?;
        let vouchers = each.iter().map(|(voucher, uses)| VoucherLine {
            id: voucher.id,
            programme: self.code(voucher.programme),
            valid_until: voucher.valid_until,
            ended: voucher.ended,
            uses: *uses,
        });
        let claims = self.office.claims.iter().map(|one| ClaimLine {
            id: one.id,
            programme: self.code(one.programme),
            at: one.created_at,
            state: one.state,
            base: one.base,
            amount: one.amount,
            recovered: one.recovered,
            deciding: Deciding::of(&one.evaluation),
        });
        let recoveries = self.office.recoveries.iter();
        let recoveries = recoveries.filter(|one| self.period.contains(one.created_at));
        let recoveries = recoveries.map(|one| RecoveryLine {
            id: one.id,
            programme: one.programme.map(|id| self.code(id)).unwrap_or_default(),
            at: one.created_at,
            target: one.target,
            amount: one.amount,
            fine: fine(one),
        });
        Ok(VoucherStatementReport {
            period: self.period,
            org: self.org,
            name: names.org(self.org),
            totals,
            debt: self.debt,
            vouchers: vouchers.collect(),
            leases,
            claims: claims.collect(),
            applications: self
                .office
                .applications
                .iter()
                .map(|one| self.application(one))
                .collect(),
            recoveries: recoveries.collect(),
        })
    }

    fn lease(&self, one: &RedemptionFact) -> Result<LeaseLine, Overflow> {
        let parts = self.office.recoveries.iter().flat_map(|recovery| &recovery.parts);
        let own = parts.filter(|part| part.by == RedeemedBy::Lease(one.lease) && part.voucher == one.voucher);
        Ok(LeaseLine {
            voucher: one.voucher,
            lease: one.lease,
            at: one.at,
            state: one.state,
            agreed: one.agreed,
            redeemed: one.redeemed,
            recovered: Money::sum(own.map(|part| part.amount))?,
            deciding: Deciding::of(&one.steps),
        })
    }

    fn application(&self, one: &Application) -> ApplicationLine {
        ApplicationLine {
            id: one.id,
            programme: self.code(one.programme),
            at: one.created_at,
            state: one.state.status(),
            asked: one.request.amount,
            granted: granted(one),
        }
    }
}

/// What an application was granted.
pub(super) fn granted(application: &Application) -> Option<Money> {
    match application.state {
        ApplicationState::Granted { amount, .. } => Some(amount),
        ApplicationState::Submitted
        | ApplicationState::InReview { .. }
        | ApplicationState::Returned
        | ApplicationState::Reviewed { .. }
        | ApplicationState::Published { .. }
        | ApplicationState::Objected { .. }
        | ApplicationState::Cleared { .. }
        | ApplicationState::Rejected { .. }
        | ApplicationState::Withdrawn => None,
    }
}

/// The fine of a recovery.
pub(super) fn fine(recovery: &Recovery) -> Money {
    match recovery.kind {
        RecoveryKind::Clawback { fine, .. } => fine,
        RecoveryKind::Credit { .. } => Money::ZERO,
    }
}
