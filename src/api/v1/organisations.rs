//! Organisations.

use actix_web::post;

use crate::api::write::{Answer, Success, Write};
use crate::app::answer::{Accepted, DoneAnswer, OrgAnswer};
use crate::app::permission::RegisterOrgs;
use crate::app::registry::{self, OrgBody, RelatedBody};

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

/// Declares two organisations related: no subsidy flows between them, nor between the rest of their owner groups.
#[utoipa::path(
    tag = "organisations",
    request_body = RelatedBody,
    responses((status = 200, description = "It is declared", body = Accepted<DoneAnswer>)),
    extensions(("x-operation" = json!("register_orgs")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/related-parties")]
pub async fn relate(mut write: Write<RegisterOrgs>) -> Answer {
    let command = registry::related(write.body())?;
    write.give(command, Success::Done).await
}
