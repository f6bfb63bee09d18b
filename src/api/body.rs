//! Bodies: bytes of the right media type and size, read as JSON.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE, IF_MATCH};
use actix_web::web::{Bytes, BytesMut};
use actix_web::{FromRequest, HttpRequest};
use futures_util::StreamExt;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::problem::Refusal;
use super::service::{blocking, service_of};

/// A JSON body, with the bytes that it came as.
#[derive(Debug)]
pub struct Body {
    bytes: Bytes,
    value: Value,
}

impl Body {
    /// What it says.
    pub fn value(self) -> Value {
        self.value
    }

    /// SHA-256 of what it says to whom: method, path and bytes. The same idempotency key with another hash is refused.
    pub fn hash(&self, request: &HttpRequest) -> [u8; 32] {
        hash(request, &self.bytes)
    }
}

/// See [`Body::hash`]; of a request without a body the bytes are none. What a change names with `If-Match` is part of what it
/// says: the same change of a later version is another request.
pub fn hash(request: &HttpRequest, bytes: &[u8]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in [request.method().as_str(), request.uri().path()] {
        hasher.update(part);
        hasher.update([0]);
    }
    if let Some(version) = request.headers().get(IF_MATCH) {
        hasher.update(version.as_bytes());
        hasher.update([0]);
    }
    hasher.update(bytes);
    hasher.finalize().into()
}

/// Media types that are JSON to us.
const JSON: [&str; 3] = [
    "application/json",
    "application/cloudevents+json",
    "application/cloudevents-batch+json",
];

impl FromRequest for Body {
    type Error = Refusal;
    type Future = Pin<Box<dyn Future<Output = Result<Body, Refusal>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let body = optional(&request, payload).await?;
            body.ok_or_else(|| Refusal::Unreadable("a body is needed".to_owned()))
        })
    }
}

/// The body of a request, if it has one.
///
/// # Errors
/// It is too large, of another media type, or no JSON.
pub async fn optional(request: &HttpRequest, payload: Payload) -> Result<Option<Body>, Refusal> {
    let max = service_of(request)?.settings.body_max_bytes.size();
    limited(request, payload, max).await
}

/// The body of a request, if it has one, of so many bytes at most.
///
/// # Errors
/// It is too large, of another media type, or no JSON.
pub async fn limited(request: &HttpRequest, payload: Payload, max: usize) -> Result<Option<Body>, Refusal> {
    let bytes = read(request, payload, max).await?;
    if bytes.is_empty() {
        return Ok(None);
    }
    media_type(request)?;
    let unreadable = |error: serde_json::Error| Refusal::Unreadable(error.to_string());
    let value = if bytes.len() > LARGE {
        // Reading megabytes would keep everybody else on this thread waiting.
        let bytes = bytes.clone();
        blocking(move || serde_json::from_slice(&bytes).map_err(unreadable)).await?
    } else {
        serde_json::from_slice(&bytes).map_err(unreadable)?
    };
    Ok(Some(Body { bytes, value }))
}

/// From how many bytes on a body is large.
const LARGE: usize = 64 * 1024;

fn media_type(request: &HttpRequest) -> Result<(), Refusal> {
    let found = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = found.and_then(|found| found.split(';').next()).map(str::trim);
    let is_json = essence.is_some_and(|essence| JSON.iter().any(|json| essence.eq_ignore_ascii_case(json)));
    is_json.then_some(()).ok_or(Refusal::UnsupportedMediaType {
        expected: "application/json",
    })
}

/// All bytes of the body, as long as they are not too many.
///
/// # Errors
/// They are too many, or do not come.
pub(super) async fn read(request: &HttpRequest, mut payload: Payload, max: usize) -> Result<Bytes, Refusal> {
    let too_large = Refusal::TooLarge { max };
    let announced = request
        .headers()
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok());
    if announced
        .and_then(|text| text.parse::<usize>().ok())
        .is_some_and(|length| length > max)
    {
        return Err(too_large);
    }
    let mut bytes = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| Refusal::Unreadable(error.to_string()))?;
        if bytes.len().saturating_add(chunk.len()) > max {
            return Err(too_large);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}
