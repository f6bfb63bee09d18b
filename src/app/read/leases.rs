//! Leases and the usage reported of them.

use super::whose;
use crate::app::page::{Page, query};
use crate::app::permission::{Caller, Reach};
use crate::app::readers::{PooledReader, ReadError};
use crate::app::sealed;
use crate::app::view::lease::LeaseView;
use crate::app::view::life::{AccessView, StepView};
use crate::app::view::usage::{GapView, UsageView};
use crate::domain::fingerprint::Fingerprint;
use crate::domain::id::{LeaseId, OrgId};
use crate::domain::lease::LeaseState;
use crate::domain::life::change::ChangeImage;
use crate::domain::life::{By, StepKind};
use crate::domain::time::Timestamp;
use crate::store::read::lease::{self, StoredLease, Wanted};
use crate::store::read::{outage, usage};
use crate::store::report::now;
use crate::store::{life, load, subsidy};

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
    let outages = outage::of_lease(reader, id)?;
    let view = view.measured((&stored, &outages), now);
    let access_key = life::access_key(reader, stored.fill.tenant)?;
    let view = LeaseView { access_key, ..view };
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

/// What was done to a lease, in its order; none where the lease is out of reach.
///
/// # Errors
/// Those of the database.
pub fn history(pooled: &mut PooledReader, reach: Reach, id: LeaseId) -> Result<Option<Page<StepView>>, ReadError> {
    let Some(stored) = seen(pooled, reach, id)? else {
        return Ok(None);
    };
    let (start, ends) = (stored.fill.window.from().timestamp(), stored.ends.timestamp());
    let by_time = |at, kind, by, state| StepView {
        at,
        kind,
        by,
        state,
        ends,
        code: None,
        reason: String::new(),
    };
    let mut steps = vec![by_time(
        stored.fill.at,
        StepKind::Open,
        By::Agreement,
        LeaseState::Pending,
    )];
    // Of a lease of which only the hours come and go these say it all.
    if stored.life.last.is_none() && stored.state != LeaseState::Pending {
        let at = start.max(stored.fill.at);
        steps.push(by_time(at, StepKind::Start, By::Time, LeaseState::Active));
    }
    if stored.life.last.is_none() && stored.state.is_over() {
        steps.push(by_time(ends, StepKind::End, By::Time, LeaseState::Ended));
    }
    for row in life::steps(&mut pooled.reader, id)? {
        steps.push(StepView {
            at: Timestamp::from_micros(row.at),
            kind: row.kind.0,
            by: row.by_side.0,
            state: row.state.0,
            ends: load::hour("lease_step.ends_hour", row.ends_hour)?.timestamp(),
            code: row.code.and_then(|code| code.parse().ok()),
            reason: row.reason,
        });
    }
    Ok(Some(Page::all(steps)))
}

/// What was asked for of a lease, the newest first; whoever shall become its tenant sees that alone.
///
/// # Errors
/// Those of the database.
pub fn changes(pooled: &mut PooledReader, reach: Reach, id: LeaseId) -> Result<Option<Page<ChangeImage>>, ReadError> {
    let is_party = seen(pooled, reach, id)?.is_some();
    let mut found = life::changes(&mut pooled.reader, id)?;
    if !is_party {
        found.retain(|image| image.request.new_tenant().is_some_and(|org| reach.covers(org)));
    }
    Ok((is_party || !found.is_empty()).then(|| Page::all(found)))
}

/// Changes that ask an organisation to become the tenant of a lease, the newest first.
///
/// # Errors
/// Those of the database.
pub fn offered(pooled: &mut PooledReader, org: OrgId) -> Result<Page<ChangeImage>, ReadError> {
    Ok(Page::all(life::offered(&mut pooled.reader, org)?))
}

/// The tenant of a provider's lease, and what stands beside the journal as its way in; none where the lease is out of reach.
///
/// # Errors
/// Those of the database.
pub fn access_of(
    pooled: &mut PooledReader,
    reach: Reach,
    id: LeaseId,
) -> Result<Option<(OrgId, Option<Fingerprint>)>, ReadError> {
    let found = lease::find(&mut pooled.reader, id)?.filter(|stored| reach.covers(stored.fill.provider));
    Ok(found.map(|stored| (stored.fill.tenant, stored.life.access)))
}

/// Most leases that went on in the place of others, one after the other, that are looked through.
const SUCCESSORS_MAX: usize = 64;

/// The way into a lease, for its tenant; where another lease goes on in its place, the way in is that one's.
///
/// # Errors
/// Those of the database; what it has is not what was handed in.
pub fn access(pooled: &mut PooledReader, caller: &Caller, id: LeaseId) -> Result<Option<AccessView>, ReadError> {
    let mut next = Some(id);
    for _ in 0..SUCCESSORS_MAX {
        let Some(id) = next else { return Ok(None) };
        let found = lease::find(&mut pooled.reader, id)?.filter(|stored| stored.fill.tenant == caller.org);
        let Some(stored) = found else { return Ok(None) };
        if let Some(hash) = stored.life.access {
            let text = sealed::text(pooled, hash)?;
            tracing::info!(who = %caller.actor(), lease = %id, "access material was read");
            return Ok(text.map(|(salt, access)| AccessView {
                lease: id,
                access: access.expose().to_owned(),
                sha256: hash,
                salt: salt.expose().to_owned(),
            }));
        }
        next = stored.life.successor;
    }
    Ok(None)
}
