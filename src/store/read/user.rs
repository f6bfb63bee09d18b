//! Users, as they are asked for.

use diesel::prelude::*;

use super::{Found, Slice};
use crate::domain::id::{OrgId, UserId};
use crate::domain::user::User;
use crate::on;
use crate::store::connection::Reader;
use crate::store::load::LoadError;
use crate::store::schema::app_user;
use crate::store::user::UserRow;

/// One of them.
pub fn find(reader: &mut Reader, id: UserId) -> Result<Option<User>, LoadError> {
    let query = app_user::table
        .filter(app_user::id.eq(id.0.cast_signed()))
        .select(UserRow::columns());
    let row: Option<UserRow> = on!(reader, connection => query.first(connection).optional())?;
    row.map(|row| Ok(row.try_into()?)).transpose()
}

/// The newest first; `org`: those of one organisation.
pub fn page(reader: &mut Reader, org: Option<OrgId>, slice: Slice) -> Result<Found<User>, LoadError> {
    let found: Found<UserRow> = newest!(
        reader, slice, app_user by id as UserRow,
        indexed query => match org {
            None => query,
            Some(org) => query.filter(app_user::org.eq(org.0.cast_signed())),
        },
        narrowed false => query
    );
    found.try_map(|row| Ok(row.try_into()?))
}
