//! Settlements, closed periods and their corrections, fees.

use std::time::Duration;

use actix_web::web::Data;
use actix_web::{get, post};

use crate::api::body::Body;
use crate::api::look::Look;
use crate::api::parameters::{Id, Query};
use crate::api::problem::Refusal;
use crate::api::read::many;
use crate::api::service::{Service, blocking};
use crate::api::write::{Answer, Success, Write, answered, render};
use crate::app::answer::{Accepted, ProposedAnswer};
use crate::app::page::Page;
use crate::app::permission::{
    Permit, ProposePeriods, ProposeTerms, ReadCatalogue, ReadCorrections, ReadSettlements, Settle,
};
use crate::app::read::settlements::{self, CorrectionQuery, SettledLeaseQuery, SettlementQuery};
use crate::app::settlement::{self, CloseBody, PreviewBody, SettlementBody};
use crate::app::view::settlement::{FeesView, PeriodView, PreviewView, SettledRunView, SettlementView};
use crate::domain::fees::{FeeSchedule, VatChange};
use crate::domain::id::SettlementId;
use crate::domain::settlement::{Correction, NewCorrection};
use crate::engine::event::LeaseSettlement;

/// How long a settlement is waited for; the answer then says how far it is, and it goes on by itself.
const WAIT: Duration = Duration::from_secs(20);

/// Settles all accepted usage up to an instant.
#[utoipa::path(
    tag = "money",
    request_body = SettlementBody,
    responses((status = 200, description = "What was posted, and for the first two hundred leases each; where `ended_at` is null it goes on by itself", body = SettledRunView)),
    extensions(("x-operation" = json!("settle")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/settlements")]
pub async fn settle(mut write: Write<Settle>) -> Answer {
    let command = settlement::begin(write.body())?;
    let service = write.service().clone();
    let reply = service.submit(write.request(command)).await?;
    if !reply.accepted {
        return render(&reply, Success::Done);
    }
    let (id, receipt) = settlement::begun(&reply).map_err(|_| Refusal::Internal)?;
    let found = blocking(move || {
        service.settler.drive(WAIT)?;
        Ok::<_, Refusal>(service.readers.read(|reader| settlements::with_leases(reader, id))?)
    });
    let view = found.await?.ok_or(Refusal::Internal)?.with(receipt);
    answered(&view, reply.replayed)
}

/// Says what a settlement would post now, for each lease and in all. Nothing is posted.
#[utoipa::path(
    tag = "money",
    request_body = PreviewBody,
    responses((status = 200, description = "What would be posted", body = PreviewView)),
    extensions(("x-operation" = json!("settle"))),
)]
#[post("/v1/settlements/preview")]
pub async fn preview(_permit: Permit<Settle>, service: Data<Service>, body: Body) -> Answer {
    let turn = service.turns.tables.take()?;
    let previewed = blocking(move || {
        let _turn = turn;
        Ok::<_, Refusal>(settlement::preview(&service.replica, body.value())??)
    });
    many(&previewed.await?)
}

/// Lists settlements, the newest first.
#[utoipa::path(
    tag = "money",
    params(SettlementQuery),
    responses((status = 200, description = "A page of settlements", body = Page<SettlementView>)),
    extensions(("x-operation" = json!("read_settlements"))),
)]
#[get("/v1/settlements")]
pub async fn list(look: Look<ReadSettlements>, Query(query): Query<SettlementQuery>) -> Answer {
    look.many(move |reader, _| settlements::page(reader, &query)).await
}

/// Shows a settlement and what it has posted in all.
#[utoipa::path(
    tag = "money",
    params(("id" = SettlementId, Path, description = "The settlement")),
    responses((status = 200, description = "The settlement", body = SettlementView)),
    extensions(("x-operation" = json!("read_settlements"))),
)]
#[get("/v1/settlements/{id}")]
pub async fn show(look: Look<ReadSettlements>, Id(id): Id<SettlementId>) -> Answer {
    look.one(move |reader, _| settlements::find(reader, id)).await
}

