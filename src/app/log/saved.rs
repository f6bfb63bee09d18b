//! Proofs that are kept (C2SP tlog-proof): all that the holder of a receipt needs to prove, without the log, that it was recorded.

use super::checkpoint::{Checkpoint, CheckpointError, hash, number};
use super::key::Verifier;
use super::note::{NOTE_BYTES_MAX, NoteError, Signed};
use crate::domain::log::{Disproved, Hash, PROOF_HASHES_MAX, Suite, check_inclusion};
use crate::domain::text::base64;

/// What a proof begins with.
const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// A proof as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedProof {
    /// Which leaf, from 0: one less than the `seq` of the receipt.
    pub index: u64,
    /// The proof, from the leaf upwards.
    pub hashes: Vec<Hash>,
    /// The signed checkpoint, with its cosignatures.
    pub note: String,
}

/// What a proof has proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proved {
    /// The checkpoint under which the leaf is.
    pub checkpoint: Checkpoint,
    /// The log's algorithms.
    pub suite: Suite,
    /// The witnesses that have signed it too, and when, in seconds since 1970.
    pub witnesses: Vec<(String, u64)>,
}

/// Why a proof proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SavedProofError {
    /// It has not the form of one.
    #[error("is no proof of the form {HEADER}")]
    Malformed,
    /// Its checkpoint does not count.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The leaf is not under the checkpoint.
    #[error("the proof {0}")]
    Disproved(#[from] Disproved),
    /// A witness that must have signed has not.
    #[error("{0} has not signed the checkpoint")]
    Unwitnessed(String),
}

impl From<NoteError> for SavedProofError {
    fn from(error: NoteError) -> SavedProofError {
        SavedProofError::Checkpoint(error.into())
    }
}

impl SavedProof {
    /// The proof as it is kept.
    pub fn written(&self) -> String {
        let mut text = format!("{HEADER}\nindex {}\n", self.index);
        for hash in &self.hashes {
            text.push_str(&base64(hash));
            text.push('\n');
        }
        text.push('\n');
        text.push_str(&self.note);
        text
    }

    /// Reads a proof. Extra content counts for nothing: nobody has signed it.
    ///
    /// # Errors
    /// It has not the form of one.
    pub fn parse(text: &str) -> Result<SavedProof, SavedProofError> {
        let read = || {
            if text.len() > 2 * NOTE_BYTES_MAX {
                return None;
            }
            let (head, note) = text.split_once("\n\n")?;
            let mut lines = head.split('\n').peekable();
            lines.next().filter(|line| *line == HEADER)?;
            lines.next_if(|line| line.starts_with("extra "));
            let index = number(lines.next()?.strip_prefix("index ")?)?;
            let hashes = lines.map(hash).collect::<Option<Vec<Hash>>>()?;
            (hashes.len() <= PROOF_HASHES_MAX).then(|| SavedProof {
                index,
                hashes,
                note: note.to_owned(),
            })
        };
        read().ok_or(SavedProofError::Malformed)
    }

    /// Checks that the leaf with this hash, which must come from the holder's own receipt, is where the proof says in a checkpoint
    /// that one of the log's keys and all of the witnesses have signed.
    ///
    /// # Errors
    /// It is not proved.
    pub fn check(&self, leaf: &Hash, keys: &[Verifier], witnesses: &[Verifier]) -> Result<Proved, SavedProofError> {
        let (checkpoint, note, suite) = Checkpoint::open(&self.note, keys)?;
        let mut seen = Vec::new();
        for witness in witnesses {
            let line = note.signatures.iter().find(|signature| signature.names(witness));
            let line = line.ok_or_else(|| SavedProofError::Unwitnessed(witness.name().to_owned()))?;
            let Signed { by, at_seconds } = line.check(witness, &note.text)?;
            seen.push((by.name().to_owned(), at_seconds.unwrap_or(0)));
        }
        check_inclusion(
            suite,
            (self.index, leaf),
            (checkpoint.size, &checkpoint.root),
            &self.hashes,
        )?;
        Ok(Proved {
            checkpoint,
            suite,
            witnesses: seen,
        })
    }
}
