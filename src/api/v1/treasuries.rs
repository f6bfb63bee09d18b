//! Reserves, and what treasuries are asked for and pay.

use actix_web::{get, post};

use crate::api::look::Look;
use crate::api::parameters::{Id, Query};
use crate::api::write::{Answer, Success, Write};
use crate::app::answer::{Accepted, ProposedAnswer};
use crate::app::claim::{self, ReceiptBody, RemittanceBody, ReserveBody, TreasuryRequestBody};
use crate::app::page::Page;
use crate::app::permission::{AskTreasuries, ReadTreasuries};
use crate::app::read::claims::{self, TreasuryRequestQuery};
use crate::app::view::treasury::TreasuryView;
use crate::domain::id::{ProgrammeId, TreasuryRequestId};
use crate::domain::treasury::TreasuryRequest;

/// Asks for money that was paid into a programme's reserve, or what was sent back of it, to be booked.
#[utoipa::path(
    tag = "treasuries",
    params(("id" = ProgrammeId, Path, description = "The programme")),
    request_body = ReserveBody,
    responses((status = 202, description = "It waits for a second person", body = Accepted<ProposedAnswer>)),
    extensions(("x-operation" = json!("ask_treasuries")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/programmes/{id}/reserve")]
pub async fn reserve(mut write: Write<AskTreasuries>, Id(id): Id<ProgrammeId>) -> Answer {
    let command = claim::reserve(id, write.body())?;
    write.propose(command).await
}

/// Asks for money that went back to a treasury to be booked: what it has paid beyond its share, or fines.
#[utoipa::path(
    tag = "treasuries",
    params(("id" = ProgrammeId, Path, description = "The programme")),
    request_body = RemittanceBody,
    responses((status = 202, description = "It waits for a second person", body = Accepted<ProposedAnswer>)),
    extensions(("x-operation" = json!("ask_treasuries")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/programmes/{id}/remittances")]
pub async fn remit(mut write: Write<AskTreasuries>, Id(id): Id<ProgrammeId>) -> Answer {
    let command = claim::remit(write.org(), id, write.body())?;
    write.propose(command).await
}

/// Shows what each treasury of a programme owes, was asked for and has paid; to an issuer of its own programmes.
#[utoipa::path(
    tag = "treasuries",
    params(("id" = ProgrammeId, Path, description = "The programme")),
    responses((status = 200, description = "What they owe", body = TreasuryView)),
    extensions(("x-operation" = json!("read_treasuries"))),
)]
#[get("/v1/programmes/{id}/treasury")]
pub async fn overview(look: Look<ReadTreasuries>, Id(id): Id<ProgrammeId>) -> Answer {
    let caller = look.caller().clone();
    look.one(move |reader, reach| claims::treasury(reader, (reach, &caller), id))
        .await
}

/// Asks a treasury to pay what it owes.
#[utoipa::path(
    tag = "treasuries",
    request_body = TreasuryRequestBody,
    responses((status = 201, description = "The request, and what it covers", body = Accepted<TreasuryRequest>)),
    extensions(("x-operation" = json!("ask_treasuries")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/treasury-requests")]
pub async fn request(mut write: Write<AskTreasuries>) -> Answer {
    let command = claim::request(write.org(), write.body())?;
    write.give(command, Success::Created("/v1/treasury-requests")).await
}

/// Asks no more for what was not paid of a request.
#[utoipa::path(
    tag = "treasuries",
    params(("id" = TreasuryRequestId, Path, description = "The request")),
    responses((status = 200, description = "The request", body = Accepted<TreasuryRequest>)),
    extensions(("x-operation" = json!("ask_treasuries")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/treasury-requests/{id}/cancel")]
pub async fn cancel(mut write: Write<AskTreasuries>, Id(id): Id<TreasuryRequestId>) -> Answer {
    write.without_body()?;
    write.give(claim::cancel(id), Success::Done).await
}

/// Asks for money that a treasury has paid to be booked.
#[utoipa::path(
    tag = "treasuries",
    params(("id" = TreasuryRequestId, Path, description = "The request")),
    request_body = ReceiptBody,
    responses((status = 202, description = "It waits for a second person", body = Accepted<ProposedAnswer>)),
    extensions(("x-operation" = json!("ask_treasuries")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/treasury-requests/{id}/receipts")]
pub async fn receive(mut write: Write<AskTreasuries>, Id(id): Id<TreasuryRequestId>) -> Answer {
    let command = claim::receive(id, write.body())?;
    write.propose(command).await
}

/// Lists requests to treasuries, the newest first; an issuer those under its programmes.
#[utoipa::path(
    tag = "treasuries",
    params(TreasuryRequestQuery),
    responses((status = 200, description = "A page of requests", body = Page<TreasuryRequest>)),
    extensions(("x-operation" = json!("read_treasuries"))),
)]
#[get("/v1/treasury-requests")]
pub async fn list(look: Look<ReadTreasuries>, Query(query): Query<TreasuryRequestQuery>) -> Answer {
    let caller = look.caller().clone();
    look.many(move |reader, reach| claims::page_requests(reader, (reach, &caller), &query))
        .await
}

/// Shows a request to a treasury and what has come of it.
#[utoipa::path(
    tag = "treasuries",
    params(("id" = TreasuryRequestId, Path, description = "The request")),
    responses((status = 200, description = "The request", body = TreasuryRequest)),
    extensions(("x-operation" = json!("read_treasuries"))),
)]
#[get("/v1/treasury-requests/{id}")]
pub async fn show(look: Look<ReadTreasuries>, Id(id): Id<TreasuryRequestId>) -> Answer {
    let caller = look.caller().clone();
    look.one(move |reader, reach| claims::find_request(reader, (reach, &caller), id))
        .await
}
