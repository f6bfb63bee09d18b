//! Who asks: the token of a request, checked, and what the table of permissions says of its roles.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpMessage, HttpRequest};

use super::around::Principal;
use super::problem::Refusal;
use super::service::{Service, service_of};
use crate::app::clock::system_now;
use crate::app::identity::{AccessError, KeyError};
use crate::app::permission::{Caller, Operation, Permit};

/// Who sent a request.
///
/// # Errors
/// [`Refusal::Unauthenticated`] where the token is missing or not good, [`Refusal::TooMany`] where its principal asks too
/// often.
pub fn caller(request: &HttpRequest) -> Result<Caller, Refusal> {
    let service = service_of(request)?;
    let header = request.headers().get(AUTHORIZATION);
    let header = header.ok_or(Refusal::Unauthenticated("the header Authorization is needed"))?;
    let token = header.to_str().ok().and_then(|text| text.split_once(' '));
    let token = token.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let (_, token) = token.ok_or(Refusal::Unauthenticated(
        "the header Authorization must be: Bearer, and a token",
    ))?;
    let caller = service.access.authenticate(token.trim(), system_now())?;
    request.extensions_mut().insert(Principal(caller.actor()));
    // Keys and users have numbers of their own: a bit keeps them apart.
    let principal = caller.key.map_or(caller.user.0 << 1, |key| (key.0 << 1) | 1);
    service.limits.principal(principal)?;
    Ok(caller)
}

/// Leave for the sender of a request to do `O`.
///
/// # Errors
/// Those of [`caller`]; [`Refusal::Forbidden`].
pub fn permit<O: Operation>(request: &HttpRequest) -> Result<Permit<O>, Refusal> {
    let caller = caller(request)?;
    let who = caller.actor();
    Permit::of(caller).map_err(|denied| {
        tracing::warn!(who, operation = denied.operation, "denied");
        Refusal::Forbidden(denied)
    })
}

/// Whether the caller may still act: a body takes its time, and whoever is stopped meanwhile must be out.
///
/// # Errors
/// The session has ended, or is not what it was.
pub fn still(service: &Service, caller: &Caller) -> Result<(), Refusal> {
    let now = service.access.directory().session(caller.session, system_now());
    let is_same = now.as_ref() == Some(caller);
    is_same.then_some(()).ok_or_else(|| AccessError::SessionEnded.into())
}

/// Refuses machines: what people answer for with their names is not done by a key.
///
/// # Errors
/// An API key asks.
pub fn person(caller: &Caller) -> Result<(), Refusal> {
    match caller.key {
        None => Ok(()),
        Some(_) => Err(AccessError::Key(KeyError::PeopleOnly).into()),
    }
}

impl<O: Operation> FromRequest for Permit<O> {
    type Error = Refusal;
    type Future = Ready<Result<Permit<O>, Refusal>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(permit(request))
    }
}
