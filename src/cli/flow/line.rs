//! A line of a flow file.

use serde::{Deserialize, Serialize};

use super::body::Body;
use crate::domain::time::Timestamp;

/// What a line does; it decides which body follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// Sets the market's terms.
    Terms,
    /// Adds an accelerator to the reference data.
    Accelerator,
    /// Adds a site to the reference data.
    Site,
    /// Sets an accelerator's reference price.
    Reference,
    /// Registers an organisation.
    Org,
    /// Says that two organisations are related parties.
    Related,
    /// Books money that arrived.
    Deposit,
    /// Opens a voucher programme.
    Programme,
    /// Grants a voucher.
    Grant,
    /// Offers capacity.
    Listing,
    /// Takes a listing back.
    Withdraw,
    /// Bids for capacity.
    Bid,
    /// Takes a bid back.
    Cancel,
    /// Reports usage.
    Usage,
    /// Has the replay report the usage of every lease on behalf of the providers.
    Meter,
    /// Settles reported usage.
    Settle,
}

/// One command. To write, `B` is [`Body`]; to read, it is a JSON value first, then the body that the verb asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line<B = serde_json::Value> {
    /// When it happens; never earlier than the line before.
    pub at: Timestamp,
    /// What it does.
    #[serde(rename = "do")]
    pub verb: Verb,
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
            verb: body.verb(),
            name: None,
            actor: None,
            body,
        }
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
            (read.at, read.verb, read.actor.as_deref()),
            (noon, Verb::Settle, Some("op"))
        );
        let body: Until = serde_json::from_value(read.body).unwrap();
        assert_eq!(body.until, noon);
    }

    #[test]
    fn what_is_not_known_is_not_read() {
        let line = r#"{"at":"2026-12-01T12:00:00Z","do":"settle","body":{},"who":"op"}"#;
        assert!(serde_json::from_str::<Line>(line).is_err());
        let verb = r#"{"at":"2026-12-01T12:00:00Z","do":"guess","body":{}}"#;
        assert!(serde_json::from_str::<Line>(verb).is_err());
    }
}
