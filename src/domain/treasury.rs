//! What treasuries are asked to pay, and what they have paid.

use serde::{Deserialize, Serialize};

use super::id::{OrgId, ProgrammeId, TreasuryRequestId};
use super::time::Timestamp;

/// Where it stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TreasuryRequestState {
    /// Nothing was paid yet.
    Open,
}

/// A request to a treasury.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TreasuryRequest {
    /// Its identifier.
    pub id: TreasuryRequestId,
    /// Under which programme.
    pub programme: ProgrammeId,
    /// Of which organisation.
    pub org: OrgId,
    /// Where it stands.
    pub state: TreasuryRequestState,
    /// When it was made.
    pub created_at: Timestamp,
}
