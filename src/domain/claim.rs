//! Claims: an organisation asks for a subsidy of what it has paid.

use serde::{Deserialize, Serialize};

use super::id::{ClaimId, OrgId, ProgrammeId};
use super::time::Timestamp;

/// Where it stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClaimState {
    /// It waits for a decision.
    Submitted,
}

/// A claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Claim {
    /// Its identifier.
    pub id: ClaimId,
    /// Under which programme.
    pub programme: ProgrammeId,
    /// Of which organisation.
    pub org: OrgId,
    /// Where it stands.
    pub state: ClaimState,
    /// When it was made.
    pub created_at: Timestamp,
}
