//! Leaves of the journal: one line of JSON each, with fields in a fixed order, money and times as the API writes them.

use crate::domain::log::Suite;
use crate::domain::text::hex;
use crate::domain::time::Timestamp;
use crate::engine::{Command, Event};
use serde::{Deserialize, Serialize};

/// The kind of the leaf of a command; the leaves of its events follow it.
pub const COMMAND: &str = "command";

#[derive(Serialize)]
struct CommandLeafRef<'a> {
    command_seq: i64,
    at: Timestamp,
    actor: &'a str,
    command: &'a Command,
}

/// The leaf of a command.
#[derive(Debug, Clone, Deserialize)]
pub struct CommandLeaf {
    /// Its place in the order of commands.
    pub command_seq: i64,
    /// When it was applied.
    pub at: Timestamp,
    /// Who gave it.
    pub actor: String,
    /// What was asked.
    pub command: Command,
}

/// The leaf of a command.
///
/// # Errors
/// Only if a value cannot be written as JSON, which would be a defect.
pub fn of_command(
    command_seq: i64,
    at: Timestamp,
    actor: &str,
    command: &Command,
) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(&CommandLeafRef {
        command_seq,
        at,
        actor,
        command,
    })
}

/// The leaf of an event.
///
/// # Errors
/// Only if a value cannot be written as JSON, which would be a defect.
pub fn of_event(event: &Event) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(event)
}

/// The RFC 6962 hash of a leaf, in hex: SHA-256, or SM3 where the log is of that suite, of a zero byte and the leaf.
pub fn hash(suite: Suite, leaf: &[u8]) -> String {
    hex(&suite.leaf(leaf))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_empty_leaf_has_the_published_hash() {
        // Test vector of RFC 6962 implementations: the hash of a leaf without bytes.
        assert_eq!(
            hash(Suite::Sha256Ed25519, b""),
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
        );
    }
}
