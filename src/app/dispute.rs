//! Disputes as the API takes them.

use serde::Deserialize;
use serde_json::Value;

use super::body;
use crate::domain::id::{DisputeId, OrgId};
use crate::engine::dispute::DisputeCommand;
use crate::engine::{Command, Rejection};

/// The body of `POST /v1/disputes/{id}/resolve`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolveBody {
    /// The card-seconds that count: between what the tenant says and what was reported.
    card_seconds: i64,
    /// Why.
    reason: String,
}

/// `POST /v1/disputes`.
pub fn open(tenant: OrgId, body: Value) -> Result<Command, Rejection> {
    let dispute = body::parse(body)?;
    Ok(Command::Dispute(DisputeCommand::Open { tenant, dispute }))
}

/// `POST /v1/disputes/{id}/concede`.
pub fn concede(provider: OrgId, dispute: DisputeId) -> Command {
    Command::Dispute(DisputeCommand::Concede { provider, dispute })
}

/// `POST /v1/disputes/{id}/withdraw`.
pub fn withdraw(tenant: OrgId, dispute: DisputeId) -> Command {
    Command::Dispute(DisputeCommand::Withdraw { tenant, dispute })
}

/// `POST /v1/disputes/{id}/resolve`.
pub fn resolve(dispute: DisputeId, body: Value) -> Result<Command, Rejection> {
    let ResolveBody { card_seconds, reason } = body::parse(body)?;
    Ok(Command::Dispute(DisputeCommand::Resolve {
        dispute,
        card_seconds,
        reason,
    }))
}
