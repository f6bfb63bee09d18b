//! Disputes about usage.

use actix_web::{get, post};

use crate::api::look::Look;
use crate::api::parameters::{Id, Query};
use crate::api::write::{Answer, Success, Write};
use crate::app::answer::{Accepted, ProposedAnswer};
use crate::app::dispute::{self, ResolveBody};
use crate::app::page::Page;
use crate::app::permission::{ConcedeDisputes, OpenDisputes, ReadDisputes, ResolveDisputes};
use crate::app::read::disputes::{self, DisputeQuery};
use crate::domain::dispute::{Dispute, NewDispute};
use crate::domain::id::DisputeId;

/// Disputes usage that is not accepted yet: the difference is frozen, and nothing else.
#[utoipa::path(
    tag = "disputes",
    request_body = NewDispute,
    responses((status = 201, description = "The dispute", body = Accepted<Dispute>)),
    extensions(("x-operation" = json!("open_disputes")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/disputes")]
pub async fn open(mut write: Write<OpenDisputes>) -> Answer {
    let command = dispute::open(write.org(), write.body())?;
    write.give(command, Success::Created("/v1/disputes")).await
}

/// Takes a dispute back: what was reported counts.
#[utoipa::path(
    tag = "disputes",
    params(("id" = DisputeId, Path, description = "The dispute")),
    responses((status = 200, description = "The dispute", body = Accepted<Dispute>)),
    extensions(("x-operation" = json!("open_disputes")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/disputes/{id}/withdraw")]
pub async fn withdraw(mut write: Write<OpenDisputes>, Id(id): Id<DisputeId>) -> Answer {
    write.without_body()?;
    let command = dispute::withdraw(write.org(), id);
    write.give(command, Success::Done).await
}

/// Agrees with the tenant: what the tenant says counts.
#[utoipa::path(
    tag = "disputes",
    params(("id" = DisputeId, Path, description = "The dispute")),
    responses((status = 200, description = "The dispute", body = Accepted<Dispute>)),
    extensions(("x-operation" = json!("concede_disputes")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/disputes/{id}/concede")]
pub async fn concede(mut write: Write<ConcedeDisputes>, Id(id): Id<DisputeId>) -> Answer {
    write.without_body()?;
    let command = dispute::concede(write.org(), id);
    write.give(command, Success::Done).await
}

/// Asks for a dispute to be decided.
#[utoipa::path(
    tag = "disputes",
    params(("id" = DisputeId, Path, description = "The dispute")),
    request_body = ResolveBody,
    responses((status = 202, description = "It waits for a second person", body = Accepted<ProposedAnswer>)),
    extensions(("x-operation" = json!("resolve_disputes")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/disputes/{id}/resolve")]
pub async fn resolve(mut write: Write<ResolveDisputes>, Id(id): Id<DisputeId>) -> Answer {
    let command = dispute::resolve(id, write.body())?;
    write.propose(command).await
}

/// Lists disputes, the newest first; each party its own.
#[utoipa::path(
    tag = "disputes",
    params(DisputeQuery),
    responses((status = 200, description = "A page of disputes", body = Page<Dispute>)),
    extensions(("x-operation" = json!("read_disputes"))),
)]
#[get("/v1/disputes")]
pub async fn list(look: Look<ReadDisputes>, Query(query): Query<DisputeQuery>) -> Answer {
    look.many(move |reader, reach| disputes::page(reader, reach, &query))
        .await
}

/// Shows a dispute.
#[utoipa::path(
    tag = "disputes",
    params(("id" = DisputeId, Path, description = "The dispute")),
    responses((status = 200, description = "The dispute", body = Dispute)),
    extensions(("x-operation" = json!("read_disputes"))),
)]
#[get("/v1/disputes/{id}")]
pub async fn show(look: Look<ReadDisputes>, Id(id): Id<DisputeId>) -> Answer {
    look.one(move |reader, reach| disputes::find(reader, reach, id)).await
}
