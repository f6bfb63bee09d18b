//! Applications: an organisation asks for a voucher. Each state holds what belongs to it.

use serde::{Deserialize, Serialize};

use super::code::Code;
use super::id::{ApplicationId, OrgId, ProgrammeId, UserId, VoucherId};
use super::money::Money;
use super::programme::process::EvidenceKind;
use super::time::Timestamp;
use super::uscc::Uscc;

/// A document, by its content. The content itself stands beside the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// What it is.
    pub kind: EvidenceKind,
    /// SHA-256 of its content, in hex.
    pub hash: String,
    /// Its length in bytes.
    pub size: u64,
    /// What it is called. Without personal data: it stands in the journal, from which nothing can be erased.
    #[schema(max_length = 200)]
    pub name: String,
}

/// What is known of the contract that the voucher shall help to pay. What is none is not known yet.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlannedContract {
    /// The social credit code of the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counterparty: Option<Uscc>,
    /// The site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<Code>,
    /// The model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accelerator: Option<Code>,
    /// How many cards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cards: Option<u32>,
    /// First instant of use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// First instant after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// SHA-256 of the contract, in hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplicationRequest {
    /// How much.
    pub amount: Money,
    /// For what, in words. Without personal data: it stands in the journal, from which nothing can be erased.
    #[schema(max_length = 2000)]
    pub purpose: String,
    /// For which contract.
    #[serde(default)]
    pub contract: PlannedContract,
    /// The evidence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<Document>,
    /// Salted SHA-256 in hex of whom to call: personal data stays outside the journal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
}

/// What a reviewer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReviewVerdict {
    /// It is right.
    Pass,
    /// It ends here.
    Fail,
    /// It goes back to who applied, to be mended.
    Return,
}

/// What one person has found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Review {
    /// Who.
    pub user: UserId,
    /// In which stage of the programme's chain, from 0.
    pub stage: u8,
    /// After how many returns.
    pub round: u8,
    /// What.
    pub verdict: ReviewVerdict,
    /// How good it is, from 0 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<u8>,
    /// How much of what is asked for is right; none: all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// Why.
    pub note: String,
    /// When.
    pub at: Timestamp,
}

/// Somebody objects to a grant that is under public notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Objection {
    /// Which organisation.
    pub org: OrgId,
    /// By whom it spoke.
    pub user: UserId,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
    /// What came of it; none: it is not resolved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolution: Option<Resolution>,
}

/// What came of an objection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = ObjectionResolution)]
pub struct Resolution {
    /// Who resolved it.
    pub user: UserId,
    /// Whether it was right.
    pub upheld: bool,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// What the reviews have found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Reviewed {
    /// What may be granted at most.
    pub amount: Money,
    /// The mean of the scores of the last round, rounded down; none: nobody gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<u8>,
}

/// Where it stands in its life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ApplicationState {
    /// It waits for its first review.
    Submitted,
    /// Some have reviewed it.
    InReview {
        /// The stage that it is in, from 0.
        stage: u8,
        /// How many people have passed it in that stage.
        passes: u8,
    },
    /// It was sent back, to be mended.
    Returned,
    /// All stages have passed it; it waits for its public notice.
    Reviewed {
        /// What they found.
        reviewed: Reviewed,
    },
    /// It is under public notice.
    Published {
        /// What was found.
        reviewed: Reviewed,
        /// When the notice ends.
        until: Timestamp,
    },
    /// Somebody objected during the notice.
    Objected {
        /// What was found.
        reviewed: Reviewed,
        /// When the notice ends.
        until: Timestamp,
    },
    /// It can be granted.
    Cleared {
        /// What was found.
        reviewed: Reviewed,
    },
    /// It was granted.
    Granted {
        /// The voucher.
        voucher: VoucherId,
        /// How much.
        amount: Money,
    },
    /// It was refused.
    Rejected {
        /// Why.
        reason: String,
    },
    /// It was taken back.
    Withdrawn,
}

/// A state's plain name, as lists and refusals say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ApplicationStatus {
    /// It waits for its first review.
    Submitted,
    /// Some have reviewed it.
    InReview,
    /// It was sent back, to be mended.
    Returned,
    /// It waits for its public notice.
    Reviewed,
    /// It is under public notice.
    Published,
    /// Somebody objected during the notice.
    Objected,
    /// It can be granted.
    Cleared,
    /// It was granted.
    Granted,
    /// It was refused.
    Rejected,
    /// It was taken back.
    Withdrawn,
}

impl ApplicationState {
    /// Its plain name.
    pub fn status(&self) -> ApplicationStatus {
        match self {
            Self::Submitted => ApplicationStatus::Submitted,
            Self::InReview { .. } => ApplicationStatus::InReview,
            Self::Returned => ApplicationStatus::Returned,
            Self::Reviewed { .. } => ApplicationStatus::Reviewed,
            Self::Published { .. } => ApplicationStatus::Published,
            Self::Objected { .. } => ApplicationStatus::Objected,
            Self::Cleared { .. } => ApplicationStatus::Cleared,
            Self::Granted { .. } => ApplicationStatus::Granted,
            Self::Rejected { .. } => ApplicationStatus::Rejected,
            Self::Withdrawn => ApplicationStatus::Withdrawn,
        }
    }
}

impl ApplicationStatus {
    /// Its name in lists.
    pub fn name(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::InReview => "in_review",
            Self::Returned => "returned",
            Self::Reviewed => "reviewed",
            Self::Published => "published",
            Self::Objected => "objected",
            Self::Cleared => "cleared",
            Self::Granted => "granted",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Whether nothing happens to it any more.
    pub fn is_final(self) -> bool {
        match self {
            Self::Granted | Self::Rejected | Self::Withdrawn => true,
            Self::Submitted
            | Self::InReview
            | Self::Returned
            | Self::Reviewed
            | Self::Published
            | Self::Objected
            | Self::Cleared => false,
        }
    }
}

/// An application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Application {
    /// Its identifier; identifiers follow the order of applying.
    pub id: ApplicationId,
    /// Under which programme.
    pub programme: ProgrammeId,
    /// The version of its rules when it was made.
    pub version: u32,
    /// Of which organisation.
    pub org: OrgId,
    /// What is asked for.
    pub request: ApplicationRequest,
    /// Where it stands.
    #[serde(flatten)]
    pub state: ApplicationState,
    /// How often it was sent back.
    pub round: u8,
    /// What reviewers found, in order.
    pub reviews: Vec<Review>,
    /// Who objected, in order.
    pub objections: Vec<Objection>,
    /// When it was made.
    pub created_at: Timestamp,
}
