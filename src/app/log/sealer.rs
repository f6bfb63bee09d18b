//! Signs the tree of what is committed: on a schedule, and when somebody asks.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::checkpoint::Checkpoint;
use super::note::Note;
use super::ring::{KeySource, LogKeys, RingError};
use crate::app::exchange::Handle;
use crate::app::readers::{ReadError, Readers};
use crate::app::request::SubmitError;
use crate::domain::log::{Suite, root};
use crate::domain::time::Timestamp;
use crate::store::Reader;
use crate::store::load::LoadError;
use crate::store::log::{self, CheckpointRow, LogRow, LogRows, LogTree};

/// Why nothing is signed.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The keys cannot be used.
    #[error(transparent)]
    Keys(#[from] RingError),
    /// The database cannot be read, or contradicts what was signed before.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// What was signed was not recorded, and counts for nothing.
    #[error(transparent)]
    Submit(#[from] SubmitError),
    /// The log has another name.
    #[error("the log is called {found:?} since its first checkpoint, not {wanted:?}")]
    OtherOrigin {
        /// Its name.
        found: String,
        /// The name that it should have.
        wanted: String,
    },
    /// The journal is not what was signed before: nothing of it is signed again.
    #[error("the first {0} leaves are not those that were signed: somebody has changed the journal")]
    Changed(u64),
}

impl From<LoadError> for SealError {
    fn from(error: LoadError) -> SealError {
        SealError::Read(error.into())
    }
}

/// How checkpoints are made.
#[derive(Debug, Clone)]
pub struct SealSettings {
    /// What the log is called: the name of its keys.
    pub origin: String,
    /// Where the keys are.
    pub keys: KeySource,
    /// How long a key signs beside the one that follows it, in seconds.
    pub overlap_seconds: u32,
}

/// Makes checkpoints, one at a time. Cheap to clone.
#[derive(Clone)]
pub struct Sealer {
    settings: SealSettings,
    handle: Handle,
    readers: Arc<Readers>,
    turn: Arc<Mutex<()>>,
}

impl Sealer {
    /// Of the exchange behind `handle`. Reads the keys, so that a wrong one is found before anything is answered.
    ///
    /// # Errors
    /// The keys cannot be used, or the log has another name.
    pub fn open(
        settings: SealSettings,
        handle: Handle,
        readers: Arc<Readers>,
        at: Timestamp,
    ) -> Result<Sealer, SealError> {
        let sealer = Sealer {
            settings,
            handle,
            readers,
            turn: Arc::default(),
        };
        let log = sealer.readers.read(|pooled| Ok(log::log(&mut pooled.reader)?))?;
        let suite = log.as_ref().map_or_else(Suite::default, |log| log.suite.0);
        if let Some(found) = log.and_then(|log| log.origin)
            && found != sealer.settings.origin
        {
            let wanted = sealer.settings.origin;
            return Err(SealError::OtherOrigin { found, wanted });
        }
        sealer.keys(suite, at)?;
        Ok(sealer)
    }

    /// What the log is called.
    pub fn origin(&self) -> &str {
        &self.settings.origin
    }

    /// The last checkpoint, after a new one was made where there are more leaves or other keys than it has. What it covers is
    /// committed, and so is it.
    ///
    /// # Errors
    /// See [`SealError`].
    pub fn seal(&self, at: Timestamp) -> Result<CheckpointRow, SealError> {
        let _turn: MutexGuard<'_, ()> = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let mut asked: Option<Result<Next, SealError>> = None;
        self.readers.read(|pooled| {
            asked = Some(self.next(&mut pooled.reader, at));
            Ok(())
        })?;
        let next = asked.unwrap_or(Err(SealError::Read(ReadError::Busy)))?;
        let (row, rows) = match next {
            Next::Nothing(row) => return Ok(row),
            Next::Signed(row, rows) => (row, rows),
        };
        self.handle.keep(*rows)?;
        metrics::gauge!("log_checkpoint_leaves").set(f64::from(u32::try_from(row.size).unwrap_or(u32::MAX)));
        // Whoever was told wrongly that it is recorded finds out here.
        let found = self
            .readers
            .read(|pooled| Ok(log::latest_checkpoint(&mut pooled.reader)?))?;
        found
            .filter(|found| *found == row)
            .ok_or_else(|| SubmitError::NotRecorded("the checkpoint".to_owned()).into())
    }

    fn keys(&self, suite: Suite, at: Timestamp) -> Result<LogKeys, SealError> {
        let SealSettings {
            origin,
            keys,
            overlap_seconds,
        } = &self.settings;
        Ok(LogKeys::open(keys, (origin, suite), at, *overlap_seconds)?)
    }

    fn next(&self, reader: &mut Reader, at: Timestamp) -> Result<Next, SealError> {
        let log = log::log(reader)?;
        let suite = log.as_ref().map_or_else(Suite::default, |log| log.suite.0);
        let keys = self.keys(suite, at)?;
        let latest = log::latest_checkpoint(reader)?;
        let size = log::size(reader)?;
        let signers = keys.signing(at);
        if let Some(latest) = &latest {
            self.agree(reader, suite, latest)?;
            let signed: BTreeSet<u32> = signed_by(&latest.note);
            let with: BTreeSet<u32> = signers.iter().map(|key| key.verifier().id()).collect();
            if latest.size.cast_unsigned() == size && signed == with {
                return Ok(Next::Nothing(latest.clone()));
            }
        }
        let root = root(suite, &mut LogTree::new(reader, suite, size), 0..size)?;
        let checkpoint = Checkpoint {
            origin: self.settings.origin.clone(),
            size,
            root,
        };
        let note = Note::sign(checkpoint.text(), signers, at);
        let row = CheckpointRow {
            id: latest.map_or(0, |latest| latest.id) + 1,
            size: size.cast_signed(),
            root: root.to_vec(),
            at: at.micros(),
            note: note.written(),
        };
        let named = log.filter(|log| log.origin.is_none()).map(|log| LogRow {
            origin: Some(self.settings.origin.clone()),
            ..log
        });
        let rows = LogRows {
            logs: named.into_iter().collect(),
            checkpoints: vec![row.clone()],
            cosignatures: Vec::new(),
            keys: keys.published(&log::keys(reader)?, at),
        };
        Ok(Next::Signed(row, Box::new(rows)))
    }

    /// The tree still begins with what was signed last.
    fn agree(&self, reader: &mut Reader, suite: Suite, latest: &CheckpointRow) -> Result<(), SealError> {
        let size = latest.size.cast_unsigned();
        if log::size(reader)? < size {
            return Err(SealError::Changed(size));
        }
        let found = root(suite, &mut LogTree::new(reader, suite, size), 0..size)?;
        if found.as_slice() == latest.root {
            Ok(())
        } else {
            Err(SealError::Changed(size))
        }
    }
}

enum Next {
    Nothing(CheckpointRow),
    Signed(CheckpointRow, Box<LogRows>),
}

fn signed_by(note: &str) -> BTreeSet<u32> {
    let note = Note::parse(note).map(|note| note.signatures).unwrap_or_default();
    note.into_iter().map(|signature| signature.id).collect()
}
