//! A witness (C2SP tlog-witness): it signs a checkpoint only if that goes on from the last one that it has signed, so that nobody can
//! be shown another past.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::checkpoint::{Checkpoint, CheckpointError, hash, number};
use super::key::{Signer, Verifier};
use super::note::{NOTE_BYTES_MAX, NoteError, Signature};
use crate::domain::log::{Disproved, Hash, PROOF_HASHES_MAX, Suite, check_consistency};
use crate::domain::text::base64;
use crate::domain::time::Timestamp;

/// Largest body of a request: a checkpoint and a proof.
pub const BODY_BYTES_MAX: usize = NOTE_BYTES_MAX + 4_096;

/// Why a witness does not sign.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The request has not the form of one, or goes backwards.
    #[error("the request must be the old size, a proof, and a checkpoint that is not smaller")]
    Malformed,
    /// The log is not one of those that it looks after.
    #[error("{0} is no log that is witnessed here")]
    UnknownLog(String),
    /// No key of the log has signed it.
    #[error("no key of the log has signed this checkpoint")]
    Unsigned,
    /// The last checkpoint that was signed here is another one than the request goes on from.
    #[error("the last checkpoint that was signed here has {0} leaves")]
    Conflict(u64),
    /// The checkpoint does not go on from the last one that was signed here.
    #[error("the proof {0}")]
    Inconsistent(Disproved),
    /// What was signed cannot be written down, so that nothing is signed.
    #[error("the state cannot be written: {0}")]
    Io(#[from] io::Error),
}

/// The last checkpoint of a log that was signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Seen {
    size: u64,
    /// In base 64.
    root: String,
}

/// Why a witness cannot start.
#[derive(Debug, thiserror::Error)]
#[error("{}: {reason}", place.display())]
pub struct StateError {
    /// The file of the state.
    pub place: PathBuf,
    /// What is wrong with it.
    pub reason: String,
}

/// A witness. Shared by all threads.
pub struct Witness {
    signer: Signer,
    logs: Vec<Verifier>,
    file: PathBuf,
    seen: Mutex<BTreeMap<String, Seen>>,
    /// Held for as long as the witness lives: two of them with one state could sign two pasts.
    _lock: File,
}

/// What is asked of a witness.
struct Asked<'a> {
    old: u64,
    proof: Vec<Hash>,
    note: &'a str,
}

impl<'a> Asked<'a> {
    fn parse(body: &'a str) -> Option<Asked<'a>> {
        let (head, note) = body.split_once("\n\n")?;
        let mut lines = head.split('\n');
        let old = number(lines.next()?.strip_prefix("old ")?)?;
        let proof = lines.map(hash).collect::<Option<Vec<Hash>>>()?;
        (proof.len() <= PROOF_HASHES_MAX).then_some(Asked { old, proof, note })
    }
}

impl Witness {
    /// A witness of the logs that sign with these keys, with a key of its own. What it has signed last stands in a file.
    ///
    /// # Errors
    /// The file cannot be used, or another witness uses it.
    pub fn open(signer: Signer, logs: Vec<Verifier>, file: &Path) -> Result<Witness, StateError> {
        let failed = |reason: String| StateError {
            place: file.to_owned(),
            reason,
        };
        let place = file.with_extension("lock");
        let lock = File::options().create(true).write(true).truncate(false).open(&place);
        let lock = lock.map_err(|error| failed(error.to_string()))?;
        lock.try_lock()
            .map_err(|_| failed("another witness uses it".to_owned()))?;
        let seen: BTreeMap<String, Seen> = match fs::read_to_string(file) {
            Ok(text) => serde_json::from_str(&text).map_err(|error| failed(error.to_string()))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(failed(error.to_string())),
        };
        if seen.values().any(|seen| hash(&seen.root).is_none()) {
            return Err(failed("holds something else than roots".to_owned()));
        }
        Ok(Witness {
            signer,
            logs,
            file: file.to_owned(),
            seen: Mutex::new(seen),
            _lock: lock,
        })
    }

    /// The public half of its key.
    pub fn verifier(&self) -> &Verifier {
        self.signer.verifier()
    }

    /// Checks a checkpoint against the last one of its log and signs it; what it has signed is on the disk before it answers.
    ///
    /// # Errors
    /// See [`Refused`].
    pub fn add_checkpoint(&self, body: &str, at: Timestamp) -> Result<String, Refused> {
        let Asked { old, proof, note } = Asked::parse(body).ok_or(Refused::Malformed)?;
        let (checkpoint, text, suite) = match Checkpoint::open(note, &self.logs) {
            Ok((checkpoint, note, suite)) => (checkpoint, note.text, suite),
            Err(CheckpointError::OtherLog(origin)) => return Err(Refused::UnknownLog(origin)),
            Err(CheckpointError::Note(NoteError::Malformed(_)) | CheckpointError::Malformed) => {
                return Err(Refused::Malformed);
            }
            Err(CheckpointError::Note(_)) => return Err(Refused::Unsigned),
        };
        if old > checkpoint.size {
            return Err(Refused::Malformed);
        }
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let (size, root) = last(seen.get(&checkpoint.origin), suite);
        if old != size || checkpoint.size == size && checkpoint.root != root {
            return Err(Refused::Conflict(size));
        }
        check_consistency(suite, (size, &root), (checkpoint.size, &checkpoint.root), &proof)
            .map_err(Refused::Inconsistent)?;
        if checkpoint.size > size {
            let mut next = seen.clone();
            let root = base64(&checkpoint.root);
            let size = checkpoint.size;
            next.insert(checkpoint.origin.clone(), Seen { size, root });
            write(&self.file, &next)?;
            *seen = next;
        }
        Ok(Signature::of(&self.signer, &text, at).line())
    }
}

fn last(seen: Option<&Seen>, suite: Suite) -> (u64, Hash) {
    let known = seen.and_then(|seen| Some((seen.size, hash(&seen.root)?)));
    known.unwrap_or((0, suite.empty()))
}

/// Writes the state so that after a crash the file holds either all of it or what it held before.
fn write(file: &Path, seen: &BTreeMap<String, Seen>) -> io::Result<()> {
    let unfinished = file.with_extension("new");
    let mut new = File::create(&unfinished)?;
    new.write_all(serde_json::to_string_pretty(seen)?.as_bytes())?;
    new.sync_all()?;
    fs::rename(&unfinished, file)?;
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}
