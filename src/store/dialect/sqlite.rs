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

/// Values that one statement inserts: with several rows at once SQLite starts and ends fewer statements.
const VALUES_AT_ONCE: usize = 128;

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

    /// Runs a statement for each group of rows, which is as many as it has places for.
    fn run<'r, R: Row + 'r>(&mut self, sql: &str, groups: impl Iterator<Item = &'r [R]>) -> Result<(), Fault> {
        let mut statement = self.connection.prepare_cached(sql).map_err(refused)?;
        for rows in groups {
            execute(&mut statement, rows, &[])?;
        }
        Ok(())
    }

    /// Updates the rows whose keys exist; the others.
    fn update<'r, R: Row>(&mut self, rows: Vec<&'r R>) -> Result<Vec<&'r R>, Fault> {
        let mut statement = self.connection.prepare_cached(&update_of::<R>()).map_err(refused)?;
        let is_idle = |column: &&str| !R::KEY.contains(column) && !R::CHANGING.contains(column);
        let idle: Vec<bool> = R::COLUMNS.iter().map(is_idle).collect();
        let mut missing = Vec::new();
        for row in rows {
            if execute(&mut statement, std::slice::from_ref(row), &idle)? == 0 {
                missing.push(row);
            }
        }
        Ok(missing)
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
        let at_once = (VALUES_AT_ONCE / R::COLUMNS.len().max(1)).max(1);
        let groups = rows.chunks_exact(at_once);
        let rest = groups.remainder();
        if groups.len() > 0 {
            self.run(&insert_of::<R>(at_once), groups)?;
        }
        self.run(&insert_of::<R>(1), rest.chunks(1))
    }

    fn upsert<R: Row>(&mut self, rows: &[R]) -> Result<(), Fault> {
        let mut rows = latest(rows);
        // Where little changes of a row it is mostly there already, and an update need neither bring the rest nor ask its indexes.
        if !R::CHANGING.is_empty() {
            rows = self.update(rows)?;
        }
        if rows.is_empty() {
            return Ok(());
        }
        let sql = format!("{}{}", insert_of::<R>(1), super::on_conflict::<R>());
        self.run(&sql, rows.into_iter().map(std::slice::from_ref))
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

/// The statement that inserts so many rows. After a row that is refused the transaction is given up, so that SQLite need not keep
/// what it would take to undo the statement alone.
fn insert_of<R: Row>(rows: usize) -> String {
    let row = format!("({})", vec!["?"; R::COLUMNS.len()].join(", "));
    let insert = super::insert_into::<R>().replacen("INSERT", "INSERT OR FAIL", 1);
    format!("{insert}VALUES {}", vec![row.as_str(); rows].join(", "))
}

/// The statement that updates a row. Its parameters have the numbers of the columns.
fn update_of<R: Row>() -> String {
    let terms = |names: &[&str]| -> Vec<String> {
        let columns = (1..).zip(R::COLUMNS).filter(|(_, column)| names.contains(column));
        columns
            .map(|(number, column)| format!("{column} = ?{number}"))
            .collect()
    };
    let (set, key) = (terms(R::CHANGING).join(", "), terms(R::KEY).join(" AND "));
    format!("UPDATE {} SET {set} WHERE {key}", R::TABLE)
}

/// Runs a statement with some rows, but for their columns that are `idle`; how many rows it changed.
fn execute<R: Row>(statement: &mut rusqlite::Statement<'_>, rows: &[R], idle: &[bool]) -> Result<usize, Fault> {
    let mut binder = Binder {
        idle,
        statement,
        index: 0,
        failure: None,
    };
    rows.iter().for_each(|row| row.write(&mut binder));
    if let Some(error) = binder.failure {
        return Err(refused(error));
    }
    let changed = statement.raw_execute();
    changed.map_err(|error| Fault::Refused(format!("{}: {error}", R::TABLE)))
}

/// Binds the values of rows to a prepared statement.
struct Binder<'a, 'c> {
    /// Columns of a single row that the statement does not name; those beyond are named.
    idle: &'a [bool],
    statement: &'a mut rusqlite::Statement<'c>,
    index: usize,
    failure: Option<rusqlite::Error>,
}

impl Binder<'_, '_> {
    fn bind(&mut self, value: impl rusqlite::ToSql) {
        let is_idle = self.idle.get(self.index).copied().unwrap_or(false);
        self.index += 1;
        if is_idle {
            return;
        }
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
