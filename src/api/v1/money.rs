//! Deposits and settlements.

use actix_web::post;

use crate::api::write::{Answer, Success, Write};
use crate::app::answer::{Accepted, ProposedAnswer, SettledAnswer};
use crate::app::money::{self, DepositBody, SettlementBody};
use crate::app::permission::{ProposeDeposits, Settle};

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

/// Settles all accepted usage up to an instant.
#[utoipa::path(
    tag = "money",
    request_body = SettlementBody,
    responses((status = 200, description = "What was posted for each lease", body = Accepted<SettledAnswer>)),
    extensions(("x-operation" = json!("settle")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/settlements")]
pub async fn settle(mut write: Write<Settle>) -> Answer {
    let command = money::settle(write.body())?;
    write.give(command, Success::Done).await
}
