//! Logging in and out.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, HttpResponse, delete, get, post};
use jsonwebtoken::jwk::JwkSet;

use crate::api::body::{Body, limited};
use crate::api::caller::still;
use crate::api::parameters::Id;
use crate::api::problem::Refusal;
use crate::api::read::{many, whole};
use crate::api::service::{Service, blocking, service_of};
use crate::api::write::Answer;
use crate::app::body;
use crate::app::clock::system_now;
use crate::app::identity::body::{PasswordChangeBody, TokenBody};
use crate::app::identity::{AccessError, PersonView, SessionView, TokenAnswer};
use crate::app::page::Page;
use crate::app::permission::{ActForOneself, Permit};
use crate::domain::id::SessionId;

/// The body of somebody who is not let in yet: its address may not ask without end, and nothing large is read of it.
pub struct LogIn(Body);

/// Longest body of a log-in, in bytes.
const LOG_IN_MAX: usize = 8 * 1024;

impl FromRequest for LogIn {
    type Error = Refusal;
    type Future = Pin<Box<dyn Future<Output = Result<LogIn, Refusal>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            service_of(&request)?.limits.login(&request)?;
            let body = limited(&request, payload, LOG_IN_MAX).await?;
            let needed = || Refusal::Unreadable("a body is needed".to_owned());
            body.map(LogIn).ok_or_else(needed)
        })
    }
}

/// Lets a person or a machine in, or gives the next tokens for a refresh token, which is good once.
#[utoipa::path(
    tag = "access",
    request_body = TokenBody,
    responses((status = 200, description = "Tokens", body = TokenAnswer)),
    extensions(("x-public" = json!(true))),
)]
#[post("/v1/auth/token")]
pub async fn token(service: Data<Service>, LogIn(body): LogIn) -> Answer {
    let asked = body::parse(body.value())?;
    let service = Arc::clone(&service);
    let tokens = blocking(move || {
        let (access, now) = (&service.access, system_now());
        match asked {
            TokenBody::Password { email, password } => access.log_in(&email, &password, now),
            TokenBody::ApiKey { api_key } => access.log_in_key(&api_key, now),
            TokenBody::RefreshToken { refresh_token } => access.refresh(&refresh_token, now),
        }
    });
    many(&tokens.await?)
}

/// Ends the caller's session: its tokens are good no more.
#[utoipa::path(
    tag = "access",
    responses((status = 204, description = "It has ended")),
    extensions(("x-operation" = json!("act_for_oneself"))),
)]
#[post("/v1/auth/logout")]
pub async fn log_out(permit: Permit<ActForOneself>, service: Data<Service>) -> Answer {
    let service = Arc::clone(&service);
    blocking(move || service.access.log_out(permit.caller(), system_now())).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Changes the caller's password and ends the caller's other sessions.
#[utoipa::path(
    tag = "access",
    request_body = PasswordChangeBody,
    responses((status = 204, description = "It is changed")),
    extensions(("x-operation" = json!("act_for_oneself"))),
)]
#[post("/v1/auth/password")]
pub async fn change_password(permit: Permit<ActForOneself>, service: Data<Service>, body: Body) -> Answer {
    still(&service, permit.caller())?;
    let PasswordChangeBody { old, new } = body::parse(body.value())?;
    let service = Arc::clone(&service);
    blocking(move || {
        let people = service.access.people();
        people.change_password(permit.caller(), (&old, &new), system_now())
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The caller's sessions, the oldest first.
#[utoipa::path(
    tag = "access",
    responses((status = 200, description = "The sessions", body = Page<SessionView>)),
    extensions(("x-operation" = json!("act_for_oneself"))),
)]
#[get("/v1/auth/sessions")]
pub async fn sessions(permit: Permit<ActForOneself>, service: Data<Service>) -> Answer {
    many(&Page::all(service.access.sessions(permit.caller(), system_now())))
}

/// Ends one of the caller's sessions.
#[utoipa::path(
    tag = "access",
    params(("id" = SessionId, Path, description = "The session")),
    responses((status = 204, description = "It has ended")),
    extensions(("x-operation" = json!("act_for_oneself"))),
)]
#[delete("/v1/auth/sessions/{id}")]
pub async fn end_session(permit: Permit<ActForOneself>, service: Data<Service>, Id(id): Id<SessionId>) -> Answer {
    let service = Arc::clone(&service);
    blocking(move || service.access.end_session(permit.caller(), id, system_now())).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Who the caller is; of an API key, who made it.
#[utoipa::path(
    tag = "access",
    responses((status = 200, description = "The user", body = PersonView)),
    extensions(("x-operation" = json!("act_for_oneself"))),
)]
#[get("/v1/me")]
pub async fn me(permit: Permit<ActForOneself>, service: Data<Service>) -> Answer {
    let user = permit.caller().user;
    let found = service.access.directory().user(user, permit.reach(), system_now());
    let view = found.ok_or(AccessError::UserNotFound(user))?;
    let version = view.version.to_string();
    whole(Some((view, version)))
}

/// The public keys that tokens are signed with (RFC 7517).
#[utoipa::path(
    tag = "access",
    responses((status = 200, description = "The keys", body = Object)),
    extensions(("x-public" = json!(true))),
)]
#[get("/.well-known/jwks.json")]
pub async fn keys(service: Data<Service>) -> HttpResponse {
    let keys: JwkSet = service.access.tokens().jwks(system_now());
    HttpResponse::Ok()
        .insert_header(("cache-control", "public, max-age=60"))
        .json(keys)
}
