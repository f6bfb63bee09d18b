//! Reports.

use actix_web::get;

use crate::api::look::Look;
use crate::api::parameters::{Id, Query};
use crate::api::write::Answer;
use crate::app::permission::ReadReports;
use crate::app::read::reports::{self, ReportScope, ReportView};
use crate::app::report::Name;

/// Lists the reports that the caller may have.
#[utoipa::path(
    tag = "reports",
    responses((status = 200, description = "The reports", body = [ReportView])),
    extensions(("x-operation" = json!("read_reports"))),
)]
#[get("/v1/reports")]
pub async fn list(look: Look<ReadReports>) -> Answer {
    look.many(|_, reach| Ok(reports::list(reach))).await
}

/// Makes a report. A statement is that of one organisation.
#[utoipa::path(
    tag = "reports",
    params(("name" = Name, Path, description = "Its name"), ReportScope),
    responses((status = 200, description = "The report", body = Object)),
    extensions(("x-operation" = json!("read_reports"))),
)]
#[get("/v1/reports/{name}")]
pub async fn run(look: Look<ReadReports>, Id(name): Id<Name>, Query(scope): Query<ReportScope>) -> Answer {
    look.many_of(move |reader, reach| reports::run(reader, reach, name, scope))
        .await
}
