//! Vouchers that expire soon.

use actix_web::get;

use crate::api::look::Look;
use crate::api::parameters::Query;
use crate::api::write::Answer;
use crate::app::page::Page;
use crate::app::permission::ReadAlerts;
use crate::app::read::alerts::{self, AlertQuery, AlertView};

/// Lists the vouchers that expire soon and can still pay, the newest first; a tenant its own, an issuer those of its programmes.
#[utoipa::path(
    tag = "vouchers",
    params(AlertQuery),
    responses((status = 200, description = "A page of alerts", body = Page<AlertView>)),
    extensions(("x-operation" = json!("read_alerts"))),
)]
#[get("/v1/alerts")]
pub async fn list(look: Look<ReadAlerts>, Query(query): Query<AlertQuery>) -> Answer {
    look.many(move |reader, reach| alerts::page(reader, reach, &query))
        .await
}
