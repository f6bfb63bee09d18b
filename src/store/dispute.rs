//! Disputes about usage, and the keys with which usage is signed. Both are few, so that a row holds its thing as JSON, and beside it
//! what is asked for.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::column::row;
use super::connection::Reader;
use super::load::{Corrupt, LoadError};
use super::schema::{dispute, usage_key};
use crate::domain::dispute::Dispute;
use crate::domain::id::OrgId;
use crate::domain::usage::UsageKey;
use crate::engine::{self, State};
use crate::on;

row! {
    /// A dispute.
    pub struct DisputeRow in dispute by (id) {
        /// Its identifier.
        pub id: i64,
        /// Of which lease.
        pub lease: i64,
        /// Who disputes.
        pub tenant: i64,
        /// Who has reported.
        pub provider: i64,
        /// Where it stands.
        pub state: String,
        /// When it was opened, in microseconds.
        pub created_at: i64,
        /// All of it, in JSON.
        pub body: String,
    }
}

row! {
    /// The public key of an agent that signs usage.
    pub struct UsageKeyRow in usage_key by (id) {
        /// Its identifier.
        pub id: i64,
        /// Whose agent it is.
        pub provider: i64,
        /// All of it, in JSON.
        pub body: String,
    }
}

impl From<&Dispute> for DisputeRow {
    fn from(dispute: &Dispute) -> DisputeRow {
        DisputeRow {
            id: dispute.id.0.cast_signed(),
            lease: dispute.lease.0.cast_signed(),
            tenant: dispute.tenant.0.cast_signed(),
            provider: dispute.provider.0.cast_signed(),
            state: dispute.state.name().to_owned(),
            created_at: dispute.created_at.micros(),
            // Texts and integers always have a JSON form.
            body: serde_json::to_string(dispute).unwrap_or_default(),
        }
    }
}

impl TryFrom<DisputeRow> for Dispute {
    type Error = Corrupt;

    fn try_from(row: DisputeRow) -> Result<Dispute, Corrupt> {
        serde_json::from_str(&row.body).map_err(|error| Corrupt::new("dispute.body", &format!("{}: {error}", row.id)))
    }
}

impl From<&UsageKey> for UsageKeyRow {
    fn from(key: &UsageKey) -> UsageKeyRow {
        UsageKeyRow {
            id: key.id.0.cast_signed(),
            provider: key.provider.0.cast_signed(),
            body: serde_json::to_string(key).unwrap_or_default(),
        }
    }
}

impl TryFrom<UsageKeyRow> for UsageKey {
    type Error = Corrupt;

    fn try_from(row: UsageKeyRow) -> Result<UsageKey, Corrupt> {
        serde_json::from_str(&row.body).map_err(|error| Corrupt::new("usage_key.body", &format!("{}: {error}", row.id)))
    }
}

/// The keys of a provider, the revoked ones too, in the order of registration.
pub fn keys_of(reader: &mut Reader, provider: OrgId) -> Result<Vec<UsageKey>, LoadError> {
    let query = usage_key::table
        .filter(usage_key::provider.eq(provider.0.cast_signed()))
        .order(usage_key::id)
        .select(UsageKeyRow::columns());
    let rows: Vec<UsageKeyRow> = on!(reader, connection => query.load(connection))?;
    rows.into_iter().map(|row| Ok(row.try_into()?)).collect()
}

/// Reads the keys, and the disputes about leases that are not closed.
pub(super) fn load(reader: &mut Reader, state: &mut State) -> Result<(), LoadError> {
    let query = usage_key::table.order(usage_key::id).select(UsageKeyRow::columns());
    let rows: Vec<UsageKeyRow> = on!(&mut *reader, connection => query.load(connection))?;
    for row in rows {
        let key = UsageKey::try_from(row)?;
        state.usage_keys.insert((key.provider, key.id), key);
    }
    let query = dispute::table
        .filter(sql::<Bool>(
            "dispute.lease IN (SELECT id FROM lease WHERE lease.state <> 'closed')",
        ))
        .order(dispute::id)
        .select(DisputeRow::columns());
    let rows: Vec<DisputeRow> = on!(reader, connection => query.load(connection))?;
    for row in rows {
        engine::dispute::restore(state, row.try_into()?);
    }
    Ok(())
}
