//! Documents beside the database: a folder in which each file is named by the SHA-256 of what it holds.
//!
//! `<folder>/<organisation>/<two hex digits>/<sha256>`. A file is written under another name in `incoming`, made durable, and only
//! then named; what a crash leaves in `incoming` was never acknowledged and is thrown away at the next start.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};

use super::random;
use crate::domain::document::{MediaType, SIGNATURE_BYTES};
use crate::domain::fingerprint::Fingerprint;
use crate::domain::id::OrgId;
use crate::domain::text::hex;
use crate::engine::Rejection;

/// Most documents that are written at once.
const UPLOADS_MAX: u64 = 64;
/// Bytes that are read at once.
const READ_BYTES: usize = 64 * 1024;
/// Where files are until they are complete.
const INCOMING: &str = "incoming";

/// How much may be kept.
#[derive(Debug, Clone, Copy)]
pub struct DocumentLimits {
    /// Largest document, in bytes.
    pub document_bytes: u64,
    /// All documents of one organisation, in bytes.
    pub org_bytes: u64,
}

/// Why a document is not taken or not given.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// It is too large.
    #[error("the document has more than {max} bytes")]
    TooLarge {
        /// The largest, in bytes.
        max: u64,
    },
    /// The organisation has handed in as much as it may.
    #[error("the documents of this organisation would have more than {max} bytes")]
    OrgFull {
        /// All that it may have, in bytes.
        max: u64,
    },
    /// There is nothing in it.
    #[error("the document is empty")]
    Empty,
    /// It does not begin as its media type does.
    #[error("the content is no {}", .0.name())]
    NotOfType(MediaType),
    /// It is not what the sender's digest says.
    #[error("the content does not have the digest that was announced")]
    OtherDigest,
    /// What is kept under its name is something else: the folder is damaged.
    #[error("the file kept as {0} holds something else")]
    Damaged(Fingerprint),
    /// Too many come at once.
    #[error("too many documents come at once")]
    Busy,
    /// The folder cannot be used.
    #[error("the folder of the documents cannot be used: {0}")]
    Folder(#[from] io::Error),
}

/// A document that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// Its name.
    pub hash: Fingerprint,
    /// Its size in bytes.
    pub size: u64,
}

/// The folder. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Documents(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    folder: PathBuf,
    limits: DocumentLimits,
    /// Bytes kept, by organisation.
    kept: Mutex<BTreeMap<OrgId, u64>>,
    uploads: AtomicU64,
}