/// Lists what a settlement posted for each lease, in the order of leases.
#[utoipa::path(
    tag = "money",
    params(("id" = SettlementId, Path, description = "The settlement"), SettledLeaseQuery),
    responses((status = 200, description = "A page of leases", body = Page<LeaseSettlement>)),
    extensions(("x-operation" = json!("read_settlements"))),
)]
#[get("/v1/settlements/{id}/leases")]
pub async fn leases(
    look: Look<ReadSettlements>,
    Id(id): Id<SettlementId>,
    Query(query): Query<SettledLeaseQuery>,
) -> Answer {
    look.one(move |reader, _| settlements::leases(reader, id, &query)).await
}

/// Asks for the months up to an instant to be closed: nothing is booked or counted in them any more.
#[utoipa::path(
    tag = "money",
    request_body = CloseBody,
    responses((status = 202, description = "It waits for a second person", body = Accepted<ProposedAnswer>)),
    extensions(("x-operation" = json!("propose_periods")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/periods/close")]
pub async fn close_period(mut write: Write<ProposePeriods>) -> Answer {
    let command = settlement::close(write.body())?;
    write.propose(command).await
}

/// Lists closed periods, the oldest first.
#[utoipa::path(
    tag = "money",
    responses((status = 200, description = "All of them", body = Page<PeriodView>)),
    extensions(("x-operation" = json!("read_catalogue"))),
)]
#[get("/v1/periods")]
pub async fn periods(look: Look<ReadCatalogue>) -> Answer {
    look.many(|reader, _| settlements::periods(reader).map(Page::all)).await
}

/// Asks for card-seconds of a closed period to be corrected: the next settlement counts them, in the open one.
#[utoipa::path(
    tag = "money",
    request_body = NewCorrection,
    responses((status = 202, description = "It waits for a second person", body = Accepted<ProposedAnswer>)),
    extensions(("x-operation" = json!("propose_periods")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/corrections")]
pub async fn correct(mut write: Write<ProposePeriods>) -> Answer {
    let command = settlement::correct(write.body())?;
    write.propose(command).await
}

/// Lists corrections of closed periods, the newest first.
#[utoipa::path(
    tag = "money",
    params(CorrectionQuery),
    responses((status = 200, description = "A page of corrections", body = Page<Correction>)),
    extensions(("x-operation" = json!("read_corrections"))),
)]
#[get("/v1/corrections")]
pub async fn corrections(look: Look<ReadCorrections>, Query(query): Query<CorrectionQuery>) -> Answer {
    look.many(move |reader, _| settlements::corrections(reader, &query))
        .await
}

/// Asks for other fees from an instant on, in tiers by what a party has traded in the calendar month.
#[utoipa::path(
    tag = "catalogue",
    request_body = FeeSchedule,
    responses((status = 202, description = "It waits for a second person", body = Accepted<ProposedAnswer>)),
    extensions(("x-operation" = json!("propose_terms")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/fees")]
pub async fn propose_fees(mut write: Write<ProposeTerms>) -> Answer {
    let command = settlement::fees(write.body())?;
    write.propose(command).await
}

/// Asks for another rate of the VAT contained in fees, for what is delivered from an instant on.
#[utoipa::path(
    tag = "catalogue",
    request_body = VatChange,
    responses((status = 202, description = "It waits for a second person", body = Accepted<ProposedAnswer>)),
    extensions(("x-operation" = json!("propose_terms")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/fees/vat")]
pub async fn propose_vat(mut write: Write<ProposeTerms>) -> Answer {
    let command = settlement::vat(write.body())?;
    write.propose(command).await
}

/// Lists the schedules of fees and the rates of the VAT in them, those too that will be in force.
#[utoipa::path(
    tag = "catalogue",
    responses((status = 200, description = "All of them", body = FeesView)),
    extensions(("x-operation" = json!("read_catalogue"))),
)]
#[get("/v1/fees")]
pub async fn fees(look: Look<ReadCatalogue>) -> Answer {
    look.one(|reader, _| settlements::fees(reader).map(Some)).await
}
