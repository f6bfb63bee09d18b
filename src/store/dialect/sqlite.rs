//! SQLite: one file, one writer by an operating system lock, prepared single inserts.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use diesel::deserialize::FromSql;
use diesel::sql_types::Text;
use diesel::sqlite::{Sqlite, SqliteConnection};
use diesel::{Connection, connection::SimpleConnection};
use rusqlite::{ErrorCode, OpenFlags, params};
use serde::de::DeserializeOwned;

use super::{Append, Claim, Fault, LOCK_PAUSE, LOCK_TRIES};
use crate::store::column::{Named, Row, Sink, latest};
use crate::store::writer::OpenError;

/// Begins what [`super::super::Reader::hold_still`] promises: the write-ahead log keeps what the first read saw.
pub(crate) const HOLD_STILL: &str = "BEGIN";

/// For every connection. Readers wait for a checkpoint rather than fail.
const READER_PRAGMAS: &str = "PRAGMA busy_timeout = 5000; PRAGMA cache_size = -65536; PRAGMA mmap_size = 1073741824; \
     PRAGMA temp_store = MEMORY; PRAGMA query_only = ON;";

/// Only counts while a file is empty. Half as many writes to the log as with SQLite's own 4096, for rows that mostly come at
/// the end of their tables (see docs/PERFORMANCE.md).
const NEW_FILE_PRAGMAS: &str = "PRAGMA page_size = 8192;";
/// Between checkpoints, so that a page that every commit changes is not copied for each.
const CHECKPOINT_PAUSE: Duration = Duration::from_millis(100);
/// Pages in the log (256 MiB) at which it should start anew. The file may be twice as long before it is cut: cutting it takes
/// a tenth of a second, in which nobody gets an answer.
const LOG_FRAMES: i64 = 32_768;
/// The log starts anew at this length even if that takes long.
const LOG_FRAMES_MAX: i64 = 4 * LOG_FRAMES;
/// A checkpoint that had little to copy.
const SHORT_CHECKPOINT: Duration = Duration::from_millis(40);

/// The write connection of a SQLite database.
pub(crate) struct SqliteAppender {
    connection: rusqlite::Connection,
    checkpointer: Checkpointer,
    /// Held for as long as we write.
    _lock: File,
}

/// The lock file beside a database, locked; or who else has it. Waits a little: a process that is just being started by the
/// holder shares its locks until it runs its own program.
pub(crate) fn lock(path: &Path) -> Result<File, OpenError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let unusable = |error: std::io::Error| OpenError::Unusable(format!("{}: {error}", Path::new(&name).display()));
    let file = File::options()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(&name)
        .map_err(unusable)?;
    for _ in 0..LOCK_TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_PAUSE),
            Err(TryLockError::Error(error)) => return Err(unusable(error)),
        }
    }
    Err(OpenError::Taken { holder: holder(path) })
}

fn holder(path: &Path) -> String {
    let read = || -> rusqlite::Result<String> {
        let connection = rusqlite::Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        connection.query_row("SELECT holder FROM writer_lease", [], |row| row.get(0))
    };
    read().unwrap_or_else(|_| "unknown".to_owned())
}

/// A connection that only reads.
pub(crate) fn read(path: &Path) -> Result<SqliteConnection, OpenError> {
    let mut connection = establish(path, "ro")?;
    connection.batch_execute(READER_PRAGMAS).map_err(OpenError::unusable)?;
    Ok(connection)
}

/// A connection for migrations; creates the file if there is none.
pub(crate) fn create(path: &Path) -> Result<SqliteConnection, OpenError> {
    let mut connection = establish(path, "rwc")?;
    connection
        .batch_execute(NEW_FILE_PRAGMAS)
        .map_err(OpenError::unusable)?;
    Ok(connection)
}

fn establish(path: &Path, mode: &str) -> Result<SqliteConnection, OpenError> {
    let mut escaped = String::new();
    for character in path.to_string_lossy().chars() {
        match character {
            '%' => escaped.push_str("%25"),
            '?' => escaped.push_str("%3f"),
            '#' => escaped.push_str("%23"),
            other => escaped.push(other),
        }
    }
    SqliteConnection::establish(&format!("file:{escaped}?mode={mode}")).map_err(OpenError::unusable)
}

