//! Flags: what looks wrong, by which rule, on which evidence, and what was found out.

use serde::{Deserialize, Serialize};

use super::id::{FlagId, OrgId, ProgrammeId};
use super::time::Timestamp;

/// Where it stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FlagState {
    /// Nobody has looked into it yet.
    Open,
}

/// A flag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Flag {
    /// Its identifier.
    pub id: FlagId,
    /// Under which programme.
    pub programme: ProgrammeId,
    /// Of which organisation.
    pub org: OrgId,
    /// Where it stands.
    pub state: FlagState,
    /// When it was made.
    pub created_at: Timestamp,
}
