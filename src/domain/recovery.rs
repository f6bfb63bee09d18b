//! Recoveries: a subsidy is taken back, with a fine and a ban where the programme says so.

use serde::{Deserialize, Serialize};

use super::id::{OrgId, ProgrammeId, RecoveryId};
use super::time::Timestamp;

/// Where it stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecoveryState {
    /// It was posted.
    Made,
}

/// A recovery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Recovery {
    /// Its identifier.
    pub id: RecoveryId,
    /// Under which programme.
    pub programme: ProgrammeId,
    /// Of which organisation.
    pub org: OrgId,
    /// Where it stands.
    pub state: RecoveryState,
    /// When it was made.
    pub created_at: Timestamp,
}
