//! The keys that sign checkpoints: a folder of files that only we may read, or a variable. Never in the database; only the public
//! halves are there, and stay.

use std::fs::{self, DirBuilder, File, Metadata};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::key::{KeyError, KeyKind, Signer};
use crate::domain::log::Suite;
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use crate::store::log::LogKeyRow;

/// The variable that the keys may stand in, separated by spaces or line ends; then no folder is looked at.
pub const VARIABLE: &str = "QIANTANG_LOG_SIGNING_KEYS";
/// Most keys.
pub const KEYS_MAX: usize = 16;

/// Why keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RingError {
    /// A file or the folder cannot be read or written.
    #[error("{}: {source}", place.display())]
    Io {
        /// Which one.
        place: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Others than the owner may read it.
    #[error("{}: others than its owner may use it; forbid that first (chmod go-rwx)", .0.display())]
    Open(PathBuf),
    /// It holds no key, or its name no instant.
    #[error("{place}: {source}")]
    NotAKey {
        /// Which one.
        place: String,
        /// Why not.
        source: KeyError,
    },
    /// It is of another log.
    #[error("the key {key} is not of the log {origin} with {suite}")]
    OtherLog {
        /// Its public half.
        key: String,
        /// The log.
        origin: String,
        /// Its algorithms.
        suite: Suite,
    },
    /// There are none, or too many.
    #[error("there must be 1 to {KEYS_MAX} keys; remove retired ones")]
    Count,
}

/// Where the keys are.
#[derive(Debug, Clone)]
pub enum KeySource {
    /// Files of a folder, named by when they were made.
    Folder(PathBuf),
    /// The text itself.
    Given(Secret),
}

/// The keys that sign, the oldest first.
#[derive(Debug)]
pub struct LogKeys {
    keys: Vec<(Option<Timestamp>, Signer)>,
    overlap_seconds: u32,
}

impl KeySource {
    /// The variable where it is set, otherwise the folder.
    pub fn from_environment(folder: PathBuf) -> KeySource {
        match std::env::var(VARIABLE) {
            Ok(text) if !text.trim().is_empty() => KeySource::Given(Secret::new(text)),
            Ok(_) | Err(_) => KeySource::Folder(folder),
        }
    }
}

impl LogKeys {
    /// Reads the keys of a log. Where the folder has none, the first one is made at `at`. A key signs for `overlap_seconds` beside
    /// the one that follows it.
    ///
    /// # Errors
    /// See [`RingError`].
    pub fn open(
        source: &KeySource,
        (origin, suite): (&str, Suite),
        at: Timestamp,
        overlap_seconds: u32,
    ) -> Result<LogKeys, RingError> {
        let keys = match source {
            KeySource::Given(text) => given(text)?,
            KeySource::Folder(folder) => {
                made(folder)?;
                let mut keys = read(folder)?;
                if keys.is_empty() {
                    add(folder, (origin, suite), at)?;
                    keys = read(folder)?;
                }
                keys
            }
        };
        if keys.is_empty() || keys.len() > KEYS_MAX {
            return Err(RingError::Count);
        }
        for (_, key) in &keys {
            let verifier = key.verifier();
            if verifier.name() != origin || verifier.suite() != Some(suite) {
                return Err(RingError::OtherLog {
                    key: verifier.to_string(),
                    origin: origin.to_owned(),
                    suite,
                });
            }
        }
        Ok(LogKeys { keys, overlap_seconds })
    }

    /// The keys that sign at an instant: the newest, and those before it whose overlap is not over.
    pub fn signing(&self, at: Timestamp) -> Vec<&Signer> {
        let places = (0..self.keys.len()).filter(|place| self.until(*place).is_none_or(|until| at < until));
        places
            .filter_map(|place| self.keys.get(place).map(|(_, key)| key))
            .collect()
    }

    /// What is to be published of them, where it differs from what is `known`.
    pub fn published(&self, known: &[LogKeyRow], at: Timestamp) -> Vec<LogKeyRow> {
        let mut rows = Vec::new();
        for (place, (from, key)) in self.keys.iter().enumerate() {
            let vkey = key.verifier().to_string();
            let found = known.iter().find(|row| row.vkey == vkey);
            let signs_until = self.until(place).map(Timestamp::micros);
            if found.is_none_or(|row| row.signs_until != signs_until) {
                rows.push(LogKeyRow {
                    signs_from: found.map_or(from.unwrap_or(at).micros(), |row| row.signs_from),
                    vkey,
                    signs_until,
                });
            }
        }
        let is_here = |row: &&LogKeyRow| self.keys.iter().any(|(_, key)| key.verifier().to_string() == row.vkey);
        let gone = known
            .iter()
            .filter(|row| !is_here(row) && row.signs_until.is_none_or(|until| until > at.micros()));
        rows.extend(gone.map(|row| LogKeyRow {
            signs_until: Some(at.micros()),
            ..row.clone()
        }));
        rows
    }

