//! Webhooks: who is told over HTTP of what happens.

use std::sync::Arc;

use actix_web::web::Data;
use actix_web::{HttpResponse, delete, get, patch, post};

use crate::api::body::Body;
use crate::api::caller::still;
use crate::api::look::Look;
use crate::api::parameters::{Id, Query};
use crate::api::read::{many, whole};
use crate::api::service::{Service, blocking};
use crate::api::write::{Answer, Change};
use crate::app::clock::system_now;
use crate::app::page::Page;
use crate::app::permission::{ManageWebhooks, Permit, ReadCatalogue};
use crate::app::webhook::body::{self, ReplayBody, WebhookBody, WebhookChangeBody};
use crate::app::webhook::{
    EventTypeView, MessageQuery, MessageView, QueuedView, ReplayedView, SecretWebhookView, WebhookView, event_types,
    messages,
};
use crate::domain::id::WebhookId;
use crate::domain::version::Version;

/// Makes a webhook. Its secret is shown this once.
///
/// Messages are signed as Standard Webhooks says and sent until they are taken, in their order; whoever gets one twice knows it by
/// `webhook-id`.
#[utoipa::path(
    tag = "webhooks",
    request_body = WebhookBody,
    responses((status = 201, description = "The webhook, with its secret", body = SecretWebhookView)),
    extensions(("x-operation" = json!("manage_webhooks"))),
)]
#[post("/v1/webhooks")]
pub async fn make(permit: Permit<ManageWebhooks>, service: Data<Service>, body: Body) -> Answer {
    still(&service, permit.caller())?;
    let new = body::new(body.value())?;
    let service = Arc::clone(&service);
    let made = blocking(move || service.webhooks.make(permit.caller(), new));
    Ok(HttpResponse::Created().json(made.await?))
}

/// Lists what webhooks can be told of.
#[utoipa::path(
    tag = "webhooks",
    responses((status = 200, description = "The types", body = Page<EventTypeView>)),
    extensions(("x-operation" = json!("read_catalogue"))),
)]
#[get("/v1/webhook-event-types")]
pub async fn list_event_types(_permit: Permit<ReadCatalogue>) -> Answer {
    many(&Page::all(event_types()))
}

/// Lists the organisation's webhooks, the oldest first.
#[utoipa::path(
    tag = "webhooks",
    responses((status = 200, description = "The webhooks", body = Page<WebhookView>)),
    extensions(("x-operation" = json!("manage_webhooks"))),
)]
#[get("/v1/webhooks")]
pub async fn list(permit: Permit<ManageWebhooks>, service: Data<Service>) -> Answer {
    let book = service.webhooks.book();
    many(&Page::all(book.list(permit.reach(), system_now())))
}

/// Shows a webhook.
#[utoipa::path(
    tag = "webhooks",
    params(("id" = WebhookId, Path, description = "The webhook")),
    responses((status = 200, description = "The webhook", body = WebhookView)),
    extensions(("x-operation" = json!("manage_webhooks"))),
)]
#[get("/v1/webhooks/{id}")]
pub async fn show(permit: Permit<ManageWebhooks>, service: Data<Service>, Id(id): Id<WebhookId>) -> Answer {
    let (view, version) = service.webhooks.book().find(id, permit.reach(), system_now())?;
    whole(Some((view, version.to_string())))
}

/// Changes where a webhook is told, of what, or what it is for.
#[utoipa::path(
    tag = "webhooks",
    params(("id" = WebhookId, Path, description = "The webhook")),
    request_body = WebhookChangeBody,
    responses((status = 200, description = "The webhook", body = WebhookView)),
    extensions(("x-operation" = json!("manage_webhooks")), ("x-conditional" = json!(true))),
)]
#[patch("/v1/webhooks/{id}")]
pub async fn amend(change: Change<ManageWebhooks, Version>, Id(id): Id<WebhookId>) -> Answer {
    let Change { mut write, version } = change;
    let asked = body::change(write.body())?;
    let changed = blocking(move || {
        let (caller, reach) = (write.caller(), write.reach());
        write.service().webhooks.change((caller, reach), id, asked, version)
    });
    many(&changed.await?)
}

