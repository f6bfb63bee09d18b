//! What the owner of a webhook can do, and what becomes of its messages.

use serde_json::json;

use super::error::WebhookError;
use super::post::Sent;
use super::state::{Hooks, WAITING_MAX, body};
use crate::app::permission::{Caller, Reach};
use crate::domain::id::{MessageId, WebhookId};
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use crate::domain::user::Role;
use crate::domain::version::Version;
use crate::domain::webhook::{
    Attempt, DisabledFor, EVENT_TYPES, EventType, Message, MessageState, OLD_SECRET_HOURS, Webhook, WebhookState,
    back_off,
};
use crate::engine::Rejection;
use crate::engine::rejection::{FieldErrors, FieldRule, require_version};

/// Most webhooks of an organisation.
pub const WEBHOOKS_OF_ORG_MAX: usize = 20;
/// Longest description, in characters.
pub const DESCRIPTION_CHARS_MAX: usize = 200;

/// What is said of a new webhook. The URL was looked at before.
#[derive(Debug, Clone)]
pub struct NewWebhook {
    /// Where it is told.
    pub url: String,
    /// Of what.
    pub events: Vec<EventType>,
    /// What it is for.
    pub description: String,
    /// What shall sign its messages.
    pub secret: Secret,
}

/// What of a webhook is changed; what is none stays.
#[derive(Debug, Clone)]
pub struct WebhookChange {
    /// Where it is told.
    pub url: Option<String>,
    /// Of what.
    pub events: Option<Vec<EventType>>,
    /// What it is for.
    pub description: Option<String>,
    /// The version that was seen.
    pub if_match: Version,
}

/// Where a webhook's line of messages stands after one was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// The next message is to be looked for now.
    Now,
    /// The same message is due again then.
    Later(Timestamp),
    /// Nothing is to be sent until the owner says so.
    Stop,
}

impl Hooks {
    /// Makes a webhook for the maker's organisation.
    ///
    /// # Errors
    /// Fields break rules, or the organisation has too many.
    pub fn make(&mut self, maker: &Caller, new: NewWebhook, at: Timestamp) -> Result<Webhook, WebhookError> {
        let mut errors = FieldErrors::default();
        let events = self.check(&mut errors, maker, &new.events);
        check_description(&mut errors, &new.description);
        let count = || self.of.get(&maker.org).into_iter().flatten();
        // A request that is sent again must not make a second one: everything would be told twice.
        errors.require(
            !self.is_taken(maker, &new.url, None),
            "/url",
            FieldRule::Taken,
            "is that of another webhook of the organisation",
        );
        errors.check()?;
        if count().count() >= WEBHOOKS_OF_ORG_MAX {
            return Err(Rejection::Limit("an organisation has at most 20 webhooks; delete one first").into());
        }
        self.given.webhook += 1;
        let webhook = Webhook {
            id: WebhookId(self.given.webhook),
            org: maker.org,
            maker: maker.user,
            url: new.url,
            events,
            description: new.description,
            state: WebhookState::Active,
            disabled_for: None,
            since: at,
            missed_since: None,
            secret: new.secret,
            old_secret: None,
            created_at: at,
        };
        self.put(webhook.clone());
        Ok(webhook)
    }

    /// Changes where a webhook is told, of what, or what it is for.
    ///
    /// # Errors
    /// There is none, it has changed since it was seen, or fields break rules.
    pub fn change(
        &mut self,
        (caller, reach): (&Caller, Reach),
        id: WebhookId,
        change: WebhookChange,
    ) -> Result<Webhook, WebhookError> {
        let mut webhook = self.find(id, reach)?.clone();
        require_version(Some(change.if_match), || webhook.version())?;
        let mut errors = FieldErrors::default();
        if let Some(url) = change.url {
            errors.require(
                !self.is_taken(caller, &url, Some(id)),
                "/url",
                FieldRule::Taken,
                "is that of another webhook of the organisation",
            );
            webhook.url = url;
        }
        if let Some(events) = change.events {
            webhook.events = self.check(&mut errors, caller, &events);
        }
        if let Some(description) = change.description {
            check_description(&mut errors, &description);
            webhook.description = description;
        }
        errors.check()?;
        self.put(webhook.clone());
        Ok(webhook)
    }

    /// Puts another secret into force; the old one signs beside it for a day.
    ///
    /// # Errors
    /// There is no such webhook.
    pub fn rotate(
        &mut self,
        reach: Reach,
        id: WebhookId,
        secret: Secret,
        at: Timestamp,
    ) -> Result<Webhook, WebhookError> {
        let mut webhook = self.find(id, reach)?.clone();
        let old = std::mem::replace(&mut webhook.secret, secret);
        webhook.old_secret = Some((old, at.plus_hours(OLD_SECRET_HOURS)));
        self.put(webhook.clone());
        Ok(webhook)
    }

    /// Makes a webhook active again, and its first message, which may wait for another try, due at once.
    ///
    /// # Errors
    /// There is no such webhook.
    pub fn resume(
        &mut self,
        reach: Reach,
        id: WebhookId,
        first: Option<Message>,
        at: Timestamp,
    ) -> Result<Webhook, WebhookError> {
        let webhook = self.set(reach, id, WebhookState::Active, at)?;
        if let Some(mut message) = first.filter(|message| message.webhook == id && message.due_at.is_some()) {
            (message.tries, message.due_at) = (0, Some(at));
            self.put_message(&message, true);
        }
        Ok(webhook)
    }

