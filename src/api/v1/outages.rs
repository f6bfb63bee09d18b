//! Outages, and what the operator's probes find.

use actix_web::{get, post};

use crate::api::look::Look;
use crate::api::parameters::{Id, Query};
use crate::api::write::{Answer, Success, Write};
use crate::app::answer::{Accepted, DoneAnswer};
use crate::app::page::Page;
use crate::app::permission::{ClaimOutages, DecideOutages, ReadOutages, ReportProbes};
use crate::app::read::outages::{self, OutageQuery};
use crate::app::sla::{self, ContestOutageBody, EndOutageBody, ProbesBody};
use crate::app::view::outage::OutageView;
use crate::domain::id::OutageId;
use crate::domain::outage::{NewOutage, OutageRuling};

/// Says that cards of a lease were not there; its tenant or its provider may. The other side can contest it within `outage_hours` of
/// the terms; silence confirms it.
#[utoipa::path(
    tag = "outages",
    request_body = NewOutage,
    responses((status = 201, description = "The outage", body = Accepted<OutageView>)),
    extensions(("x-operation" = json!("claim_outages")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/outages")]
pub async fn claim(mut write: Write<ClaimOutages>) -> Answer {
    let command = sla::claim(write.org(), write.body())?;
    write.give(command, Success::Created("/v1/outages")).await
}

/// Lists outages, the newest first; each party those of its leases.
#[utoipa::path(
    tag = "outages",
    params(OutageQuery),
    responses((status = 200, description = "A page of outages", body = Page<OutageView>)),
    extensions(("x-operation" = json!("read_outages"))),
)]
#[get("/v1/outages")]
pub async fn list(look: Look<ReadOutages>, Query(query): Query<OutageQuery>) -> Answer {
    look.many(move |reader, reach| outages::page(reader, reach, &query))
        .await
}

/// Shows an outage.
#[utoipa::path(
    tag = "outages",
    params(("id" = OutageId, Path, description = "The outage")),
    responses((status = 200, description = "The outage", body = OutageView)),
    extensions(("x-operation" = json!("read_outages"))),
)]
#[get("/v1/outages/{id}")]
pub async fn show(look: Look<ReadOutages>, Id(id): Id<OutageId>) -> Answer {
    look.one(move |reader, reach| outages::find(reader, reach, id)).await
}

/// Says when an outage was over; whoever has claimed it. The other side has its time to contest it again.
#[utoipa::path(
    tag = "outages",
    params(("id" = OutageId, Path, description = "The outage")),
    request_body = EndOutageBody,
    responses((status = 200, description = "The outage", body = Accepted<OutageView>)),
    extensions(("x-operation" = json!("claim_outages")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/outages/{id}/end")]
pub async fn end(mut write: Write<ClaimOutages>, Id(outage): Id<OutageId>) -> Answer {
    let command = sla::end(write.org(), outage, write.body())?;
    write.give(command, Success::Done).await
}

/// Takes an outage back that one's own organisation has claimed.
#[utoipa::path(
    tag = "outages",
    params(("id" = OutageId, Path, description = "The outage")),
    responses((status = 200, description = "The outage", body = Accepted<OutageView>)),
    extensions(("x-operation" = json!("claim_outages")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/outages/{id}/withdraw")]
pub async fn withdraw(mut write: Write<ClaimOutages>, Id(outage): Id<OutageId>) -> Answer {
    write.without_body()?;
    let command = sla::withdraw(write.org(), outage);
    write.give(command, Success::Done).await
}

/// Agrees to an outage that the other side, usage or a probe claims.
#[utoipa::path(
    tag = "outages",
    params(("id" = OutageId, Path, description = "The outage")),
    responses((status = 200, description = "The outage", body = Accepted<OutageView>)),
    extensions(("x-operation" = json!("claim_outages")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/outages/{id}/confirm")]
pub async fn confirm(mut write: Write<ClaimOutages>, Id(outage): Id<OutageId>) -> Answer {
    write.without_body()?;
    let command = sla::confirm(write.org(), outage);
    write.give(command, Success::Done).await
}

/// Contests an outage that the other side, usage or a probe claims; the operator decides then.
#[utoipa::path(
    tag = "outages",
    params(("id" = OutageId, Path, description = "The outage")),
    request_body = ContestOutageBody,
    responses((status = 200, description = "The outage", body = Accepted<OutageView>)),
    extensions(("x-operation" = json!("claim_outages")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/outages/{id}/contest")]
pub async fn contest(mut write: Write<ClaimOutages>, Id(outage): Id<OutageId>) -> Answer {
    let command = sla::contest(write.org(), outage, write.body())?;
    write.give(command, Success::Done).await
}

/// Decides on an outage that is contested: whether it was so, and why cards were not there.
#[utoipa::path(
    tag = "outages",
    params(("id" = OutageId, Path, description = "The outage")),
    request_body = OutageRuling,
    responses((status = 200, description = "The outage", body = Accepted<OutageView>)),
    extensions(("x-operation" = json!("decide_outages")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/outages/{id}/decide")]
pub async fn decide(mut write: Write<DecideOutages>, Id(outage): Id<OutageId>) -> Answer {
    let command = sla::decide(outage, write.body())?;
    write.give(command, Success::Done).await
}

/// Reports what probes of the operator have found, by lease. What they find missing twice in a row is an outage, until they find it
/// again.
#[utoipa::path(
    tag = "outages",
    request_body = ProbesBody,
    responses((status = 200, description = "It is noted", body = Accepted<DoneAnswer>)),
    extensions(("x-operation" = json!("report_probes")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/probes")]
pub async fn probe(mut write: Write<ReportProbes>) -> Answer {
    let command = sla::probe(write.body())?;
    write.give(command, Success::Done).await
}