/// Deletes a webhook and its secret; what waits for it is not sent.
#[utoipa::path(
    tag = "webhooks",
    params(("id" = WebhookId, Path, description = "The webhook")),
    responses((status = 204, description = "It is deleted")),
    extensions(("x-operation" = json!("manage_webhooks"))),
)]
#[delete("/v1/webhooks/{id}")]
pub async fn remove(permit: Permit<ManageWebhooks>, service: Data<Service>, Id(id): Id<WebhookId>) -> Answer {
    let service = Arc::clone(&service);
    blocking(move || service.webhooks.delete(permit.reach(), id)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Gives a webhook another secret, which is shown this once; the old one signs beside it for 24 hours.
#[utoipa::path(
    tag = "webhooks",
    params(("id" = WebhookId, Path, description = "The webhook")),
    responses((status = 200, description = "The webhook, with its new secret", body = SecretWebhookView)),
    extensions(("x-operation" = json!("manage_webhooks"))),
)]
#[post("/v1/webhooks/{id}/rotate-secret")]
pub async fn rotate_secret(permit: Permit<ManageWebhooks>, service: Data<Service>, Id(id): Id<WebhookId>) -> Answer {
    let service = Arc::clone(&service);
    let rotated = blocking(move || service.webhooks.rotate(permit.reach(), id));
    many(&rotated.await?)
}

/// Pauses a webhook: what happens is kept for it and sent when it is made active again.
#[utoipa::path(
    tag = "webhooks",
    params(("id" = WebhookId, Path, description = "The webhook")),
    responses((status = 200, description = "The webhook", body = WebhookView)),
    extensions(("x-operation" = json!("manage_webhooks"))),
)]
#[post("/v1/webhooks/{id}/pause")]
pub async fn pause(permit: Permit<ManageWebhooks>, service: Data<Service>, Id(id): Id<WebhookId>) -> Answer {
    let service = Arc::clone(&service);
    let paused = blocking(move || service.webhooks.pause(permit.reach(), id));
    many(&paused.await?)
}

/// Makes a webhook active that was paused or disabled; what waits is sent at once.
#[utoipa::path(
    tag = "webhooks",
    params(("id" = WebhookId, Path, description = "The webhook")),
    responses((status = 200, description = "The webhook", body = WebhookView)),
    extensions(("x-operation" = json!("manage_webhooks"))),
)]
#[post("/v1/webhooks/{id}/resume")]
pub async fn resume(permit: Permit<ManageWebhooks>, service: Data<Service>, Id(id): Id<WebhookId>) -> Answer {
    let service = Arc::clone(&service);
    let resumed = blocking(move || {
        let reach = permit.reach();
        let look = |pooled: &mut _| Ok(service.webhooks.resume(pooled, reach, id));
        service.readers.read(look)?
    });
    many(&resumed.await?)
}

/// Sends a message that says nothing but that it came.
#[utoipa::path(
    tag = "webhooks",
    params(("id" = WebhookId, Path, description = "The webhook")),
    responses((status = 202, description = "It will be sent", body = QueuedView)),
    extensions(("x-operation" = json!("manage_webhooks"))),
)]
#[post("/v1/webhooks/{id}/ping")]
pub async fn ping(permit: Permit<ManageWebhooks>, service: Data<Service>, Id(id): Id<WebhookId>) -> Answer {
    let service = Arc::clone(&service);
    let queued = blocking(move || service.webhooks.ping(permit.reach(), id));
    Ok(HttpResponse::Accepted().json(queued.await?))
}

/// Sends messages again that were delivered or given up: one, or all since an instant.
#[utoipa::path(
    tag = "webhooks",
    params(("id" = WebhookId, Path, description = "The webhook")),
    request_body = ReplayBody,
    responses((status = 202, description = "They will be sent", body = ReplayedView)),
    extensions(("x-operation" = json!("manage_webhooks"))),
)]
#[post("/v1/webhooks/{id}/replay")]
pub async fn replay(
    permit: Permit<ManageWebhooks>,
    service: Data<Service>,
    Id(id): Id<WebhookId>,
    body: Body,
) -> Answer {
    let wanted = body::replay(body.value())?;
    let service = Arc::clone(&service);
    let replayed = blocking(move || {
        let reach = permit.reach();
        let look = |pooled: &mut _| Ok(service.webhooks.replay(pooled, reach, (id, wanted)));
        service.readers.read(look)?
    });
    Ok(HttpResponse::Accepted().json(replayed.await?))
}

/// Lists what a webhook was told and is to be told, the newest first, with each time that it was sent; kept for 30 days.
#[utoipa::path(
    tag = "webhooks",
    params(("id" = WebhookId, Path, description = "The webhook"), MessageQuery),
    responses((status = 200, description = "A page of messages", body = Page<MessageView>)),
    extensions(("x-operation" = json!("manage_webhooks"))),
)]
#[get("/v1/webhooks/{id}/messages")]
pub async fn list_messages(
    look: Look<ManageWebhooks>,
    Id(id): Id<WebhookId>,
    Query(query): Query<MessageQuery>,
) -> Answer {
    look.service().webhooks.book().find(id, look.reach(), system_now())?;
    look.many(move |reader, _| messages(reader, id, &query)).await
}
