//! Checkpoints (C2SP tlog-checkpoint): what a log says of itself, in three lines.

use super::key::Verifier;
use super::note::{Note, NoteError};
use crate::domain::log::{Hash, Suite};
use crate::domain::text::{base64, base64_bytes};

/// A log's tree of a size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log.
    pub origin: String,
    /// How many leaves.
    pub size: u64,
    /// The root of their tree.
    pub root: Hash,
}

/// Why a checkpoint counts for nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// The note around it does not.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// Its text is not one of a checkpoint.
    #[error("is no checkpoint: must be origin, size and root, a line each")]
    Malformed,
    /// It is of another log than the keys.
    #[error("the checkpoint is of {0}")]
    OtherLog(String),
}

/// A whole number without leading zeros.
pub(super) fn number(text: &str) -> Option<u64> {
    let plain = text == "0" || text.starts_with(|first: char| ('1'..='9').contains(&first));
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| plain && digits)
}

/// A hash in base 64.
pub(super) fn hash(text: &str) -> Option<Hash> {
    base64_bytes(text)?.try_into().ok()
}

impl Checkpoint {
    /// What is signed.
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, base64(&self.root))
    }

    /// Reads what is signed. Lines after the third are the log's own and say nothing here.
    ///
    /// # Errors
    /// It is no checkpoint.
    pub fn parse(text: &str) -> Result<Checkpoint, CheckpointError> {
        let read = || {
            let mut lines = text.strip_suffix('\n')?.split('\n');
            let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
            if origin.is_empty() || lines.any(str::is_empty) {
                return None;
            }
            Some(Checkpoint {
                origin: origin.to_owned(),
                size: number(size).filter(|size| i64::try_from(*size).is_ok())?,
                root: hash(root)?,
            })
        };
        read().ok_or(CheckpointError::Malformed)
    }

    /// Reads a signed checkpoint and checks that one of the log's keys has signed it. The keys must be of one log.
    ///
    /// # Errors
    /// It is not, or of another log.
    pub fn open(note: &str, keys: &[Verifier]) -> Result<(Checkpoint, Note, Suite), CheckpointError> {
        let note = Note::parse(note)?;
        let checkpoint = Checkpoint::parse(&note.text)?;
        let own = |key: &&Verifier| key.name() == checkpoint.origin && key.suite().is_some();
        let own: Vec<Verifier> = keys.iter().filter(own).cloned().collect();
        if own.is_empty() {
            return Err(CheckpointError::OtherLog(checkpoint.origin));
        }
        let signed = note.check(&own)?;
        let suite = signed.first().and_then(|signed| signed.by.suite());
        let suite = suite.ok_or(NoteError::Unsigned)?;
        Ok((checkpoint, note, suite))
    }
}
