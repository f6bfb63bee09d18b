//! Subsidies that are taken back, credits, and bans.

use actix_web::{get, post};

use crate::api::look::Look;
use crate::api::parameters::{Id, Query};
use crate::api::problem::Refusal;
use crate::api::read::many;
use crate::api::write::{Answer, Write};
use crate::app::answer::{Accepted, ProposedAnswer};
use crate::app::page::Page;
use crate::app::permission::{ProposeCredits, ProposeRecoveries, ReadRecoveries};
use crate::app::read::recoveries::{self, BanView, RecoveryQuery};
use crate::app::recovery::{self, CreditBody, LiftBody, RecoveryBody};
use crate::domain::id::{LeaseId, RecoveryId};
use crate::domain::recovery::Recovery;

/// Asks for a subsidy to be taken back: of a lease, a claim, or all that a voucher has paid.
#[utoipa::path(
    tag = "recoveries",
    request_body = RecoveryBody,
    responses((status = 202, description = "It waits for a second person", body = Accepted<ProposedAnswer>)),
    extensions(("x-operation" = json!("propose_recoveries")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/recoveries")]
pub async fn propose(mut write: Write<ProposeRecoveries>) -> Answer {
    let asked = recovery::read(write.body())?;
    let command = write.ask(move |reader| recovery::recover(reader, asked)).await?;
    write.propose(command).await
}

/// Lists recoveries and credits, the newest first; a tenant its own, an issuer those under its programmes.
#[utoipa::path(
    tag = "recoveries",
    params(RecoveryQuery),
    responses((status = 200, description = "A page of recoveries", body = Page<Recovery>)),
    extensions(("x-operation" = json!("read_recoveries"))),
)]
#[get("/v1/recoveries")]
pub async fn list(look: Look<ReadRecoveries>, Query(query): Query<RecoveryQuery>) -> Answer {
    let caller = look.caller().clone();
    look.many(move |reader, reach| recoveries::page(reader, (reach, &caller), &query))
        .await
}

/// Shows a recovery: by treasury, by voucher, with its fine and its ban.
#[utoipa::path(
    tag = "recoveries",
    params(("id" = RecoveryId, Path, description = "The recovery")),
    responses((status = 200, description = "The recovery", body = Recovery)),
    extensions(("x-operation" = json!("read_recoveries"))),
)]
#[get("/v1/recoveries/{id}")]
pub async fn show(look: Look<ReadRecoveries>, Id(id): Id<RecoveryId>) -> Answer {
    let caller = look.caller().clone();
    look.one(move |reader, reach| recoveries::find(reader, (reach, &caller), id))
        .await
}

/// Asks for a ban to be lifted before it ends.
#[utoipa::path(
    tag = "recoveries",
    params(("id" = RecoveryId, Path, description = "The recovery that it came with")),
    request_body = LiftBody,
    responses((status = 202, description = "It waits for a second person", body = Accepted<ProposedAnswer>)),
    extensions(("x-operation" = json!("propose_recoveries")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/recoveries/{id}/lift-ban")]
pub async fn lift_ban(mut write: Write<ProposeRecoveries>, Id(id): Id<RecoveryId>) -> Answer {
    let command = recovery::lift(id, write.body())?;
    write.propose(command).await
}

/// Lists who is kept out of whose programmes now; a tenant what concerns itself, an issuer who is kept out of its own.
#[utoipa::path(
    tag = "recoveries",
    responses((status = 200, description = "The bans that hold", body = Page<BanView>)),
    extensions(("x-operation" = json!("read_recoveries"))),
)]
#[get("/v1/bans")]
pub async fn bans(look: Look<ReadRecoveries>) -> Answer {
    let caller = look.caller().clone();
    let question = move |reader: &mut _, reach| recoveries::bans(reader, (reach, &caller));
    let found: Result<_, Refusal> = look.ask_much(question).await;
    many(&Page::all(found?))
}

/// Asks for a part of what was settled of a lease to be given back by its provider: to the tenant, and to the treasuries.
#[utoipa::path(
    tag = "recoveries",
    params(("id" = LeaseId, Path, description = "The lease")),
    request_body = CreditBody,
    responses((status = 202, description = "It waits for a second person", body = Accepted<ProposedAnswer>)),
    extensions(("x-operation" = json!("propose_credits")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/leases/{id}/credits")]
pub async fn credit(mut write: Write<ProposeCredits>, Id(lease): Id<LeaseId>) -> Answer {
    let asked = recovery::read_credit(write.body())?;
    let command = write.ask(move |reader| recovery::credit(reader, lease, asked)).await?;
    write.propose(command).await
}
