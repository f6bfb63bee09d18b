//! Users and API keys.

use std::sync::Arc;

use actix_web::web::Data;
use actix_web::{HttpResponse, get, patch, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::body::Body;
use crate::api::caller::{person, still};
use crate::api::parameters::{Id, Query};
use crate::api::problem::Refusal;
use crate::api::read::{many, whole};
use crate::api::service::{Service, blocking};
use crate::api::write::{Answer, Change, Success, Write, render};
use crate::app::answer::user::UserView;
use crate::app::answer::{Accepted, ProposedAnswer};
use crate::app::body as bodies;
use crate::app::clock::system_now;
use crate::app::identity::body::{self, KeyBody, PasswordBody, UserBody, UserChangeBody};
use crate::app::identity::{Authority, KeyView, MadeKeyView, PersonView, UserPage};
use crate::app::page::Page;
use crate::app::permission::{ManageKeys, ManageUsers, Permit, ReadUsers};
use crate::domain::id::{KeyId, UserId};
use crate::domain::version::Version;
use crate::engine::rejection::FieldRule;

/// A page of users.
#[derive(Debug, Serialize, ToSchema)]
struct Users {
    items: Vec<PersonView>,
    next_cursor: Option<UserId>,
}

/// Which users.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct UsersQuery {
    /// How many at most, 1 to 200.
    #[serde(default = "fifty")]
    #[param(minimum = 1, maximum = 200)]
    limit: usize,
    /// Where the page before ended.
    cursor: Option<UserId>,
}

fn fifty() -> usize {
    50
}

/// Registers a user and the person behind it; an operator or issuer acts when two people have agreed.
///
/// Names and addresses stay outside the journal. An operator or issuer is registered with `active` false, to be activated by a change
/// that one operator asks for and another one approves.
#[utoipa::path(
    tag = "users",
    request_body = UserBody,
    responses((status = 201, description = "The user", body = Accepted<UserView>)),
    extensions(("x-operation" = json!("manage_users")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/users")]
pub async fn register(mut write: Write<ManageUsers>) -> Answer {
    person(write.caller())?;
    let asked = body::registration(write.body())?;
    let reply = blocking(move || {
        let people = write.service().access.people();
        people.register(asked, |command| write.request(command))
    });
    render(&reply.await?, Success::Created("/v1/users"))
}

/// Users, by identifier.
#[utoipa::path(
    tag = "users",
    params(UsersQuery),
    responses((status = 200, description = "A page of users", body = Users)),
    extensions(("x-operation" = json!("read_users"))),
)]
#[get("/v1/users")]
pub async fn list(permit: Permit<ReadUsers>, service: Data<Service>, Query(query): Query<UsersQuery>) -> Answer {
    let UsersQuery { limit, cursor } = query;
    if !(1..=200).contains(&limit) {
        return Err(Refusal::parameter(
            "limit",
            FieldRule::TooLarge,
            "must be from 1 to 200",
        ));
    }
    let page = UserPage {
        after: cursor,
        limit: limit + 1,
    };
    let mut items = service.access.directory().users(page, permit.reach(), system_now());
    let has_more = items.len() > limit;
    items.truncate(limit);
    let next_cursor = items.last().filter(|_| has_more).map(|last| last.user.id);
    many(&Users { items, next_cursor })
}

/// A user.
#[utoipa::path(
    tag = "users",
    params(("id" = UserId, Path, description = "The user")),
    responses((status = 200, description = "The user", body = PersonView)),
    extensions(("x-operation" = json!("read_users"))),
)]
#[get("/v1/users/{id}")]
pub async fn find(permit: Permit<ReadUsers>, service: Data<Service>, Id(id): Id<UserId>) -> Answer {
    let found = service.access.directory().user(id, permit.reach(), system_now());
    let tagged = found.map(|view| {
        let tag = view.version.to_string();
        (view, tag)
    });
    whole(tagged)
}

/// Changes what a user may do, or stops the user; to let somebody act as operator or issuer takes two people.
///
/// The user's sessions end, and keys lose what the user loses.
#[utoipa::path(
    tag = "users",
    params(("id" = UserId, Path, description = "The user")),
    request_body = UserChangeBody,
    responses(
        (status = 200, description = "The user", body = Accepted<UserView>),
        (status = 202, description = "It waits for a second person", body = Accepted<ProposedAnswer>),
    ),
    extensions(("x-operation" = json!("manage_users")), ("x-conditional" = json!(true))),
)]
#[patch("/v1/users/{id}")]
pub async fn amend(change: Change<ManageUsers, Version>, Id(user): Id<UserId>) -> Answer {
    let Change { mut write, version } = change;
    person(write.caller())?;
    let change = body::amendment(write.body(), version)?;
    let is_for_one = write.service().access.directory().is_for_one(user, &change);
    let change = change.command(user);
    let command = if is_for_one { change } else { write.proposal(change) };
    write.give(command, Success::DoneOrWaits).await
}