impl Documents {
    /// Makes the folder if need be, throws away what a crash has left half-written, and counts what is there.
    ///
    /// # Errors
    /// The folder cannot be used.
    pub fn open(folder: &Path, limits: DocumentLimits) -> io::Result<Documents> {
        let incoming = folder.join(INCOMING);
        fs::create_dir_all(&incoming)?;
        for left in fs::read_dir(&incoming)? {
            fs::remove_file(left?.path())?;
        }
        let mut kept = BTreeMap::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let org = entry.file_name().to_str().and_then(|name| name.parse::<OrgId>().ok());
            if let Some(org) = org {
                kept.insert(org, size_of(&entry.path())?);
            }
        }
        Ok(Documents(Arc::new(Inner {
            folder: folder.to_owned(),
            limits,
            kept: Mutex::new(kept),
            uploads: AtomicU64::new(0),
        })))
    }

    /// The largest document, in bytes.
    pub fn max_bytes(&self) -> u64 {
        self.0.limits.document_bytes
    }

    /// Begins to take a document of an organisation. It blocks, as do all that follow.
    ///
    /// # Errors
    /// [`DocumentError::Busy`]; the folder cannot be used.
    pub fn begin(&self, org: OrgId) -> Result<Upload, DocumentError> {
        let seat = Seat::take(&self.0)?;
        let name = random::bytes::<16>().map_err(|error| io::Error::other(error.to_string()))?;
        let path = self.0.folder.join(INCOMING).join(hex(&name));
        let file = File::options().write(true).create_new(true).open(&path)?;
        Ok(Upload {
            seat,
            org,
            file,
            path,
            hasher: Sha256::new(),
            beginning: Vec::new(),
            size: 0,
        })
    }

    /// A document of an organisation, to be read from its beginning, and its size; none: it has handed in no such thing.
    ///
    /// # Errors
    /// The folder cannot be used.
    pub fn open_document(&self, org: OrgId, hash: Fingerprint) -> io::Result<Option<(File, u64)>> {
        match File::open(self.0.path(org, hash)) {
            Ok(file) => {
                let size = file.metadata()?.len();
                Ok(Some((file, size)))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The size of a document whose content is still what its name says.
    fn intact(&self, org: OrgId, hash: Fingerprint) -> Result<Option<u64>, DocumentError> {
        let Some((mut file, _)) = self.open_document(org, hash)? else {
            return Ok(None);
        };
        let mut hasher = Sha256::new();
        let mut buffer = vec![0; READ_BYTES];
        let mut size = 0;
        loop {
            let read = file.read(&mut buffer)?;
            if read == 0 {
                break;
            }
            hasher.update(&buffer[..read]);
            size += u64::try_from(read).unwrap_or(u64::MAX);
        }
        if Fingerprint(hasher.finalize().into()) == hash {
            Ok(Some(size))
        } else {
            Err(DocumentError::Damaged(hash))
        }
    }
}

/// Whether all documents that a command names are there, as they were handed in: each file is read and hashed again. It blocks.
///
/// # Errors
/// [`Rejection::DocumentMissing`]: this organisation has handed in no such thing. [`Rejection::DocumentAltered`]: it has another
/// size than is said, or the file has changed or cannot be read.
pub fn require(documents: &Documents, org: OrgId, named: &[(Fingerprint, u64)]) -> Result<(), Rejection> {
    for &(hash, size) in named {
        match documents.intact(org, hash) {
            Ok(Some(found)) if found == size => {}
            Ok(Some(_)) => return Err(Rejection::DocumentAltered(hash)),
            Ok(None) => return Err(Rejection::DocumentMissing(hash)),
            Err(error) => {
                tracing::error!(%error, %org, %hash, "a document cannot be trusted");
                return Err(Rejection::DocumentAltered(hash));
            }
        }
    }
    Ok(())
}

impl Inner {
    fn path(&self, org: OrgId, hash: Fingerprint) -> PathBuf {
        let name = hash.to_string();
        let shelf: String = name.chars().take(2).collect();
        self.folder.join(org.to_string()).join(shelf).join(name)
    }

    fn kept(&self) -> MutexGuard<'_, BTreeMap<OrgId, u64>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts `size` more bytes of an organisation, if it may have them.
    fn count(&self, org: OrgId, size: u64) -> Result<(), DocumentError> {
        let max = self.limits.org_bytes;
        let mut kept = self.kept();
        let sum = kept.entry(org).or_default();
        let more = sum.saturating_add(size);
        if more > max {
            return Err(DocumentError::OrgFull { max });
        }
        *sum = more;
        Ok(())
    }

    fn uncount(&self, org: OrgId, size: u64) {
        let mut kept = self.kept();
        let sum = kept.entry(org).or_default();
        *sum = sum.saturating_sub(size);
    }
}

/// One of the few that write at once.
struct Seat(Arc<Inner>);

impl Seat {
    fn take(inner: &Arc<Inner>) -> Result<Seat, DocumentError> {
        let taken = inner.uploads.fetch_add(1, Ordering::SeqCst);
        // From here on it is given back, also where there is none.
        let seat = Seat(Arc::clone(inner));
        if taken < UPLOADS_MAX {
            Ok(seat)
        } else {
            Err(DocumentError::Busy)
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.uploads.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A document on its way in. Dropped before its end it leaves nothing.
pub struct Upload {
    seat: Seat,
    org: OrgId,
    file: File,
    path: PathBuf,
    hasher: Sha256,
    beginning: Vec<u8>,
    size: u64,
}

impl Upload {
    /// Takes the next bytes.
    ///
    /// # Errors
    /// The document is too large; the folder cannot be used.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), DocumentError> {
        let max = self.seat.0.limits.document_bytes;
        self.size = self.size.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        if self.size > max {
            return Err(DocumentError::TooLarge { max });
        }
        let wanted = SIGNATURE_BYTES.saturating_sub(self.beginning.len()).min(bytes.len());
        self.beginning.extend_from_slice(&bytes[..wanted]);
        self.hasher.update(bytes);
        Ok(self.file.write_all(bytes)?)
    }

    /// Keeps the document; when this returns it survives a power failure. `expected` is what the sender says its SHA-256 is.
    ///
    /// # Errors
    /// It is empty, not of its type, not as announced, or more than the organisation may have; the folder cannot be used.
    pub fn finish(self, media_type: MediaType, expected: Option<Fingerprint>) -> Result<Kept, DocumentError> {
        let size = self.size;
        let hash = Fingerprint(self.hasher.clone().finalize().into());
        if size == 0 {
            return Err(DocumentError::Empty);
        }
        if expected.is_some_and(|expected| expected != hash) {
            return Err(DocumentError::OtherDigest);
        }
        if !media_type.fits(&self.beginning) {
            return Err(DocumentError::NotOfType(media_type));
        }
        let documents = Documents(Arc::clone(&self.seat.0));
        if documents.intact(self.org, hash)?.is_none() {
            documents.0.count(self.org, size)?;
            if let Err(error) = self.keep(&documents.0.path(self.org, hash)) {
                documents.0.uncount(self.org, size);
                return Err(error.into());
            }
        }
        // Also where it was there before: another upload of it may not have come so far yet.
        make_durable(&documents.0.path(self.org, hash))?;
        Ok(Kept { hash, size })
    }

    /// Gives the file its name. Another upload may do so at the same moment: the name says what is in it, so both are right.
    fn keep(&self, path: &Path) -> io::Result<()> {
        self.file.sync_all()?;
        if let Some(shelf) = path.parent() {
            fs::create_dir_all(shelf)?;
        }
        fs::rename(&self.path, path)
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        // Once the document is kept there is nothing here any more.
        let _ = fs::remove_file(&self.path);
    }
}

/// Makes the names that lead to a file survive a power failure: those of the file, its shelf and its organisation.
fn make_durable(path: &Path) -> io::Result<()> {
    path.ancestors()
        .skip(1)
        .take(3)
        .try_for_each(|folder| File::open(folder)?.sync_all())
}

/// Sum of the sizes of all files in a folder and those below it.
fn size_of(folder: &Path) -> io::Result<u64> {
    let mut sum = 0_u64;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let size = if entry.file_type()?.is_dir() {
            size_of(&entry.path())?
        } else {
            entry.metadata()?.len()
        };
        sum = sum.saturating_add(size);
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: DocumentLimits = DocumentLimits {
        document_bytes: 1_000,
        org_bytes: 1_500,
    };
    const ORG: OrgId = OrgId(7);

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    fn put(documents: &Documents, org: OrgId, content: &[u8]) -> Result<Kept, DocumentError> {
        let mut upload = documents.begin(org)?;
        for part in content.chunks(3) {
            upload.write(part)?;
        }
        upload.finish(MediaType::Text, None)
    }

    fn incoming(folder: &Path) -> usize {
        fs::read_dir(folder.join(INCOMING)).unwrap().count()
    }

    #[test]
    fn a_document_is_kept_once_under_its_hash() {
        let folder = folder();
        let documents = Documents::open(folder.path(), LIMITS).unwrap();
        let kept = put(&documents, ORG, b"abc").unwrap();
        // FIPS 180-4, example of one block.
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!((kept.hash.to_string().as_str(), kept.size), (expected, 3));
        assert!(folder.path().join(ORG.to_string()).join("ba").join(expected).is_file());
        assert_eq!(put(&documents, ORG, b"abc").unwrap(), kept);
        assert_eq!(incoming(folder.path()), 0);
        assert_eq!(documents.0.kept().get(&ORG), Some(&3));
        assert!(documents.open_document(OrgId(8), kept.hash).unwrap().is_none());
        assert_eq!(require(&documents, ORG, &[(kept.hash, 3)]), Ok(()));
    }

    #[test]
    fn what_is_missing_or_altered_is_refused_by_name() {
        let folder = folder();
        let documents = Documents::open(folder.path(), LIMITS).unwrap();
        let kept = put(&documents, ORG, b"the invoice").unwrap();
        let named = [(kept.hash, kept.size)];
        assert_eq!(
            require(&documents, OrgId(8), &named),
            Err(Rejection::DocumentMissing(kept.hash))
        );
        let other_size = [(kept.hash, kept.size + 1)];
        assert_eq!(
            require(&documents, ORG, &other_size),
            Err(Rejection::DocumentAltered(kept.hash))
        );
        fs::write(documents.0.path(ORG, kept.hash), b"the lnvoice").unwrap();
        assert_eq!(
            require(&documents, ORG, &named),
            Err(Rejection::DocumentAltered(kept.hash))
        );
        let again = put(&documents, ORG, b"the invoice");
        assert!(
            matches!(again, Err(DocumentError::Damaged(_))),
            "nothing is overwritten"
        );
    }

    #[test]
    fn what_a_crash_leaves_is_thrown_away() {
        let folder = folder();
        let kept = {
            let documents = Documents::open(folder.path(), LIMITS).unwrap();
            let mut half = documents.begin(ORG).unwrap();
            half.write(b"half of it").unwrap();
            // A process that is killed drops nothing.
            std::mem::forget(half);
            put(&documents, ORG, b"all of it").unwrap()
        };
        assert_eq!(incoming(folder.path()), 1);
        let documents = Documents::open(folder.path(), LIMITS).unwrap();
        assert_eq!(incoming(folder.path()), 0);
        assert_eq!(require(&documents, ORG, &[(kept.hash, kept.size)]), Ok(()));
        assert_eq!(documents.0.kept().get(&ORG), Some(&kept.size));
    }

    #[test]
    fn nothing_grows_without_end() {
        let folder = folder();
        let documents = Documents::open(folder.path(), LIMITS).unwrap();
        let large = put(&documents, ORG, &[b'a'; 1_001]);
        assert!(matches!(large, Err(DocumentError::TooLarge { max: 1_000 })));
        put(&documents, ORG, &[b'a'; 1_000]).unwrap();
        let more = put(&documents, ORG, &[b'b'; 501]);
        assert!(matches!(more, Err(DocumentError::OrgFull { max: 1_500 })));
        put(&documents, ORG, &[b'b'; 500]).unwrap();
        put(&documents, OrgId(8), &[b'b'; 501]).unwrap();
        assert!(matches!(put(&documents, ORG, b""), Err(DocumentError::Empty)));
        let open: Vec<Upload> = (0..UPLOADS_MAX).map(|_| documents.begin(ORG).unwrap()).collect();
        assert!(matches!(documents.begin(ORG), Err(DocumentError::Busy)));
        drop(open);
        assert!(documents.begin(ORG).is_ok());
        assert_eq!(incoming(folder.path()), 0);
    }

    #[test]
    fn a_document_is_what_its_sender_says() {
        let folder = folder();
        let documents = Documents::open(folder.path(), LIMITS).unwrap();
        let send = |media_type, expected| {
            let mut upload = documents.begin(ORG).unwrap();
            upload.write(b"%PDF-1.7 ...").unwrap();
            upload.finish(media_type, expected)
        };
        let other = send(MediaType::Pdf, Some(Fingerprint([1; 32])));
        assert!(matches!(other, Err(DocumentError::OtherDigest)));
        let png = send(MediaType::Png, None);
        assert!(matches!(png, Err(DocumentError::NotOfType(MediaType::Png))));
        let kept = send(MediaType::Pdf, None).unwrap();
        assert_eq!(send(MediaType::Pdf, Some(kept.hash)).unwrap(), kept);
    }
}
