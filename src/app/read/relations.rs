//! How organisations are related.

use crate::app::page::{Page, query};
use crate::app::readers::{PooledReader, ReadError};
use crate::domain::id::OrgId;
use crate::domain::relation::Relation;
use crate::store::read::relation;

query! {
    /// Which relations; the newest first.
    pub struct RelationQuery {
        /// Those of this organisation.
        pub org: Option<OrgId>,
    }
}

/// A page of relations.
///
/// # Errors
/// Those of the database.
pub fn page(pooled: &mut PooledReader, query: &RelationQuery) -> Result<Page<Relation>, ReadError> {
    let found = relation::page(&mut pooled.reader, query.org, query.page().newest_first())?;
    Page::of(found, Ok)
}
