//! Everything in which SQLite and PostgreSQL differ, and nothing else.

pub(crate) mod postgresql;
pub(crate) mod sqlite;

use super::column::Row;
use super::writer::OpenError;
use crate::domain::time::Timestamp;

/// How often the writer's place is asked for before it counts as taken.
const LOCK_TRIES: u32 = 20;
/// And how long is waited in between.
const LOCK_PAUSE: std::time::Duration = std::time::Duration::from_millis(50);

/// Why a step of the writer failed.
#[derive(Debug)]
pub(crate) enum Fault {
    /// Another writer has taken over.
    Fenced,
    /// Nothing was written.
    Refused(String),
    /// Nobody knows.
    Unknown(String),
}

/// Who opens a writer, and when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Claim<'a> {
    pub(crate) holder: &'a str,
    pub(crate) at: Timestamp,
}

/// The write connection of one back end.
pub(crate) trait Append: Sized {
    /// Starts a transaction that is certain to be the only writer's: the epoch is still `epoch`.
    fn begin(&mut self, epoch: i64) -> Result<(), Fault>;
    /// Appends rows whose keys are new.
    fn insert<R: Row>(&mut self, rows: &[R]) -> Result<(), Fault>;
    /// Appends rows, or updates those whose keys exist. Of several rows of one key the last counts.
    fn upsert<R: Row>(&mut self, rows: &[R]) -> Result<(), Fault>;
    /// Runs statements without parameters.
    fn execute(&mut self, statements: &str) -> Result<(), Fault>;
    /// Makes the transaction durable. Never cancelled.
    fn commit(&mut self) -> Result<(), Fault>;
    /// Gives the transaction up. False if the connection is of no more use.
    fn rollback(&mut self) -> bool;
}

/// `INSERT INTO table (columns) ` of `R`.
fn insert_into<R: Row>() -> String {
    format!("INSERT INTO {} ({}) ", R::TABLE, R::COLUMNS.join(", "))
}

/// ` ON CONFLICT …` of `R`.
fn on_conflict<R: Row>() -> String {
    let changing = super::column::changing::<R>();
    let key = R::KEY.join(", ");
    if changing.is_empty() {
        return format!(" ON CONFLICT ({key}) DO NOTHING");
    }
    let set: Vec<String> = changing
        .iter()
        .map(|column| format!("{column} = excluded.{column}"))
        .collect();
    format!(" ON CONFLICT ({key}) DO UPDATE SET {}", set.join(", "))
}

/// Both back ends behind one.
pub(crate) enum Appender {
    Sqlite(sqlite::SqliteAppender),
    Postgresql(postgresql::PostgresqlAppender),
}

macro_rules! either {
    ($appender:expr, $inner:ident => $body:expr) => {
        match $appender {
            Appender::Sqlite($inner) => $body,
            Appender::Postgresql($inner) => $body,
        }
    };
}

impl Appender {
    /// Takes the writer lease of the database at `url`; the epoch is now the one returned.
    pub(crate) fn open(url: &super::connection::Url, claim: Claim<'_>) -> Result<(Appender, i64), OpenError> {
        match url {
            super::connection::Url::Sqlite(path) => {
                let (appender, epoch) = sqlite::SqliteAppender::open(path, claim)?;
                Ok((Appender::Sqlite(appender), epoch))
            }
            super::connection::Url::Postgresql(url) => {
                let (appender, epoch) = postgresql::PostgresqlAppender::open(url, claim)?;
                Ok((Appender::Postgresql(appender), epoch))
            }
        }
    }
}

impl Append for Appender {
    fn begin(&mut self, epoch: i64) -> Result<(), Fault> {
        either!(self, inner => inner.begin(epoch))
    }

    fn insert<R: Row>(&mut self, rows: &[R]) -> Result<(), Fault> {
        if rows.is_empty() {
            return Ok(());
        }
        either!(self, inner => inner.insert(rows))
    }

    fn upsert<R: Row>(&mut self, rows: &[R]) -> Result<(), Fault> {
        if rows.is_empty() {
            return Ok(());
        }
        either!(self, inner => inner.upsert(rows))
    }

    fn execute(&mut self, statements: &str) -> Result<(), Fault> {
        either!(self, inner => inner.execute(statements))
    }

    fn commit(&mut self) -> Result<(), Fault> {
        either!(self, inner => inner.commit())
    }

    fn rollback(&mut self) -> bool {
        either!(self, inner => inner.rollback())
    }
}
