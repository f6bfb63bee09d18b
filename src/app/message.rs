//! What the sequencer is told by everybody else.

use crossbeam_channel::Receiver;

use super::identity::Identity;
use super::persister::{Respond, Told};
use super::request::{Request, SubmitError};
use super::webhook::Hooks;
use crate::domain::credential::NewPerson;
use crate::domain::time::Timestamp;
use crate::engine::State;
use crate::store::log::LogRows;

/// What goes to the sequencer.
pub(super) enum Message {
    /// A command.
    Submit(Box<Request>, Respond),
    /// A command that registers a user, and who that is.
    Register(Box<Request>, NewPerson, Respond),
    /// A change of identity, at an instant; none: now.
    Identify(Option<Timestamp>, Box<dyn Ask<Identity>>),
    /// A change of webhooks, at an instant; none: now.
    Arrange(Option<Timestamp>, Box<dyn Ask<Hooks>>),
    /// What was signed of the log, and whom to tell once it is durable.
    Keep(Box<LogRows>, Told),
    /// Something that wants to look at the state.
    Inspect(Box<dyn FnOnce(&State) + Send>),
    /// Take no more, commit what is there, and end.
    Stop,
}

/// A change of a state machine beside the engine that somebody asks for.
pub(super) trait Ask<S>: Send {
    /// Makes it, and says whom to tell once it is durable.
    fn apply(self: Box<Self>, machine: &mut S, at: Timestamp) -> Told;
    /// Tells why it is not made.
    fn refuse(self: Box<Self>, error: SubmitError);
}

/// Refuses what waits.
pub(super) fn refuse_all(requests: &Receiver<Message>, reason: &str) {
    while let Ok(message) = requests.try_recv() {
        let stopped = SubmitError::Stopped(reason.to_owned());
        match message {
            Message::Submit(_, respond) | Message::Register(_, _, respond) => respond(Err(stopped)),
            Message::Identify(_, ask) => ask.refuse(stopped),
            Message::Arrange(_, ask) => ask.refuse(stopped),
            Message::Keep(_, told) => told(Err(stopped)),
            Message::Inspect(_) | Message::Stop => {}
        }
    }
}
