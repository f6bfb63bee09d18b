//! Events of the journal as the API shows them.

use serde::Serialize;
use utoipa::ToSchema;

use crate::app::leaf;
use crate::domain::log::Suite;
use crate::domain::time::Timestamp;
use crate::store::journal::JournalRow;
use crate::store::load::Corrupt;

/// An event: a leaf of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct EventView {
    /// Its place; without gaps from 1.
    pub seq: i64,
    /// The command that brought it about.
    pub command_seq: i64,
    /// Which event.
    pub kind: String,
    /// When the command was applied.
    pub at: Timestamp,
    /// The leaf's RFC 6962 hash: SHA-256, or SM3 in a log of that suite, of a zero byte and the bytes of `body`, in hex.
    pub leaf: String,
    /// The leaf, to the byte: JSON in a text, because another form of the same values would have another hash.
    pub body: String,
}

impl EventView {
    /// What is shown of a row.
    ///
    /// # Errors
    /// The leaf is no text.
    pub fn of((row, at): (JournalRow, Timestamp), suite: Suite) -> Result<EventView, Corrupt> {
        let leaf = leaf::hash(suite, &row.body);
        let body = String::from_utf8(row.body).map_err(|_| Corrupt::new("journal.body", &row.seq.to_string()))?;
        Ok(EventView {
            seq: row.seq,
            command_seq: row.command_seq,
            kind: row.kind,
            at,
            leaf,
            body,
        })
    }
}
