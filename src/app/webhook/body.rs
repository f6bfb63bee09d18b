//! What is said of webhooks.

use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::app::body;
use crate::domain::id::MessageId;
use crate::domain::time::Timestamp;
use crate::domain::webhook::EventType;
use crate::engine::Rejection;
use crate::engine::rejection::{FieldRule, invalid};

/// The body of `POST /v1/webhooks`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookBody {
    /// Where it is told: https, to a public address.
    pub url: String,
    /// Of what: types of `GET /v1/webhook-event-types`.
    #[schema(value_type = Vec<String>)]
    pub events: Vec<EventType>,
    /// What it is for; at most 200 characters.
    #[serde(default)]
    pub description: String,
}

/// The body of `PATCH /v1/webhooks/{id}`; what is left out stays.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookChangeBody {
    /// Where it is told.
    #[serde(default)]
    pub url: Option<String>,
    /// Of what.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    pub events: Option<Vec<EventType>>,
    /// What it is for.
    #[serde(default)]
    pub description: Option<String>,
}

/// The body of `POST /v1/webhooks/{id}/replay`: one of the two.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplayBody {
    /// Everything that happened since then and was delivered or given up.
    #[serde(default)]
    pub since: Option<Timestamp>,
    /// One message.
    #[serde(default)]
    pub message: Option<MessageId>,
}

/// Which messages are to be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replay {
    /// Those since then.
    Since(Timestamp),
    /// One.
    Message(MessageId),
}

/// Reads a body of a new webhook.
///
/// # Errors
/// It breaks rules.
pub fn new(body: Value) -> Result<WebhookBody, Rejection> {
    body::parse(body)
}

/// Reads a change.
///
/// # Errors
/// It breaks rules.
pub fn change(body: Value) -> Result<WebhookChangeBody, Rejection> {
    body::parse(body)
}

/// Reads which messages are to be sent again.
///
/// # Errors
/// It breaks rules.
pub fn replay(body: Value) -> Result<Replay, Rejection> {
    match body::parse(body)? {
        ReplayBody {
            since: Some(since),
            message: None,
        } => Ok(Replay::Since(since)),
        ReplayBody {
            since: None,
            message: Some(message),
        } => Ok(Replay::Message(message)),
        ReplayBody { since: None, .. } => Err(invalid("/since", FieldRule::Empty, "or message is needed")),
        ReplayBody { since: Some(_), .. } => {
            Err(invalid("/message", FieldRule::Contradicts, "one of since and message"))
        }
    }
}
