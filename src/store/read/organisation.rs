//! Organisations, as they are asked for.

use diesel::prelude::*;

use super::{Found, Slice};
use crate::domain::id::OrgId;
use crate::domain::organisation::{OrgKind, Organisation};
use crate::domain::uscc::Uscc;
use crate::on;
use crate::store::column::Named;
use crate::store::connection::Reader;
use crate::store::load::LoadError;
use crate::store::organisation::OrganisationRow;
use crate::store::schema::organisation;

/// Which organisations.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// This one.
    pub id: Option<OrgId>,
    /// The one with this code.
    pub uscc: Option<Uscc>,
    /// Those that do this.
    pub kind: Option<OrgKind>,
}

/// One of them.
pub fn find(reader: &mut Reader, id: OrgId) -> Result<Option<Organisation>, LoadError> {
    let query = organisation::table
        .filter(organisation::id.eq(id.0.cast_signed()))
        .select(OrganisationRow::columns());
    let row: Option<OrganisationRow> = on!(reader, connection => query.first(connection).optional())?;
    row.map(|row| Ok(row.try_into()?)).transpose()
}

/// Which one has a social credit code.
pub fn with_code(reader: &mut Reader, code: Uscc) -> Result<Option<OrgId>, LoadError> {
    let query = organisation::table
        .filter(organisation::uscc.eq(code.to_string()))
        .select(organisation::id);
    let found: Option<i64> = on!(reader, connection => query.first(connection).optional())?;
    Ok(found.map(|id| OrgId(id.cast_unsigned())))
}

/// All of an organisation's owner group, itself among them.
pub fn group_of(reader: &mut Reader, id: OrgId) -> Result<Vec<OrgId>, LoadError> {
    let head = organisation::table
        .filter(organisation::id.eq(id.0.cast_signed()))
        .select(organisation::owner_group);
    let head: Option<i64> = on!(&mut *reader, connection => head.first(connection).optional())?;
    let query = organisation::table
        .filter(organisation::owner_group.nullable().eq(head))
        .order(organisation::id)
        .select(organisation::id);
    let ids: Vec<i64> = on!(reader, connection => query.load(connection))?;
    Ok(ids.into_iter().map(|id| OrgId(id.cast_unsigned())).collect())
}

/// The newest first.
pub fn page(reader: &mut Reader, wanted: &Wanted, slice: Slice) -> Result<Found<Organisation>, LoadError> {
    let found: Found<OrganisationRow> = newest!(
        reader, slice, organisation by id as OrganisationRow,
        indexed query => {
            let mut query = query;
            if let Some(id) = wanted.id {
                query = query.filter(organisation::id.eq(id.0.cast_signed()));
            }
            if let Some(uscc) = &wanted.uscc {
                query = query.filter(organisation::uscc.eq(uscc.to_string()));
            }
            query
        },
        narrowed wanted.kind.is_some() => {
            let mut query = query;
            if let Some(kind) = wanted.kind {
                // The words are those of the enum, and none is a part of another.
                query = query.filter(organisation::kinds.like(format!("%{}%", Named(kind).word())));
            }
            query
        }
    );
    found.try_map(|row| Ok(row.try_into()?))
}
