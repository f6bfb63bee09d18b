//! Recoveries, and who is kept out.

use serde::Serialize;
use utoipa::ToSchema;

use super::office::Seen;
use crate::app::page::{Page, query};
use crate::app::permission::{Caller, Reach};
use crate::app::readers::{PooledReader, ReadError};
use crate::domain::id::{OrgId, ProgrammeId, RecoveryId};
use crate::domain::recovery::{Ban, Recovery};
use crate::store::office;
use crate::store::read::recovery::{self, Wanted};
use crate::store::report::now;

query! {
    /// Which recoveries; the newest first.
    pub struct RecoveryQuery {
        /// Those of this organisation.
        pub org: Option<OrgId>,
        /// Those under this programme.
        pub programme: Option<ProgrammeId>,
    }
}

/// A ban that holds.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BanView {
    /// Whom it keeps out, out of whose programmes, until when.
    #[serde(flatten)]
    pub ban: Ban,
    /// The recovery that it came with.
    pub recovery: RecoveryId,
    /// Of which organisation that was.
    pub org: OrgId,
}

/// One recovery, to be seen by whose subsidy it was and by whose programme it is.
///
/// # Errors
/// Those of the database.
pub fn find(
    pooled: &mut PooledReader,
    (reach, caller): (Reach, &Caller),
    id: RecoveryId,
) -> Result<Option<Recovery>, ReadError> {
    let seen = Seen::by(pooled, reach, caller)?;
    let found = recovery::find(&mut pooled.reader, id)?;
    Ok(found.filter(|recovery| seen.has(recovery.org, recovery.programme)))
}

/// A page of recoveries.
///
/// # Errors
/// Those of the database.
pub fn page(
    pooled: &mut PooledReader,
    (reach, caller): (Reach, &Caller),
    query: &RecoveryQuery,
) -> Result<Page<Recovery>, ReadError> {
    let Some((org, within)) = Seen::by(pooled, reach, caller)?.narrow(query.org) else {
        return Ok(Page::empty());
    };
    let wanted = Wanted {
        org,
        within,
        programme: query.programme,
    };
    let found = recovery::page(&mut pooled.reader, &wanted, query.page().newest_first())?;
    Page::of(found, Ok)
}

/// The bans that hold now, the oldest first. There are as many as there were breaches, which are few.
///
/// # Errors
/// Those of the database.
pub fn bans(pooled: &mut PooledReader, (reach, caller): (Reach, &Caller)) -> Result<Vec<BanView>, ReadError> {
    let whose = Seen::by(pooled, reach, caller)?;
    let reader = &mut pooled.reader;
    let now = now(reader)?;
    let recoveries = office::load_recoveries(reader)?.into_iter();
    let seen = recoveries.filter(|recovery| whose.has(recovery.org, recovery.programme));
    let holding = seen.filter_map(|recovery| {
        let ban = recovery.ban().filter(|ban| now < ban.until)?;
        Some(BanView {
            ban,
            recovery: recovery.id,
            org: recovery.org,
        })
    });
    Ok(holding.collect())
}
