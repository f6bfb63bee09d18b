//! The audit log: its leaves, its checkpoints, and proofs.

use std::sync::Arc;

use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::Data;
use actix_web::{HttpResponse, get, post};

use crate::api::caller::still;
use crate::api::look::Look;
use crate::api::parameters::Query;
use crate::api::problem::Refusal;
use crate::api::read::many;
use crate::api::service::{Service, blocking};
use crate::api::write::Answer;
use crate::app::log::view::{
    self, CheckpointQuery, CheckpointView, CheckpointsQuery, ConsistencyQuery, ConsistencyView, InclusionQuery,
    InclusionView, LogView, ReceiptQuery,
};
use crate::app::page::Page;
use crate::app::permission::{Permit, ReadJournal, ReadLog, SealLog};
use crate::app::read::events::{self, EventQuery};
use crate::app::view::event::EventView;

/// Lists the leaves of the audit log, the oldest first.
#[utoipa::path(
    tag = "audit",
    params(EventQuery),
    responses((status = 200, description = "A page of events", body = Page<EventView>)),
    extensions(("x-operation" = json!("read_journal"))),
)]
#[get("/v1/audit/events")]
pub async fn list_events(look: Look<ReadJournal>, Query(query): Query<EventQuery>) -> Answer {
    look.many(move |reader, _| events::page(reader, &query)).await
}

/// Gives a checkpoint as a signed note: the origin, how many leaves there are, and the root of their tree, with the signatures of
/// the log and of its witnesses.
#[utoipa::path(
    tag = "audit",
    params(CheckpointQuery),
    responses(
        (status = 200, description = "The note (C2SP tlog-checkpoint)", body = String, content_type = "text/plain"),
        (status = 404, description = "None was made yet, or none of that size"),
    ),
    extensions(("x-operation" = json!("read_log"))),
)]
#[get("/v1/audit/checkpoint")]
pub async fn checkpoint(look: Look<ReadLog>, Query(query): Query<CheckpointQuery>) -> Answer {
    let note = look.ask(move |reader, _| view::note(reader, &query)).await?;
    Ok(text(note.ok_or(Refusal::NotFound)?))
}

/// Lists checkpoints, the newest first.
#[utoipa::path(
    tag = "audit",
    params(CheckpointsQuery),
    responses((status = 200, description = "A page of checkpoints", body = Page<CheckpointView>)),
    extensions(("x-operation" = json!("read_log"))),
)]
#[get("/v1/audit/checkpoints")]
pub async fn list_checkpoints(look: Look<ReadLog>, Query(query): Query<CheckpointsQuery>) -> Answer {
    look.many(move |reader, _| view::page(reader, &query)).await
}

/// Makes a checkpoint of everything that is committed now, and gives it. Where nothing has happened since the last one, that is it.
#[utoipa::path(
    tag = "audit",
    responses((status = 200, description = "The checkpoint", body = CheckpointView)),
    extensions(("x-operation" = json!("seal_log"))),
)]
#[post("/v1/audit/checkpoints")]
pub async fn seal(permit: Permit<SealLog>, service: Data<Service>) -> Answer {
    still(&service, permit.caller())?;
    let asked = Arc::clone(&service);
    let sealed = blocking(move || asked.log.seal()).await?;
    let shown = blocking(move || service.readers.read(|reader| view::checkpoint(reader, sealed))).await?;
    many(&shown.ok_or(Refusal::Internal)?)
}

/// Shows the log: what it is called, its keys, old ones too, and how its witnesses stand.
#[utoipa::path(
    tag = "audit",
    responses((status = 200, description = "The log", body = LogView)),
    extensions(("x-operation" = json!("read_log"))),
)]
#[get("/v1/audit/log")]
pub async fn show_log(look: Look<ReadLog>) -> Answer {
    let desk = look.service().log.clone();
    look.many(move |reader, _| view::log(reader, desk.origin(), desk.witnesses()))
        .await
}

/// Proves that a leaf is in the tree of the first leaves.
#[utoipa::path(
    tag = "audit",
    params(InclusionQuery),
    responses((status = 200, description = "The proof (RFC 6962, section 2.1.1)", body = InclusionView)),
    extensions(("x-operation" = json!("read_log"))),
)]
#[get("/v1/audit/proofs/inclusion")]
pub async fn prove_inclusion(look: Look<ReadLog>, Query(query): Query<InclusionQuery>) -> Answer {
    look.many(move |reader, _| view::inclusion(reader, &query)).await
}

/// Proves that the tree goes on from a smaller one: that nothing was changed in between.
#[utoipa::path(
    tag = "audit",
    params(ConsistencyQuery),
    responses((status = 200, description = "The proof (RFC 6962, section 2.1.2)", body = ConsistencyView)),
    extensions(("x-operation" = json!("read_log"))),
)]
#[get("/v1/audit/proofs/consistency")]
pub async fn prove_consistency(look: Look<ReadLog>, Query(query): Query<ConsistencyQuery>) -> Answer {
    look.many(move |reader, _| view::consistency(reader, &query)).await
}

/// Gives the holder of a receipt what to keep beside it: the proof and the checkpoint in one file, to be checked offline.
#[utoipa::path(
    tag = "audit",
    params(ReceiptQuery),
    responses((status = 200, description = "The proof (C2SP tlog-proof)", body = String, content_type = "text/plain")),
    extensions(("x-operation" = json!("read_log"))),
)]
#[get("/v1/audit/proofs/receipt")]
pub async fn prove_receipt(look: Look<ReadLog>, Query(query): Query<ReceiptQuery>) -> Answer {
    Ok(text(look.ask(move |reader, _| view::receipt(reader, &query)).await?))
}

fn text(body: String) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/plain; charset=utf-8"))
        .body(body)
}
