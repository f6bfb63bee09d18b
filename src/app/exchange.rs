//! The exchange as its callers see it.

use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

use super::clock::Clock;
use super::identity::{Directory, Identity};
use super::market::feed::FeedLimits;
use super::memory::Settings;
use super::message::{Ask, Message, refuse_all};
use super::persister::Told;
use super::replica::{Follower, Replica};
use super::request::{Reply, Request, SubmitError};
use super::sequencer::{QUEUE_COMMANDS_MAX, Sequencer};
use super::webhook::{HookBook, Hooks};
use crate::domain::credential::NewPerson;
use crate::domain::time::Timestamp;
use crate::engine::State;
use crate::store::log::LogRows;
use crate::store::{OpenError, Url};

/// A running exchange. Handles are cheap to clone; [`Exchange::shut_down`] ends it.
pub struct Exchange {
    handle: Handle,
    thread: Option<JoinHandle<()>>,
}

/// A handle on a running exchange.
#[derive(Clone)]
pub struct Handle {
    messages: Sender<Message>,
    directory: Directory,
    hooks: HookBook,
    end: End,
}

/// Nobody waits for ever: what reaches the queue after the writer has looked into it for the last time is refused by
/// whoever put it there.
#[derive(Clone)]
struct End {
    requests: Receiver<Message>,
    is_over: Arc<AtomicBool>,
}

impl End {
    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst)
    }

    fn refuse_rest(&self) {
        refuse_all(&self.requests, "it was shut down");
    }
}

/// Ends the queue with the writer's thread, even where that panics.
struct Ending(End);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.is_over.store(true, Ordering::SeqCst);
        self.0.refuse_rest();
    }
}

impl Exchange {
    /// Becomes the writer of a migrated database, reads the state, and starts to take commands.
    ///
    /// # Errors
    /// The database cannot be used, or another process writes to it.
    pub fn open(url: &Url, holder: &str, clock: Clock) -> Result<Exchange, OpenError> {
        Exchange::start(Settings {
            url: url.clone(),
            holder: holder.to_owned(),
            clock,
            directory: Directory::default(),
            hooks: HookBook::default(),
            follower: Follower::default(),
        })
    }

    /// The same with a replica of its state for readers, which ends with it.
    ///
    /// # Errors
    /// The database cannot be used, or another process writes to it.
    pub fn open_with_replica(
        url: &Url,
        holder: &str,
        clock: Clock,
        limits: FeedLimits,
    ) -> Result<(Exchange, Replica), OpenError> {
        let (follower, committed) = Follower::new();
        let exchange = Exchange::start(Settings {
            url: url.clone(),
            holder: holder.to_owned(),
            clock,
            directory: Directory::default(),
            hooks: HookBook::default(),
            follower,
        })?;
        let replica = Replica::start(url, clock, limits, committed)?;
        Ok((exchange, replica))
    }

    fn start(settings: Settings) -> Result<Exchange, OpenError> {
        let (directory, hooks) = (settings.directory.clone(), settings.hooks.clone());
        let (messages, requests) = bounded(QUEUE_COMMANDS_MAX);
        let end = End {
            requests,
            is_over: Arc::default(),
        };
        let ending = Ending(end.clone());
        let (opened, outcome) = bounded(1);
        let work = move || match Sequencer::open(settings) {
            Ok(sequencer) => {
                let _ = opened.send(Ok(()));
                sequencer.run(&ending.0.requests);
            }
            Err(error) => {
                let _ = opened.send(Err(error));
            }
        };
        let builder = std::thread::Builder::new().name("sequencer".to_owned());
        let thread = builder
            .spawn(work)
            .map_err(|error| OpenError::Unusable(error.to_string()))?;
        let ended = || OpenError::Unusable("the writer has ended".to_owned());
        outcome.recv().unwrap_or_else(|_| Err(ended()))?;
        Ok(Exchange {
            handle: Handle {
                messages,
                directory,
                hooks,
                end,
            },
            thread: Some(thread),
        })
    }

    /// A handle to give away.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Commits what was taken, answers it, and ends. What comes later is refused.
    pub fn shut_down(mut self) {
        self.stop();
    }

    fn stop(&mut self) {
        if let Some(thread) = self.thread.take() {
            let _ = self.handle.messages.send(Message::Stop);
            let _ = thread.join();
        }
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Handle {
    /// Gives a command; `respond` is called once, from another thread, when the outcome is durable.
    ///
    /// # Errors
    /// [`SubmitError::Busy`] where the queue is full: nothing was taken.
    pub fn submit(
        &self,
        request: Request,
        respond: impl FnOnce(Result<Reply, SubmitError>) + Send + 'static,
    ) -> Result<(), SubmitError> {
        self.send(Message::Submit(Box::new(request), Box::new(respond)))
    }

    /// Gives a command that registers a user, with the person behind it: both are recorded, or neither. Otherwise like
    /// [`Handle::submit`].
    ///
    /// # Errors
    /// [`SubmitError::Busy`] where the queue is full: nothing was taken.
    pub fn submit_person(
        &self,
        request: Request,
        person: NewPerson,
        respond: impl FnOnce(Result<Reply, SubmitError>) + Send + 'static,
    ) -> Result<(), SubmitError> {
        self.send(Message::Register(Box::new(request), person, Box::new(respond)))
    }

    /// Changes who people and machines are and how they prove it, at an instant (none: now). `change` runs between two
    /// commands; `respond` is called once, from another thread, with what it returned, when what it changed is durable.
    ///
    /// # Errors
    /// [`SubmitError::Busy`] where the queue is full: nothing was taken.
    pub fn submit_identity<T: Send + 'static>(
        &self,
        at: Option<Timestamp>,
        change: impl FnOnce(&mut Identity, Timestamp) -> T + Send + 'static,
        respond: impl FnOnce(Result<T, SubmitError>) + Send + 'static,
    ) -> Result<(), SubmitError> {
        let asked = Asked {
            change,
            respond,
            outcome: PhantomData,
        };
        self.send(Message::Identify(at, Box::new(asked)))
    }

    /// The same, and waits for the outcome.
    ///
    /// # Errors
    /// See [`SubmitError`].
    pub fn identify<T: Send + 'static>(
        &self,
        at: Option<Timestamp>,
        change: impl FnOnce(&mut Identity, Timestamp) -> T + Send + 'static,
    ) -> Result<T, SubmitError> {
        wait(|respond| self.submit_identity(at, change, respond))
    }

