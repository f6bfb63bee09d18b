//! Requests that only look, as handlers take them: leave, and a connection to ask on.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use serde::Serialize;

use super::caller::permit;
use super::problem::Refusal;
use super::read;
use super::service::{Service, blocking, service_of};
use super::write::Answer;
use crate::app::permission::{Caller, Operation, Permit, Reach};
use crate::app::readers::{PooledReader, ReadError};
use crate::domain::version::Version;

/// A GET of somebody who may do `O`.
pub struct Look<O> {
    permit: Permit<O>,
    request: HttpRequest,
    service: Data<Service>,
}

impl<O: Operation> FromRequest for Look<O> {
    type Error = Refusal;
    type Future = Ready<Result<Look<O>, Refusal>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let look = || {
            Ok(Look {
                permit: permit(request)?,
                request: request.clone(),
                service: service_of(request)?.clone(),
            })
        };
        ready(look())
    }
}

impl<O: Operation> Look<O> {
    /// Who asks.
    pub fn caller(&self) -> &Caller {
        self.permit.caller()
    }

    /// The running service.
    pub fn service(&self) -> &Data<Service> {
        &self.service
    }

    /// Whose things may be seen.
    pub fn reach(&self) -> Reach {
        self.permit.reach()
    }

    /// What the database answers.
    ///
    /// # Errors
    /// Those of the question.
    pub async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut PooledReader, Reach) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, Refusal> {
        let (service, reach) = (self.service.clone(), self.reach());
        blocking(move || service.readers.read(|reader| question(reader, reach))).await
    }

    /// The same of what reads much, with a turn: for whom there is none now, the answer is that at once.
    ///
    /// # Errors
    /// Those of the question; too many ask.
    pub async fn ask_much<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut PooledReader, Reach) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, Refusal> {
        let turn = self.service.turns.tables.take()?;
        self.ask(move |reader, reach| {
            let _turn = turn;
            question(reader, reach)
        })
        .await
    }

    /// One thing, or 404.
    ///
    /// # Errors
    /// Those of the question; there is none.
    pub async fn one<T: Serialize + Send + 'static>(
        self,
        question: impl FnOnce(&mut PooledReader, Reach) -> Result<Option<T>, ReadError> + Send + 'static,
    ) -> Answer {
        let found = self.ask(question).await?;
        read::one(&self.request, found)
    }

    /// One thing that changes must name the version of, or 404.
    ///
    /// # Errors
    /// Those of the question; there is none.
    pub async fn versioned<T: Serialize + Send + 'static>(
        self,
        question: impl FnOnce(&mut PooledReader, Reach) -> Result<Option<(T, Version)>, ReadError> + Send + 'static,
    ) -> Answer {
        let found = self.ask(question).await?;
        read::versioned(&self.request, found.map(|(view, version)| (view, version.to_string())))
    }

    /// One thing that much must be read for, or 404.
    ///
    /// # Errors
    /// Those of the question; there is none; too many ask.
    pub async fn one_of_much<T: Serialize + Send + 'static>(
        self,
        question: impl FnOnce(&mut PooledReader, Reach) -> Result<Option<T>, ReadError> + Send + 'static,
    ) -> Answer {
        let found = self.ask_much(question).await?;
        read::one(&self.request, found)
    }

    /// A page, or whatever else is made for each question.
    ///
    /// # Errors
    /// Those of the question.
    pub async fn many<T: Serialize + Send + 'static>(
        self,
        question: impl FnOnce(&mut PooledReader, Reach) -> Result<T, ReadError> + Send + 'static,
    ) -> Answer {
        read::many(&self.ask(question).await?)
    }

    /// The same of one thing's own: 404 where that is out of reach.
    ///
    /// # Errors
    /// Those of the question; there is none.
    pub async fn many_of<T: Serialize + Send + 'static>(
        self,
        question: impl FnOnce(&mut PooledReader, Reach) -> Result<Option<T>, ReadError> + Send + 'static,
    ) -> Answer {
        read::many(&self.ask(question).await?.ok_or(Refusal::NotFound)?)
    }
}
