//! The journal.

use actix_web::get;

use crate::api::look::Look;
use crate::api::parameters::Query;
use crate::api::write::Answer;
use crate::app::page::Page;
use crate::app::permission::ReadJournal;
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
