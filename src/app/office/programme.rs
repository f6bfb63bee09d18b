//! The life of programmes as the API takes it.

use serde::Deserialize;
use serde_json::Value;

use crate::app::body;
use crate::app::programme;
use crate::domain::id::{OrgId, ProgrammeId, UserId};
use crate::domain::time::Timestamp;
use crate::engine::office::programme::ProgrammeCommand;
use crate::engine::{Command, Rejection};

/// Why something is done.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WhyBody {
    /// Why: 1 to 500 characters, without personal data, which could never be erased from the journal.
    pub(super) reason: String,
}

/// Writes a programme; the body is its rule file.
///
/// # Errors
/// The rules cannot be read.
pub fn draft((maker, issuer): (UserId, OrgId), body: Value) -> Result<Command, Rejection> {
    let rules = Box::new(programme::read(body)?);
    Ok(Command::Programme(ProgrammeCommand::Draft { maker, issuer, rules }))
}

/// Refuses a draft.
///
/// # Errors
/// The body cannot be read.
pub fn reject((checker, programme): (UserId, ProgrammeId), body: Value) -> Result<Command, Rejection> {
    let WhyBody { reason } = body::parse(body)?;
    Ok(Command::Programme(ProgrammeCommand::Reject {
        checker,
        programme,
        reason,
    }))
}

/// The body of `POST /v1/programmes/{id}/invitations`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InvitationBody {
    /// When they were invited.
    on: Timestamp,
    /// How many organisations.
    #[schema(minimum = 1, maximum = 10_000_000)]
    organisations: u32,
}

/// Records how many organisations were invited.
///
/// # Errors
/// The body cannot be read.
pub fn invite((user, programme): (UserId, ProgrammeId), body: Value) -> Result<Command, Rejection> {
    let InvitationBody { on, organisations } = body::parse(body)?;
    Ok(Command::Programme(ProgrammeCommand::Invite {
        user,
        programme,
        on,
        organisations,
    }))
}

/// Asks for a new version of the rules; the body is their file.
///
/// # Errors
/// The rules cannot be read.
pub fn revise(programme: ProgrammeId, body: Value) -> Result<Command, Rejection> {
    let rules = Box::new(programme::read(body)?);
    Ok(Command::Programme(ProgrammeCommand::Revise { programme, rules }))
}
