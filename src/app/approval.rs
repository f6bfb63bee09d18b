//! Approvals as the API takes them.

use serde::Deserialize;
use serde_json::Value;

use super::body;
use crate::domain::approval::Verdict;
use crate::domain::id::{ApprovalId, UserId};
use crate::engine::{Command, Rejection};

/// The body of `POST /v1/approvals/{id}/approve` and `…/reject`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReasonBody {
    /// Why; whoever rejects must say it. Without personal data: nothing can be erased from the journal.
    #[schema(max_length = 500)]
    reason: Option<String>,
}

/// `POST /v1/approvals/{id}/approve` and `…/reject`.
pub fn decide(checker: UserId, (approval, verdict): (ApprovalId, Verdict), body: Value) -> Result<Command, Rejection> {
    let ReasonBody { reason } = body::parse(body)?;
    Ok(Command::Decide {
        checker,
        approval,
        verdict,
        reason,
    })
}
