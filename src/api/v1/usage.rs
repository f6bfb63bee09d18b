//! Usage, and the keys with which agents sign it.

use actix_web::{get, post};

use crate::api::look::Look;
use crate::api::parameters::{Id, Query};
use crate::api::write::{Answer, Success, Write};
use crate::app::answer::{Accepted, DoneAnswer, UsageAnswer};
use crate::app::page::Page;
use crate::app::permission::{AcceptUsage, ManageUsageKeys, ReadUsageKeys, ReportUsage};
use crate::app::read::disputes::{self, UsageKeyQuery};
use crate::app::usage::{self, AcceptBody, CloudEvent, KeyBody, UsageBody};
use crate::domain::id::{LeaseId, UsageKeyId};
use crate::domain::usage::UsageKey;

/// Reports usage: one CloudEvent or a batch. Each event is accepted, known already, or rejected by itself.
#[utoipa::path(
    tag = "usage",
    request_body(content((UsageBody = "application/json"), (CloudEvent = "application/cloudevents+json"), (Vec<CloudEvent> = "application/cloudevents-batch+json"))),
    responses((status = 200, description = "What came of each", body = Accepted<UsageAnswer>)),
    extensions(("x-operation" = json!("report_usage")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/usage")]
pub async fn report(mut write: Write<ReportUsage>) -> Answer {
    let (provider, batch) = (write.org(), usage::read(write.body())?);
    let keys = if batch.is_signed() {
        write.ask(move |reader| disputes::keys_of_own(reader, provider)).await?
    } else {
        Vec::new()
    };
    write.give(batch.command(provider, &keys), Success::Done).await
}

/// Accepts what was used of a lease before an instant: it cannot be disputed any more.
#[utoipa::path(
    tag = "usage",
    params(("id" = LeaseId, Path, description = "The lease")),
    request_body = AcceptBody,
    responses((status = 200, description = "It is accepted", body = Accepted<DoneAnswer>)),
    extensions(("x-operation" = json!("accept_usage")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/leases/{id}/usage/accept")]
pub async fn accept(mut write: Write<AcceptUsage>, Id(lease): Id<LeaseId>) -> Answer {
    let command = usage::accept(write.org(), lease, write.body())?;
    write.give(command, Success::Done).await
}

/// Registers the public key of an agent that signs usage.
#[utoipa::path(
    tag = "usage",
    request_body = KeyBody,
    responses((status = 201, description = "The key", body = Accepted<UsageKey>)),
    extensions(("x-operation" = json!("manage_usage_keys")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/usage-keys")]
pub async fn add_key(mut write: Write<ManageUsageKeys>) -> Answer {
    let command = usage::add_key(write.org(), write.body())?;
    write.give(command, Success::Created("/v1/usage-keys")).await
}

/// Revokes a key: nothing that it signs is taken any more.
#[utoipa::path(
    tag = "usage",
    params(("id" = UsageKeyId, Path, description = "The key")),
    responses((status = 200, description = "The key", body = Accepted<UsageKey>)),
    extensions(("x-operation" = json!("manage_usage_keys")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/usage-keys/{id}/revoke")]
pub async fn revoke_key(mut write: Write<ManageUsageKeys>, Id(key): Id<UsageKeyId>) -> Answer {
    write.without_body()?;
    let command = usage::revoke_key(write.org(), key);
    write.give(command, Success::Done).await
}

/// Lists the keys of a provider's agents in the order of registration, the revoked ones too.
#[utoipa::path(
    tag = "usage",
    params(UsageKeyQuery),
    responses((status = 200, description = "The keys", body = Page<UsageKey>)),
    extensions(("x-operation" = json!("read_usage_keys"))),
)]
#[get("/v1/usage-keys")]
pub async fn list_keys(look: Look<ReadUsageKeys>, Query(query): Query<UsageKeyQuery>) -> Answer {
    let own = look.caller().org;
    look.many(move |reader, reach| disputes::keys(reader, (reach, own), &query))
        .await
}
