//! Leases.

use actix_web::get;

use crate::api::look::Look;
use crate::api::parameters::{Id, Query};
use crate::api::read::many;
use crate::api::write::Answer;
use crate::app::page::Page;
use crate::app::permission::{ReadAccess, ReadLeases};
use crate::app::read::leases::{self, LeaseQuery, UsageQuery};
use crate::app::view::lease::LeaseView;
use crate::app::view::life::{AccessView, StepView};
use crate::app::view::usage::{GapView, UsageView};
use crate::domain::id::LeaseId;
use crate::domain::life::change::ChangeImage;
use crate::domain::life::close_code::{CLOSE_CODES, CloseRule};

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

/// Lists what was done to a lease, in its order: who, when and why.
#[utoipa::path(
    tag = "leases",
    params(("id" = LeaseId, Path, description = "The lease")),
    responses((status = 200, description = "What was done to it", body = Page<StepView>)),
    extensions(("x-operation" = json!("read_leases"))),
)]
#[get("/v1/leases/{id}/history")]
pub async fn history(look: Look<ReadLeases>, Id(id): Id<LeaseId>) -> Answer {
    look.many_of(move |reader, reach| leases::history(reader, reach, id))
        .await
}

/// Lists the changes of a lease that were asked for, the newest first; whoever shall become its tenant sees that alone.
#[utoipa::path(
    tag = "leases",
    params(("id" = LeaseId, Path, description = "The lease")),
    responses((status = 200, description = "The changes", body = Page<ChangeImage>)),
    extensions(("x-operation" = json!("read_leases"))),
)]
#[get("/v1/leases/{id}/changes")]
pub async fn changes(look: Look<ReadLeases>, Id(id): Id<LeaseId>) -> Answer {
    look.many_of(move |reader, reach| leases::changes(reader, reach, id))
        .await
}

/// Lists the leases of others that one's own organisation is asked to take over, the newest first.
#[utoipa::path(
    tag = "leases",
    responses((status = 200, description = "The changes that ask for it", body = Page<ChangeImage>)),
    extensions(("x-operation" = json!("read_leases"))),
)]
#[get("/v1/lease-offers")]
pub async fn offers(look: Look<ReadLeases>) -> Answer {
    let org = look.caller().org;
    look.many(move |reader, _| leases::offered(reader, org)).await
}

/// Gets the way into a lease, as its provider has encrypted it to the tenant's key; only its tenant may, until it is closed.
#[utoipa::path(
    tag = "leases",
    params(("id" = LeaseId, Path, description = "The lease")),
    responses((status = 200, description = "An armoured age file", body = AccessView)),
    extensions(("x-operation" = json!("read_access"))),
)]
#[get("/v1/leases/{id}/access")]
pub async fn access(look: Look<ReadAccess>, Id(id): Id<LeaseId>) -> Answer {
    let caller = look.caller().clone();
    look.many_of(move |reader, _| leases::access(reader, &caller, id)).await
}

/// Lists the close codes: what each means, who may give it, who pays a penalty and what goes back.
#[utoipa::path(
    tag = "leases",
    responses((status = 200, description = "The codes, in their order", body = Page<CloseRule>)),
    extensions(("x-operation" = json!("read_leases"))),
)]
#[get("/v1/close-codes")]
pub async fn close_codes(_look: Look<ReadLeases>) -> Answer {
    many(&Page::all(CLOSE_CODES.to_vec()))
}
