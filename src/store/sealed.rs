//! Personal data beside the journal. A row is written with the command that names its fingerprint, and never changes but once,
//! when it is erased.

use diesel::prelude::*;

use super::column::row;
use super::connection::Reader;
use super::load::{Corrupt, LoadError};
use super::schema::sealed;
use crate::domain::fingerprint::Fingerprint;
use crate::domain::id::OrgId;
use crate::domain::sealed::Sealed;
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use crate::on;

row! {
    /// Sealed content.
    pub struct SealedRow in sealed by (hash) changing (salt, content, erased_at) {
        /// SHA-256 of salt and content, in hex.
        pub hash: String,
        /// Whose it is.
        pub org: i64,
        /// The salt; none once it is erased.
        pub salt: Option<String>,
        /// The content; none once it is erased.
        pub content: Option<String>,
        /// When it was written, in microseconds.
        pub created_at: i64,
        /// When it was erased, in microseconds.
        pub erased_at: Option<i64>,
    }
}

impl SealedRow {
    /// New content.
    pub fn new(sealed: &Sealed, at: Timestamp) -> SealedRow {
        SealedRow {
            hash: sealed.hash.to_string(),
            org: sealed.org.0.cast_signed(),
            salt: Some(sealed.salt.expose().to_owned()),
            content: Some(sealed.content.expose().to_owned()),
            created_at: at.micros(),
            erased_at: None,
        }
    }

    /// The same without its content: of content that is there only what can be erased changes.
    pub fn erased((hash, org): (Fingerprint, OrgId), at: Timestamp) -> SealedRow {
        SealedRow {
            hash: hash.to_string(),
            org: org.0.cast_signed(),
            salt: None,
            content: None,
            created_at: at.micros(),
            erased_at: Some(at.micros()),
        }
    }
}

/// The content with a fingerprint; none: it was erased, or there never was such a one.
pub fn find(reader: &mut Reader, hash: Fingerprint) -> Result<Option<Sealed>, LoadError> {
    let query = sealed::table.find(hash.to_string()).select(SealedRow::columns());
    let row: Option<SealedRow> = on!(reader, connection => query.first(connection).optional())?;
    let Some(row) = row else { return Ok(None) };
    let parsed = row.hash.parse().map_err(|_| Corrupt::new("sealed.hash", &row.hash))?;
    let content = row.salt.zip(row.content);
    Ok(content.map(|(salt, content)| Sealed {
        hash: parsed,
        org: OrgId(row.org.cast_unsigned()),
        salt: Secret::new(salt),
        content: Secret::new(content),
    }))
}
