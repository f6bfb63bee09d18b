//! Leases.

use actix_web::post;

use crate::api::parameters::Id;
use crate::api::write::{Answer, Success, Write};
use crate::app::answer::{Accepted, LeaseAnswer};
use crate::app::permission::EndLeases;
use crate::domain::id::LeaseId;
use crate::engine::Command;

/// Ends a lease with the running hour; its tenant or its provider may.
#[utoipa::path(
    tag = "leases",
    params(("id" = LeaseId, Path, description = "The lease")),
    responses((status = 200, description = "The lease, and what resting bids took of the cards that became free", body = Accepted<LeaseAnswer>)),
    extensions(("x-operation" = json!("end_leases")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/leases/{id}/terminate")]
pub async fn terminate(mut write: Write<EndLeases>, Id(lease): Id<LeaseId>) -> Answer {
    write.without_body()?;
    let org = write.org();
    write.give(Command::EndLease { org, lease }, Success::Done).await
}