impl SqliteAppender {
    pub(crate) fn open(path: &PathBuf, claim: Claim<'_>) -> Result<(SqliteAppender, i64), OpenError> {
        let lock = lock(path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = rusqlite::Connection::open_with_flags(path, flags).map_err(OpenError::unusable)?;
        configure(&connection).map_err(OpenError::unusable)?;
        durable(&connection)?;
        let epoch = connection
            .query_row(
                "UPDATE writer_lease SET epoch = epoch + 1, holder = ?1, taken_at = ?2 RETURNING epoch",
                params![claim.holder, claim.at.micros()],
                |row| row.get(0),
            )
            .map_err(OpenError::unusable)?;
        let checkpointer = Checkpointer::start(path)?;
        let appender = SqliteAppender {
            connection,
            checkpointer,
            _lock: lock,
        };
        Ok((appender, epoch))
    }

    fn run<R: Row>(&mut self, sql: &str, rows: impl Iterator<Item = impl AsRef<R>>) -> Result<(), Fault> {
        let mut statement = self.connection.prepare_cached(sql).map_err(refused)?;
        for row in rows {
            let mut binder = Binder {
                statement: &mut statement,
                index: 0,
                failure: None,
            };
            row.as_ref().write(&mut binder);
            if let Some(error) = binder.failure {
                return Err(refused(error));
            }
            statement
                .raw_execute()
                .map_err(|error| Fault::Refused(format!("{}: {error}", R::TABLE)))?;
        }
        Ok(())
    }
}

fn configure(connection: &rusqlite::Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(128);
    connection.execute_batch(
        "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; \
         PRAGMA cache_size = -262144; PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 0; \
         PRAGMA journal_size_limit = 536870912; PRAGMA secure_delete = ON;",
    )
}

/// A commit must survive a power failure: `NORMAL` lost acknowledged commits in 152 of 480 rebuilt crash images.
fn durable(connection: &rusqlite::Connection) -> Result<(), OpenError> {
    let journal: String = connection
        .pragma_query_value(None, "journal_mode", |row| row.get(0))
        .map_err(OpenError::unusable)?;
    let synchronous: i64 = connection
        .pragma_query_value(None, "synchronous", |row| row.get(0))
        .map_err(OpenError::unusable)?;
    if journal != "wal" || synchronous < 2 {
        let found = format!("journal_mode is {journal} and synchronous is {synchronous}; wal and 2 (FULL) are needed");
        return Err(OpenError::NotDurable(found));
    }
    Ok(())
}

fn refused(error: rusqlite::Error) -> Fault {
    Fault::Refused(error.to_string())
}

impl Append for SqliteAppender {
    fn begin(&mut self, epoch: i64) -> Result<(), Fault> {
        self.connection.execute_batch("BEGIN IMMEDIATE").map_err(refused)?;
        let mut statement = self
            .connection
            .prepare_cached("SELECT epoch FROM writer_lease")
            .map_err(refused)?;
        let found: i64 = statement.query_row([], |row| row.get(0)).map_err(refused)?;
        if found == epoch { Ok(()) } else { Err(Fault::Fenced) }
    }

    fn insert<R: Row>(&mut self, rows: &[R]) -> Result<(), Fault> {
        let sql = format!("{}{}", super::insert_into::<R>(), placeholders(R::COLUMNS.len()));
        self.run(&sql, rows.iter().map(Borrowed))
    }

    fn upsert<R: Row>(&mut self, rows: &[R]) -> Result<(), Fault> {
        let values = placeholders(R::COLUMNS.len());
        let sql = format!("{}{values}{}", super::insert_into::<R>(), super::on_conflict::<R>());
        self.run(&sql, latest(rows).into_iter().map(Borrowed))
    }

    fn execute(&mut self, statements: &str) -> Result<(), Fault> {
        self.connection.execute_batch(statements).map_err(refused)
    }

    fn commit(&mut self) -> Result<(), Fault> {
        self.connection.execute_batch("COMMIT").map_err(|error| {
            // Busy and constraint errors come before anything is written to the log; after any other error the commit
            // may or may not be in it.
            match error.sqlite_error_code() {
                Some(ErrorCode::DatabaseBusy | ErrorCode::ConstraintViolation) => refused(error),
                Some(_) | None => Fault::Unknown(error.to_string()),
            }
        })?;
        if self.checkpointer.committed() {
            // The log has become long: copy the little that the thread has left, so that it starts anew.
            self.checkpointer.log.store(checkpoint(&self.connection), false);
        }
        Ok(())
    }

