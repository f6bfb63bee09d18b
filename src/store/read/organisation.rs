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
