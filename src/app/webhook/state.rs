//! The state machine: which webhooks there are, what they are to be told, and what it wants written. Like the engine it is pure,
//! time is an argument, and the sequencer's thread is the only one that changes it. What waits is counted here; the messages
//! themselves are in the database only.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;
use serde_json::{Value, json};

use super::error::WebhookError;
use super::payload;
use crate::app::permission::Reach;
use crate::domain::id::{MessageId, OrgId, WebhookId};
use crate::domain::time::Timestamp;
use crate::domain::webhook::{Attempt, EventType, Message, MessageState, Webhook, WebhookState};
use crate::engine::{Event, State};
use crate::store::Batch;
use crate::store::counter::CounterRow;
use crate::store::webhook::{AttemptRow, MessageRow, WebhookRow};

/// Most messages of one webhook that wait. What happens then is not told, and the webhook says since when.
pub const WAITING_MAX: u64 = 100_000;

/// Names of the counters.
const LAST_WEBHOOK: &str = "webhook";
const LAST_MESSAGE: &str = "webhook_message";
const LAST_CHANGE: &str = "webhook_change";

/// The last numbers given to webhooks, messages and changes. They are never given again, even after their rows are gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HooksGiven {
    /// Of a webhook.
    pub webhook: u64,
    /// Of a message.
    pub message: u64,
    /// Of a change that was written: tells after a commit of unknown outcome whether it is there.
    pub change: u64,
}

impl HooksGiven {
    /// Picks them out of all counters.
    pub fn of(counters: &[CounterRow]) -> HooksGiven {
        let find = |name: &str| {
            let found = counters.iter().find(|row| row.name == name);
            found.map_or(0, |row| row.value.cast_unsigned())
        };
        HooksGiven {
            webhook: find(LAST_WEBHOOK),
            message: find(LAST_MESSAGE),
            change: find(LAST_CHANGE),
        }
    }
}

/// Rows to write.
#[derive(Debug, Default)]
struct Changes {
    webhooks: Vec<WebhookRow>,
    messages: Vec<MessageRow>,
    attempts: Vec<AttemptRow>,
}

/// Everything that is known of webhooks.
#[derive(Debug, Default)]
pub struct Hooks {
    /// Those that were not deleted.
    pub(super) hooks: BTreeMap<WebhookId, Webhook>,
    /// The same by organisation.
    pub(super) of: FxHashMap<OrgId, BTreeSet<WebhookId>>,
    /// How many messages of each wait.
    pub(super) waiting: FxHashMap<WebhookId, u64>,
    pub(super) given: HooksGiven,
    changes: Changes,
}

impl Hooks {
    /// As the tables hold it: each webhook with how many messages wait.
    pub fn load(found: impl IntoIterator<Item = (Webhook, u64)>, given: HooksGiven) -> Hooks {
        let mut hooks = Hooks {
            given,
            ..Hooks::default()
        };
        for (webhook, waiting) in found {
            hooks.waiting.insert(webhook.id, waiting);
            hooks.add(webhook);
        }
        hooks
    }

    /// Whether nobody wants to be told of anything.
    pub fn is_empty(&self) -> bool {
        self.hooks.is_empty()
    }

    /// The last numbers given.
    pub fn given(&self) -> HooksGiven {
        self.given
    }

    /// A webhook within reach.
    ///
    /// # Errors
    /// There is none, or it is another organisation's.
    pub fn find(&self, id: WebhookId, reach: Reach) -> Result<&Webhook, WebhookError> {
        let found = self.hooks.get(&id).filter(|webhook| reach.covers(webhook.org));
        found.ok_or(WebhookError::NotFound)
    }

    /// The webhooks within reach, the oldest first.
    pub fn within(&self, reach: Reach) -> impl Iterator<Item = &Webhook> {
        self.hooks.values().filter(move |webhook| reach.covers(webhook.org))
    }

    /// How many messages of a webhook wait.
    pub fn waiting(&self, id: WebhookId) -> u64 {
        self.waiting.get(&id).copied().unwrap_or(0)
    }

