//! Files that change something: leave, key and bytes in one extractor.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest};

use super::body;
use super::caller::permit;
use super::parameters::Key;
use super::problem::Refusal;
use super::service::service_of;
use super::write::Write;
use crate::app::permission::Operation;

/// A POST of a file by somebody who may do `O`, with its idempotency key.
pub struct Import<O> {
    /// The rest of it.
    pub write: Write<O>,
    /// What is in the file.
    pub bytes: Bytes,
    /// Its media type, without parameters.
    pub media_type: String,
}

impl<O: Operation> FromRequest for Import<O> {
    type Error = Refusal;
    type Future = Pin<Box<dyn Future<Output = Result<Import<O>, Refusal>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let permit = permit(&request)?;
            let key = Key::extract(&request).await?;
            let max = service_of(&request)?.settings.body_max_bytes.size();
            let bytes = body::read(&request, payload, max).await?;
            let found = request.headers().get(CONTENT_TYPE);
            let found = found.and_then(|value| value.to_str().ok()).unwrap_or_default();
            let essence = found.split(';').next().unwrap_or_default();
            Ok(Import {
                media_type: essence.trim().to_owned(),
                write: Write::of_file(permit, key, (&request, &bytes))?,
                bytes,
            })
        })
    }
}
