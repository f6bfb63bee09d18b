//! Leaves of the journal: one line of JSON each, with fields in a fixed order, money and times as the API writes them.

use serde::{Deserialize, Serialize};

use crate::domain::time::Timestamp;
use crate::engine::{Command, Event};

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