    /// When the key at `place` ceases to sign: a while after the next one was made. What stands in the variable signs as long as it
    /// stands there.
    fn until(&self, place: usize) -> Option<Timestamp> {
        let (next, _) = self.keys.get(place + 1)?;
        Some((*next)?.plus_seconds(self.overlap_seconds))
    }
}

/// Adds a key to a folder, which is made where there is none; its public half.
///
/// # Errors
/// See [`RingError`].
pub fn rotate(folder: &Path, log: (&str, Suite), at: Timestamp) -> Result<String, RingError> {
    made(folder)?;
    if read(folder)?.len() >= KEYS_MAX {
        return Err(RingError::Count);
    }
    add(folder, log, at)
}

/// The public halves of a folder's keys and when they were made, the oldest first.
///
/// # Errors
/// See [`RingError`].
pub fn list(folder: &Path) -> Result<Vec<(Timestamp, String)>, RingError> {
    let keys = read(folder)?.into_iter();
    Ok(keys
        .filter_map(|(at, key)| Some((at?, key.verifier().to_string())))
        .collect())
}

fn given(text: &Secret) -> Result<Vec<(Option<Timestamp>, Signer)>, RingError> {
    let parse = |text: &str| {
        let key = Signer::parse(&Secret::new(text)).map_err(|source| RingError::NotAKey {
            place: VARIABLE.to_owned(),
            source,
        });
        key.map(|key| (None, key))
    };
    text.expose().split_whitespace().map(parse).collect()
}

fn made(folder: &Path) -> Result<(), RingError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|source| RingError::Io {
        place: folder.to_owned(),
        source,
    })
}

fn read(folder: &Path) -> Result<Vec<(Option<Timestamp>, Signer)>, RingError> {
    let failed = |source| RingError::Io {
        place: folder.to_owned(),
        source,
    };
    closed(folder, &fs::metadata(folder).map_err(failed)?)?;
    let mut keys = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let place = entry.map_err(failed)?.path();
        if place.extension().is_none_or(|extension| extension != "key") {
            continue;
        }
        let key = read_key(&place)?;
        let micros = place
            .file_stem()
            .and_then(|name| name.to_str()?.parse().ok())
            .ok_or_else(|| RingError::NotAKey {
                place: place.display().to_string(),
                source: KeyError::Malformed,
            })?;
        keys.push((Some(Timestamp::from_micros(micros)), key));
    }
    keys.sort_by_key(|(at, _)| *at);
    Ok(keys)
}

/// Reads a file with one private key.
///
/// # Errors
/// It cannot be read, others may read it, or it holds none.
pub fn read_key(place: &Path) -> Result<Signer, RingError> {
    let failed = |source| RingError::Io {
        place: place.to_owned(),
        source,
    };
    closed(place, &fs::metadata(place).map_err(failed)?)?;
    let text = Secret::new(fs::read_to_string(place).map_err(failed)?);
    Signer::parse(&text).map_err(|source| RingError::NotAKey {
        place: place.display().to_string(),
        source,
    })
}

/// Refuses what others than its owner may use.
fn closed(place: &Path, found: &Metadata) -> Result<(), RingError> {
    if found.permissions().mode() & 0o077 == 0 {
        Ok(())
    } else {
        Err(RingError::Open(place.to_owned()))
    }
}

fn add(folder: &Path, (origin, suite): (&str, Suite), at: Timestamp) -> Result<String, RingError> {
    let place = folder.join(format!("{}.key", at.micros()));
    write_new(&place, origin, KeyKind::from(suite))
}

/// Makes a key and writes it to a new file, which gets its name once it is whole. Its public half.
///
/// # Errors
/// The name cannot be that of a key, or the file is there or cannot be written.
pub fn write_new(place: &Path, name: &str, kind: KeyKind) -> Result<String, RingError> {
    let key = Signer::generate(name, kind).map_err(|source| RingError::NotAKey {
        place: place.display().to_string(),
        source,
    })?;
    let unfinished = place.with_extension("new");
    let folder = match place.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        Some(_) | None => Path::new("."),
    };
    let write = || -> io::Result<()> {
        let mut file = File::options()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&unfinished)?;
        writeln!(file, "{}", key.text().expose())?;
        file.sync_all()?;
        let linked = fs::hard_link(&unfinished, place);
        fs::remove_file(&unfinished)?;
        linked?;
        File::open(folder)?.sync_all()
    };
    write().map_err(|source| RingError::Io {
        place: place.to_owned(),
        source,
    })?;
    Ok(key.verifier().to_string())
}
