//! What two people must agree on.

use actix_web::{get, post};

use crate::api::look::Look;
use crate::api::parameters::{Id, Query};
use crate::api::write::{Answer, Success, Write};
use crate::app::answer::approval::ApprovalView;
use crate::app::answer::{Accepted, DecidedAnswer};
use crate::app::approval::{self, ReasonBody};
use crate::app::page::Page;
use crate::app::permission::DecideApprovals;
use crate::app::permission::ReadApprovals;
use crate::app::read::approvals::{self, ApprovalQuery};
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
    // A machine cannot be the second person.
    write.in_person()?;
    let command = approval::decide(write.caller().user, (approval, verdict), write.body())?;
    write.give(command, Success::Done).await
}

/// Lists what two people must agree on, the newest first; to be seen by those who decide on it, and by auditors.
#[utoipa::path(
    tag = "approvals",
    params(ApprovalQuery),
    responses((status = 200, description = "A page of approvals", body = Page<ApprovalView>)),
    extensions(("x-operation" = json!("read_approvals"))),
)]
#[get("/v1/approvals")]
pub async fn list(look: Look<ReadApprovals>, Query(query): Query<ApprovalQuery>) -> Answer {
    let caller = look.caller().clone();
    look.many(move |reader, _| approvals::page(reader, &caller, &query))
        .await
}

/// Shows what two people must agree on.
#[utoipa::path(
    tag = "approvals",
    params(("id" = ApprovalId, Path, description = "The approval")),
    responses((status = 200, description = "The approval", body = ApprovalView)),
    extensions(("x-operation" = json!("read_approvals"))),
)]
#[get("/v1/approvals/{id}")]
pub async fn show(look: Look<ReadApprovals>, Id(id): Id<ApprovalId>) -> Answer {
    let caller = look.caller().clone();
    look.one(move |reader, _| approvals::find(reader, &caller, id)).await
}
