//! Applications: an organisation asks for a voucher.

use serde::{Deserialize, Serialize};

use super::id::{ApplicationId, OrgId, ProgrammeId};
use super::time::Timestamp;

/// Where it stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ApplicationState {
    /// It waits for its review.
    Submitted,
}

/// An application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Application {
    /// Its identifier.
    pub id: ApplicationId,
    /// Under which programme.
    pub programme: ProgrammeId,
    /// Of which organisation.
    pub org: OrgId,
    /// Where it stands.
    pub state: ApplicationState,
    /// When it was made.
    pub created_at: Timestamp,
}