    /// Changes who is told of what, at an instant (none: now), and waits for the outcome. `change` runs between two commands.
    ///
    /// # Errors
    /// See [`SubmitError`].
    pub fn arrange<T: Send + 'static>(
        &self,
        at: Option<Timestamp>,
        change: impl FnOnce(&mut Hooks, Timestamp) -> T + Send + 'static,
    ) -> Result<T, SubmitError> {
        wait(|respond| {
            let asked = Asked {
                change,
                respond,
                outcome: PhantomData,
            };
            self.send(Message::Arrange(at, Box::new(asked)))
        })
    }

    /// Writes what was signed of the log and waits until it is durable. It must be read again where that is unknown: numbers are
    /// given by what is there.
    ///
    /// # Errors
    /// See [`SubmitError`].
    pub fn keep(&self, rows: LogRows) -> Result<(), SubmitError> {
        wait(|respond| self.send(Message::Keep(Box::new(rows), Box::new(respond))))
    }

    /// What is known of webhooks, for all threads.
    pub fn hooks(&self) -> &HookBook {
        &self.hooks
    }

    /// Who is who, for all threads.
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// Gives a command and waits for its outcome.
    ///
    /// # Errors
    /// See [`SubmitError`].
    pub fn call(&self, request: Request) -> Result<Reply, SubmitError> {
        wait(|respond| self.submit(request, respond))
    }

    /// Gives a command that registers a user, with the person behind it, and waits for its outcome.
    ///
    /// # Errors
    /// See [`SubmitError`].
    pub fn call_person(&self, request: Request, person: NewPerson) -> Result<Reply, SubmitError> {
        wait(|respond| self.submit_person(request, person, respond))
    }

    /// Looks at the state, between two commands; what is seen may not be durable yet. Keep it short: everybody waits.
    ///
    /// # Errors
    /// [`SubmitError::Stopped`] where the exchange has ended.
    pub fn inspect<T: Send + 'static>(
        &self,
        look: impl FnOnce(&State) -> T + Send + 'static,
    ) -> Result<T, SubmitError> {
        let (sender, receiver) = bounded(1);
        let stopped = || SubmitError::Stopped("it was shut down".to_owned());
        let look = Box::new(move |state: &State| {
            let _ = sender.send(look(state));
        });
        self.messages.send(Message::Inspect(look)).map_err(|_| stopped())?;
        if self.end.is_over() {
            self.end.refuse_rest();
        }
        receiver.recv().map_err(|_| stopped())
    }

    fn send(&self, message: Message) -> Result<(), SubmitError> {
        let stopped = || SubmitError::Stopped("it was shut down".to_owned());
        if self.end.is_over() {
            return Err(stopped());
        }
        self.messages.try_send(message).map_err(|error| match error {
            TrySendError::Full(_) => SubmitError::Busy,
            TrySendError::Disconnected(_) => stopped(),
        })?;
        if self.end.is_over() {
            self.end.refuse_rest();
        }
        Ok(())
    }
}

/// A change of a state machine beside the engine, and whom to tell of its outcome.
struct Asked<T, C, R> {
    change: C,
    respond: R,
    outcome: PhantomData<fn() -> T>,
}

impl<S, T, C, R> Ask<S> for Asked<T, C, R>
where
    T: Send + 'static,
    C: FnOnce(&mut S, Timestamp) -> T + Send,
    R: FnOnce(Result<T, SubmitError>) + Send + 'static,
{
    fn apply(self: Box<Self>, machine: &mut S, at: Timestamp) -> Told {
        let Asked { change, respond, .. } = *self;
        let outcome = change(machine, at);
        Box::new(move |ended| respond(ended.map(|()| outcome)))
    }

    fn refuse(self: Box<Self>, error: SubmitError) {
        (self.respond)(Err(error));
    }
}

type Answer<T> = Box<dyn FnOnce(Result<T, SubmitError>) + Send>;

/// Waits for what `submit` lets somebody answer.
fn wait<T: Send + 'static>(submit: impl FnOnce(Answer<T>) -> Result<(), SubmitError>) -> Result<T, SubmitError> {
    let (sender, receiver) = bounded(1);
    submit(Box::new(move |answer| {
        let _ = sender.send(answer);
    }))?;
    receiver
        .recv()
        .unwrap_or_else(|_| Err(SubmitError::Stopped("it ended before it answered".to_owned())))
}
