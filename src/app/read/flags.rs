//! Flags: to be seen by auditors, and by an issuer under its own programmes.

use crate::app::page::{Page, query};
use crate::app::permission::Reach;
use crate::app::readers::{PooledReader, ReadError};
use crate::domain::flag::{Flag, FlagRule, FlagState};
use crate::domain::id::{FlagId, OrgId, ProgrammeId};
use crate::store::read::flag::{self, Wanted};

query! {
    /// Which flags; the newest first.
    pub struct FlagQuery {
        /// By this rule.
        pub rule: Option<FlagRule>,
        /// Those that stand there.
        pub state: Option<FlagState>,
        /// Under this programme.
        pub programme: Option<ProgrammeId>,
        /// On what this organisation gets.
        pub org: Option<OrgId>,
    }
}

/// One flag.
///
/// # Errors
/// Those of the database.
pub fn find(pooled: &mut PooledReader, reach: Reach, id: FlagId) -> Result<Option<Flag>, ReadError> {
    let Some(found) = flag::find(&mut pooled.reader, id)? else {
        return Ok(None);
    };
    let is_seen = match reach.limit() {
        None => true,
        Some(issuer) => {
            let own = flag::programmes_of(&mut pooled.reader, issuer)?;
            own.contains(&found.programme.0.cast_signed())
        }
    };
    Ok(is_seen.then_some(found))
}

/// A page of flags.
///
/// # Errors
/// Those of the database.
pub fn page(pooled: &mut PooledReader, reach: Reach, query: &FlagQuery) -> Result<Page<Flag>, ReadError> {
    let wanted = Wanted {
        rule: query.rule,
        state: query.state,
        programme: query.programme,
        org: query.org,
        issuer: reach.limit(),
    };
    let found = flag::page(&mut pooled.reader, &wanted, query.page().newest_first())?;
    Page::of(found, Ok)
}
