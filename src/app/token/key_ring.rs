//! The keys that sign tokens: a folder of files that only we may read.
//!
//! Files are named by when they were made. A key signs once it is [`OVERLAP_SECONDS`] old, so that whoever checks our tokens
//! has fetched it by then; the first one signs at once. It retires when the last token that it can have signed has expired.

use std::fmt;
use std::fs::{self, DirBuilder, File, Metadata};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use aws_lc_rs::signature::Ed25519KeyPair;
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};

use super::{LEEWAY_SECONDS, LIFETIME_SECONDS_MAX};
use crate::domain::text::base64;
use crate::domain::time::Timestamp;

/// How old a key is when it begins to sign, in seconds.
pub const OVERLAP_SECONDS: u32 = 600;
/// Most keys of a folder.
pub const KEYS_MAX: usize = 100;

/// Why keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyRingError {
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
    /// It holds no Ed25519 key, or its name no instant.
    #[error("{}: is no key that this program made", .0.display())]
    NotAKey(PathBuf),
    /// There are too many.
    #[error("{}: has more than {KEYS_MAX} keys; remove retired ones", .0.display())]
    TooMany(PathBuf),
    /// No key can be made.
    #[error("no key can be made")]
    NotMade,
}

/// A key.
pub struct SigningKey {
    created_at: Timestamp,
    kid: String,
    private: EncodingKey,
    public: DecodingKey,
    jwk: Jwk,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

impl SigningKey {
    /// Its name: the RFC 7638 thumbprint of the public half.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// When it was made.
    pub fn created_at(&self) -> Timestamp {
        self.created_at
    }

    pub(super) fn private(&self) -> &EncodingKey {
        &self.private
    }

    pub(super) fn public(&self) -> &DecodingKey {
        &self.public
    }

    fn read(place: &Path) -> Result<SigningKey, KeyRingError> {
        let none = || KeyRingError::NotAKey(place.to_owned());
        let created_at = created_at(place).ok_or_else(none)?;
        let pem = fs::read(place).map_err(|source| KeyRingError::Io {
            place: place.to_owned(),
            source,
        })?;
        let read = || -> jsonwebtoken::errors::Result<SigningKey> {
            let private = EncodingKey::from_ed_pem(&pem)?;
            let mut jwk = Jwk::from_encoding_key(&private, Algorithm::EdDSA)?;
            let kid = jwk.thumbprint(ThumbprintHash::SHA256)?;
            jwk.common.key_id = Some(kid.clone());
            jwk.common.public_key_use = Some(PublicKeyUse::Signature);
            let public = DecodingKey::from_jwk(&jwk)?;
            Ok(SigningKey {
                created_at,
                kid,
                private,
                public,
                jwk,
            })
        };
        read().map_err(|_| none())
    }
}

/// Where a key stands at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Signs later.
    Next,
    /// Signs now.
    Signs,
    /// Checks what it has signed.
    Checks,
    /// Counts for nothing; its file may be removed.
    Retired,
}

/// The keys of a folder, the oldest first.
#[derive(Debug)]
pub struct KeyRing {
    keys: Vec<SigningKey>,
}

impl KeyRing {
    /// Reads the keys of a folder, and makes the folder and a first key where there is none.
    ///
    /// # Errors
    /// See [`KeyRingError`].
    pub fn open(folder: &Path, at: Timestamp) -> Result<KeyRing, KeyRingError> {
        let ring = KeyRing::of(folder)?;
        if !ring.keys.is_empty() {
            return Ok(ring);
        }
        make(folder, at)?;
        KeyRing::read(folder)
    }

    /// Adds a key to the folder, and makes that where there is none.
    ///
    /// # Errors
    /// See [`KeyRingError`].
    pub fn rotate(folder: &Path, at: Timestamp) -> Result<(), KeyRingError> {
        if KeyRing::of(folder)?.keys.len() >= KEYS_MAX {
            return Err(KeyRingError::TooMany(folder.to_owned()));
        }
        make(folder, at)
    }

