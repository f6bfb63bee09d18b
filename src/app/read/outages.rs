//! Outages; each party sees those of its leases.

use super::whose;
use crate::app::page::{Page, query};
use crate::app::permission::Reach;
use crate::app::readers::{PooledReader, ReadError};
use crate::app::view::outage::OutageView;
use crate::domain::id::{LeaseId, OutageId};
use crate::domain::outage::OutageState;
use crate::store::read::outage::{self, Wanted};

query! {
    /// Which outages; the newest first.
    pub struct OutageQuery {
        /// Those of this lease.
        pub lease: Option<LeaseId>,
        /// Those that stand there.
        pub state: Option<OutageState>,
    }
}

/// One outage; own: as tenant or provider of its lease.
///
/// # Errors
/// Those of the database.
pub fn find(pooled: &mut PooledReader, reach: Reach, id: OutageId) -> Result<Option<OutageView>, ReadError> {
    let found = outage::find(&mut pooled.reader, id)?;
    let seen = found.filter(|outage| reach.covers(outage.tenant) || reach.covers(outage.provider));
    Ok(seen.map(|outage| OutageView::from(&outage)))
}

/// A page of outages.
///
/// # Errors
/// Those of the database.
pub fn page(pooled: &mut PooledReader, reach: Reach, query: &OutageQuery) -> Result<Page<OutageView>, ReadError> {
    let Some(party) = whose(reach, None).limit() else {
        return Ok(Page::empty());
    };
    let wanted = Wanted {
        party,
        lease: query.lease,
        state: query.state,
    };
    let found = outage::page(&mut pooled.reader, &wanted, query.page().newest_first())?;
    Page::of(found, |outage| Ok(OutageView::from(&outage)))
}
