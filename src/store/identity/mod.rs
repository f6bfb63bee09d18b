//! Who people and machines are and how they prove it: tables beside the journal, written in the same transactions.

mod api_key;
mod person;
mod session;

pub use api_key::ApiKeyRow;
pub use person::PersonRow;
pub use session::SessionRow;

use super::connection::Reader;
use super::load::{Corrupt, LoadError};
use crate::domain::credential::{ApiKey, Digest, Person, Session};
use crate::domain::time::Timestamp;

/// How long rows are kept that nobody needs any more: 30 days, in microseconds.
const KEPT_MICROS: i64 = 30 * 24 * 3_600_000_000;

/// All credentials.
#[derive(Debug, Clone, Default)]
pub struct Credentials {
    /// The people behind the users, in the order of these.
    pub people: Vec<Person>,
    /// Sessions that have not expired yet, in the order of their identifiers.
    pub sessions: Vec<Session>,
    /// API keys, revoked ones too, in the order of their identifiers.
    pub keys: Vec<ApiKey>,
}

/// Reads the credentials that may count at an instant.
pub fn load(reader: &mut Reader, at: Timestamp) -> Result<Credentials, LoadError> {
    Ok(Credentials {
        people: person::load_all(reader)?,
        sessions: session::load_unexpired(reader, at)?,
        keys: api_key::load_all(reader)?,
    })
}

/// What deletes the rows that expired a while before `at`.
pub(crate) fn purge(at: Timestamp) -> String {
    let until = at.micros().saturating_sub(KEPT_MICROS);
    format!(
        "DELETE FROM session WHERE expires_at < {until} OR revoked_at < {until}; \
         DELETE FROM api_key WHERE expires_at < {until} OR revoked_at < {until};"
    )
}

/// Whether what ended at `ended` is deleted by [`purge`].
pub(crate) fn is_purged(ended: Option<Timestamp>, at: Timestamp) -> bool {
    ended.is_some_and(|ended| ended.micros() < at.micros().saturating_sub(KEPT_MICROS))
}

fn digest(column: &'static str, bytes: &[u8]) -> Result<Digest, Corrupt> {
    let length = |_| Corrupt::new(column, &format!("{} bytes", bytes.len()));
    bytes.try_into().map_err(length)
}
