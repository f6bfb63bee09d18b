//! Disputes: a tenant says that it got less than was reported, and the difference is frozen until somebody has decided.

use serde::{Deserialize, Serialize};

use super::id::{DisputeId, LeaseId, OrgId};
use super::time::Timestamp;

/// Where a dispute stands, with what belongs to that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum DisputeState {
    /// What is disputed is held back.
    Open {
        /// The operator should have decided by `decide_by` and has not.
        overdue: bool,
    },
    /// The provider agrees: what the tenant says counts.
    Conceded {
        /// When.
        at: Timestamp,
    },
    /// The tenant takes it back: what was reported counts.
    Withdrawn {
        /// When.
        at: Timestamp,
    },
    /// The operator has decided.
    Resolved {
        /// When.
        at: Timestamp,
        /// The card-seconds that count, between what the tenant says and what was reported.
        decided: i64,
        /// Why.
        decision: String,
    },
}

impl DisputeState {
    /// Its name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Open { .. } => "open",
            Self::Conceded { .. } => "conceded",
            Self::Withdrawn { .. } => "withdrawn",
            Self::Resolved { .. } => "resolved",
        }
    }
}

/// A dispute about the usage of a lease.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Dispute {
    /// The identifier.
    pub id: DisputeId,
    /// Of which lease.
    pub lease: LeaseId,
    /// Who disputes.
    pub tenant: OrgId,
    /// Who has reported.
    pub provider: OrgId,
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// Card-seconds that were reported for this time.
    pub reported: i64,
    /// Card-seconds that the tenant says it got.
    pub card_seconds: i64,
    /// Why.
    pub reason: String,
    /// Where it stands.
    #[serde(flatten)]
    pub state: DisputeState,
    /// By when the operator should have decided.
    pub decide_by: Timestamp,
    /// When it was opened.
    pub created_at: Timestamp,
}

impl Dispute {
    /// Card-seconds that it holds back while it is open.
    pub fn held(&self) -> i64 {
        self.reported.saturating_sub(self.card_seconds)
    }

    /// Whether it is not decided yet.
    pub fn is_open(&self) -> bool {
        matches!(self.state, DisputeState::Open { .. })
    }
}

/// What a tenant disputes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDispute {
    /// Of which lease.
    pub lease: LeaseId,
    /// From when; reports must begin or end there.
    pub from: Timestamp,
    /// Until when; reports must begin or end there.
    pub until: Timestamp,
    /// Card-seconds that it got in this time; fewer than were reported.
    pub card_seconds: i64,
    /// Why.
    pub reason: String,
}
