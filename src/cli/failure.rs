//! How a command fails, and with which exit code.

use std::io;
use std::process::ExitCode;

use super::seeds::SeedError;
use super::trace::TraceError;
use crate::api::running::ServeError;
use crate::app::identity::AccessError;
use crate::app::log::ring::RingError;
use crate::app::log::sealer::SealError;
use crate::app::request::SubmitError;
use crate::app::token::key_ring::KeyRingError;
use crate::domain::money::Overflow;
use crate::store::OpenError;
use crate::store::load::LoadError;

/// The exit codes, as scripts see them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Everything is right.
    Right,
    /// The books do not add up, or a record was changed.
    IntegrityViolated,
    /// A rule of the market says no.
    Refused,
    /// A file or an argument cannot be used.
    UnusableInput,
    /// The database cannot be reached, or another process holds it.
    DatabaseUnavailable,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(match exit {
            Exit::Right => 0,
            Exit::IntegrityViolated => 1,
            Exit::Refused => 2,
            Exit::UnusableInput => 3,
            Exit::DatabaseUnavailable => 4,
        })
    }
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A trace cannot be used.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// The reference data cannot be used.
    #[error(transparent)]
    Seed(#[from] SeedError),
    /// The amounts are larger than the exchange can count.
    #[error(transparent)]
    Overflow(#[from] Overflow),
    /// An argument cannot be used.
    #[error("{0}")]
    Argument(String),
    /// A line of a flow cannot be read.
    #[error("{file}, line {line}: {reason}")]
    Flow {
        /// The flow.
        file: String,
        /// The line, from 1.
        line: usize,
        /// Why not.
        reason: String,
    },
    /// The database cannot be used.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// The database cannot be read.
    #[error("the database cannot be read: {0}")]
    Load(#[from] LoadError),
    /// The exchange gave no answer.
    #[error(transparent)]
    Exchange(#[from] SubmitError),
    /// The keys that sign tokens cannot be used.
    #[error(transparent)]
    Keys(#[from] KeyRingError),
    /// The keys that sign the audit log cannot be used.
    #[error(transparent)]
    LogKeys(#[from] RingError),
    /// What was to be proved is not.
    #[error("NOT proved: {0}")]
    Unproved(String),
    /// A rule of the market says no.
    #[error("{0}")]
    Refused(String),
    /// The books are wrong.
    #[error("{0} violations found")]
    Violations(usize),
    /// The service does not start, or ends badly.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// Nothing can be written there.
    #[error("{place}: {source}")]
    Write {
        /// Where to.
        place: String,
        /// Why not.
        source: io::Error,
    },
}

impl Failure {
    /// The exit code.
    pub fn exit(&self) -> Exit {
        match self {
            // Whoever reads our output has had enough (`qiantang demo | head`).
            Self::Write { source, .. } if source.kind() == io::ErrorKind::BrokenPipe => Exit::Right,
            Self::Serve(ServeError::Database(OpenError::Damaged(_))) => Exit::IntegrityViolated,
            Self::Serve(ServeError::Database(OpenError::OtherLog { .. })) => Exit::UnusableInput,
            Self::Serve(ServeError::Log(SealError::Changed(_))) => Exit::IntegrityViolated,
            Self::Serve(ServeError::Database(_)) => Exit::DatabaseUnavailable,
            Self::Trace(_)
            | Self::Serve(_)
            | Self::Seed(_)
            | Self::Overflow(_)
            | Self::Argument(_)
            | Self::Flow { .. }
            | Self::Keys(_)
            | Self::LogKeys(_)
            | Self::Write { .. } => Exit::UnusableInput,
            Self::Database(OpenError::Damaged(_)) | Self::Violations(_) | Self::Unproved(_) => Exit::IntegrityViolated,
            Self::Database(OpenError::OtherLog { .. }) => Exit::UnusableInput,
            Self::Database(_) | Self::Load(_) | Self::Exchange(_) => Exit::DatabaseUnavailable,
            Self::Refused(_) => Exit::Refused,
        }
    }
}

impl From<AccessError> for Failure {
    fn from(error: AccessError) -> Failure {
        match error {
            AccessError::Submit(error) => Failure::Exchange(error),
            AccessError::LogIn(_)
            | AccessError::Refresh(_)
            | AccessError::Token(_)
            | AccessError::SessionEnded
            | AccessError::WrongPassword
            | AccessError::TwoPeopleNeeded(_)
            | AccessError::SessionNotFound(_)
            | AccessError::UserNotFound(_)
            | AccessError::Key(_)
            | AccessError::Rejected(_)
            | AccessError::Password(_)
            | AccessError::Issue(_) => Failure::Refused(error.to_string()),
        }
    }
}