    fn rollback(&mut self) -> bool {
        self.connection.is_autocommit() || self.connection.execute_batch("ROLLBACK").is_ok()
    }
}

/// Copies committed pages from the log into the database on a thread of its own: done inside a commit, as SQLite does by itself,
/// it made one commit in eight several times as long.
struct Checkpointer {
    wake: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
    log: Arc<Log>,
}

/// What the last checkpoint found.
#[derive(Default)]
struct Log {
    frames: AtomicI64,
    was_short: AtomicBool,
}

impl Log {
    fn store(&self, frames: i64, was_short: bool) {
        self.frames.store(frames, Ordering::Relaxed);
        self.was_short.store(was_short, Ordering::Relaxed);
    }

    /// Whether the log is long and little of it is left to be copied, or too long to wait for that.
    fn should_start_anew(&self) -> bool {
        let frames = self.frames.load(Ordering::Relaxed);
        frames > LOG_FRAMES_MAX || (frames > LOG_FRAMES && self.was_short.load(Ordering::Relaxed))
    }
}

impl Checkpointer {
    fn start(path: &Path) -> Result<Checkpointer, OpenError> {
        let connection = rusqlite::Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE);
        let connection = connection.map_err(OpenError::unusable)?;
        configure(&connection).map_err(OpenError::unusable)?;
        let (wake, woken) = sync_channel(1);
        let log = Arc::new(Log::default());
        let found = Arc::clone(&log);
        let thread = std::thread::spawn(move || {
            while woken.recv().is_ok() {
                let began = Instant::now();
                let frames = checkpoint(&connection);
                let was_short = began.elapsed() < SHORT_CHECKPOINT;
                found.store(frames, was_short);
                // A long log should start anew: then one checkpoint follows the other, each with less to copy.
                if frames <= LOG_FRAMES {
                    std::thread::park_timeout(CHECKPOINT_PAUSE);
                }
            }
            empty_log(&connection);
        });
        Ok(Checkpointer {
            wake: Some(wake),
            thread: Some(thread),
            log,
        })
    }

    /// Says that there is something to copy. Whether the log has become so long that it should start anew.
    fn committed(&self) -> bool {
        if let Some(wake) = &self.wake {
            // Full means that the thread is awake or will be soon.
            let _ = wake.try_send(());
        }
        self.log.should_start_anew()
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.wake = None;
        if let Some(thread) = &self.thread {
            thread.thread().unpark();
        }
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::warn!("the checkpoint thread has panicked");
        }
    }
}

/// Copies what no reader still needs in the log. The pages in the log.
fn checkpoint(connection: &rusqlite::Connection) -> i64 {
    let frames = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get(1));
    frames.unwrap_or_else(|error| {
        tracing::warn!(%error, "checkpoint");
        0
    })
}

/// At the end, so that the file by itself is the whole database. Left to the next writer where somebody reads.
fn empty_log(connection: &rusqlite::Connection) {
    let emptied = connection.execute_batch("PRAGMA busy_timeout = 0; PRAGMA wal_checkpoint(TRUNCATE);");
    if let Err(error) = emptied {
        tracing::warn!(%error, "last checkpoint");
    }
}

struct Borrowed<'a, R>(&'a R);

impl<R> AsRef<R> for Borrowed<'_, R> {
    fn as_ref(&self) -> &R {
        self.0
    }
}

fn placeholders(count: usize) -> String {
    format!("VALUES ({})", vec!["?"; count].join(", "))
}

/// Binds the values of a row to a prepared statement.
struct Binder<'a, 'c> {
    statement: &'a mut rusqlite::Statement<'c>,
    index: usize,
    failure: Option<rusqlite::Error>,
}

impl Binder<'_, '_> {
    fn bind(&mut self, value: impl rusqlite::ToSql) {
        self.index += 1;
        if let Err(error) = self.statement.raw_bind_parameter(self.index, value) {
            self.failure.get_or_insert(error);
        }
    }
}

impl Sink for Binder<'_, '_> {
    fn int(&mut self, value: i64) {
        self.bind(value);
    }

    fn text(&mut self, value: &str) {
        self.bind(value);
    }

    fn bytes(&mut self, value: &[u8]) {
        self.bind(value);
    }

    fn bool(&mut self, value: bool) {
        self.bind(value);
    }

    fn null(&mut self) {
        self.bind(rusqlite::types::Null);
    }
}

impl<E: DeserializeOwned> FromSql<Text, Sqlite> for Named<E> {
    fn from_sql(mut bytes: diesel::sqlite::SqliteValue<'_, '_, '_>) -> diesel::deserialize::Result<Self> {
        Ok(Named::parse(bytes.read_text())?)
    }
}
