//! Requests that change something: leave, key and body in one extractor, and the way to the writer and back.

use std::future::Future;
use std::pin::Pin;
use std::str::FromStr;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, LOCATION};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, HttpResponse, HttpResponseBuilder};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::body::{self, Body};
use super::caller::{permit, person, still};
use super::parameters::{IfMatch, Key};
use super::problem::{PROBLEM_JSON, Refusal};
use super::service::{Service, blocking, service_of};
use crate::app::body::nothing_else;
use crate::app::free_text;
use crate::app::permission::{Caller, Operation, Permit, Reach};
use crate::app::problem::Problem;
use crate::app::readers::{PooledReader, ReadError};
use crate::app::request::{IdempotencyKey, Reply, Request};
use crate::domain::fingerprint::Fingerprint;
use crate::domain::id::OrgId;
use crate::domain::sealed::Sealed;
use crate::engine::{Command, Rejection, State};

/// What handlers answer.
pub type Answer = Result<HttpResponse, Refusal>;

/// How an accepted command is answered.
#[derive(Debug, Clone, Copy)]
pub enum Success {
    /// 200.
    Done,
    /// 201, with the place of what was made: this path and its identifier.
    Created(&'static str),
    /// 202: it waits for a second person.
    Waits,
    /// 200, or 202 where the answer says that it waits for a second person.
    DoneOrWaits,
    /// 201 with the place of what was made, or 202 where the answer says that it waits for a second person.
    CreatedOrWaits(&'static str),
}

/// A POST of somebody who may do `O`, with its idempotency key and body. Without a body it is `{}`.
pub struct Write<O> {
    permit: Permit<O>,
    key: Option<IdempotencyKey>,
    body: Value,
    service: Data<Service>,
}

/// What happens beside the journal, with a command.
#[derive(Debug, Default)]
pub struct Beside {
    /// What is sealed.
    pub seals: Vec<Sealed>,
    /// What is erased, and whose it was.
    pub erases: Vec<(Fingerprint, OrgId)>,
}

/// A PATCH of somebody who may do `O`, with the version that it changes. An idempotency key may come too.
pub struct Change<O, V> {
    /// The rest of it.
    pub write: Write<O>,
    /// What the caller believes to change.
    pub version: V,
}

type Extracted<T> = Pin<Box<dyn Future<Output = Result<T, Refusal>>>>;

impl<O: Operation> FromRequest for Write<O> {
    type Error = Refusal;
    type Future = Extracted<Write<O>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let permit = permit(&request)?;
            let key = Key::extract(&request).await?;
            extract(permit, Some(key), (request, payload)).await
        })
    }
}

impl<O: Operation, V: FromStr + 'static> FromRequest for Change<O, V> {
    type Error = Refusal;
    type Future = Extracted<Change<O, V>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let permit = permit(&request)?;
            let IfMatch(version) = IfMatch::extract(&request).await?;
            let key = match Key::extract(&request).await {
                Ok(key) => Some(key),
                Err(_) if !request.headers().contains_key("idempotency-key") => None,
                Err(refusal) => return Err(refusal),
            };
            let write = extract(permit, key, (request, payload)).await?;
            Ok(Change { write, version })
        })
    }
}

async fn extract<O: Operation>(
    permit: Permit<O>,
    key: Option<Key>,
    (request, payload): (HttpRequest, Payload),
) -> Result<Write<O>, Refusal> {
    let body = body::optional(&request, payload).await?;
    still(service_of(&request)?, permit.caller())?;
    let body_hash = body
        .as_ref()
        .map_or_else(|| body::hash(&request, &[]), |body| body.hash(&request));
    Ok(Write {
        permit,
        key: key.map(|Key(key)| IdempotencyKey { key, body_hash }),
        body: body.map_or_else(|| Value::Object(Map::new()), Body::value),
        service: service_of(&request)?.clone(),
    })
}

impl<O: Operation> Write<O> {
    /// What comes with a file. Its bytes count for the key, and there is no other body.
    ///
    /// # Errors
    /// The session has ended meanwhile.
    pub(super) fn of_file(
        permit: Permit<O>,
        Key(key): Key,
        (request, bytes): (&HttpRequest, &[u8]),
    ) -> Result<Write<O>, Refusal> {
        let service = service_of(request)?.clone();
        still(&service, permit.caller())?;
        let body_hash = body::hash(request, bytes);
        Ok(Write {
            permit,
            key: Some(IdempotencyKey { key, body_hash }),
            body: Value::Object(Map::new()),
            service,
        })
    }

    /// Who asks.
    pub fn caller(&self) -> &Caller {
        self.permit.caller()
    }

    /// For which organisation.
    pub fn org(&self) -> OrgId {
        self.caller().org
    }

    /// Whose things may be touched.
    pub fn reach(&self) -> Reach {
        self.permit.reach()
    }

    /// The running service.
    pub fn service(&self) -> &Data<Service> {
        &self.service
    }

    /// The body; it can be taken once.
    pub fn body(&mut self) -> Value {
        self.body.take()
    }

    /// Refuses a body that says anything: the path says it all.
    ///
    /// # Errors
    /// It does.
    pub fn without_body(&mut self) -> Result<(), Rejection> {
        nothing_else(self.body.take())
    }

    /// Refuses machines. What a person says is said by that person alone: under the same idempotency key a colleague says
    /// something else.
    ///
    /// # Errors
    /// An API key asks.
    pub fn in_person(&mut self) -> Result<(), Refusal> {
        person(self.caller())?;
        let user = self.caller().user.to_string();
        if let Some(key) = &mut self.key {
            let said = Sha256::new().chain_update(key.body_hash).chain_update(user);
            key.body_hash = said.finalize().into();
        }
        Ok(())
    }

