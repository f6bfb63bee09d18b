//! Deposits.

use actix_web::post;

use crate::api::write::{Answer, Write};
use crate::app::answer::{Accepted, ProposedAnswer};
use crate::app::money::{self, DepositBody};
use crate::app::permission::ProposeDeposits;

/// Asks for money that arrived at the custody account to be booked.
#[utoipa::path(
    tag = "money",
    request_body = DepositBody,
    responses((status = 202, description = "It waits for a second person", body = Accepted<ProposedAnswer>)),
    extensions(("x-operation" = json!("propose_deposits")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/deposits")]
pub async fn propose_deposit(mut write: Write<ProposeDeposits>) -> Answer {
    let command = money::deposit(None, write.body())?;
    write.propose(command).await
}
