//! How a command fails, and with which exit code.

use std::io;
use std::process::ExitCode;

use super::seeds::SeedError;
use super::trace::TraceError;
use crate::domain::money::Overflow;

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
            Self::Trace(_) | Self::Seed(_) | Self::Overflow(_) | Self::Write { .. } => Exit::UnusableInput,
        }
    }
}
