//! Claims of what was paid, and yearly assessments.

use actix_web::{get, post};

use crate::api::look::Look;
use crate::api::parameters::{Id, Query};
use crate::api::service::blocking;
use crate::api::write::{Answer, Success, Write};
use crate::app::answer::{Accepted, ProposedAnswer};
use crate::app::claim::{self, AssessBody, ClaimBody, RejectClaimBody};
use crate::app::documents::require;
use crate::app::page::Page;
use crate::app::permission::{DecideClaims, ReadClaims, SubmitClaims};
use crate::app::read::claims::{self, ClaimQuery};
use crate::domain::claim::Claim;
use crate::domain::id::{ClaimId, ProgrammeId};

/// Claims a subsidy of what was paid, or declares it for the assessment of its year.
#[utoipa::path(
    tag = "claims",
    request_body = ClaimBody,
    responses((status = 201, description = "The claim, and how its amount was found", body = Accepted<Claim>)),
    extensions(("x-operation" = json!("submit_claims")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/claims")]
pub async fn submit(mut write: Write<SubmitClaims>) -> Answer {
    let asked = claim::read(write.body())?;
    let org = write.org();
    let (documents, named) = (write.service().documents.clone(), asked.documents());
    blocking(move || require(&documents, org, &named)).await?;
    let command = write.ask(move |reader| claim::submit(reader, org, asked)).await??;
    write.give(command, Success::Created("/v1/claims")).await
}

/// Lists claims, the newest first; a tenant its own, an issuer those under its programmes.
#[utoipa::path(
    tag = "claims",
    params(ClaimQuery),
    responses((status = 200, description = "A page of claims", body = Page<Claim>)),
    extensions(("x-operation" = json!("read_claims"))),
)]
#[get("/v1/claims")]
pub async fn list(look: Look<ReadClaims>, Query(query): Query<ClaimQuery>) -> Answer {
    let caller = look.caller().clone();
    look.many(move |reader, reach| claims::page(reader, (reach, &caller), &query))
        .await
}

/// Shows a claim, its contract and every rule that spoke.
#[utoipa::path(
    tag = "claims",
    params(("id" = ClaimId, Path, description = "The claim")),
    responses((status = 200, description = "The claim", body = Claim)),
    extensions(("x-operation" = json!("read_claims"))),
)]
#[get("/v1/claims/{id}")]
pub async fn show(look: Look<ReadClaims>, Id(id): Id<ClaimId>) -> Answer {
    let caller = look.caller().clone();
    look.one(move |reader, reach| claims::find(reader, (reach, &caller), id))
        .await
}

/// Asks for a claim to be paid.
#[utoipa::path(
    tag = "claims",
    params(("id" = ClaimId, Path, description = "The claim")),
    responses((status = 202, description = "It waits for a second person", body = Accepted<ProposedAnswer>)),
    extensions(("x-operation" = json!("decide_claims")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/claims/{id}/approve")]
pub async fn approve(mut write: Write<DecideClaims>, Id(id): Id<ClaimId>) -> Answer {
    write.without_body()?;
    write.propose(claim::approve(id)).await
}

/// Refuses a claim, with a reason: what was reserved for it is free again.
#[utoipa::path(
    tag = "claims",
    params(("id" = ClaimId, Path, description = "The claim")),
    request_body = RejectClaimBody,
    responses((status = 200, description = "The claim", body = Accepted<Claim>)),
    extensions(("x-operation" = json!("decide_claims")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/claims/{id}/reject")]
pub async fn reject(mut write: Write<DecideClaims>, Id(id): Id<ClaimId>) -> Answer {
    write.in_person()?;
    let command = claim::reject(write.caller().user, id, write.body())?;
    write.give(command, Success::Done).await
}

/// Takes a claim back that is not decided.
#[utoipa::path(
    tag = "claims",
    params(("id" = ClaimId, Path, description = "The claim")),
    responses((status = 200, description = "The claim", body = Accepted<Claim>)),
    extensions(("x-operation" = json!("submit_claims")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/claims/{id}/withdraw")]
pub async fn withdraw(mut write: Write<SubmitClaims>, Id(id): Id<ClaimId>) -> Answer {
    write.without_body()?;
    let command = claim::withdraw(write.org(), id);
    write.give(command, Success::Done).await
}

/// Asks for a year's declared contracts to be assessed and paid.
#[utoipa::path(
    tag = "claims",
    params(("id" = ProgrammeId, Path, description = "The programme")),
    request_body = AssessBody,
    responses((status = 202, description = "It waits for a second person", body = Accepted<ProposedAnswer>)),
    extensions(("x-operation" = json!("decide_claims")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/programmes/{id}/assess")]
pub async fn assess(mut write: Write<DecideClaims>, Id(id): Id<ProgrammeId>) -> Answer {
    let command = claim::assess(id, write.body())?;
    write.propose(command).await
}
