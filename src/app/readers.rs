//! Connections that read, kept and shared by those who answer questions.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::engine::rejection::{FieldError, FieldRule};
use crate::store::load::{Corrupt, LoadError};
use crate::store::read::catalogue::Codes;
use crate::store::{OpenError, Reader, Url};

/// Why there is no answer to a question.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// All connections are in use, and none came free in time. Ask again.
    #[error("all connections to the database are in use")]
    Busy,
    /// The database does not answer, or answers with something impossible.
    #[error("the database cannot be read: {0}")]
    Unavailable(String),
    /// The question breaks a rule.
    #[error("{} {}", .0.pointer, .0.detail)]
    Invalid(FieldError),
}

impl ReadError {
    /// The field at `pointer` breaks `code`.
    pub fn invalid(pointer: &str, code: FieldRule, detail: &str) -> ReadError {
        ReadError::Invalid(FieldError {
            pointer: pointer.to_owned(),
            code,
            detail: detail.to_owned(),
        })
    }
}

impl From<LoadError> for ReadError {
    fn from(error: LoadError) -> ReadError {
        ReadError::Unavailable(error.to_string())
    }
}

impl From<Corrupt> for ReadError {
    fn from(error: Corrupt) -> ReadError {
        ReadError::Unavailable(error.to_string())
    }
}

impl From<OpenError> for ReadError {
    fn from(error: OpenError) -> ReadError {
        ReadError::Unavailable(error.to_string())
    }
}

/// A connection and the names that it has read.
pub struct PooledReader {
    /// The connection.
    pub reader: Reader,
    /// The names of accelerators and sites.
    pub codes: Codes,
}

impl PooledReader {
    /// Connects.
    ///
    /// # Errors
    /// The database cannot be used.
    pub fn open(url: &Url) -> Result<PooledReader, OpenError> {
        Ok(PooledReader {
            reader: Reader::open(url)?,
            codes: Codes::default(),
        })
    }
}

/// A pool of connections: opened when they are first needed, never more than so many, and not used again after an error.
pub struct Readers {
    url: Url,
    size: usize,
    wait: Duration,
    shelf: Mutex<Shelf>,
    returned: Condvar,
}

#[derive(Default)]
struct Shelf {
    idle: Vec<PooledReader>,
    /// Those in use, too.
    open: usize,
}

impl Readers {
    /// At most `size` connections to the database at `url`, at least one, for which nobody waits longer than `wait`.
    pub fn new(url: &Url, size: usize, wait: Duration) -> Readers {
        Readers {
            url: url.clone(),
            size: size.max(1),
            wait,
            shelf: Mutex::default(),
            returned: Condvar::new(),
        }
    }

    /// Asks something on a connection of its own. Blocks: not for a thread that must answer others meanwhile.
    ///
    /// # Errors
    /// [`ReadError::Busy`] where no connection comes free in time; what `look` says. After
    /// [`ReadError::Unavailable`] another connection takes the place of the one it came from.
    pub fn read<T>(&self, look: impl FnOnce(&mut PooledReader) -> Result<T, ReadError>) -> Result<T, ReadError> {
        let mut loan = self.lend()?;
        let mut reader = match loan.reader.take() {
            Some(reader) => reader,
            None => PooledReader::open(&self.url)?,
        };
        let seen = look(&mut reader);
        match seen {
            Err(ReadError::Unavailable(_)) => {}
            Ok(_) | Err(ReadError::Busy | ReadError::Invalid(_)) => loan.reader = Some(reader),
        }
        seen
    }

    fn lend(&self) -> Result<Loan<'_>, ReadError> {
        let until = Instant::now() + self.wait;
        let mut shelf = self.shelf();
        loop {
            if let Some(reader) = shelf.idle.pop() {
                return Ok(self.loan(Some(reader)));
            }
            if shelf.open < self.size {
                shelf.open += 1;
                return Ok(self.loan(None));
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(ReadError::Busy);
            }
            let waited = self.returned.wait_timeout(shelf, left);
            shelf = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn loan(&self, reader: Option<PooledReader>) -> Loan<'_> {
        Loan { readers: self, reader }
    }

    /// A panic while the lock is held is none of the shelf's: every change of it is complete.
    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Gives the place back in any case, and the connection where it is put in here again.
struct Loan<'a> {
    readers: &'a Readers,
    reader: Option<PooledReader>,
}

impl Drop for Loan<'_> {
    fn drop(&mut self) {
        let mut shelf = self.readers.shelf();
        match self.reader.take() {
            Some(reader) => shelf.idle.push(reader),
            None => shelf.open -= 1,
        }
        drop(shelf);
        self.readers.returned.notify_one();
    }
}
