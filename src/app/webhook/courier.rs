//! Those who send: they take lines from the desk, send the first message of each, and have the writer note what came of it.
//!
//! At least once: a message whose outcome was not recorded is sent again. A line goes on only when the outcome is durable, so that
//! its messages arrive in their order.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use super::book::HookBook;
use super::change::Next;
use super::desk::Turn;
use super::post::{Letter, Poster};
use super::sign;
use super::target::Targets;
use crate::app::clock::system_now;
use crate::app::exchange::Handle;
use crate::app::random;
use crate::app::readers::{ReadError, Readers};
use crate::domain::id::WebhookId;
use crate::domain::time::Timestamp;
use crate::domain::webhook::{Message, Webhook};
use crate::store::{Url, webhook};

/// Connections that look for messages.
const READERS: usize = 2;
/// How long somebody waits for one of them.
const READER_WAIT: Duration = Duration::from_secs(3);
/// After how many seconds a line is looked at again where the database or the writer gave no answer.
const PAUSE_SECONDS: u32 = 5;

/// Sends messages.
pub struct Courier {
    book: HookBook,
    handle: Handle,
    readers: Readers,
    poster: Poster,
}

/// Threads that send.
pub struct Couriers {
    book: HookBook,
    threads: Vec<JoinHandle<()>>,
}

impl Courier {
    /// Sends what the exchange behind `handle` has for webhooks, to `targets`, trusting the certificate authorities in a file.
    pub fn new(handle: Handle, database: &Url, targets: Targets, authorities: &Path) -> Courier {
        Courier {
            book: handle.hooks().clone(),
            handle,
            readers: Readers::new(database, READERS, READER_WAIT),
            poster: Poster::new(targets, authorities),
        }
    }

    /// Sends with so many threads until it is stopped.
    ///
    /// # Errors
    /// The machine gives no threads.
    pub fn start(self, senders: usize) -> io::Result<Couriers> {
        let courier = Arc::new(self);
        let book = courier.book.clone();
        // Half of those who send are always there for webhooks that answer.
        book.desk.set_failing_max(senders.div_ceil(2));
        let mut threads = Vec::with_capacity(senders);
        for _ in 0..senders {
            let courier = Arc::clone(&courier);
            let builder = std::thread::Builder::new().name("courier".to_owned());
            threads.push(builder.spawn(move || {
                while let Some(id) = courier.book.desk.take(system_now) {
                    courier.serve(id, system_now());
                }
            })?);
        }
        Ok(Couriers { book, threads })
    }

    /// Sends everything that is due at an instant, one after the other, as if it were now; says how many lines it looked at.
    pub fn run_at(&self, now: Timestamp) -> usize {
        self.book.desk.set_failing_max(1);
        let mut looked_at = 0;
        while let Turn::Take(id) = self.book.desk.next(now) {
            self.serve(id, now);
            looked_at += 1;
        }
        looked_at
    }

    /// Sends the first message of a line, if it is due.
    fn serve(&self, id: WebhookId, now: Timestamp) {
        let next = self.attempt(id, now).unwrap_or_else(|error| {
            tracing::error!(%error, webhook = %id, "a webhook's messages cannot be read");
            Next::Later(now.plus_seconds(PAUSE_SECONDS))
        });
        self.book.desk.give_back(id, next, now);
    }

    fn attempt(&self, id: WebhookId, now: Timestamp) -> Result<Next, ReadError> {
        let Some(webhook) = self.book.active(id) else {
            return Ok(Next::Stop);
        };
        let found = self.readers.read(|pooled| Ok(webhook::head(&mut pooled.reader, id)?))?;
        let Some((message, due)) = found.and_then(|message| message.due_at.map(|due| (message, due))) else {
            return Ok(Next::Stop);
        };
        // Of what was tried the clock may have been set back; what is new is due whatever the clock says.
        if due > now && message.tries > 0 {
            return Ok(Next::Later(due));
        }
        Ok(self.send(&webhook, message, now))
    }

    fn send(&self, webhook: &Webhook, message: Message, now: Timestamp) -> Next {
        let seconds = now.seconds_since(Timestamp::default());
        let signed = sign::signatures(webhook.secrets(now), (message.id, seconds), &message.body);
        let sent = self.poster.send(&Letter {
            url: webhook.url.clone(),
            headers: [
                ("webhook-id", message.id.to_string()),
                ("webhook-timestamp", seconds.to_string()),
                ("webhook-signature", signed),
            ],
            body: message.body.clone(),
        });
        let outcome = match &sent.answer {
            Ok(200..=299) => "delivered",
            Ok(_) => "refused",
            Err(_) => "failed",
        };
        metrics::counter!("webhook_attempts_total", "outcome" => outcome).increment(1);
        let jitter = random::bytes::<1>().map_or(0, |[byte]| byte);
        let recorded = self
            .handle
            .arrange(Some(now), move |hooks, at| hooks.record(message, sent, jitter, at));
        recorded.unwrap_or_else(|error| {
            tracing::warn!(%error, webhook = %webhook.id, "the outcome of a message is not recorded: it is sent again");
            Next::Later(now.plus_seconds(PAUSE_SECONDS))
        })
    }
}

impl Couriers {
    /// Ends when what is under way has ended.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.book.desk.end();
        for thread in self.threads.drain(..) {
            // What it had under way is sent again.
            let _ = thread.join();
        }
    }
}

impl Drop for Couriers {
    fn drop(&mut self) {
        self.end();
    }
}
