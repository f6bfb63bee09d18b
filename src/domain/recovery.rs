//! Recoveries: a subsidy is taken back, with a fine and a ban where the programme says so; and credits, by which a part of what
//! was settled goes back to those who paid it.

use serde::{Deserialize, Serialize};

use super::id::{ClaimId, LeaseId, OrgId, ProgrammeId, RecoveryId, VoucherId};
use super::lease::VoucherDraw;
use super::money::Money;
use super::outage::SlaBasis;
use super::programme::process::ClawbackReason;
use super::rate::BasisPoints;
use super::time::Timestamp;

/// Where it stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecoveryState {
    /// It was posted.
    Made,
    /// It was posted, and its ban was lifted.
    Lifted,
}

/// By which practice of the office something is done. A command in the journal keeps to that by which it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Practice {
    /// Of a voucher only what it paid of leases is taken back; claims stay as they are whatever is taken or given back.
    #[default]
    First,
    /// Of a voucher what it paid of leases and claims is taken back; a credit lowers the claims of its lease and counts in the
    /// year of that; claims that follow a recovered one are flagged.
    Second,
}

impl Practice {
    /// Whether it is the one that needs no word in the journal.
    fn is_first(&self) -> bool {
        match self {
            Self::First => true,
            Self::Second => false,
        }
    }
}

/// What redeemed a subsidy: what can be taken back is counted by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RedeemedBy {
    /// The settlements of a lease.
    Lease(LeaseId),
    /// A claim that was paid.
    Claim(ClaimId),
}

/// Of what a subsidy is taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// What vouchers paid of a lease.
    Lease(LeaseId),
    /// What was paid of a claim.
    Claim(ClaimId),
    /// All that a voucher has paid.
    Voucher(VoucherId),
}

/// A lease, and what it came to where it is closed: that is read where it is stored and cannot change any more. A lease that is
/// not closed is in the exchange's memory, and nothing is said of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedLease {
    /// The lease.
    pub lease: LeaseId,
    /// What it came to; none: it is not closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<ClosedLease>,
}

/// What a closed lease came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosedLease {
    /// Who took the cards.
    pub tenant: OrgId,
    /// Who let them.
    pub provider: OrgId,
    /// When it was agreed: in that period it counts against caps.
    pub agreed_at: Timestamp,
    /// What was settled of it.
    pub charge: Money,
    /// Of which vouchers paid.
    pub voucher: Money,
    /// What each voucher was to pay, in the order of burning.
    pub draws: Vec<VoucherDraw>,
    /// The first instant after it; none: it was not asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// Of what a subsidy is to be taken back, with what is not in memory any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NamedTarget {
    /// What vouchers paid of a lease.
    Lease(NamedLease),
    /// What was paid of a claim.
    Claim(ClaimId),
    /// All that a voucher has paid.
    Voucher {
        /// The voucher.
        voucher: VoucherId,
        /// The leases that drew on it, in the order in which they were agreed.
        leases: Vec<NamedLease>,
    },
}

impl NamedTarget {
    /// Without what is said of it.
    pub fn target(&self) -> Target {
        match self {
            Self::Lease(named) => Target::Lease(named.lease),
            Self::Claim(claim) => Target::Claim(*claim),
            Self::Voucher { voucher, .. } => Target::Voucher(*voucher),
        }
    }
}

/// What shall be taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewRecovery {
    /// Of what.
    pub target: NamedTarget,
    /// How much; none: all that can be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// Why.
    pub reason: ClawbackReason,
    /// The fine, as a share of what is taken back.
    pub fine_bps: BasisPoints,
    /// What proves it, in words.
    pub evidence: String,
    /// How the office does it.
    #[serde(default, skip_serializing_if = "Practice::is_first")]
    pub practice: Practice,
}

/// What shall be given back of a lease.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewCredit {
    /// Of which lease.
    pub lease: NamedLease,
    /// How much, cash and vouchers together.
    pub amount: Money,
    /// Why, in words.
    pub reason: String,
    /// How the office does it.
    #[serde(default, skip_serializing_if = "Practice::is_first")]
    pub practice: Practice,
}

/// What one voucher's redemption became less by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TakenBack {
    /// What had redeemed it.
    pub by: RedeemedBy,
    /// The voucher.
    pub voucher: VoucherId,
    /// How much.
    pub amount: Money,
}

/// Somebody is kept out of an issuer's programmes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Ban {
    /// The head of the owner group that is kept out.
    pub group: OrgId,
    /// Whose programmes; none: those that belong to no issuer in particular.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<OrgId>,
    /// The first instant at which it does not hold any more.
    pub until: Timestamp,
}

/// What kind of recovery it is, with what only that kind has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum RecoveryKind {
    /// The subsidy was taken back from the organisation.
    Clawback {
        /// Why.
        reason: ClawbackReason,
        /// The fine on top.
        fine: Money,
        /// What of both came out of the organisation's cash at once; it owes the rest.
        from_cash: Money,
        /// Whom it keeps out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ban: Option<Ban>,
    },
    /// The provider gave back a part of what was settled: to the tenant what the tenant had paid, to the treasuries the subsidy.
    Credit {
        /// Who gave it back.
        provider: OrgId,
        /// What went to the tenant.
        cash: Money,
        /// What went out of the provider's earnings and collateral at once; it owes the rest.
        from_earnings: Money,
        /// The outages for which the lease's schedule gave it; none: the operator gave it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sla: Option<SlaBasis>,
    },
}

/// A recovery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Recovery {
    /// Its identifier.
    pub id: RecoveryId,
    /// Under which programme; none: a credit of what was paid in cash alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub programme: Option<ProgrammeId>,
    /// Of which organisation.
    pub org: OrgId,
    /// Where it stands.
    pub state: RecoveryState,
    /// Of what.
    pub target: Target,
    /// The subsidy that was taken back.
    pub amount: Money,
    /// The same, by treasury in the programme's order; single fen may be below zero. Empty: it went back into the reserve.
    pub by_payer: Vec<Money>,
    /// The same, by voucher, in the order of taking: what was burned last comes first.
    pub parts: Vec<TakenBack>,
    /// What kind of recovery it is.
    #[serde(flatten)]
    pub kind: RecoveryKind,
    /// What proves it, or why it was credited, in words.
    pub evidence: String,
    /// Why its ban was lifted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifted: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Recovery {
    /// Whom it keeps out, unless that was lifted.
    pub fn ban(&self) -> Option<Ban> {
        match (self.state, &self.kind) {
            (RecoveryState::Made, RecoveryKind::Clawback { ban, .. }) => *ban,
            (RecoveryState::Lifted, _) | (RecoveryState::Made, RecoveryKind::Credit { .. }) => None,
        }
    }
}
