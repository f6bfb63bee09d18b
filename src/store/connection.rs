//! Where the database is, and connections that read it.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::sqlite::SqliteConnection;

use super::dialect::{postgresql, sqlite};
use super::load::LoadError;
use super::migrate;
use super::writer::OpenError;

/// Where a database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Url {
    /// A file.
    Sqlite(PathBuf),
    /// What libpq takes.
    Postgresql(String),
}

/// Why a text is no database URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("is neither a path, nor sqlite://PATH, nor postgres://…")]
pub struct ParseUrlError;

impl FromStr for Url {
    type Err = ParseUrlError;

    fn from_str(text: &str) -> Result<Url, ParseUrlError> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Url::Postgresql(text.to_owned()));
        }
        let path = text.strip_prefix("sqlite://").unwrap_or(text);
        if path.is_empty() || path.contains("://") || path.contains('\0') {
            return Err(ParseUrlError);
        }
        Ok(Url::Sqlite(PathBuf::from(path)))
    }
}

impl fmt::Display for Url {
    /// Without the password that a PostgreSQL URL may have.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Url::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
            Url::Postgresql(url) => {
                let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", url));
                let authority_end = rest.find(['/', '?']).unwrap_or(rest.len());
                let host_start = rest[..authority_end].rfind('@').map_or(0, |at| at + 1);
                let path = rest[host_start..].split('?').next().unwrap_or_default();
                write!(f, "{scheme}://{path}")
            }
        }
    }
}

/// A connection that only reads. Queries are written once and compiled for each back end, see [`on!`].
pub enum Reader {
    /// On SQLite.
    Sqlite(SqliteConnection),
    /// On PostgreSQL.
    Postgresql(PgConnection),
}

impl Reader {
    /// Connects to a database of this product and version.
    pub fn open(url: &Url) -> Result<Reader, OpenError> {
        migrate::current(url)?;
        match url {
            Url::Sqlite(path) => sqlite::read(path).map(Reader::Sqlite),
            Url::Postgresql(url) => postgresql::read(url).map(Reader::Postgresql),
        }
    }

    /// From now on everything that is read is of one instant, whatever is written meanwhile.
    pub fn hold_still(&mut self) -> Result<(), LoadError> {
        let held = match self {
            Reader::Sqlite(connection) => connection.batch_execute(sqlite::HOLD_STILL),
            Reader::Postgresql(connection) => connection.batch_execute(postgresql::HOLD_STILL),
        };
        Ok(held?)
    }

    /// What `look` reads is all of one instant; afterwards the connection moves on again. After an error that is not one of
    /// `look` the connection is of no more use.
    pub fn at_one_instant<T, E: From<LoadError>>(
        &mut self,
        look: impl FnOnce(&mut Reader) -> Result<T, E>,
    ) -> Result<T, E> {
        self.hold_still()?;
        let seen = look(self);
        let ended = match self {
            Reader::Sqlite(connection) => connection.batch_execute("COMMIT"),
            Reader::Postgresql(connection) => connection.batch_execute("COMMIT"),
        };
        ended.map_err(LoadError::from)?;
        seen
    }
}

/// Runs a diesel expression on the connection inside a [`Reader`], compiled once for each back end:
/// `on!(reader, connection => bid::table.find(7).first::<BidRow>(connection))`.
#[macro_export]
macro_rules! on {
    ($reader:expr, $connection:ident => $body:expr) => {
        match $reader {
            $crate::store::Reader::Sqlite($connection) => $body,
            $crate::store::Reader::Postgresql($connection) => $body,
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_parse_and_hide_passwords() {
        assert_eq!("sqlite://var/q.db".parse(), Ok(Url::Sqlite("var/q.db".into())));
        assert_eq!("/var/q.db".parse(), Ok(Url::Sqlite("/var/q.db".into())));
        for text in ["", "sqlite://", "mysql://localhost/q"] {
            assert_eq!(text.parse::<Url>(), Err(ParseUrlError), "{text}");
        }
        let url: Url = "postgres://q:secret@db/q?sslmode=require&password=secret"
            .parse()
            .unwrap();
        assert_eq!(url.to_string(), "postgres://db/q");
    }
}
