//! Commands and their answers, refusals included.

use diesel::prelude::*;

use super::column::row;
use super::connection::Reader;
use super::load::LoadError;
use super::schema::command;
use crate::domain::id::OrgId;
use crate::on;

row! {
    /// A command that was answered, refused ones too; a retry gets this very answer.
    pub struct CommandRow in command by (seq) {
        /// Its place in the order of commands.
        pub seq: i64,
        /// For which organisation.
        pub org: Option<i64>,
        /// The idempotency key.
        pub key: Option<String>,
        /// SHA-256 of the body that came with the key.
        pub body_hash: Option<Vec<u8>>,
        /// Who asked.
        pub actor: String,
        /// What was asked.
        pub kind: String,
        /// When, in microseconds.
        pub at: i64,
        /// Whether it was accepted.
        pub accepted: bool,
        /// The answer, to the byte.
        pub answer: String,
    }
}

/// The command that `org` sent with the idempotency `key`.
pub fn find(reader: &mut Reader, org: OrgId, key: &str) -> Result<Option<CommandRow>, LoadError> {
    let query = command::table
        .filter(command::org.eq(org.0.cast_signed()))
        .filter(command::key.eq(key))
        .select(CommandRow::columns());
    Ok(on!(reader, connection => query.first(connection).optional())?)
}

/// The last commands before `before` that carried an idempotency key, newest first: for the cache in memory.
pub fn recent_keyed(reader: &mut Reader, before: i64, limit: i64) -> Result<Vec<CommandRow>, LoadError> {
    let query = command::table
        .filter(command::key.is_not_null())
        .filter(command::seq.lt(before))
        .order(command::seq.desc())
        .limit(limit)
        .select(CommandRow::columns());
    Ok(on!(reader, connection => query.load(connection))?)
}

/// The place of the last command; 0 before the first.
pub fn last(reader: &mut Reader) -> Result<i64, LoadError> {
    let query = command::table.select(diesel::dsl::max(command::seq));
    let last: Option<i64> = on!(reader, connection => query.first(connection))?;
    Ok(last.unwrap_or(0))
}
