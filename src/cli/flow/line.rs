//! A line of a flow file.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::body::Body;
use crate::domain::time::Timestamp;

/// One command. A generated line has a [`Body`]; a line that is read has any JSON, for its verb to judge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line<B = serde_json::Value> {
    /// When it happens; never earlier than the line before.
    pub at: Timestamp,
    /// What it does: one of the verbs of `app::verb`, or `meter`.
    #[serde(rename = "do")]
    pub verb: Cow<'static, str>,
    /// The name of what it makes, for later lines.
    #[serde(rename = "ref", default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The name of the organisation that acts.
    #[serde(rename = "as", default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// The command itself.
    pub body: B,
}

impl Line<Body> {
    /// A line that nobody in particular says and that makes nothing to be named.
    pub fn new(at: Timestamp, body: Body) -> Line<Body> {
        Line {
            at,
            verb: Cow::Borrowed(body.verb()),
            name: None,
            actor: None,
            body,
        }
    }

    /// The same as it is read from a file.
    ///
    /// # Errors
    /// The body cannot be written as JSON.
    pub fn written(self) -> Result<Line, serde_json::Error> {
        Ok(Line {
            at: self.at,
            verb: self.verb,
            name: self.name,
            actor: self.actor,
            body: serde_json::to_value(self.body)?,
        })
    }

    /// The same, naming what it makes.
    pub fn named(self, name: impl Into<String>) -> Line<Body> {
        Line {
            name: Some(name.into()),
            ..self
        }
    }

    /// The same, said by `actor`.
    pub fn said_by(self, actor: impl Into<String>) -> Line<Body> {
        Line {
            actor: Some(actor.into()),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::body::Until;
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let noon: Timestamp = "2026-12-01T12:00:00Z".parse().unwrap();
        let line = Line::new(noon, Body::Settle(Until { until: noon })).said_by("op");
        let text = serde_json::to_string(&line).unwrap();
        assert_eq!(
            text,
            r#"{"at":"2026-12-01T12:00:00Z","do":"settle","as":"op","body":{"until":"2026-12-01T12:00:00Z"}}"#
        );
        let read: Line = serde_json::from_str(&text).unwrap();
        assert_eq!(
            (read.at, &*read.verb, read.actor.as_deref()),
            (noon, "settle", Some("op"))
        );
        let body: Until = serde_json::from_value(read.body).unwrap();
        assert_eq!(body.until, noon);
    }

    #[test]
    fn what_is_not_known_is_not_read() {
        let line = r#"{"at":"2026-12-01T12:00:00Z","do":"settle","body":{},"who":"op"}"#;
        assert!(serde_json::from_str::<Line>(line).is_err());
    }
}