    /// Queues what the events of a command mean for those who want to be told, given the state after it and the journal leaf of its
    /// first event. Gives the webhooks that are to be told something.
    pub fn follow(
        &mut self,
        state: &State,
        (events, first_leaf): (&[Event], i64),
        at: Timestamp,
    ) -> BTreeSet<WebhookId> {
        let mut told = BTreeSet::new();
        for (seq, event) in (first_leaf..).zip(events) {
            let mut say = |org: OrgId, kind: EventType, data: &dyn Fn() -> Value| {
                let wanted = self.wanting(org, kind);
                if wanted.is_empty() {
                    return;
                }
                let mut data = data();
                if let Some(fields) = data.as_object_mut() {
                    fields.insert("kind".to_owned(), json!(event.kind()));
                    fields.insert("seq".to_owned(), json!(seq));
                }
                let body = body(kind, at, data);
                for id in wanted {
                    told.extend(self.queue((id, kind), &body, at).map(|_| id));
                }
            };
            payload::tell(state, event, &mut say);
        }
        told
    }

    /// The webhooks of an organisation that want to be told of something.
    fn wanting(&self, org: OrgId, kind: EventType) -> Vec<WebhookId> {
        let own = self.of.get(&org).into_iter().flatten();
        let wants = |id: &&WebhookId| {
            let found = self.hooks.get(id);
            found.is_some_and(|webhook| webhook.events.contains(&kind))
        };
        own.filter(wants).copied().collect()
    }

    /// Queues a message. None where too much waits already.
    pub(super) fn queue(
        &mut self,
        (webhook, event): (WebhookId, EventType),
        body: &str,
        at: Timestamp,
    ) -> Option<MessageId> {
        let waiting = self.waiting.entry(webhook).or_default();
        if *waiting >= WAITING_MAX {
            let told = self
                .hooks
                .get(&webhook)
                .filter(|webhook| webhook.missed_since.is_none());
            if let Some(mut full) = told.cloned() {
                tracing::warn!(%webhook, "too much waits for a webhook: it is not told of everything any more");
                full.missed_since = Some(at);
                self.put(full);
            }
            return None;
        }
        *waiting += 1;
        self.given.message += 1;
        let message = Message {
            id: MessageId(self.given.message),
            webhook,
            event,
            at,
            body: body.to_owned(),
            state: MessageState::Pending,
            attempts: 0,
            tries: 0,
            due_at: Some(at),
        };
        self.changes.messages.push(MessageRow::from(&message));
        Some(message.id)
    }

    /// Writes where a message stands now, which stood elsewhere before.
    pub(super) fn put_message(&mut self, message: &Message, was_pending: bool) {
        let waiting = self.waiting.entry(message.webhook).or_default();
        match (was_pending, message.due_at.is_some()) {
            (true, false) => *waiting = waiting.saturating_sub(1),
            (false, true) => *waiting += 1,
            (true, true) | (false, false) => {}
        }
        self.changes.messages.push(MessageRow::from(message));
    }

    pub(super) fn put_attempt(&mut self, attempt: &Attempt) {
        self.changes.attempts.push(AttemptRow::from(attempt));
    }

    pub(super) fn put(&mut self, webhook: Webhook) {
        self.changes.webhooks.push(WebhookRow::from(&webhook));
        match webhook.state {
            WebhookState::Active | WebhookState::Paused | WebhookState::Disabled => self.add(webhook),
            WebhookState::Deleted => self.forget(&webhook),
        }
    }

    /// Moves the rows to write into a batch.
    pub fn drain_into(&mut self, batch: &mut Batch) {
        let Changes {
            webhooks,
            messages,
            attempts,
        } = std::mem::take(&mut self.changes);
        if webhooks.is_empty() && messages.is_empty() && attempts.is_empty() {
            return;
        }
        batch.webhooks.extend(webhooks);
        batch.webhook_messages.extend(messages);
        batch.webhook_attempts.extend(attempts);
        self.given.change += 1;
        let given = [
            (LAST_WEBHOOK, self.given.webhook),
            (LAST_MESSAGE, self.given.message),
            (LAST_CHANGE, self.given.change),
        ];
        batch.counters.extend(given.map(|(name, value)| CounterRow {
            name: name.to_owned(),
            value: value.cast_signed(),
        }));
    }

    fn add(&mut self, webhook: Webhook) {
        self.of.entry(webhook.org).or_default().insert(webhook.id);
        self.hooks.insert(webhook.id, webhook);
    }

    fn forget(&mut self, webhook: &Webhook) {
        self.hooks.remove(&webhook.id);
        self.waiting.remove(&webhook.id);
        if let Some(own) = self.of.get_mut(&webhook.org) {
            own.remove(&webhook.id);
            if own.is_empty() {
                self.of.remove(&webhook.org);
            }
        }
    }
}

/// What is sent, to the byte.
pub(super) fn body(kind: EventType, at: Timestamp, data: Value) -> String {
    json!({"type": kind, "timestamp": at, "data": data}).to_string()
}
