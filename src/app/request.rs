//! What goes into the exchange and what comes back.

use crate::domain::fingerprint::Fingerprint;
use crate::domain::id::OrgId;
use crate::domain::sealed::Sealed;
use crate::domain::time::Timestamp;
use crate::engine::Command;

/// An idempotency key: a retry with the same key and body gets the stored answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// The key, 1 to 255 characters, unique within the organisation.
    pub key: String,
    /// SHA-256 of the body that came with it.
    pub body_hash: [u8; 32],
}

/// A command on its way in.
#[derive(Debug, Clone)]
pub struct Request {
    /// Who gives it, for the journal.
    pub actor: String,
    /// For which organisation; idempotency keys are its own.
    pub org: Option<OrgId>,
    /// What makes a retry harmless.
    pub key: Option<IdempotencyKey>,
    /// When; none: now.
    pub at: Option<Timestamp>,
    /// What is asked.
    pub command: Command,
    /// Personal data of which the command names the fingerprints: written with it, in the same transaction, or not at all.
    pub seals: Vec<Sealed>,
    /// Personal data that is erased with it.
    pub erases: Vec<(Fingerprint, OrgId)>,
}

impl Request {
    /// A command of `actor`, for no organisation and without a key, now.
    pub fn new(actor: &str, command: Command) -> Request {
        Request {
            actor: actor.to_owned(),
            org: None,
            key: None,
            at: None,
            command,
            seals: Vec::new(),
            erases: Vec::new(),
        }
    }

    /// The same at an instant.
    pub fn at(self, at: Timestamp) -> Request {
        Request { at: Some(at), ..self }
    }
}

/// What came of a command. It is durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Its place in the order of commands.
    pub seq: i64,
    /// Whether it was accepted.
    pub accepted: bool,
    /// The answer or the problem, as JSON, to the byte as it was first given.
    pub answer: String,
    /// Whether this is the stored answer of an earlier command with the same key.
    pub replayed: bool,
}

/// Why a command got no reply.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// The queue is full: try again later.
    #[error("the exchange is busy; try again")]
    Busy,
    /// The same key came before with another body.
    #[error("the idempotency key was used before with another body")]
    KeyReused,
    /// The command is not recorded; a retry is safe.
    #[error("the command was not recorded: {0}")]
    NotRecorded(String),
    /// The exchange does not take commands any more.
    #[error("the exchange has stopped: {0}")]
    Stopped(String),
}
