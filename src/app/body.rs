//! Reading bodies: JSON in, a value or a rejection that names the field out.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::domain::time::{Hour, Timestamp};
use crate::engine::Rejection;
use crate::engine::rejection::{FieldErrors, FieldRule, invalid};

/// Reads a body into its type.
pub fn parse<T: DeserializeOwned>(body: Value) -> Result<T, Rejection> {
    serde_path_to_error::deserialize(body).map_err(|error| {
        let pointer = pointer(error.path());
        invalid(&pointer, FieldRule::Malformed, error.into_inner().to_string())
    })
}

/// Takes one field out of a body: the thing that a path names elsewhere.
pub fn part<T: DeserializeOwned>(body: &mut Value, name: &str) -> Result<T, Rejection> {
    let found = body.as_object_mut().and_then(|fields| fields.remove(name));
    let pointer = format!("/{name}");
    let found = found.ok_or_else(|| invalid(&pointer, FieldRule::Empty, "is needed"))?;
    serde_json::from_value(found).map_err(|error| invalid(&pointer, FieldRule::Malformed, error.to_string()))
}

/// A body of which nothing is left to be said.
pub fn nothing_else(body: Value) -> Result<(), Rejection> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Nothing {}
    parse(body).map(|Nothing {}| ())
}

/// A path as a JSON pointer (RFC 6901).
pub fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut pointer = String::new();
    for segment in path {
        let name = match segment {
            Segment::Seq { index } => index.to_string(),
            Segment::Map { key } => escaped(key),
            Segment::Enum { variant } => variant.clone(),
            Segment::Unknown => continue,
        };
        pointer.push('/');
        pointer.push_str(&name);
    }
    pointer
}

/// A name as a part of a JSON pointer (RFC 6901).
pub fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// The whole hour of a field.
pub fn hour(errors: &mut FieldErrors, pointer: &str, at: Timestamp) -> Hour {
    at.hour_exact().unwrap_or_else(|unaligned| {
        errors.add(pointer, FieldRule::Unaligned, unaligned.to_string());
        at.hour_floor()
    })
}
