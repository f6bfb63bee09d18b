//! API keys.

use diesel::prelude::*;

use super::digest;
use crate::domain::credential::ApiKey;
use crate::domain::id::{KeyId, OrgId, UserId};
use crate::domain::time::Timestamp;
use crate::domain::user::Role;
use crate::on;
use crate::store::column::{Named, row};
use crate::store::connection::Reader;
use crate::store::load::{Corrupt, LoadError};
use crate::store::schema::api_key;

row! {
    /// An API key.
    pub struct ApiKeyRow in api_key by (id) changing (revoked_at) {
        /// The identifier.
        pub id: i64,
        /// For which organisation.
        pub org: i64,
        /// Who made it.
        pub app_user: i64,
        /// What it is for.
        pub name: String,
        /// As what, separated by commas.
        pub roles: String,
        /// SHA-256 of its secret.
        pub hash: Vec<u8>,
        /// When it was made, in microseconds.
        pub created_at: i64,
        /// When it stops to be good, in microseconds.
        pub expires_at: Option<i64>,
        /// When it was revoked, in microseconds.
        pub revoked_at: Option<i64>,
    }
}

impl From<&ApiKey> for ApiKeyRow {
    fn from(key: &ApiKey) -> ApiKeyRow {
        let roles: Vec<&str> = key.roles.iter().map(|role| Named(*role).word()).collect();
        ApiKeyRow {
            id: key.id.0.cast_signed(),
            org: key.org.0.cast_signed(),
            app_user: key.maker.0.cast_signed(),
            name: key.name.clone(),
            roles: roles.join(","),
            hash: key.hash.to_vec(),
            created_at: key.created_at.micros(),
            expires_at: key.expires_at.map(Timestamp::micros),
            revoked_at: key.revoked_at.map(Timestamp::micros),
        }
    }
}

impl TryFrom<ApiKeyRow> for ApiKey {
    type Error = Corrupt;

    fn try_from(row: ApiKeyRow) -> Result<ApiKey, Corrupt> {
        let role = |word: &str| match Named::<Role>::parse(word) {
            Ok(Named(role)) => Ok(role),
            Err(_) => Err(Corrupt::new("api_key.roles", word)),
        };
        let words = row.roles.split(',').filter(|word| !word.is_empty());
        Ok(ApiKey {
            id: KeyId(row.id.cast_unsigned()),
            org: OrgId(row.org.cast_unsigned()),
            maker: UserId(row.app_user.cast_unsigned()),
            name: row.name,
            roles: words.map(role).collect::<Result<_, _>>()?,
            hash: digest("api_key.hash", &row.hash)?,
            created_at: Timestamp::from_micros(row.created_at),
            expires_at: row.expires_at.map(Timestamp::from_micros),
            revoked_at: row.revoked_at.map(Timestamp::from_micros),
        })
    }
}

/// All of them, in the order of their identifiers.
pub(super) fn load_all(reader: &mut Reader) -> Result<Vec<ApiKey>, LoadError> {
    let query = api_key::table.order(api_key::id).select(ApiKeyRow::columns());
    let rows: Vec<ApiKeyRow> = on!(reader, connection => query.load(connection))?;
    rows.into_iter().map(|row| Ok(row.try_into()?)).collect()
}
