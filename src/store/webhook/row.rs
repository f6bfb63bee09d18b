//! The rows of webhooks and of the outbox.

use crate::domain::id::{MessageId, OrgId, UserId, WebhookId};
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use crate::domain::webhook::{Attempt, DisabledFor, EventType, Message, Webhook};
use crate::store::column::{Named, row};
use crate::store::load::{Corrupt, narrow};

row! {
    /// A webhook.
    pub struct WebhookRow in webhook by (id) {
        /// The identifier.
        pub id: i64,
        /// Whose it is.
        pub org: i64,
        /// Who made it.
        pub app_user: i64,
        /// Where it is told.
        pub url: String,
        /// Of what, separated by commas.
        pub events: String,
        /// What it is for.
        pub description: String,
        /// Where it stands.
        pub state: String,
        /// Why it was disabled.
        pub disabled_for: Option<String>,
        /// Since when it stands there, in microseconds.
        pub since: i64,
        /// From when on it was not told of everything, in microseconds.
        pub missed_since: Option<i64>,
        /// What signs its messages.
        pub secret: String,
        /// What signed them before.
        pub old_secret: Option<String>,
        /// Until when that still does, in microseconds.
        pub old_secret_until: Option<i64>,
        /// When it was made, in microseconds.
        pub created_at: i64,
    }
}

row! {
    /// A message.
    pub struct MessageRow in webhook_message by (id) changing (state, attempts, tries, due_at) {
        /// The identifier.
        pub id: i64,
        /// Which webhook is told.
        pub webhook: i64,
        /// What of.
        pub event: String,
        /// When that happened, in microseconds.
        pub at: i64,
        /// What is sent.
        pub body: String,
        /// Where it stands.
        pub state: String,
        /// How often it was sent.
        pub attempts: i64,
        /// How often since somebody asked for it last.
        pub tries: i64,
        /// When it is to be sent, in microseconds.
        pub due_at: Option<i64>,
    }
}

row! {
    /// One time that a message was sent.
    pub struct AttemptRow in webhook_attempt by (message, number) {
        /// The message.
        pub message: i64,
        /// Its place among the message's.
        pub number: i64,
        /// When it was recorded, in microseconds.
        pub at: i64,
        /// The status of the answer.
        pub status: Option<i64>,
        /// Why there was none.
        pub failure: Option<String>,
        /// How long it took, in milliseconds.
        pub millis: i64,
    }
}

impl From<&Webhook> for WebhookRow {
    fn from(webhook: &Webhook) -> WebhookRow {
        let events: Vec<&str> = webhook.events.iter().map(|event| event.name()).collect();
        let (old_secret, old_secret_until) = webhook
            .old_secret
            .as_ref()
            .map(|(secret, until)| (secret.expose().to_owned(), until.micros()))
            .unzip();
        WebhookRow {
            id: webhook.id.0.cast_signed(),
            org: webhook.org.0.cast_signed(),
            app_user: webhook.maker.0.cast_signed(),
            url: webhook.url.clone(),
            events: events.join(","),
            description: webhook.description.clone(),
            state: Named(webhook.state).word().to_owned(),
            disabled_for: webhook.disabled_for.map(|reason| Named(reason).word().to_owned()),
            since: webhook.since.micros(),
            missed_since: webhook.missed_since.map(Timestamp::micros),
            secret: webhook.secret.expose().to_owned(),
            old_secret,
            old_secret_until,
            created_at: webhook.created_at.micros(),
        }
    }
}

impl TryFrom<WebhookRow> for Webhook {
    type Error = Corrupt;

    fn try_from(row: WebhookRow) -> Result<Webhook, Corrupt> {
        let reason = |word: String| match Named::<DisabledFor>::parse(&word) {
            Ok(Named(reason)) => Ok(reason),
            Err(_) => Err(Corrupt::new("webhook.disabled_for", &word)),
        };
        let words = row.events.split(',').filter(|word| !word.is_empty());
        let old_secret = row.old_secret.zip(row.old_secret_until);
        Ok(Webhook {
            id: WebhookId(row.id.cast_unsigned()),
            org: OrgId(row.org.cast_unsigned()),
            maker: UserId(row.app_user.cast_unsigned()),
            url: row.url,
            events: words
                .map(|word| event("webhook.events", word))
                .collect::<Result<_, _>>()?,
            description: row.description,
            state: named("webhook.state", &row.state)?,
            disabled_for: row.disabled_for.map(reason).transpose()?,
            since: Timestamp::from_micros(row.since),
            missed_since: row.missed_since.map(Timestamp::from_micros),
            secret: Secret::new(row.secret),
            old_secret: old_secret.map(|(secret, until)| (Secret::new(secret), Timestamp::from_micros(until))),
            created_at: Timestamp::from_micros(row.created_at),
        })
    }
}

impl From<&Message> for MessageRow {
    fn from(message: &Message) -> MessageRow {
        MessageRow {
            id: message.id.0.cast_signed(),
            webhook: message.webhook.0.cast_signed(),
            event: message.event.name().to_owned(),
            at: message.at.micros(),
            body: message.body.clone(),
            state: Named(message.state).word().to_owned(),
            attempts: i64::from(message.attempts),
            tries: i64::from(message.tries),
            due_at: message.due_at.map(Timestamp::micros),
        }
    }
}

impl TryFrom<MessageRow> for Message {
    type Error = Corrupt;

    fn try_from(row: MessageRow) -> Result<Message, Corrupt> {
        Ok(Message {
            id: MessageId(row.id.cast_unsigned()),
            webhook: WebhookId(row.webhook.cast_unsigned()),
            event: event("webhook_message.event", &row.event)?,
            at: Timestamp::from_micros(row.at),
            body: row.body,
            state: named("webhook_message.state", &row.state)?,
            attempts: narrow("webhook_message.attempts", row.attempts)?,
            tries: narrow("webhook_message.tries", row.tries)?,
            due_at: row.due_at.map(Timestamp::from_micros),
        })
    }
}

impl From<&Attempt> for AttemptRow {
    fn from(attempt: &Attempt) -> AttemptRow {
        AttemptRow {
            message: attempt.message.0.cast_signed(),
            number: i64::from(attempt.number),
            at: attempt.at.micros(),
            status: attempt.status.map(i64::from),
            failure: attempt.failure.clone(),
            millis: i64::from(attempt.millis),
        }
    }
}

impl TryFrom<AttemptRow> for Attempt {
    type Error = Corrupt;

    fn try_from(row: AttemptRow) -> Result<Attempt, Corrupt> {
        let status = row.status.map(|status| narrow("webhook_attempt.status", status));
        Ok(Attempt {
            message: MessageId(row.message.cast_unsigned()),
            number: narrow("webhook_attempt.number", row.number)?,
            at: Timestamp::from_micros(row.at),
            status: status.transpose()?,
            failure: row.failure,
            millis: narrow("webhook_attempt.millis", row.millis)?,
        })
    }
}

fn named<E: serde::de::DeserializeOwned + serde::Serialize>(column: &'static str, word: &str) -> Result<E, Corrupt> {
    match Named::<E>::parse(word) {
        Ok(Named(value)) => Ok(value),
        Err(_) => Err(Corrupt::new(column, word)),
    }
}

fn event(column: &'static str, word: &str) -> Result<EventType, Corrupt> {
    word.parse().map_err(|_| Corrupt::new(column, word))
}
