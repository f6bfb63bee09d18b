//! Webhooks as the API shows them.

use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use crate::domain::id::{MessageId, UserId, WebhookId};
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use crate::domain::user::Role;
use crate::domain::webhook::{
    Attempt, DisabledFor, EVENT_TYPES, EventType, Message, MessageState, Webhook, WebhookState,
};

/// A webhook, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WebhookView {
    /// The identifier.
    pub id: WebhookId,
    /// Who made it.
    pub maker: UserId,
    /// Where it is told.
    pub url: String,
    /// Of what.
    #[schema(value_type = Vec<String>)]
    pub events: Vec<EventType>,
    /// What it is for.
    pub description: String,
    /// Where it stands.
    pub state: WebhookState,
    /// Why it was disabled: `gone`, it answered 410; `failing`, it took a message at no try.
    pub disabled_for: Option<DisabledFor>,
    /// Since when it stands there.
    pub since: Timestamp,
    /// How many messages wait.
    pub waiting: u64,
    /// From when on it was not told of everything, because too much waited.
    pub missed_since: Option<Timestamp>,
    /// Until when the secret before this one still signs too.
    pub old_secret_until: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A webhook with a new secret, which is shown this once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SecretWebhookView {
    /// The webhook.
    #[serde(flatten)]
    pub webhook: WebhookView,
    /// What signs its messages: `whsec_` and 32 bytes in base 64.
    #[serde(serialize_with = "exposed")]
    #[schema(value_type = String)]
    pub secret: Secret,
}

/// What a webhook is told, and each time that it was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MessageView {
    /// The identifier, also in the header `webhook-id`: whoever gets one twice knows it by this.
    pub id: MessageId,
    /// What of.
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    pub event: EventType,
    /// When that happened.
    pub at: Timestamp,
    /// Where it stands.
    pub state: MessageState,
    /// When it is sent next.
    pub due_at: Option<Timestamp>,
    /// What is sent, to the byte.
    pub body: String,
    /// Each time that it was sent, in order.
    pub attempts: Vec<AttemptView>,
}

/// One time that a message was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AttemptView {
    /// The first one is 1.
    pub number: u32,
    /// When.
    pub at: Timestamp,
    /// The status of the answer; null: there was none.
    pub status: Option<u16>,
    /// Why there was none.
    pub failure: Option<String>,
    /// How long it took, in milliseconds.
    pub millis: u32,
}

/// A message that was queued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct QueuedView {
    /// The message.
    pub message: MessageId,
}

/// Messages that were queued again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReplayedView {
    /// How many.
    pub queued: usize,
    /// Where there are more: ask again with this as `since`.
    pub more_since: Option<Timestamp>,
}

/// Something that webhooks can be told of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct EventTypeView {
    /// Its name.
    #[schema(value_type = String)]
    pub name: &'static str,
    /// What it means.
    #[schema(value_type = String)]
    pub meaning: &'static str,
    /// Whoever wants to be told of it must be one of these.
    pub roles: Vec<Role>,
}

impl WebhookView {
    /// What is shown of a webhook for which so many messages wait.
    pub fn of(webhook: &Webhook, waiting: u64, at: Timestamp) -> WebhookView {
        let old = webhook.old_secret.as_ref().map(|(_, until)| *until);
        WebhookView {
            id: webhook.id,
            maker: webhook.maker,
            url: webhook.url.clone(),
            events: webhook.events.clone(),
            description: webhook.description.clone(),
            state: webhook.state,
            disabled_for: webhook.disabled_for,
            since: webhook.since,
            waiting,
            missed_since: webhook.missed_since,
            old_secret_until: old.filter(|until| *until > at),
            created_at: webhook.created_at,
        }
    }
}

impl MessageView {
    /// What is shown of a message, with those of `attempts` that are its own.
    pub fn of(message: Message, attempts: &[Attempt]) -> MessageView {
        let own = attempts.iter().filter(|attempt| attempt.message == message.id);
        MessageView {
            id: message.id,
            event: message.event,
            at: message.at,
            state: message.state,
            due_at: message.due_at,
            body: message.body,
            attempts: own.map(AttemptView::of).collect(),
        }
    }
}

impl AttemptView {
    fn of(attempt: &Attempt) -> AttemptView {
        AttemptView {
            number: attempt.number,
            at: attempt.at,
            status: attempt.status,
            failure: attempt.failure.clone(),
            millis: attempt.millis,
        }
    }
}

/// The catalogue, in its order.
pub fn event_types() -> Vec<EventTypeView> {
    let view = |entry: &crate::domain::webhook::EventTypeEntry| EventTypeView {
        name: entry.name,
        meaning: entry.meaning,
        roles: entry.roles.to_vec(),
    };
    EVENT_TYPES.iter().map(view).collect()
}

fn exposed<S: Serializer>(secret: &Secret, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose())
}