    /// The keys of a folder, which is made where there is none.
    fn of(folder: &Path) -> Result<KeyRing, KeyRingError> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.map_err(|source| KeyRingError::Io {
            place: folder.to_owned(),
            source,
        })?;
        KeyRing::read(folder)
    }

    /// The keys and where they stand, the oldest first.
    pub fn standings(&self, at: Timestamp) -> impl Iterator<Item = (&SigningKey, Standing)> {
        self.keys.iter().enumerate().map(move |(place, key)| {
            let standing = if self.retires(place).is_some_and(|end| at >= end) {
                Standing::Retired
            } else if place > self.signing_place(at) {
                Standing::Next
            } else if place == self.signing_place(at) {
                Standing::Signs
            } else {
                Standing::Checks
            };
            (key, standing)
        })
    }

    pub(super) fn signing(&self, at: Timestamp) -> Option<&SigningKey> {
        self.keys.get(self.signing_place(at))
    }

    /// The key `kid`, unless it is retired.
    pub(super) fn verifying(&self, kid: &str, at: Timestamp) -> Option<&SigningKey> {
        let place = self.keys.iter().position(|key| key.kid == kid)?;
        let is_retired = self.retires(place).is_some_and(|end| at >= end);
        if is_retired { None } else { self.keys.get(place) }
    }

    pub(super) fn kids(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(SigningKey::kid)
    }

    pub(super) fn retires_at(&self, kid: &str) -> Option<Timestamp> {
        self.retires(self.keys.iter().position(|key| key.kid == kid)?)
    }

    pub(super) fn jwks(&self, at: Timestamp) -> JwkSet {
        let live = self
            .standings(at)
            .filter(|(_, standing)| *standing != Standing::Retired);
        JwkSet {
            keys: live.map(|(key, _)| key.jwk.clone()).collect(),
        }
    }

    /// Reads the keys of a folder, and changes nothing.
    ///
    /// # Errors
    /// See [`KeyRingError`].
    pub fn read(folder: &Path) -> Result<KeyRing, KeyRingError> {
        let failed = |source| KeyRingError::Io {
            place: folder.to_owned(),
            source,
        };
        closed(folder, &fs::metadata(folder).map_err(failed)?)?;
        let mut keys = Vec::new();
        for entry in fs::read_dir(folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let place = entry.path();
            if place.extension().is_none_or(|extension| extension != "pem") {
                continue;
            }
            if keys.len() >= KEYS_MAX {
                return Err(KeyRingError::TooMany(folder.to_owned()));
            }
            closed(&place, &fs::metadata(&place).map_err(failed)?)?;
            keys.push(SigningKey::read(&place)?);
        }
        keys.sort_by_key(|key| key.created_at);
        Ok(KeyRing { keys })
    }

    /// When the key at `place` begins to sign.
    fn signs_from(&self, place: usize) -> Option<Timestamp> {
        let created_at = self.keys.get(place)?.created_at;
        Some(if place == 0 {
            created_at
        } else {
            created_at.plus_seconds(OVERLAP_SECONDS)
        })
    }

    /// The last key that signs by now; the first one if the clock stands before them all.
    fn signing_place(&self, at: Timestamp) -> usize {
        (0..self.keys.len())
            .rev()
            .find(|place| self.signs_from(*place).is_some_and(|from| from <= at))
            .unwrap_or(0)
    }

    /// When nothing that the key at `place` has signed can be good any more.
    fn retires(&self, place: usize) -> Option<Timestamp> {
        let leeway = u32::try_from(LEEWAY_SECONDS).unwrap_or(0);
        Some(self.signs_from(place + 1)?.plus_seconds(LIFETIME_SECONDS_MAX + leeway))
    }
}

/// Refuses what others than its owner may use.
fn closed(place: &Path, found: &Metadata) -> Result<(), KeyRingError> {
    if found.permissions().mode() & 0o077 == 0 {
        Ok(())
    } else {
        Err(KeyRingError::Open(place.to_owned()))
    }
}

fn created_at(place: &Path) -> Option<Timestamp> {
    let micros = place.file_stem()?.to_str()?.parse().ok()?;
    Some(Timestamp::from_micros(micros))
}

/// Writes a new key. The file gets its name once it is whole.
fn make(folder: &Path, at: Timestamp) -> Result<(), KeyRingError> {
    let pair = Ed25519KeyPair::generate().map_err(|_| KeyRingError::NotMade)?;
    let document = pair.to_pkcs8v1().map_err(|_| KeyRingError::NotMade)?;
    let place = folder.join(format!("{}.pem", at.micros()));
    let unfinished = folder.join(format!("{}.new", at.micros()));
    let write = || -> io::Result<()> {
        let mut file = File::options()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&unfinished)?;
        file.write_all(pem(document.as_ref()).as_bytes())?;
        file.sync_all()?;
        fs::hard_link(&unfinished, &place)?;
        fs::remove_file(&unfinished)?;
        File::open(folder)?.sync_all()
    };
    write().map_err(|source| KeyRingError::Io { place, source })
}

/// RFC 7468, for a document short enough for one line of 64 letters.
fn pem(der: &[u8]) -> String {
    format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        base64(der)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_signs_after_the_overlap_and_retires_when_its_tokens_have_expired() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("keys");
        let at = |seconds: i64| Timestamp::from_micros(seconds * 1_000_000);
        KeyRing::open(&place, at(0)).unwrap();
        KeyRing::rotate(&place, at(1000)).unwrap();
        let ring = KeyRing::open(&place, at(1000)).unwrap();
        let standings = |seconds| {
            ring.standings(at(seconds))
                .map(|(_, standing)| standing)
                .collect::<Vec<_>>()
        };
        for (seconds, expected) in [
            (1000, [Standing::Signs, Standing::Next]),
            (1599, [Standing::Signs, Standing::Next]),
            (1600, [Standing::Checks, Standing::Signs]),
            (2504, [Standing::Checks, Standing::Signs]),
            (2505, [Standing::Retired, Standing::Signs]),
        ] {
            assert_eq!(standings(seconds), expected, "at {seconds} s");
        }
        assert_eq!((ring.jwks(at(2504)).keys.len(), ring.jwks(at(2505)).keys.len()), (2, 1));
    }

    #[test]
    fn keys_that_others_may_read_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("keys");
        let at = Timestamp::from_micros(7);
        KeyRing::open(&place, at).unwrap();
        let file = place.join("7.pem");
        let mode = |place: &Path| fs::metadata(place).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&place), mode(&file)), (0o700, 0o600));
        let allow = |place: &Path, mode| fs::set_permissions(place, fs::Permissions::from_mode(mode)).unwrap();
        allow(&file, 0o640);
        assert!(matches!(KeyRing::open(&place, at), Err(KeyRingError::Open(found)) if found == file));
        allow(&file, 0o600);
        allow(&place, 0o750);
        assert!(matches!(KeyRing::open(&place, at), Err(KeyRingError::Open(found)) if found == place));
        allow(&place, 0o700);
        fs::write(&file, "no key").unwrap();
        assert!(matches!(KeyRing::open(&place, at), Err(KeyRingError::NotAKey(_))));
    }
}
