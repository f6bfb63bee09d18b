//! Parameters of the path and the query, and headers that carry meaning.

use std::future::{Ready, ready};
use std::str::FromStr;

use actix_web::dev::Payload;
use actix_web::http::header::{HeaderName, IF_MATCH, IF_NONE_MATCH};
use actix_web::{FromRequest, HttpRequest};
use serde::de::DeserializeOwned;

use super::problem::Refusal;
use crate::engine::rejection::FieldRule;

/// The query, read into `T`; a parameter that `T` does not know is refused.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = Refusal;
    type Future = Ready<Result<Query<T>, Refusal>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read_query(request.query_string()).map(Query))
    }
}

/// Reads a query; what is wrong with it names the parameter.
fn read_query<T: DeserializeOwned>(text: &str) -> Result<T, Refusal> {
    let pairs = serde_urlencoded::Deserializer::new(form_urlencoded::parse(text.as_bytes()));
    serde_path_to_error::deserialize(pairs).map_err(|error| {
        let (place, reason) = (error.path().to_string(), error.inner().to_string());
        let named = |start: &str| reason.strip_prefix(start).and_then(|rest| rest.split_once('`'));
        if let Some((name, rest)) = named("unknown field `") {
            Refusal::parameter(name, FieldRule::Unknown, format!("is no parameter here{rest}"))
        } else if let Some((name, _)) = named("duplicate field `") {
            Refusal::parameter(name, FieldRule::Duplicate, "is given twice")
        } else {
            Refusal::parameter(&place, FieldRule::Malformed, reason)
        }
    })
}

/// The identifier in the path, the first where there are more; what is no identifier of the right kind is nowhere.
#[derive(Debug)]
pub struct Id<T>(pub T);

impl<T: FromStr> FromRequest for Id<T> {
    type Error = Refusal;
    type Future = Ready<Result<Id<T>, Refusal>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let found = request
            .match_info()
            .iter()
            .next()
            .and_then(|(_, text)| text.parse().ok());
        ready(found.map(Id).ok_or(Refusal::NotFound))
    }
}

/// The two identifiers in the path, in their order; where one of them is none of its kind there is nothing.
#[derive(Debug)]
pub struct Ids<A, B>(pub A, pub B);

impl<A: FromStr, B: FromStr> FromRequest for Ids<A, B> {
    type Error = Refusal;
    type Future = Ready<Result<Ids<A, B>, Refusal>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let mut parts = request.match_info().iter().map(|(_, text)| text);
        let found = parts.next().and_then(|text| text.parse().ok());
        let found = found.zip(parts.next().and_then(|text| text.parse().ok()));
        ready(found.map(|(one, other)| Ids(one, other)).ok_or(Refusal::NotFound))
    }
}

/// The header `Idempotency-Key`.
#[derive(Debug)]
pub struct Key(pub String);

impl FromRequest for Key {
    type Error = Refusal;
    type Future = Ready<Result<Key, Refusal>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let name = HeaderName::from_static("idempotency-key");
        let found = request.headers().get(name).and_then(|value| value.to_str().ok());
        let visible = |key: &&str| {
            (1..=255).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ')
        };
        let key = found.filter(visible).map(|key| Key(key.to_owned()));
        ready(key.ok_or(Refusal::KeyMissing))
    }
}

/// The header `If-Match`: one entity tag, which must be a version.
#[derive(Debug)]
pub struct IfMatch<T>(pub T);

impl<T: FromStr> FromRequest for IfMatch<T> {
    type Error = Refusal;
    type Future = Ready<Result<IfMatch<T>, Refusal>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(found) = request.headers().get(IF_MATCH) else {
            return ready(Err(Refusal::IfMatchMissing));
        };
        let tag = found.to_str().ok().map(|text| text.trim().trim_matches('"'));
        let version = tag.and_then(|tag| tag.parse().ok()).map(IfMatch);
        let malformed = || {
            Refusal::parameter(
                "If-Match",
                FieldRule::Malformed,
                "must be the ETag of what is to be changed",
            )
        };
        ready(version.ok_or_else(malformed))
    }
}

/// Whether the caller has the entity with this tag already (`If-None-Match`).
pub fn is_known(request: &HttpRequest, tag: &str) -> bool {
    let found = request
        .headers()
        .get(IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok());
    found.is_some_and(|tags| {
        tags.split(',')
            .map(|known| known.trim().trim_start_matches("W/"))
            .any(|known| known == "*" || known.trim_matches('"') == tag)
    })
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Two {
        #[expect(dead_code, reason = "only whether it can be read is looked at")]
        limit: Option<u32>,
        #[expect(dead_code, reason = "only whether it can be read is looked at")]
        state: Option<String>,
    }

    #[test]
    fn what_is_wrong_with_a_query_names_the_parameter() {
        for (query, pointer, detail) in [
            (
                "limit=1&colour=red",
                "/colour",
                "is no parameter here, expected `limit` or `state`",
            ),
            ("limit=many", "/limit", "invalid digit found in string"),
            ("limit=1&limit=2", "/limit", "is given twice"),
        ] {
            let Err(Refusal::Parameter(errors)) = read_query::<Two>(query) else {
                panic!("{query} was read");
            };
            assert_eq!(
                (errors[0].pointer.as_str(), errors[0].detail.as_str()),
                (pointer, detail),
                "{query}"
            );
        }
        assert!(read_query::<Two>("limit=5&state=open").is_ok());
    }
}
