//! What is known of organisations, how they are related, and flags.

use actix_web::{get, post};

use crate::api::look::Look;
use crate::api::parameters::{Id, Query};
use crate::api::write::{Answer, Success, Write};
use crate::app::answer::{Accepted, DoneAnswer};
use crate::app::integrity::{self, EndRelationBody, RelatedBody};
use crate::app::page::Page;
use crate::app::permission::{AttestFacts, ReadRelations, RegisterOrgs};
use crate::app::read::relations::{self, RelationQuery};
use crate::domain::entity::EntityFacts;
use crate::domain::id::{OrgId, RelationId};
use crate::domain::relation::Relation;

/// Attests what is known of an organisation: all of it, in place of what was attested before.
#[utoipa::path(
    tag = "organisations",
    params(("id" = OrgId, Path, description = "The organisation")),
    request_body = EntityFacts,
    responses((status = 200, description = "It is attested", body = Accepted<DoneAnswer>)),
    extensions(("x-operation" = json!("attest_facts")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/organisations/{id}/facts")]
pub async fn attest(mut write: Write<AttestFacts>, Id(org): Id<OrgId>) -> Answer {
    let command = integrity::attest(org, write.body())?;
    write.give(command, Success::Done).await
}

/// Relates two organisations: no subsidy flows between their owner groups, nor along chains of relations.
#[utoipa::path(
    tag = "organisations",
    request_body = RelatedBody,
    responses((status = 200, description = "The relation", body = Accepted<Relation>)),
    extensions(("x-operation" = json!("register_orgs")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/related-parties")]
pub async fn relate(mut write: Write<RegisterOrgs>) -> Answer {
    let command = integrity::related(write.body())?;
    write.give(command, Success::Done).await
}

/// Notes when a relation ends; the relation itself stays on record.
#[utoipa::path(
    tag = "organisations",
    params(("id" = RelationId, Path, description = "The relation")),
    request_body = EndRelationBody,
    responses((status = 200, description = "The relation", body = Accepted<Relation>)),
    extensions(("x-operation" = json!("register_orgs")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/related-parties/{id}/end")]
pub async fn end_relation(mut write: Write<RegisterOrgs>, Id(relation): Id<RelationId>) -> Answer {
    let command = integrity::end_relation(relation, write.body())?;
    write.give(command, Success::Done).await
}

/// Lists how organisations are related, the newest first.
#[utoipa::path(
    tag = "organisations",
    params(RelationQuery),
    responses((status = 200, description = "A page of relations", body = Page<Relation>)),
    extensions(("x-operation" = json!("read_relations"))),
)]
#[get("/v1/related-parties")]
pub async fn list_relations(look: Look<ReadRelations>, Query(query): Query<RelationQuery>) -> Answer {
    look.many(move |reader, _| relations::page(reader, &query)).await
}
