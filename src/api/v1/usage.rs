//! Usage.

use actix_web::post;

use crate::api::write::{Answer, Success, Write};
use crate::app::answer::{Accepted, UsageAnswer};
use crate::app::permission::ReportUsage;
use crate::app::usage::{self, UsageBody, UsageEvent};

/// Reports usage: one CloudEvent or a batch. Each event is accepted, known already, or rejected by itself.
#[utoipa::path(
    tag = "usage",
    request_body(content((UsageBody = "application/json"), (UsageEvent = "application/cloudevents+json"), (Vec<UsageEvent> = "application/cloudevents-batch+json"))),
    responses((status = 200, description = "What came of each", body = Accepted<UsageAnswer>)),
    extensions(("x-operation" = json!("report_usage")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/usage")]
pub async fn report(mut write: Write<ReportUsage>) -> Answer {
    let command = usage::report(write.org(), write.body())?;
    write.give(command, Success::Done).await
}
