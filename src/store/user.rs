//! Users. Who they are is not here: names and addresses are beside, where they can be erased.

use diesel::prelude::*;

use super::column::{Named, row};
use super::connection::Reader;
use super::load::{Corrupt, LoadError};
use super::schema::app_user;
use super::writer::Batch;
use crate::domain::id::{OrgId, UserId};
use crate::domain::time::Timestamp;
use crate::domain::user::{NewUser, Role, User};
use crate::on;

row! {
    /// A user.
    pub struct UserRow in app_user by (id) changing (roles, active) {
        /// Its identifier.
        pub id: i64,
        /// For whom the user acts.
        pub org: i64,
        /// As what, separated by commas.
        pub roles: String,
        /// Whether the user may act.
        pub active: bool,
        /// SHA-256 in hex of a salt and of who the user is.
        pub identity: String,
        /// When the user was registered, in microseconds.
        pub created_at: i64,
    }
}

impl UserRow {
    /// The row of a user. `created_at` counts only when the row is new.
    pub fn new(user: &User, created_at: Timestamp) -> UserRow {
        let roles: Vec<&str> = user.profile.roles.iter().map(|role| Named(*role).word()).collect();
        UserRow {
            id: user.id.0.cast_signed(),
            org: user.profile.org.0.cast_signed(),
            roles: roles.join(","),
            active: user.active,
            identity: user.profile.identity.clone(),
            created_at: created_at.micros(),
        }
    }
}

impl TryFrom<UserRow> for User {
    type Error = Corrupt;

    fn try_from(row: UserRow) -> Result<User, Corrupt> {
        let role = |word: &str| match Named::<Role>::parse(word) {
            Ok(Named(role)) => Ok(role),
            Err(_) => Err(Corrupt::new("app_user.roles", word)),
        };
        let roles = row.roles.split(',').map(role).collect::<Result<_, _>>()?;
        Ok(User {
            id: UserId(row.id.cast_unsigned()),
            active: row.active,
            profile: NewUser {
                org: OrgId(row.org.cast_unsigned()),
                roles,
                identity: row.identity,
                dormant: false,
            },
        })
    }
}

impl Batch {
    /// Says how a user of earlier stands now, or one that this batch adds.
    pub(super) fn change_user(&mut self, user: &User) {
        let id = user.id.0.cast_signed();
        // The last row of a key is written: it must say when the user was registered, if the row is new.
        let new = self.users.iter().find(|row| row.id == id);
        let created_at = new.map_or(Timestamp::default(), |row| Timestamp::from_micros(row.created_at));
        self.users.push(UserRow::new(user, created_at));
    }
}

/// All rows, in the order of identifiers.
pub fn load_rows(reader: &mut Reader) -> Result<Vec<UserRow>, LoadError> {
    let query = app_user::table.order(app_user::id).select(UserRow::columns());
    Ok(on!(reader, connection => query.load(connection))?)
}

/// All users, in the order of identifiers.
pub fn load_all(reader: &mut Reader) -> Result<Vec<User>, LoadError> {
    let rows = load_rows(reader)?.into_iter();
    rows.map(|row| Ok(row.try_into()?)).collect()
}
