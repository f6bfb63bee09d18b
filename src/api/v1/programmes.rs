//! Voucher programmes and grants.

use actix_web::post;

use crate::api::write::{Answer, Write};
use crate::app::answer::{Accepted, ProposedAnswer};
use crate::app::permission::ProposeVouchers;
use crate::app::programme::{self, GrantBody};
use crate::domain::programme::ProgrammeRules;

/// Asks for a voucher programme by its rules; when a second person agrees, it opens and its pot is appropriated.
#[utoipa::path(
    tag = "programmes",
    request_body = ProgrammeRules,
    responses((status = 202, description = "It waits for a second person", body = Accepted<ProposedAnswer>)),
    extensions(("x-operation" = json!("propose_vouchers")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/programmes")]
pub async fn propose(mut write: Write<ProposeVouchers>) -> Answer {
    let command = programme::open(write.body())?;
    write.propose(command).await
}

/// Asks for a voucher to be granted.
#[utoipa::path(
    tag = "programmes",
    request_body = GrantBody,
    responses((status = 202, description = "It waits for a second person", body = Accepted<ProposedAnswer>)),
    extensions(("x-operation" = json!("propose_vouchers")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/grants")]
pub async fn propose_grant(mut write: Write<ProposeVouchers>) -> Answer {
    let command = programme::grant(write.body())?;
    write.propose(command).await
}
