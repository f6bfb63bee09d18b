//! What happens around every request: its identifier, limits, time, the log, the figures, headers for browsers, panics.

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use actix_web::body::{self, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue, ORIGIN, VARY};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage, HttpResponse, ResponseError};
use futures_util::FutureExt;

use super::problem::Refusal;
use super::service::{Service, service_of};
use super::settings::Settings;
use crate::app::random;
use crate::domain::text::hex;

/// Who asked, for the log; put there by whoever checks the token.
#[derive(Debug, Clone)]
pub struct Principal(pub String);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What is kept of a request while it is answered: the router takes requests that nobody else holds.
struct About {
    service: Data<Service>,
    id: String,
    method: Method,
    path: String,
    origin: Option<HeaderValue>,
    started: Instant,
}

/// Wraps a request.
///
/// # Errors
/// Responses that no handler lived to make.
pub async fn around(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let service = service_of(request.request())?.clone();
    let about = About {
        id: request_id(request.headers()),
        method: request.method().clone(),
        path: request.path().to_owned(),
        origin: origin(&service.settings, request.headers()),
        started: Instant::now(),
        service,
    };
    if about.method == Method::HEAD {
        // Whoever may GET may ask for the head of it; see `tell`.
        request.head_mut().method = Method::GET;
    }
    let answered = match early(&request, &about) {
        Err(refusal) => return Ok(about.tell(request.into_response(refusal.error_response()))),
        Ok(Some(response)) => return Ok(about.tell(request.into_response(response))),
        Ok(None) => AssertUnwindSafe(next.call(request)).catch_unwind(),
    };
    let limit = about.service.settings.request_seconds.seconds();
    let refusal = match tokio::time::timeout(limit, answered).await {
        Ok(Ok(Ok(response))) => return Ok(about.tell(response.map_into_boxed_body())),
        Ok(Ok(Err(error))) => refused(&error),
        Ok(Err(_panic)) => {
            tracing::error!(request_id = about.id, path = about.path, "a handler panicked");
            Refusal::Internal
        }
        Err(_elapsed) => Refusal::TimedOut,
    };
    let mut response = refusal.error_response();
    about.dress(response.headers_mut());
    about.count("unknown", response.status(), None);
    Err(InternalError::from_response(refusal, response).into())
}

/// A method as a label of figures: clients can make up methods without end.
fn known(method: &Method) -> &str {
    match method.as_str() {
        known @ ("GET" | "HEAD" | "POST" | "PATCH" | "DELETE" | "OPTIONS") => known,
        _ => "other",
    }
}

/// Errors that come as such are framework ones: what is too slow or unreadable below our own extractors.
fn refused(error: &Error) -> Refusal {
    match error.as_response_error().status_code() {
        StatusCode::NOT_FOUND => Refusal::NotFound,
        StatusCode::REQUEST_TIMEOUT => Refusal::TooSlow,
        status if status.is_client_error() => Refusal::Unreadable(error.to_string()),
        _ => {
            tracing::error!(%error, "a request failed below its handler");
            Refusal::Internal
        }
    }
}

/// What is answered before any handler: limits, and questions of browsers from other origins.
fn early(request: &ServiceRequest, about: &About) -> Result<Option<HttpResponse>, Refusal> {
    let max = about.service.settings.header_max_bytes.size();
    let size: usize = request
        .headers()
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum();
    if size > max {
        return Err(Refusal::HeadersTooLarge { max });
    }
    about.service.limits.address(request.request())?;
    let asks_first = about.method == Method::OPTIONS && request.headers().contains_key("access-control-request-method");
    if asks_first && about.origin.is_some() {
        let mut response = HttpResponse::NoContent();
        response.insert_header(("access-control-allow-methods", "GET, POST, PATCH, DELETE"));
        response.insert_header((
            "access-control-allow-headers",
            "authorization, content-type, idempotency-key, if-match, if-none-match, last-event-id",
        ));
        response.insert_header(("access-control-max-age", "600"));
        return Ok(Some(response.finish()));
    }
    Ok(None)
}

/// The origin of a request, if browsers may call from there.
fn origin(settings: &Settings, headers: &HeaderMap) -> Option<HeaderValue> {
    let origin = headers.get(ORIGIN)?;
    let known = |text: &str| settings.cors_origins.0.iter().any(|known| known.0 == text);
    origin.to_str().is_ok_and(known).then(|| origin.clone())
}

/// The caller's identifier where it brings a harmless one, or a new one.
fn request_id(headers: &HeaderMap) -> String {
    let brought = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok());
    let harmless = |id: &&str| {
        (8..=64).contains(&id.len())
            && id
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    if let Some(id) = brought.filter(harmless) {
        return id.to_owned();
    }
    // Without randomness the identifier is dull, not wrong.
    hex(&random::bytes::<16>().unwrap_or_default())
}

impl About {
    /// Headers of every answer.
    fn dress(&self, headers: &mut HeaderMap) {
        if let Ok(id) = HeaderValue::from_str(&self.id) {
            headers.insert(REQUEST_ID, id);
        }
        let is_page = headers
            .get("content-type")
            .is_some_and(|found| found.as_bytes().starts_with(b"text/html"));
        let policy = if self.path.starts_with("/docs") {
            "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'"
        } else if is_page {
            // A page to print has its style in it, and nothing that is active.
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
        } else {
            "default-src 'none'; frame-ancestors 'none'"
        };
        let mut fixed = vec![
            ("content-security-policy", policy),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-resource-policy", "same-origin"),
        ];
        if self.service.settings.issuer.0.starts_with("https://") {
            fixed.push(("strict-transport-security", "max-age=31536000"));
        }
        if !headers.contains_key("cache-control") {
            fixed.push(("cache-control", "no-store"));
        }
        for (name, value) in fixed {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        if let Some(origin) = &self.origin {
            headers.insert(HeaderName::from_static("access-control-allow-origin"), origin.clone());
            headers.insert(
                HeaderName::from_static("access-control-expose-headers"),
                HeaderValue::from_static(
                    "content-disposition, etag, idempotency-replayed, location, retry-after, x-request-id",
                ),
            );
            headers.append(VARY, HeaderValue::from_static("origin"));
        }
    }

    /// Headers, figures and the line in the log.
    fn tell(&self, mut response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
        self.dress(response.headers_mut());
        if self.method == Method::HEAD {
            // Not even begun: the body of the stream would never end.
            response = response.map_body(|_, _| BoxBody::new(body::None::new()));
        }
        let request = response.request();
        let route = request.match_pattern().unwrap_or_else(|| "unmatched".to_owned());
        let principal = request.extensions().get::<Principal>().cloned();
        self.count(&route, response.status(), principal);
        response
    }

    fn count(&self, route: &str, status: StatusCode, principal: Option<Principal>) {
        let (status, taken) = (status.as_u16(), self.started.elapsed());
        let labels = [
            ("method", known(&self.method).to_owned()),
            ("route", route.to_owned()),
            ("status", status.to_string()),
        ];
        metrics::histogram!("http_request_seconds", &labels).record(taken);
        tracing::info!(
            target: "qiantang::access",
            request_id = self.id,
            principal = principal.map_or_else(String::new, |principal| principal.0),
            method = self.method.as_str(),
            path = self.path,
            status,
            micros = u64::try_from(taken.as_micros()).unwrap_or(u64::MAX),
        );
    }
}