/// Sets a user's password and ends the user's sessions; not of an active operator or issuer.
#[utoipa::path(
    tag = "users",
    params(("id" = UserId, Path, description = "The user")),
    request_body = PasswordBody,
    responses((status = 204, description = "It is set")),
    extensions(("x-operation" = json!("manage_users"))),
)]
#[post("/v1/users/{id}/password")]
pub async fn set_password(
    permit: Permit<ManageUsers>,
    service: Data<Service>,
    Id(user): Id<UserId>,
    body: Body,
) -> Answer {
    person(permit.caller())?;
    still(&service, permit.caller())?;
    let PasswordBody { password } = bodies::parse(body.value())?;
    let service = Arc::clone(&service);
    blocking(move || {
        service
            .access
            .people()
            .reset_password(user, &password, Authority::OnePerson, system_now())
    })
    .await?;
    tracing::warn!(who = permit.caller().actor(), %user, "has set a password");
    Ok(HttpResponse::NoContent().finish())
}

/// Ends all sessions of a user.
#[utoipa::path(
    tag = "users",
    params(("id" = UserId, Path, description = "The user")),
    responses((status = 204, description = "They have ended")),
    extensions(("x-operation" = json!("manage_users"))),
)]
#[post("/v1/users/{id}/end-sessions")]
pub async fn end_sessions(permit: Permit<ManageUsers>, service: Data<Service>, Id(user): Id<UserId>) -> Answer {
    person(permit.caller())?;
    let found = service.access.directory().user(user, permit.reach(), system_now());
    found.ok_or(Refusal::NotFound)?;
    let service = Arc::clone(&service);
    blocking(move || service.access.end_sessions(user, system_now())).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Stops a user and erases name, address and password for good; what the user did stays in the journal.
#[utoipa::path(
    tag = "users",
    params(("id" = UserId, Path, description = "The user")),
    responses((status = 200, description = "The user", body = Accepted<UserView>)),
    extensions(("x-operation" = json!("manage_users")), ("x-idempotent" = json!(true))),
)]
#[post("/v1/users/{id}/erase")]
pub async fn erase(mut write: Write<ManageUsers>, Id(user): Id<UserId>) -> Answer {
    person(write.caller())?;
    write.without_body()?;
    let reply = blocking(move || {
        let people = write.service().access.people();
        people.erase(user, system_now(), |command| write.request(command))
    });
    render(&reply.await?, Success::Done)
}

/// Makes an API key. Its secret is shown this once and kept nowhere.
#[utoipa::path(
    tag = "users",
    request_body = KeyBody,
    responses((status = 201, description = "The key, with its secret", body = MadeKeyView)),
    extensions(("x-operation" = json!("manage_keys"))),
)]
#[post("/v1/api-keys")]
pub async fn make_key(permit: Permit<ManageKeys>, service: Data<Service>, body: Body) -> Answer {
    still(&service, permit.caller())?;
    let new = body::new_key(body.value())?;
    let service = Arc::clone(&service);
    let made = blocking(move || service.access.make_key(permit.caller(), new, system_now()));
    Ok(HttpResponse::Created().json(made.await?))
}

/// API keys, revoked ones too, the oldest first.
#[utoipa::path(
    tag = "users",
    responses((status = 200, description = "The keys", body = Page<KeyView>)),
    extensions(("x-operation" = json!("manage_keys"))),
)]
#[get("/v1/api-keys")]
pub async fn keys(permit: Permit<ManageKeys>, service: Data<Service>) -> Answer {
    many(&Page::all(service.access.keys(permit.reach())))
}

/// Revokes an API key: whoever has it is out at once. A second time changes nothing.
#[utoipa::path(
    tag = "users",
    params(("id" = KeyId, Path, description = "The key")),
    responses((status = 200, description = "The key", body = KeyView)),
    extensions(("x-operation" = json!("manage_keys"))),
)]
#[post("/v1/api-keys/{id}/revoke")]
pub async fn revoke_key(permit: Permit<ManageKeys>, service: Data<Service>, Id(id): Id<KeyId>) -> Answer {
    person(permit.caller())?;
    let service = Arc::clone(&service);
    let revoked = blocking(move || service.access.revoke_key(id, permit.reach(), system_now()));
    many(&revoked.await?)
}
