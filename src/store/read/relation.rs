//! Relations between organisations, as they are asked for.

use diesel::prelude::*;

use super::{Found, Slice};
use crate::domain::id::OrgId;
use crate::domain::relation::Relation;
use crate::store::connection::Reader;
use crate::store::integrity::RelationRow;
use crate::store::load::LoadError;
use crate::store::schema::relation;

/// The newest first; those of one organisation, if that is said.
pub fn page(reader: &mut Reader, org: Option<OrgId>, slice: Slice) -> Result<Found<Relation>, LoadError> {
    let found: Found<RelationRow> = newest!(
        reader, slice, relation by id as RelationRow,
        indexed query => query,
        narrowed org.is_some() => match org {
            Some(org) => {
                let id = org.0.cast_signed();
                query.filter(relation::a.eq(id).or(relation::b.eq(id)))
            }
            None => query,
        }
    );
    found.try_map(|row| Ok(row.try_into()?))
}
