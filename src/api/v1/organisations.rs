//! Organisations.

use actix_web::{get, post};

use crate::api::look::Look;
use crate::api::parameters::{Id, Query};
use crate::api::write::{Answer, Success, Write};
use crate::app::answer::{Accepted, OrgAnswer};
use crate::app::page::Page;
use crate::app::permission::ReadOrgs;
use crate::app::permission::RegisterOrgs;
use crate::app::read::organisations::{self, OrgQuery};
use crate::app::registry::{self, OrgBody};
use crate::app::view::organisation::OrgView;
use crate::domain::id::OrgId;

/// Registers an organisation.
#[utoipa::path(
    tag = "organisations",
    request_body = OrgBody,
    responses((status = 201, description = "The organisation", body = Accepted<OrgAnswer>)),
    extensions(("x-operation" = json!("register_orgs")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/organisations")]
pub async fn register(mut write: Write<RegisterOrgs>) -> Answer {
    let command = registry::org(write.body())?;
    write.give(command, Success::Created("/v1/organisations")).await
}

/// Lists organisations, the newest first; providers and tenants see themselves.
#[utoipa::path(
    tag = "organisations",
    params(OrgQuery),
    responses((status = 200, description = "A page of organisations", body = Page<OrgView>)),
    extensions(("x-operation" = json!("read_orgs"))),
)]
#[get("/v1/organisations")]
pub async fn list(look: Look<ReadOrgs>, Query(query): Query<OrgQuery>) -> Answer {
    look.many(move |reader, reach| organisations::page(reader, reach, &query))
        .await
}

/// Shows an organisation.
#[utoipa::path(
    tag = "organisations",
    params(("id" = OrgId, Path, description = "The organisation")),
    responses((status = 200, description = "The organisation", body = OrgView)),
    extensions(("x-operation" = json!("read_orgs"))),
)]
#[get("/v1/organisations/{id}")]
pub async fn show(look: Look<ReadOrgs>, Id(id): Id<OrgId>) -> Answer {
    look.one(move |reader, reach| organisations::find(reader, reach, id))
        .await
}
