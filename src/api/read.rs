//! Requests that only look: what is found, as JSON, with an entity tag where it is one thing.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::parameters::is_known;
use super::problem::Refusal;
use super::write::Answer;
use crate::domain::version::Version;

/// One thing, with the version that changes of it must name; nothing is [`Refusal::NotFound`].
///
/// # Errors
/// There is none, or it cannot be written as JSON, which would be a defect.
pub fn versioned<T: Serialize>(request: &HttpRequest, found: Option<(T, String)>) -> Answer {
    let (view, tag) = found.ok_or(Refusal::NotFound)?;
    let body = serde_json::to_vec(&view).map_err(|_| Refusal::Internal)?;
    tagged(request, body, &tag)
}

/// One thing of which more is shown than its version covers: it is sent whole each time.
///
/// # Errors
/// There is none, or it cannot be written as JSON, which would be a defect.
pub fn whole<T: Serialize>(found: Option<(T, String)>) -> Answer {
    let (view, tag) = found.ok_or(Refusal::NotFound)?;
    let mut response = many(&view)?;
    let quoted = HeaderValue::from_str(&format!("\"{tag}\"")).map_err(|_| Refusal::Internal)?;
    response.headers_mut().insert(ETAG, quoted);
    Ok(response)
}

/// One thing that is not changed by way of its tag: the tag is a digest of what is shown.
///
/// # Errors
/// There is none, or it cannot be written as JSON, which would be a defect.
pub fn one<T: Serialize>(request: &HttpRequest, found: Option<T>) -> Answer {
    let view = found.ok_or(Refusal::NotFound)?;
    let body = serde_json::to_vec(&view).map_err(|_| Refusal::Internal)?;
    let tag = Version::of_bytes(&body).to_string();
    tagged(request, body, &tag)
}

fn tagged(request: &HttpRequest, body: Vec<u8>, tag: &str) -> Answer {
    let quoted = format!("\"{tag}\"");
    // It may be kept, by the caller alone, and must be asked for again each time.
    let fresh = (CACHE_CONTROL, "private, no-cache");
    if is_known(request, tag) {
        return Ok(HttpResponse::NotModified()
            .insert_header((ETAG, quoted))
            .insert_header(fresh)
            .finish());
    }
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/json"))
        .insert_header((ETAG, quoted))
        .insert_header(fresh)
        .body(body))
}

/// A page, or anything else that is made anew for each question.
///
/// # Errors
/// It cannot be written as JSON, which would be a defect.
pub fn many<T: Serialize>(found: &T) -> Answer {
    let body = serde_json::to_vec(found).map_err(|_| Refusal::Internal)?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/json"))
        .body(body))
}