    /// Makes a webhook active again, pauses or deletes it. A second time changes nothing.
    ///
    /// # Errors
    /// There is no such webhook.
    pub fn set(
        &mut self,
        reach: Reach,
        id: WebhookId,
        state: WebhookState,
        at: Timestamp,
    ) -> Result<Webhook, WebhookError> {
        let mut webhook = self.find(id, reach)?.clone();
        if webhook.state == state {
            return Ok(webhook);
        }
        (webhook.state, webhook.since, webhook.disabled_for) = (state, at, None);
        match state {
            WebhookState::Active => webhook.missed_since = None,
            WebhookState::Deleted => (webhook.secret, webhook.old_secret) = (Secret::new(""), None),
            WebhookState::Paused | WebhookState::Disabled => {}
        }
        self.put(webhook.clone());
        Ok(webhook)
    }

    /// Queues a message that says nothing but that it came.
    ///
    /// # Errors
    /// There is no such webhook, or too much waits for it.
    pub fn ping(&mut self, reach: Reach, id: WebhookId, at: Timestamp) -> Result<MessageId, WebhookError> {
        let id = self.find(id, reach)?.id;
        let body = body(EventType::Ping, at, json!({"id": id, "kind": "ping"}));
        let queued = self.queue((id, EventType::Ping), &body, at);
        queued.ok_or_else(too_much)
    }

    /// Queues messages again that were delivered or given up, and says how many.
    ///
    /// # Errors
    /// There is no such webhook, or too much waits for it.
    pub fn replay(
        &mut self,
        reach: Reach,
        id: WebhookId,
        messages: Vec<Message>,
        at: Timestamp,
    ) -> Result<usize, WebhookError> {
        let id = self.find(id, reach)?.id;
        let own = messages
            .into_iter()
            .filter(|message| message.webhook == id && message.due_at.is_none());
        let own: Vec<Message> = own.collect();
        let more = u64::try_from(own.len()).unwrap_or(u64::MAX);
        if self.waiting(id).saturating_add(more) > WAITING_MAX {
            return Err(too_much());
        }
        let count = own.len();
        for message in own {
            let again = Message {
                state: MessageState::Pending,
                tries: 0,
                due_at: Some(at),
                ..message
            };
            self.put_message(&again, false);
        }
        Ok(count)
    }

    /// Notes that a message was sent, and what came of it. `jitter` spreads the next try.
    pub fn record(&mut self, message: Message, sent: Sent, jitter: u8, at: Timestamp) -> Next {
        let Message { id, webhook, .. } = message;
        let mut message = message;
        message.attempts = message.attempts.saturating_add(1);
        message.tries = message.tries.saturating_add(1);
        let (status, failure) = match sent.answer {
            Ok(status) => (Some(status), None),
            Err(failure) => (None, Some(failure)),
        };
        self.put_attempt(&Attempt {
            message: id,
            number: message.attempts,
            at,
            status,
            failure,
            millis: sent.millis,
        });
        let again = back_off(message.tries, jitter).map(|seconds| at.plus_seconds(seconds));
        let (state, due_at, next) = match (status, again) {
            (Some(200..=299), _) => (MessageState::Delivered, None, Next::Now),
            // The receiver says that it wants no more of this, ever.
            (Some(410), _) => (MessageState::Dead, None, self.disable(webhook, DisabledFor::Gone, at)),
            (_, Some(due)) => (MessageState::Pending, Some(due), Next::Later(due)),
            (_, None) => (
                MessageState::Dead,
                None,
                self.disable(webhook, DisabledFor::Failing, at),
            ),
        };
        (message.state, message.due_at) = (state, due_at);
        self.put_message(&message, true);
        next
    }

    fn disable(&mut self, id: WebhookId, reason: DisabledFor, at: Timestamp) -> Next {
        if let Some(mut webhook) = self.hooks.get(&id).cloned() {
            tracing::warn!(webhook = %id, org = %webhook.org, ?reason, "a webhook is disabled");
            metrics::counter!("webhooks_disabled_total").increment(1);
            (webhook.state, webhook.disabled_for, webhook.since) = (WebhookState::Disabled, Some(reason), at);
            self.put(webhook);
        }
        Next::Stop
    }

    /// The events as they are kept, with what is wrong with them.
    fn check(&self, errors: &mut FieldErrors, caller: &Caller, wanted: &[EventType]) -> Vec<EventType> {
        let mut events = wanted.to_vec();
        events.sort_unstable();
        events.dedup();
        errors.require(
            !events.is_empty(),
            "/events",
            FieldRule::Empty,
            "must name at least one type",
        );
        errors.require(
            wanted.len() <= EVENT_TYPES.len(),
            "/events",
            FieldRule::TooMany,
            "must name each type once at most",
        );
        let may = |event: &EventType| event.roles().iter().any(|role: &Role| caller.roles.contains(role));
        errors.require(
            events.iter().all(may),
            "/events",
            FieldRule::NotEligible,
            "must be types that one of your roles is told of",
        );
        events
    }

    fn is_taken(&self, caller: &Caller, url: &str, but: Option<WebhookId>) -> bool {
        let mut own = self.of.get(&caller.org).into_iter().flatten();
        own.any(|id| Some(*id) != but && self.hooks.get(id).is_some_and(|webhook| webhook.url == url))
    }
}

fn check_description(errors: &mut FieldErrors, text: &str) {
    errors.require(
        text.chars().count() <= DESCRIPTION_CHARS_MAX && !text.chars().any(char::is_control),
        "/description",
        FieldRule::TooMany,
        "must have at most 200 characters, on one line",
    );
}

fn too_much() -> WebhookError {
    Rejection::Limit("at most 100000 messages of a webhook wait; let it take some first").into()
}
