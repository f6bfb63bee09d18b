//! Approvals as the API shows them.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::approval::ApprovalState;
use crate::domain::id::{ApprovalId, UserId};
use crate::domain::time::Timestamp;
use crate::domain::user::Role;
use crate::engine::Command;
use crate::engine::approval::{Approval, Decision};
use crate::store::approval::ApprovalRow;
use crate::store::load::Corrupt;

/// Something that one person has asked for and another one decides on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ApprovalView {
    /// The identifier.
    pub id: ApprovalId,
    /// Where it stands.
    pub state: ApprovalState,
    /// Who has asked.
    pub maker: UserId,
    /// What the second person must be.
    pub role: Role,
    /// The name of the command.
    pub kind: String,
    /// SHA-256 in hex of the command, written without spaces.
    pub payload_hash: String,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// What was asked for, as the journal has it: one field, named like `kind`.
    #[schema(value_type = Object)]
    pub command: Command,
    /// Who has decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checker: Option<UserId>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When it was decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<Timestamp>,
}

impl From<&Approval> for ApprovalView {
    /// One that waits.
    fn from(approval: &Approval) -> ApprovalView {
        ApprovalView {
            id: approval.id,
            state: ApprovalState::Pending,
            maker: approval.maker,
            role: approval.role,
            kind: approval.command.kind().to_owned(),
            payload_hash: approval.payload_hash.clone(),
            created_at: approval.created_at,
            command: (*approval.command).clone(),
            checker: None,
            reason: None,
            decided_at: None,
        }
    }
}

impl From<&Decision> for ApprovalView {
    fn from(decision: &Decision) -> ApprovalView {
        ApprovalView {
            state: decision.verdict.state(),
            checker: Some(decision.checker),
            reason: decision.reason.clone(),
            decided_at: Some(decision.decided_at),
            ..ApprovalView::from(&decision.approval)
        }
    }
}

impl TryFrom<ApprovalRow> for ApprovalView {
    type Error = Corrupt;

    fn try_from(row: ApprovalRow) -> Result<ApprovalView, Corrupt> {
        let state = row.state.0;
        let checker = row.checker.map(|checker| UserId(checker.cast_unsigned()));
        let decided_at = row.decided_at.map(Timestamp::from_micros);
        let reason = row.reason.clone();
        Ok(ApprovalView {
            state,
            checker,
            reason,
            decided_at,
            ..ApprovalView::from(&Approval::try_from(row)?)
        })
    }
}