    /// What an idempotency key keeps of the body is never deleted, and a plain hash of it would let anybody who has the database
    /// try names and telephone numbers: so only what is `said` beside personal data counts, to whom it is said included.
    pub fn remember_only(&mut self, kind: &str, said: &Value) {
        if let Some(key) = &mut self.key {
            let hasher = Sha256::new().chain_update(kind).chain_update([0]);
            key.body_hash = hasher.chain_update(said.to_string()).finalize().into();
        }
    }

    /// The request for a command, under the key that came.
    pub fn request(&self, command: Command) -> Request {
        let caller = self.caller();
        Request {
            org: Some(caller.org),
            key: self.key.clone(),
            ..Request::new(&caller.actor(), command)
        }
    }

    /// What the database answers, for the command to be given.
    ///
    /// # Errors
    /// Those of the question.
    pub async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut PooledReader) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, Refusal> {
        let service = self.service.clone();
        blocking(move || service.readers.read(question)).await
    }

    /// What the writer's state says, between two commands; it may not be durable yet.
    ///
    /// # Errors
    /// The exchange has ended.
    pub async fn look<T: Send + 'static>(
        &self,
        question: impl FnOnce(&State) -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let service = self.service.clone();
        blocking(move || service.exchange.inspect(question)).await
    }

    /// Gives a command and answers what came of it.
    ///
    /// # Errors
    /// There is no answer: see [`Service::submit`].
    pub async fn give(self, command: Command, success: Success) -> Answer {
        free_text::check(&command)?;
        let reply = self.service.submit(self.request(command)).await?;
        render(&reply, success)
    }

    /// The same of a command that names sealed content, with which other content may be erased: all is recorded, or nothing.
    ///
    /// # Errors
    /// There is no answer: see [`Service::submit`].
    pub async fn give_beside(self, command: Command, beside: Beside, success: Success) -> Answer {
        free_text::check(&command)?;
        let Beside { seals, erases } = beside;
        let request = Request {
            seals,
            erases,
            ..self.request(command)
        };
        let reply = self.service.submit(request).await?;
        render(&reply, success)
    }

    /// Asks for a command that a second person must approve.
    ///
    /// # Errors
    /// There is no answer: see [`Service::submit`].
    pub async fn propose(self, command: Command) -> Answer {
        free_text::check(&command)?;
        let proposal = self.proposal(command);
        self.give(proposal, Success::Waits).await
    }

    /// What asks for a command that a second person must approve.
    pub fn proposal(&self, command: Command) -> Command {
        Command::Propose {
            maker: self.caller().user,
            command: Box::new(command),
        }
    }
}

/// A reply as it was stored, to the byte.
///
/// # Errors
/// The stored answer cannot be read, which would be a defect.
pub fn render(reply: &Reply, success: Success) -> Answer {
    let mut response = if reply.accepted {
        let (status, place) = match success {
            Success::Done => (StatusCode::OK, None),
            Success::Created(place) => (StatusCode::CREATED, Some(place)),
            Success::Waits => (StatusCode::ACCEPTED, None),
            Success::DoneOrWaits if waits(reply)? => (StatusCode::ACCEPTED, None),
            Success::DoneOrWaits => (StatusCode::OK, None),
            Success::CreatedOrWaits(_) if waits(reply)? => (StatusCode::ACCEPTED, None),
            Success::CreatedOrWaits(place) => (StatusCode::CREATED, Some(place)),
        };
        let mut response = HttpResponseBuilder::new(status);
        response.insert_header((CONTENT_TYPE, "application/json"));
        if let Some(place) = place {
            #[derive(Deserialize)]
            struct Made<'a> {
                id: &'a str,
            }
            let Made { id } = serde_json::from_str(&reply.answer).map_err(|_| Refusal::Internal)?;
            response.insert_header((LOCATION, format!("{place}/{id}")));
        }
        response
    } else {
        let problem: Problem = serde_json::from_str(&reply.answer).map_err(|_| Refusal::Internal)?;
        let status = StatusCode::from_u16(problem.status).map_err(|_| Refusal::Internal)?;
        let mut response = HttpResponseBuilder::new(status);
        response.insert_header((CONTENT_TYPE, PROBLEM_JSON));
        response
    };
    if reply.replayed {
        response.insert_header(("idempotency-replayed", "true"));
    }
    Ok(response.body(reply.answer.clone()))
}

/// What is shown in place of a reply's own answer: it may have grown since.
///
/// # Errors
/// It cannot be written as JSON, which would be a defect.
pub fn answered(view: &impl Serialize, is_replayed: bool) -> Answer {
    let body = serde_json::to_vec(view).map_err(|_| Refusal::Internal)?;
    let mut response = HttpResponseBuilder::new(StatusCode::OK);
    response.insert_header((CONTENT_TYPE, "application/json"));
    if is_replayed {
        response.insert_header(("idempotency-replayed", "true"));
    }
    Ok(response.body(body))
}

/// Whether an answer is that something waits for a second person. A retry must be told what was told first, however things stand
/// by now.
fn waits(reply: &Reply) -> Result<bool, Refusal> {
    #[derive(Deserialize)]
    struct Asked {
        approval: Option<IgnoredAny>,
    }
    let asked: Asked = serde_json::from_str(&reply.answer).map_err(|_| Refusal::Internal)?;
    Ok(asked.approval.is_some())
}
