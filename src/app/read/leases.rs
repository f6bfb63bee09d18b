//! Leases and the usage reported of them.

use super::whose;
use crate::app::page::{Page, query};
use crate::app::permission::Reach;
use crate::app::readers::{PooledReader, ReadError};
use crate::app::view::lease::LeaseView;
use crate::app::view::usage::{GapView, UsageView};
use crate::domain::id::LeaseId;
use crate::domain::lease::LeaseState;
use crate::store::read::lease::{self, StoredLease, Wanted};
use crate::store::read::usage;
use crate::store::report::now;
use crate::store::subsidy;

query! {
    /// Which leases; the newest first.
    pub struct LeaseQuery {
        /// Those that stand there.
        pub state: Option<LeaseState>,
    }
}

query! {
    /// Which usage reports of a lease; the newest first.
    pub struct UsageQuery {}
}

/// One lease; own: as its tenant or provider.
///
/// # Errors
/// Those of the database.
pub fn find(pooled: &mut PooledReader, reach: Reach, id: LeaseId) -> Result<Option<LeaseView>, ReadError> {
    let Some(stored) = seen(pooled, reach, id)? else {
        return Ok(None);
    };
    let PooledReader { reader, codes } = pooled;
    codes.know(reader, [stored.fill.accelerator], [stored.fill.site])?;
    let view = LeaseView::of(&stored, codes, reach)?;
    let evaluations = subsidy::evaluations(reader, &[stored.fill.id])?;
    let now = now(reader)?;
    let accepted_until = usage::accepted_until(reader, id, now)?;
    let view = LeaseView { accepted_until, ..view };
    Ok(Some(view.explained(evaluations.get(&stored.fill.id))))
}

/// A page of leases.
///
/// # Errors
/// Those of the database.
pub fn page(pooled: &mut PooledReader, reach: Reach, query: &LeaseQuery) -> Result<Page<LeaseView>, ReadError> {
    let PooledReader { reader, codes } = pooled;
    let Some(party) = whose(reach, None).limit() else {
        return Ok(Page::empty());
    };
    let wanted = Wanted {
        party,
        state: query.state,
    };
    let found = lease::page(reader, &wanted, query.page().newest_first())?;
    codes.know(
        reader,
        found.rows.iter().map(|stored| stored.fill.accelerator),
        found.rows.iter().map(|stored| stored.fill.site),
    )?;
    Page::of(found, |stored| Ok(LeaseView::of(&stored, codes, reach)?))
}

/// A page of the usage reported of a lease; none where the lease is out of reach.
///
/// # Errors
/// Those of the database.
pub fn usage(
    pooled: &mut PooledReader,
    reach: Reach,
    id: LeaseId,
    query: &UsageQuery,
) -> Result<Option<Page<UsageView>>, ReadError> {
    if seen(pooled, reach, id)?.is_none() {
        return Ok(None);
    }
    let found = usage::page(&mut pooled.reader, id, query.page().newest_first())?;
    Page::of(found, |row| Ok(UsageView::of(row)?)).map(Some)
}

/// The spans of a lease up to now that nothing covers; none where the lease is out of reach.
///
/// # Errors
/// Those of the database.
pub fn gaps(pooled: &mut PooledReader, reach: Reach, id: LeaseId) -> Result<Option<Page<GapView>>, ReadError> {
    let Some(stored) = seen(pooled, reach, id)? else {
        return Ok(None);
    };
    let now = now(&mut pooled.reader)?;
    let window = (stored.fill.window.from().timestamp(), stored.ends.timestamp().min(now));
    let gaps = usage::metering(&mut pooled.reader, id)?.gaps(window).into_iter();
    Ok(Some(Page::all(
        gaps.map(|(from, until)| GapView { from, until }).collect(),
    )))
}

fn seen(pooled: &mut PooledReader, reach: Reach, id: LeaseId) -> Result<Option<StoredLease>, ReadError> {
    let found = lease::find(&mut pooled.reader, id)?;
    Ok(found.filter(|stored| reach.covers(stored.fill.tenant) || reach.covers(stored.fill.provider)))
}
