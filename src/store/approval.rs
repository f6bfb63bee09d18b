//! Approvals: what waits for a second person, and what was decided.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::column::{Named, row};
use super::connection::Reader;
use super::load::{Corrupt, LoadError};
use super::schema::approval;
use crate::domain::approval::ApprovalState;
use crate::domain::id::{ApprovalId, OrgId, UserId};
use crate::domain::time::Timestamp;
use crate::domain::user::Role;
use crate::engine::approval::{Approval, Decision};
use crate::on;

row! {
    /// An approval.
    pub struct ApprovalRow in approval by (id) changing (state, checker, reason, decided_at) {
        /// Its identifier.
        pub id: i64,
        /// Who asked.
        pub maker: i64,
        /// What the second person must be.
        pub role: Named<Role>,
        /// The name of the command.
        pub kind: String,
        /// The command in JSON, to the byte as it is hashed.
        pub command: String,
        /// SHA-256 of that in hex.
        pub payload_hash: String,
        /// Where it stands.
        pub state: Named<ApprovalState>,
        /// Who decided.
        pub checker: Option<i64>,
        /// Why.
        pub reason: Option<String>,
        /// When it was asked for, in microseconds.
        pub created_at: i64,
        /// When it was decided, in microseconds.
        pub decided_at: Option<i64>,
        /// Whose programme it is about.
        pub issuer: Option<i64>,
    }
}

/// As the partial index `approval_pending` says it: with a bound parameter it would not be used.
pub(crate) const PENDING: &str = "approval.state = 'pending'";

impl From<&Approval> for ApprovalRow {
    /// The row of one that waits.
    fn from(approval: &Approval) -> ApprovalRow {
        ApprovalRow {
            id: approval.id.0.cast_signed(),
            maker: approval.maker.0.cast_signed(),
            role: Named(approval.role),
            kind: approval.command.kind().to_owned(),
            // It was written once already, for its hash.
            command: serde_json::to_string(&approval.command).unwrap_or_default(),
            payload_hash: approval.payload_hash.clone(),
            state: Named(ApprovalState::Pending),
            checker: None,
            reason: None,
            created_at: approval.created_at.micros(),
            decided_at: None,
            issuer: approval.issuer.map(|issuer| issuer.0.cast_signed()),
        }
    }
}

impl From<&Decision> for ApprovalRow {
    fn from(decision: &Decision) -> ApprovalRow {
        ApprovalRow {
            state: Named(decision.verdict.state()),
            checker: Some(decision.checker.0.cast_signed()),
            reason: decision.reason.clone(),
            decided_at: Some(decision.decided_at.micros()),
            ..ApprovalRow::from(&decision.approval)
        }
    }
}

impl TryFrom<ApprovalRow> for Approval {
    type Error = Corrupt;

    fn try_from(row: ApprovalRow) -> Result<Approval, Corrupt> {
        let command = serde_json::from_str(&row.command)
            .map_err(|error| Corrupt::new("approval.command", &format!("{}: {error}", row.id)))?;
        Ok(Approval {
            id: ApprovalId(row.id.cast_unsigned()),
            maker: UserId(row.maker.cast_unsigned()),
            role: row.role.0,
            issuer: row.issuer.map(|issuer| OrgId(issuer.cast_unsigned())),
            command: Box::new(command),
            payload_hash: row.payload_hash,
            created_at: Timestamp::from_micros(row.created_at),
        })
    }
}

/// All rows, in the order of identifiers.
pub fn load_all(reader: &mut Reader) -> Result<Vec<ApprovalRow>, LoadError> {
    let query = approval::table.order(approval::id).select(ApprovalRow::columns());
    Ok(on!(reader, connection => query.load(connection))?)
}

/// What waits for a second person, in the order of identifiers.
pub fn load_pending(reader: &mut Reader) -> Result<Vec<Approval>, LoadError> {
    let query = approval::table
        .filter(sql::<Bool>(PENDING))
        .order(approval::id)
        .select(ApprovalRow::columns());
    let rows: Vec<ApprovalRow> = on!(reader, connection => query.load(connection))?;
    rows.into_iter().map(|row| Ok(row.try_into()?)).collect()
}
