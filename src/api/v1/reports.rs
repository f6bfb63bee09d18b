//! Reports.

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::Data;
use actix_web::{HttpResponse, get};

use crate::api::look::Look;
use crate::api::parameters::{Id, Query};
use crate::api::problem::Refusal;
use crate::api::service::{Service, blocking};
use crate::api::write::Answer;
use crate::app::page::Page;
use crate::app::permission::{Operation, ReadReports};
use crate::app::read::reports::{self, Asker, ReportQuery, ReportView};
use crate::app::report::Name;
use crate::app::report::document::{Document, Format};

/// Lists the reports that the caller may have.
#[utoipa::path(
    tag = "reports",
    responses((status = 200, description = "The reports", body = Page<ReportView>)),
    extensions(("x-operation" = json!("read_reports"))),
)]
#[get("/v1/reports")]
pub async fn list(look: Look<ReadReports>) -> Answer {
    let asker = Asker::new(look.reach(), look.caller());
    look.many(move |_, _| Ok(Page::all(reports::list(asker)))).await
}

/// Makes a report. A statement is that of one organisation.
#[utoipa::path(
    tag = "reports",
    params(("name" = Name, Path, description = "Its name"), ReportQuery),
    responses((status = 200, description = "The report; other than as JSON, a file", content(
        (Object = "application/json"),
        (String = "text/csv"),
        (Document = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (String = "text/html"),
    ))),
    extensions(("x-operation" = json!("read_reports"))),
)]
#[get("/v1/reports/{name}")]
pub async fn run(
    look: Look<ReadReports>,
    service: Data<Service>,
    Id(name): Id<Name>,
    Query(query): Query<ReportQuery>,
) -> Answer {
    let asker = Asker::new(look.reach(), look.caller());
    make(&look, &service, (asker, name), query).await
}

/// Makes a report for somebody who may have it.
pub(super) async fn make<O: Operation>(
    look: &Look<O>,
    service: &Data<Service>,
    (asker, name): (Asker, Name),
    query: ReportQuery,
) -> Answer {
    let turn = service.turns.tables.take()?;
    let found = look.ask(move |reader, _| {
        let made = reports::run(reader, asker, name, query)?;
        Ok(made.map(|made| (made, turn)))
    });
    let (made, turn) = found.await?.ok_or(Refusal::NotFound)?;
    let document = blocking(move || {
        let _turn = turn;
        made.document()
    });
    let document = document.await?;
    Ok(file(document))
}

pub(super) fn file(document: Document) -> HttpResponse {
    let media_type = match document.format {
        Format::Json => "application/json",
        Format::Csv => "text/csv; charset=utf-8",
        Format::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        Format::Html => "text/html; charset=utf-8",
    };
    let mut response = HttpResponse::Ok();
    response.insert_header((CONTENT_TYPE, media_type));
    if document.format == Format::Html {
        response.insert_header((CONTENT_DISPOSITION, format!("inline; filename=\"{}\"", document.name)));
    } else if document.format != Format::Json {
        let attachment = format!("attachment; filename=\"{}\"", document.name);
        response.insert_header((CONTENT_DISPOSITION, attachment));
    }
    response.body(document.bytes)
}
