//! What two people must agree on.

use actix_web::post;

use crate::api::parameters::Id;
use crate::api::write::{Answer, Success, Write};
use crate::app::answer::{Accepted, DecidedAnswer};
use crate::app::approval::{self, ReasonBody};
use crate::app::identity::{AccessError, KeyError};
use crate::app::permission::DecideApprovals;
use crate::domain::approval::Verdict;
use crate::domain::id::ApprovalId;

/// Agrees to what another person has asked for: it happens now.
#[utoipa::path(
    tag = "approvals",
    params(("id" = ApprovalId, Path, description = "What was asked for")),
    request_body = Option<ReasonBody>,
    responses((status = 200, description = "The approval, and what came of it", body = Accepted<DecidedAnswer>)),
    extensions(("x-operation" = json!("decide_approvals")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/approvals/{id}/approve")]
pub async fn approve(write: Write<DecideApprovals>, Id(id): Id<ApprovalId>) -> Answer {
    decide(write, (id, Verdict::Approve)).await
}

/// Refuses what another person has asked for, with a reason: nothing happens.
#[utoipa::path(
    tag = "approvals",
    params(("id" = ApprovalId, Path, description = "What was asked for")),
    request_body = ReasonBody,
    responses((status = 200, description = "The approval", body = Accepted<DecidedAnswer>)),
    extensions(("x-operation" = json!("decide_approvals")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/approvals/{id}/reject")]
pub async fn reject(write: Write<DecideApprovals>, Id(id): Id<ApprovalId>) -> Answer {
    decide(write, (id, Verdict::Reject)).await
}

async fn decide(mut write: Write<DecideApprovals>, (approval, verdict): (ApprovalId, Verdict)) -> Answer {
    if write.caller().key.is_some() {
        // A machine cannot be the second person.
        return Err(AccessError::Key(KeyError::PeopleOnly).into());
    }
    let command = approval::decide(write.caller().user, (approval, verdict), write.body())?;
    write.give(command, Success::Done).await
}
