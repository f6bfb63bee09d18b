//! Statements of account, invoice data and contracts: what accountants file.

use actix_web::get;
use actix_web::web::Data;

use super::reports::{file, make};
use crate::api::look::Look;
use crate::api::parameters::{Id, Query};
use crate::api::problem::Refusal;
use crate::api::service::{Service, blocking};
use crate::api::write::Answer;
use crate::app::permission::{ReadLeases, ReadStatements};
use crate::app::read::contracts::{self, ContractQuery};
use crate::app::read::reports::{Asker, ReportQuery};
use crate::app::report::Name;
use crate::app::report::document::Document;
use crate::app::view::contract::ContractView;
use crate::domain::id::LeaseId;

/// Makes a statement of account: opening balances, every movement, closing balances, what each lease came to.
///
/// Those who may have everybody's get the platform's own where they name no organisation.
#[utoipa::path(
    tag = "reports",
    params(ReportQuery),
    responses((status = 200, description = "The statement; other than as JSON, a file", content(
        (Object = "application/json"),
        (String = "text/csv"),
        (Document = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (String = "text/html"),
    ))),
    extensions(("x-operation" = json!("read_statements"))),
)]
#[get("/v1/statements")]
pub async fn statement(look: Look<ReadStatements>, service: Data<Service>, Query(query): Query<ReportQuery>) -> Answer {
    let asker = Asker::of_statements(look.reach());
    make(&look, &service, (asker, Name::Statement), query).await
}

/// Makes the data of the invoices that a party issues and receives in a month.
///
/// Those who may have everybody's get those that the platform issues where they name no organisation.
#[utoipa::path(
    tag = "reports",
    params(ReportQuery),
    responses((status = 200, description = "The invoices; other than as JSON, a file", content(
        (Object = "application/json"),
        (String = "text/csv"),
        (Document = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (String = "text/html"),
    ))),
    extensions(("x-operation" = json!("read_statements"))),
)]
#[get("/v1/invoices")]
pub async fn invoices(look: Look<ReadStatements>, service: Data<Service>, Query(query): Query<ReportQuery>) -> Answer {
    let asker = Asker::of_statements(look.reach());
    make(&look, &service, (asker, Name::Invoices), query).await
}

/// Shows what was agreed about a lease, for the files: each party its own side of it.
#[utoipa::path(
    tag = "leases",
    params(("id" = LeaseId, Path, description = "The lease"), ContractQuery),
    responses((status = 200, description = "The summary; other than as JSON, a file", content(
        (ContractView = "application/json"),
        (String = "text/csv"),
        (Document = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (String = "text/html"),
    ))),
    extensions(("x-operation" = json!("read_leases"))),
)]
#[get("/v1/leases/{id}/contract")]
pub async fn contract(look: Look<ReadLeases>, Id(id): Id<LeaseId>, Query(query): Query<ContractQuery>) -> Answer {
    let found = look.ask(move |reader, reach| contracts::find(reader, reach, id));
    let view = found.await?.ok_or(Refusal::NotFound)?;
    let document = blocking(move || contracts::document(&view, query.format));
    Ok(file(document.await?))
}
