//! Bids.

use super::whose;
use crate::app::page::{Page, query};
use crate::app::permission::Reach;
use crate::app::readers::{PooledReader, ReadError};
use crate::app::view::bid::BidView;
use crate::domain::bid::BidState;
use crate::domain::code::Code;
use crate::domain::id::BidId;
use crate::store::Reader;
use crate::store::load::LoadError;
use crate::store::read::bid::{self, StoredBid, Wanted};
use crate::store::read::catalogue::Codes;

query! {
    /// Which bids; the newest first.
    pub struct BidQuery {
        /// Those that stand there.
        pub state: Option<BidState>,
        /// Those that would take this model.
        pub accelerator: Option<Code>,
    }
}

/// One bid; own: as its tenant.
///
/// # Errors
/// Those of the database.
pub fn find(pooled: &mut PooledReader, reach: Reach, id: BidId) -> Result<Option<BidView>, ReadError> {
    let PooledReader { reader, codes } = pooled;
    let found = bid::find(reader, id)?;
    let Some(stored) = found.filter(|stored| reach.covers(stored.bid.tenant)) else {
        return Ok(None);
    };
    know(codes, reader, std::slice::from_ref(&stored))?;
    Ok(Some(BidView::of(&stored, codes)?))
}

/// A page of bids.
///
/// # Errors
/// Those of the database.
pub fn page(pooled: &mut PooledReader, reach: Reach, query: &BidQuery) -> Result<Page<BidView>, ReadError> {
    let PooledReader { reader, codes } = pooled;
    let Some(tenant) = whose(reach, None).limit() else {
        return Ok(Page::empty());
    };
    let mut wanted = Wanted {
        tenant,
        state: query.state,
        accelerator: None,
    };
    if let Some(accelerator) = &query.accelerator {
        wanted.accelerator = codes.accelerator_named(reader, accelerator)?;
        if wanted.accelerator.is_none() {
            return Ok(Page::empty());
        }
    }
    let found = bid::page(reader, &wanted, query.page().newest_first())?;
    know(codes, reader, &found.rows)?;
    Page::of(found, |stored| Ok(BidView::of(&stored, codes)?))
}

fn know(codes: &mut Codes, reader: &mut Reader, bids: &[StoredBid]) -> Result<(), LoadError> {
    let alternatives = bids.iter().flat_map(|stored| &stored.bid.alternatives);
    let sites = bids.iter().flat_map(|stored| stored.bid.sites.iter().flatten());
    codes.know(reader, alternatives.map(|one| one.accelerator), sites.copied())
}
