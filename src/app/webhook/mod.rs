//! Webhooks: organisations are told over HTTP of what happens to them, as the specification Standard Webhooks says.
//!
//! [`Hooks`] is the state machine, beside the engine's: the sequencer's thread asks it what each command's events mean for those who
//! want to be told, and the messages are rows of the same transaction. [`Courier`] sends them; what came of it goes through the
//! sequencer again. [`Webhooks`] is what owners can do.

mod banking;
pub mod body;
mod book;
mod change;
mod courier;
mod desk;
mod error;
mod payload;
mod post;
mod sign;
mod state;
mod target;
mod view;

pub use book::HookBook;
pub use change::{DESCRIPTION_CHARS_MAX, Next, WEBHOOKS_OF_ORG_MAX};
pub use courier::{Courier, Couriers};
pub use error::WebhookError;
pub use state::{Hooks, HooksGiven, WAITING_MAX};
pub use target::{Targets, URL_BYTES_MAX};
pub use view::{
    AttemptView, EventTypeView, MessageView, QueuedView, ReplayedView, SecretWebhookView, WebhookView, event_types,
};

use self::body::{Replay, WebhookBody, WebhookChangeBody};
use self::change::{NewWebhook, WebhookChange};
use crate::app::clock::system_now;
use crate::app::exchange::Handle;
use crate::app::page::{Page, query};
use crate::app::permission::{Caller, Reach};
use crate::app::readers::{PooledReader, ReadError};
use crate::domain::id::{MessageId, WebhookId};
use crate::domain::version::Version;
use crate::domain::webhook::{MessageState, Webhook, WebhookState};
use crate::engine::rejection::{FieldRule, invalid};
use crate::store::webhook as rows;

/// Most messages that are queued again at once.
const REPLAYED_MAX: i64 = 5_000;

/// What owners of webhooks can do. All of it waits for a commit.
pub struct Webhooks {
    handle: Handle,
    targets: Targets,
}

query! {
    /// Which messages; the newest first.
    pub struct MessageQuery {
        /// Those that stand there.
        pub state: Option<MessageState>,
    }
}

impl Webhooks {
    /// Of the exchange behind `handle`, that may go to `targets`.
    pub fn new(handle: Handle, targets: Targets) -> Webhooks {
        Webhooks { handle, targets }
    }

    /// What is known of webhooks now.
    pub fn book(&self) -> &HookBook {
        self.handle.hooks()
    }

    /// Makes one, with a secret of its own.
    ///
    /// # Errors
    /// See [`WebhookError`].
    pub fn make(&self, caller: &Caller, new: WebhookBody) -> Result<SecretWebhookView, WebhookError> {
        self.check_url(&new.url)?;
        let (maker, secret) = (caller.clone(), sign::new_secret()?);
        let order = NewWebhook {
            url: new.url,
            events: new.events,
            description: new.description,
            secret,
        };
        let made = self
            .handle
            .arrange(None, move |hooks, at| hooks.make(&maker, order, at))??;
        Ok(self.with_secret(&made))
    }

    /// Changes one.
    ///
    /// # Errors
    /// See [`WebhookError`].
    pub fn change(
        &self,
        (caller, reach): (&Caller, Reach),
        id: WebhookId,
        change: WebhookChangeBody,
        if_match: Version,
    ) -> Result<WebhookView, WebhookError> {
        if let Some(url) = &change.url {
            self.check_url(url)?;
        }
        let change = WebhookChange {
            url: change.url,
            events: change.events,
            description: change.description,
            if_match,
        };
        let caller = caller.clone();
        let changed = self
            .handle
            .arrange(None, move |hooks, _| hooks.change((&caller, reach), id, change))??;
        Ok(self.view(&changed))
    }

    /// Puts another secret into force, and shows it.
    ///
    /// # Errors
    /// See [`WebhookError`].
    pub fn rotate(&self, reach: Reach, id: WebhookId) -> Result<SecretWebhookView, WebhookError> {
        let secret = sign::new_secret()?;
        let rotated = self
            .handle
            .arrange(None, move |hooks, at| hooks.rotate(reach, id, secret, at))??;
        Ok(self.with_secret(&rotated))
    }

