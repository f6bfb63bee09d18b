//! Leases.

use actix_web::{get, post};

use crate::api::look::Look;
use crate::api::parameters::{Id, Query};
use crate::api::write::{Answer, Success, Write};
use crate::app::answer::{Accepted, LeaseAnswer};
use crate::app::page::Page;
use crate::app::permission::EndLeases;
use crate::app::permission::ReadLeases;
use crate::app::read::leases::{self, LeaseQuery, UsageQuery};
use crate::app::view::lease::LeaseView;
use crate::app::view::usage::{GapView, UsageView};
use crate::domain::id::LeaseId;
use crate::engine::Command;

/// Ends a lease with the running hour; its tenant or its provider may.
#[utoipa::path(
    tag = "leases",
    params(("id" = LeaseId, Path, description = "The lease")),
    responses((status = 200, description = "The lease, and what resting bids took of the cards that became free", body = Accepted<LeaseAnswer>)),
    extensions(("x-operation" = json!("end_leases")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/leases/{id}/terminate")]
pub async fn terminate(mut write: Write<EndLeases>, Id(lease): Id<LeaseId>) -> Answer {
    write.without_body()?;
    let org = write.org();
    write.give(Command::EndLease { org, lease }, Success::Done).await
}

/// Lists leases, the newest first; each party its own.
#[utoipa::path(
    tag = "leases",
    params(LeaseQuery),
    responses((status = 200, description = "A page of leases", body = Page<LeaseView>)),
    extensions(("x-operation" = json!("read_leases"))),
)]
#[get("/v1/leases")]
pub async fn list(look: Look<ReadLeases>, Query(query): Query<LeaseQuery>) -> Answer {
    look.many(move |reader, reach| leases::page(reader, reach, &query))
        .await
}

/// Shows a lease: each party its own side of it.
#[utoipa::path(
    tag = "leases",
    params(("id" = LeaseId, Path, description = "The lease")),
    responses((status = 200, description = "The lease", body = LeaseView)),
    extensions(("x-operation" = json!("read_leases"))),
)]
#[get("/v1/leases/{id}")]
pub async fn show(look: Look<ReadLeases>, Id(id): Id<LeaseId>) -> Answer {
    look.one(move |reader, reach| leases::find(reader, reach, id)).await
}

/// Lists the usage reported of a lease, the newest first.
#[utoipa::path(
    tag = "leases",
    params(("id" = LeaseId, Path, description = "The lease"), UsageQuery),
    responses((status = 200, description = "A page of usage reports", body = Page<UsageView>)),
    extensions(("x-operation" = json!("read_leases"))),
)]
#[get("/v1/leases/{id}/usage")]
pub async fn usage(look: Look<ReadLeases>, Id(id): Id<LeaseId>, Query(query): Query<UsageQuery>) -> Answer {
    look.many_of(move |reader, reach| leases::usage(reader, reach, id, &query))
        .await
}

/// Lists the spans of a lease up to now for which nothing was reported: what happened in them is unknown, not down.
#[utoipa::path(
    tag = "leases",
    params(("id" = LeaseId, Path, description = "The lease")),
    responses((status = 200, description = "The spans, in order", body = Page<GapView>)),
    extensions(("x-operation" = json!("read_leases"))),
)]
#[get("/v1/leases/{id}/usage/gaps")]
pub async fn gaps(look: Look<ReadLeases>, Id(id): Id<LeaseId>) -> Answer {
    look.one_of_much(move |reader, reach| leases::gaps(reader, reach, id))
        .await
}
