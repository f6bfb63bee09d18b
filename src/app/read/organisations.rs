//! Organisations.

use super::whose;
use crate::app::page::{Page, query};
use crate::app::permission::Reach;
use crate::app::readers::{PooledReader, ReadError};
use crate::app::view::organisation::OrgView;
use crate::domain::id::OrgId;
use crate::domain::organisation::OrgKind;
use crate::domain::uscc::Uscc;
use crate::store::integrity;
use crate::store::read::organisation::{self, Wanted};

query! {
    /// Which organisations; the newest first.
    pub struct OrgQuery {
        /// Those that do this.
        pub kind: Option<OrgKind>,
        /// The one with this code.
        pub uscc: Option<Uscc>,
    }
}

/// One organisation; own: itself.
///
/// # Errors
/// Those of the database.
pub fn find(pooled: &mut PooledReader, reach: Reach, id: OrgId) -> Result<Option<OrgView>, ReadError> {
    if !reach.covers(id) {
        return Ok(None);
    }
    let Some(org) = organisation::find(&mut pooled.reader, id)? else {
        return Ok(None);
    };
    let facts = integrity::facts_of(&mut pooled.reader, id)?;
    Ok(Some(OrgView {
        facts,
        ..OrgView::from(org)
    }))
}

/// A page of organisations.
///
/// # Errors
/// Those of the database.
pub fn page(pooled: &mut PooledReader, reach: Reach, query: &OrgQuery) -> Result<Page<OrgView>, ReadError> {
    let Some(id) = whose(reach, None).limit() else {
        return Ok(Page::empty());
    };
    let wanted = Wanted {
        id,
        uscc: query.uscc,
        kind: query.kind,
    };
    let found = organisation::page(&mut pooled.reader, &wanted, query.page().newest_first())?;
    Page::of(found, |org| Ok(OrgView::from(org)))
}
