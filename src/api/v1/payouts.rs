//! Payouts and their batches.

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::{HttpResponse, get, post};

use crate::api::look::Look;
use crate::api::parameters::{Id, Query};
use crate::api::problem::Refusal;
use crate::api::read::many;
use crate::api::service::blocking;
use crate::api::write::{Answer, Success, Write};
use crate::app::answer::{Accepted, ProposedAnswer};
use crate::app::banking::{self, PayoutBatchBody, ReturnBody};
use crate::app::clock::system_now;
use crate::app::page::Page;
use crate::app::permission::ReadBanking;
use crate::app::permission::{ReadPayouts, RunPayouts};
use crate::app::read::banking::{self as read, DueView, FileQuery, PayoutBatchQuery, PayoutQuery};
use crate::app::report::document::Document;
use crate::domain::banking::payout::{Payout, PayoutBatch};
use crate::domain::id::{PayoutBatchId, PayoutId};

/// Shows what could be paid out now, and what holds back the rest.
#[utoipa::path(
    tag = "payouts",
    responses((status = 200, description = "What is due", body = DueView)),
    extensions(("x-operation" = json!("run_payouts"))),
)]
#[get("/v1/due-payouts")]
pub async fn due(look: Look<RunPayouts>) -> Answer {
    let service = look.service().clone();
    let question = move || service.exchange.inspect(|state| read::due(state, system_now()));
    let due = blocking(question).await?.map_err(|_| Refusal::Internal)?;
    many(&due)
}

/// Asks for a batch of everything that is due. What the second person agrees to are exactly the lines that the answer shows: where
/// one of them cannot be paid any more as it stands, the batch is refused.
#[utoipa::path(
    tag = "payouts",
    request_body = PayoutBatchBody,
    responses((status = 202, description = "It waits for a second person", body = Accepted<ProposedAnswer>)),
    extensions(("x-operation" = json!("run_payouts")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/payout-batches")]
pub async fn propose(mut write: Write<RunPayouts>) -> Answer {
    let asked = banking::read_batch(write.body())?;
    let command = write
        .look(move |state| banking::batch(state, asked, system_now()))
        .await??;
    write.propose(command).await
}

/// Lists batches, the newest first. Those that nobody has agreed on yet are approvals.
#[utoipa::path(
    tag = "payouts",
    params(PayoutBatchQuery),
    responses((status = 200, description = "A page of batches", body = Page<PayoutBatch>)),
    extensions(("x-operation" = json!("read_banking"))),
)]
#[get("/v1/payout-batches")]
pub async fn list_batches(look: Look<ReadBanking>, Query(query): Query<PayoutBatchQuery>) -> Answer {
    let caller = look.caller().clone();
    look.many(move |reader, _| read::page_batches(reader, &caller, &query))
        .await
}

/// Shows a batch.
#[utoipa::path(
    tag = "payouts",
    params(("id" = PayoutBatchId, Path, description = "The batch")),
    responses((status = 200, description = "The batch", body = PayoutBatch)),
    extensions(("x-operation" = json!("read_banking"))),
)]
#[get("/v1/payout-batches/{id}")]
pub async fn show_batch(look: Look<ReadBanking>, Id(id): Id<PayoutBatchId>) -> Answer {
    let caller = look.caller().clone();
    look.one(move |reader, _| read::find_batch(reader, &caller, id)).await
}

/// Sends a batch to the bank: from now on its money is in flight, and its file can be had.
#[utoipa::path(
    tag = "payouts",
    params(("id" = PayoutBatchId, Path, description = "The batch")),
    responses((status = 200, description = "The batch", body = Accepted<PayoutBatch>)),
    extensions(("x-operation" = json!("run_payouts")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/payout-batches/{id}/submit")]
pub async fn submit(mut write: Write<RunPayouts>, Id(id): Id<PayoutBatchId>) -> Answer {
    write.without_body()?;
    write.give(banking::submit(id), Success::Done).await
}

/// Gives a batch up that was not sent.
#[utoipa::path(
    tag = "payouts",
    params(("id" = PayoutBatchId, Path, description = "The batch")),
    responses((status = 200, description = "The batch", body = Accepted<PayoutBatch>)),
    extensions(("x-operation" = json!("run_payouts")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/payout-batches/{id}/cancel")]
pub async fn cancel(mut write: Write<RunPayouts>, Id(id): Id<PayoutBatchId>) -> Answer {
    write.without_body()?;
    write.give(banking::cancel_batch(id), Success::Done).await
}

/// The file of a batch that was sent: for the bank as pain.001, for people as CSV. The same batch gives the same bytes.
#[utoipa::path(
    tag = "payouts",
    params(("id" = PayoutBatchId, Path, description = "The batch"), FileQuery),
    responses((status = 200, description = "The file", content((Document = "application/xml"), (String = "text/csv")))),
    extensions(("x-operation" = json!("run_payouts"))),
)]
#[get("/v1/payout-batches/{id}/file")]
pub async fn file(look: Look<RunPayouts>, Id(id): Id<PayoutBatchId>, Query(query): Query<FileQuery>) -> Answer {
    let sent = look.ask_much(move |reader, _| read::sent(reader, id)).await?;
    let sent = sent.ok_or(Refusal::NotFound)?;
    let (name, media_type, bytes) = read::file(&sent, query.format).map_err(|_| Refusal::Internal)?;
    let attachment = format!("attachment; filename=\"{name}\"");
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, media_type))
        .insert_header((CONTENT_DISPOSITION, attachment))
        .body(bytes))
}

/// Lists payouts, the newest first; an organisation its own.
#[utoipa::path(
    tag = "payouts",
    params(PayoutQuery),
    responses((status = 200, description = "A page of payouts", body = Page<Payout>)),
    extensions(("x-operation" = json!("read_payouts"))),
)]
#[get("/v1/payouts")]
pub async fn list(look: Look<ReadPayouts>, Query(query): Query<PayoutQuery>) -> Answer {
    let caller = look.caller().clone();
    look.many(move |reader, reach| read::page_payouts(reader, (&caller, reach), &query))
        .await
}

/// Shows a payout.
#[utoipa::path(
    tag = "payouts",
    params(("id" = PayoutId, Path, description = "The payout")),
    responses((status = 200, description = "The payout", body = Payout)),
    extensions(("x-operation" = json!("read_payouts"))),
)]
#[get("/v1/payouts/{id}")]
pub async fn show(look: Look<ReadPayouts>, Id(id): Id<PayoutId>) -> Answer {
    let caller = look.caller().clone();
    look.one(move |reader, reach| read::find_payout(reader, (&caller, reach), id))
        .await
}

/// Asks for a payout to be taken back that the bank has refused and that no statement will show.
#[utoipa::path(
    tag = "payouts",
    params(("id" = PayoutId, Path, description = "The payout")),
    request_body = ReturnBody,
    responses((status = 202, description = "It waits for a second person", body = Accepted<ProposedAnswer>)),
    extensions(("x-operation" = json!("run_payouts")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/payouts/{id}/return")]
pub async fn refused(mut write: Write<RunPayouts>, Id(id): Id<PayoutId>) -> Answer {
    let command = banking::return_payout(id, write.body())?;
    write.propose(command).await
}
