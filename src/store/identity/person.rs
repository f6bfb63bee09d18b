//! The people behind the users.

use diesel::prelude::*;

use crate::domain::credential::Person;
use crate::domain::id::UserId;
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use crate::on;
use crate::store::column::row;
use crate::store::connection::Reader;
use crate::store::load::{Corrupt, LoadError, narrow};
use crate::store::schema::person;

row! {
    /// A person behind a user.
    pub struct PersonRow in person by (app_user) {
        /// The user.
        pub app_user: i64,
        /// The e-mail address; none once the person is erased.
        pub email: Option<String>,
        /// The name.
        pub name: String,
        /// What is hashed with both.
        pub salt: String,
        /// The password's argon2id hash.
        pub password: Option<String>,
        /// Wrong passwords since the last right one.
        pub failures: i64,
        /// Until when no password is right, in microseconds.
        pub locked_until: Option<i64>,
        /// Since when the password is this one, in microseconds.
        pub password_changed_at: i64,
    }
}

impl From<&Person> for PersonRow {
    fn from(person: &Person) -> PersonRow {
        PersonRow {
            app_user: person.user.0.cast_signed(),
            email: person.email.clone(),
            name: person.name.clone(),
            salt: person.salt.expose().to_owned(),
            password: person.password.as_ref().map(|hash| hash.expose().to_owned()),
            failures: i64::from(person.failures),
            locked_until: person.locked_until.map(Timestamp::micros),
            password_changed_at: person.password_changed_at.micros(),
        }
    }
}

impl TryFrom<PersonRow> for Person {
    type Error = Corrupt;

    fn try_from(row: PersonRow) -> Result<Person, Corrupt> {
        Ok(Person {
            user: UserId(row.app_user.cast_unsigned()),
            email: row.email,
            name: row.name,
            salt: Secret::new(row.salt),
            password: row.password.map(Secret::new),
            failures: narrow("person.failures", row.failures)?,
            locked_until: row.locked_until.map(Timestamp::from_micros),
            password_changed_at: Timestamp::from_micros(row.password_changed_at),
        })
    }
}

/// All of them, in the order of the users.
pub(super) fn load_all(reader: &mut Reader) -> Result<Vec<Person>, LoadError> {
    let query = person::table.order(person::app_user).select(PersonRow::columns());
    let rows: Vec<PersonRow> = on!(reader, connection => query.load(connection))?;
    rows.into_iter().map(|row| Ok(row.try_into()?)).collect()
}
