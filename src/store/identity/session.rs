//! Sessions.

use diesel::prelude::*;

use super::digest;
use crate::domain::credential::Session;
use crate::domain::id::{KeyId, SessionId, UserId};
use crate::domain::time::Timestamp;
use crate::on;
use crate::store::column::row;
use crate::store::connection::Reader;
use crate::store::load::{Corrupt, LoadError};
use crate::store::schema::session;

row! {
    /// What a log-in opened.
    pub struct SessionRow in session by (id) changing (refresh, refresh_until, revoked_at) {
        /// The identifier.
        pub id: i64,
        /// Who logged in.
        pub app_user: i64,
        /// The API key, if a machine logged in.
        pub api_key: Option<i64>,
        /// SHA-256 of what all its refresh tokens share.
        pub family: Vec<u8>,
        /// SHA-256 of what only the latest one has.
        pub refresh: Vec<u8>,
        /// When it was opened, in microseconds.
        pub created_at: i64,
        /// When the latest refresh token stops to be good, in microseconds.
        pub refresh_until: i64,
        /// When it ends at the latest, in microseconds.
        pub expires_at: i64,
        /// When it was ended before that, in microseconds.
        pub revoked_at: Option<i64>,
    }
}

impl From<&Session> for SessionRow {
    fn from(session: &Session) -> SessionRow {
        SessionRow {
            id: session.id.0.cast_signed(),
            app_user: session.user.0.cast_signed(),
            api_key: session.key.map(|key| key.0.cast_signed()),
            family: session.family.to_vec(),
            refresh: session.refresh.to_vec(),
            created_at: session.created_at.micros(),
            refresh_until: session.refresh_until.micros(),
            expires_at: session.expires_at.micros(),
            revoked_at: session.revoked_at.map(Timestamp::micros),
        }
    }
}

impl TryFrom<SessionRow> for Session {
    type Error = Corrupt;

    fn try_from(row: SessionRow) -> Result<Session, Corrupt> {
        Ok(Session {
            id: SessionId(row.id.cast_unsigned()),
            user: UserId(row.app_user.cast_unsigned()),
            key: row.api_key.map(|key| KeyId(key.cast_unsigned())),
            family: digest("session.family", &row.family)?,
            refresh: digest("session.refresh", &row.refresh)?,
            created_at: Timestamp::from_micros(row.created_at),
            refresh_until: Timestamp::from_micros(row.refresh_until),
            expires_at: Timestamp::from_micros(row.expires_at),
            revoked_at: row.revoked_at.map(Timestamp::from_micros),
        })
    }
}

/// Those that were not ended and have not expired, in the order of their identifiers.
pub(super) fn load_unexpired(reader: &mut Reader, at: Timestamp) -> Result<Vec<Session>, LoadError> {
    let query = session::table
        .filter(session::revoked_at.is_null().and(session::expires_at.gt(at.micros())))
        .order(session::id)
        .select(SessionRow::columns());
    let rows: Vec<SessionRow> = on!(reader, connection => query.load(connection))?;
    rows.into_iter().map(|row| Ok(row.try_into()?)).collect()
}
