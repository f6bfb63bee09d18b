//! How all threads look up webhooks, while one of them changes them.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use super::desk::Desk;
use super::error::WebhookError;
use super::state::{Hooks, HooksGiven};
use super::view::WebhookView;
use crate::app::permission::Reach;
use crate::app::persister::Told;
use crate::domain::id::WebhookId;
use crate::domain::time::Timestamp;
use crate::domain::version::Version;
use crate::domain::webhook::{Webhook, WebhookState};
use crate::engine::{Event, State};
use crate::store::Batch;

/// What the exchange knows of webhooks, at this moment, and whose turn it is to be told. Cheap to clone.
///
/// A change shows here as soon as it is applied, a moment before it is durable: whoever asked for it is told when it is. What is to
/// be sent is told to the desk only when it is durable.
#[derive(Debug, Clone, Default)]
pub struct HookBook {
    hooks: Arc<RwLock<Hooks>>,
    /// Whose turn it is.
    pub(in crate::app) desk: Arc<Desk>,
}

impl HookBook {
    /// A webhook within reach, with what a change of it must name.
    ///
    /// # Errors
    /// There is none, or it is another organisation's.
    pub fn find(&self, id: WebhookId, reach: Reach, at: Timestamp) -> Result<(WebhookView, Version), WebhookError> {
        let hooks = self.read();
        let webhook = hooks.find(id, reach)?;
        Ok((WebhookView::of(webhook, hooks.waiting(id), at), webhook.version()))
    }

    /// The webhooks within reach, the oldest first.
    pub fn list(&self, reach: Reach, at: Timestamp) -> Vec<WebhookView> {
        let hooks = self.read();
        let views = hooks
            .within(reach)
            .map(|webhook| WebhookView::of(webhook, hooks.waiting(webhook.id), at));
        views.collect()
    }

    /// How many messages of a webhook wait.
    pub fn waiting(&self, id: WebhookId) -> u64 {
        self.read().waiting(id)
    }

    /// A webhook that is to be told now.
    pub(super) fn active(&self, id: WebhookId) -> Option<Webhook> {
        let hooks = self.read();
        let found = hooks
            .hooks
            .get(&id)
            .filter(|webhook| webhook.state == WebhookState::Active);
        found.cloned()
    }

    /// The last numbers given.
    pub(in crate::app) fn given(&self) -> HooksGiven {
        self.read().given()
    }

    /// Queues what a command has brought about for those who want to be told, which is mostly nobody; the rows go into `batch`.
    /// Gives what is to be done when the batch is durable.
    pub(in crate::app) fn follow(
        &self,
        batch: &mut Batch,
        state: &State,
        events: (&[Event], i64),
        at: Timestamp,
    ) -> Option<Told> {
        if self.read().is_empty() {
            return None;
        }
        let told = self.change(batch, |hooks| hooks.follow(state, events, at));
        if told.is_empty() {
            return None;
        }
        let desk = Arc::clone(&self.desk);
        Some(Box::new(move |ended| {
            if ended.is_ok() {
                desk.wake(told);
            }
        }))
    }

    /// Changes it; its rows go into `batch`. For the sequencer's thread only.
    pub(in crate::app) fn change<T>(&self, batch: &mut Batch, change: impl FnOnce(&mut Hooks) -> T) -> T {
        let mut hooks = self.hooks.write().unwrap_or_else(PoisonError::into_inner);
        let changed = change(&mut hooks);
        hooks.drain_into(batch);
        changed
    }

    /// Takes what the database has; whatever waits there is due.
    pub(in crate::app) fn replace(&self, loaded: Hooks) {
        let waiting = loaded.waiting.iter().filter(|(_, count)| **count > 0);
        let waiting: Vec<WebhookId> = waiting.map(|(id, _)| *id).collect();
        *self.hooks.write().unwrap_or_else(PoisonError::into_inner) = loaded;
        self.desk.wake(waiting);
    }

    fn read(&self) -> RwLockReadGuard<'_, Hooks> {
        self.hooks.read().unwrap_or_else(PoisonError::into_inner)
    }
}
