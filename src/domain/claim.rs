//! Claims: an organisation asks for a subsidy of what it has paid.

use serde::{Deserialize, Serialize};

use super::bid::Purpose;
use super::contract::{Contract, LeaseTerms};
use super::evaluation::Step;
use super::fingerprint::Fingerprint;
use super::id::{ClaimId, OrgId, ProgrammeId, UserId};
use super::lease::VoucherDraw;
use super::money::Money;
use super::programme::process::EvidenceKind;
use super::time::Timestamp;

/// Where it stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClaimState {
    /// It waits for a decision, and what it may get is reserved for it.
    Submitted,
    /// It waits for the assessment of its year.
    Declared,
    /// It was agreed to and paid.
    Approved,
    /// It was refused.
    Rejected,
    /// It was taken back.
    Withdrawn,
}

impl ClaimState {
    /// Whether its contract counts as claimed.
    pub fn is_live(self) -> bool {
        match self {
            Self::Submitted | Self::Declared | Self::Approved => true,
            Self::Rejected | Self::Withdrawn => false,
        }
    }
}

/// A document that proves something, by its content; the content itself stands beside the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimDocument {
    /// What it is.
    pub kind: EvidenceKind,
    /// The SHA-256 of its content.
    pub hash: Fingerprint,
    /// Its length in bytes.
    pub size: u64,
}

/// What is claimed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct NewClaim {
    /// Under which programme.
    pub programme: ProgrammeId,
    /// Of which contract; none: of that of the claim that is followed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<Contract>,
    /// Of how much of what was paid; none: of all that counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// The evidence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<ClaimDocument>,
    /// The approved claim of another programme that it follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matches: Option<ClaimId>,
    /// For what the cards were used; none: for what the lease's bid said, or for what the followed claim says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
    /// The leases between the same owner groups in the same time, where the contract is from elsewhere; none: nobody has looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leases: Option<Vec<LeaseTerms>>,
}

/// A claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Claim {
    /// Its identifier; identifiers follow the order of claiming.
    pub id: ClaimId,
    /// Under which programme.
    pub programme: ProgrammeId,
    /// The version of the programme's rules that governs it.
    pub version: u32,
    /// Of which organisation.
    pub org: OrgId,
    /// Where it stands.
    pub state: ClaimState,
    /// Of which contract.
    pub contract: Contract,
    /// The evidence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<ClaimDocument>,
    /// The claim of another programme that it follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matches: Option<ClaimId>,
    /// For what the cards were used, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
    /// The expense of which a share is claimed.
    pub base: Money,
    /// In which year the expense counts: that of the contract's last instant, in Asia/Shanghai.
    pub year: i32,
    /// In which period the subsidy counts against the entity's cap: a year, or 0 for the whole programme.
    pub period: i32,
    /// The subsidy; 0 of what waits for its assessment.
    pub amount: Money,
    /// Out of which vouchers, in the order of burning.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub draws: Vec<VoucherDraw>,
    /// Whether the voucher was made for this claim alone, out of the pot.
    #[serde(default)]
    pub own_voucher: bool,
    /// How the treasuries share what was paid, in the programme's order; empty before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Money>,
    /// How the subsidy was found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evaluation: Vec<Step>,
    /// What of it was taken back again.
    #[serde(default)]
    pub recovered: Money,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was decided or taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<Timestamp>,
    /// Who refused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejected_by: Option<UserId>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}
