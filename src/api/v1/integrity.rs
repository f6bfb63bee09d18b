//! What is known of organisations, how they are related, and flags.

use actix_web::{get, post};

use crate::api::look::Look;
use crate::api::parameters::{Id, Query};
use crate::api::write::{Answer, Success, Write};
use crate::app::answer::{Accepted, DoneAnswer};
use crate::app::integrity::{self, DelistBody, EndRelationBody, ProviderBody, RelatedBody};
use crate::app::page::Page;
use crate::app::permission::{AttestFacts, ListProviders, ReadProgrammes, ReadRelations, RegisterOrgs};
use crate::app::read::providers::{self, ProviderView};
use crate::app::read::relations::{self, RelationQuery};
use crate::domain::entity::EntityFacts;
use crate::domain::id::{OrgId, ProgrammeId, RelationId};
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

/// Puts a provider into the list of a programme of one's own.
#[utoipa::path(
    tag = "programmes",
    params(("id" = ProgrammeId, Path, description = "The programme")),
    request_body = ProviderBody,
    responses((status = 200, description = "It is listed", body = Accepted<DoneAnswer>)),
    extensions(("x-operation" = json!("list_providers")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/programmes/{id}/providers")]
pub async fn list_provider(mut write: Write<ListProviders>, Id(programme): Id<ProgrammeId>) -> Answer {
    let user = Some(write.caller().user);
    let command = integrity::list_provider(user, programme, write.body())?;
    write.give(command, Success::Done).await
}

/// Ends all places of a provider in the list of a programme of one's own; what was paid under them stays paid.
#[utoipa::path(
    tag = "programmes",
    params(("id" = ProgrammeId, Path, description = "The programme")),
    request_body = DelistBody,
    responses((status = 200, description = "It is delisted", body = Accepted<DoneAnswer>)),
    extensions(("x-operation" = json!("list_providers")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/programmes/{id}/providers/delist")]
pub async fn delist_provider(mut write: Write<ListProviders>, Id(programme): Id<ProgrammeId>) -> Answer {
    let user = Some(write.caller().user);
    let command = integrity::delist_provider(user, programme, write.body())?;
    write.give(command, Success::Done).await
}

/// Lists the providers from which a programme lets buy, those too whose places have ended.
#[utoipa::path(
    tag = "programmes",
    params(("id" = ProgrammeId, Path, description = "The programme")),
    responses((status = 200, description = "The providers and their places", body = Vec<ProviderView>)),
    extensions(("x-operation" = json!("read_programmes"))),
)]
#[get("/v1/programmes/{id}/providers")]
pub async fn show_providers(look: Look<ReadProgrammes>, Id(programme): Id<ProgrammeId>) -> Answer {
    look.many_of(move |reader, _| providers::of(reader, programme)).await
}
