//! Listings.

use super::whose;
use crate::app::page::{Page, query};
use crate::app::permission::Reach;
use crate::app::readers::{PooledReader, ReadError};
use crate::app::view::listing::ListingView;
use crate::domain::code::Code;
use crate::domain::id::{ListingId, OrgId};
use crate::domain::listing::ListingState;
use crate::store::read::listing::{self, Wanted};

query! {
    /// Which listings; the newest first.
    pub struct ListingQuery {
        /// Those at this site.
        pub site: Option<Code>,
        /// Those of this model.
        pub accelerator: Option<Code>,
        /// Those that stand there.
        pub state: Option<ListingState>,
        /// Those of this organisation.
        pub provider: Option<OrgId>,
    }
}

/// One listing; own: as its provider.
///
/// # Errors
/// Those of the database.
pub fn find(pooled: &mut PooledReader, reach: Reach, id: ListingId) -> Result<Option<ListingView>, ReadError> {
    let PooledReader { reader, codes } = pooled;
    let found = listing::find(reader, id)?;
    let Some(stored) = found.filter(|stored| reach.covers(stored.listing.provider)) else {
        return Ok(None);
    };
    codes.know(reader, [stored.listing.accelerator], [stored.listing.site])?;
    Ok(Some(ListingView::of(&stored, codes)?))
}

/// A page of listings.
///
/// # Errors
/// Those of the database.
pub fn page(pooled: &mut PooledReader, reach: Reach, query: &ListingQuery) -> Result<Page<ListingView>, ReadError> {
    let PooledReader { reader, codes } = pooled;
    let Some(provider) = whose(reach, query.provider).limit() else {
        return Ok(Page::empty());
    };
    let mut wanted = Wanted {
        provider,
        state: query.state,
        ..Wanted::default()
    };
    // What nobody knows has nothing.
    if let Some(site) = &query.site {
        wanted.site = codes.site_named(reader, site)?;
        if wanted.site.is_none() {
            return Ok(Page::empty());
        }
    }
    if let Some(accelerator) = &query.accelerator {
        wanted.accelerator = codes.accelerator_named(reader, accelerator)?;
        if wanted.accelerator.is_none() {
            return Ok(Page::empty());
        }
    }
    let found = listing::page(reader, &wanted, query.page().newest_first())?;
    codes.know(
        reader,
        found.rows.iter().map(|stored| stored.listing.accelerator),
        found.rows.iter().map(|stored| stored.listing.site),
    )?;
    Page::of(found, |stored| Ok(ListingView::of(&stored, codes)?))
}
