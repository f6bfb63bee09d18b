//! Approvals: what two people must agree on before it happens.

use serde::{Deserialize, Serialize};

/// What the second person says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It shall happen.
    Approve,
    /// It shall not.
    Reject,
}

/// Where an approval stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalState {
    /// It waits for a second person.
    Pending,
    /// A second person agreed, and it happened.
    Approved,
    /// A second person refused; nothing happened.
    Rejected,
}

impl Verdict {
    /// Where an approval stands after it.
    pub fn state(self) -> ApprovalState {
        match self {
            Self::Approve => ApprovalState::Approved,
            Self::Reject => ApprovalState::Rejected,
        }
    }
}
