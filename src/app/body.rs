//! Reading bodies: JSON in, a value or a rejection that names the field out.

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

/// A path as a JSON pointer (RFC 6901).
fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut pointer = String::new();
    for segment in path {
        let name = match segment {
            Segment::Seq { index } => index.to_string(),
            Segment::Map { key } => key.replace('~', "~0").replace('/', "~1"),
            Segment::Enum { variant } => variant.clone(),
            Segment::Unknown => continue,
        };
        pointer.push('/');
        pointer.push_str(&name);
    }
    pointer
}

/// The whole hour of a field.
pub fn hour(errors: &mut FieldErrors, pointer: &str, at: Timestamp) -> Hour {
    at.hour_exact().unwrap_or_else(|unaligned| {
        errors.add(pointer, FieldRule::Unaligned, unaligned.to_string());
        at.hour_floor()
    })
}