    /// Pauses one: what happens is told when it is made active again.
    ///
    /// # Errors
    /// See [`WebhookError`].
    pub fn pause(&self, reach: Reach, id: WebhookId) -> Result<WebhookView, WebhookError> {
        self.set(reach, id, WebhookState::Paused)
    }

    /// Deletes one, with its secret.
    ///
    /// # Errors
    /// See [`WebhookError`].
    pub fn delete(&self, reach: Reach, id: WebhookId) -> Result<(), WebhookError> {
        self.set(reach, id, WebhookState::Deleted).map(|_| ())
    }

    /// Makes one active again; what waits is sent at once. It needs to know the first message that waits.
    ///
    /// # Errors
    /// See [`WebhookError`].
    pub fn resume(&self, pooled: &mut PooledReader, reach: Reach, id: WebhookId) -> Result<WebhookView, WebhookError> {
        let first = rows::head(&mut pooled.reader, id).map_err(ReadError::from)?;
        let resumed = self
            .handle
            .arrange(None, move |hooks, at| hooks.resume(reach, id, first, at))??;
        self.book().desk.kick(id);
        Ok(self.view(&resumed))
    }

    /// Sends a message that says nothing but that it came.
    ///
    /// # Errors
    /// See [`WebhookError`].
    pub fn ping(&self, reach: Reach, id: WebhookId) -> Result<QueuedView, WebhookError> {
        let message = self
            .handle
            .arrange(None, move |hooks, at| hooks.ping(reach, id, at))??;
        self.book().desk.wake([id]);
        Ok(QueuedView { message })
    }

    /// Sends again what was delivered or given up.
    ///
    /// # Errors
    /// See [`WebhookError`].
    pub fn replay(
        &self,
        pooled: &mut PooledReader,
        reach: Reach,
        (id, wanted): (WebhookId, Replay),
    ) -> Result<ReplayedView, WebhookError> {
        let reader = &mut pooled.reader;
        let found = match wanted {
            Replay::Message(message) => rows::find(reader, message).map(|found| found.into_iter().collect()),
            Replay::Since(since) => rows::ended(reader, id, since, REPLAYED_MAX),
        };
        let found: Vec<_> = found.map_err(ReadError::from)?;
        let is_cut = i64::try_from(found.len()).unwrap_or(i64::MAX) >= REPLAYED_MAX;
        let more_since = found.last().filter(|_| is_cut).map(|last| last.at);
        let is_there = matches!(wanted, Replay::Since(_)) || found.iter().any(|message| message.webhook == id);
        if !is_there {
            return Err(WebhookError::NotFound);
        }
        let queued = self
            .handle
            .arrange(None, move |hooks, at| hooks.replay(reach, id, found, at))??;
        self.book().desk.wake([id]);
        Ok(ReplayedView { queued, more_since })
    }

    fn set(&self, reach: Reach, id: WebhookId, state: WebhookState) -> Result<WebhookView, WebhookError> {
        let set = self
            .handle
            .arrange(None, move |hooks, at| hooks.set(reach, id, state, at))??;
        Ok(self.view(&set))
    }

    fn check_url(&self, url: &str) -> Result<(), WebhookError> {
        let checked = self.targets.check(url);
        Ok(checked.map_err(|rule| invalid("/url", FieldRule::Malformed, rule))?)
    }

    fn view(&self, webhook: &Webhook) -> WebhookView {
        let found = self.book().waiting(webhook.id);
        WebhookView::of(webhook, found, system_now())
    }

    fn with_secret(&self, webhook: &Webhook) -> SecretWebhookView {
        SecretWebhookView {
            webhook: self.view(webhook),
            secret: webhook.secret.clone(),
        }
    }
}

/// A page of what a webhook was told and is to be told.
///
/// # Errors
/// Those of the database.
pub fn messages(
    pooled: &mut PooledReader,
    id: WebhookId,
    query: &MessageQuery,
) -> Result<Page<MessageView>, ReadError> {
    let reader = &mut pooled.reader;
    let found = rows::page(reader, (id, query.state), query.page().newest_first())?;
    let ids: Vec<MessageId> = found.rows.iter().map(|message| message.id).collect();
    let attempts = rows::attempts(reader, &ids)?;
    Page::of(found, |message| Ok(MessageView::of(message, &attempts)))
}
