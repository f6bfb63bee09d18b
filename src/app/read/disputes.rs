//! Disputes about usage: each party its own.

use serde::Deserialize;
use utoipa::ToSchema;

use super::whose;
use crate::app::page::{Page, query};
use crate::app::permission::Reach;
use crate::app::readers::{PooledReader, ReadError};
use crate::domain::dispute::Dispute;
use crate::domain::id::{DisputeId, LeaseId, OrgId};
use crate::domain::usage::UsageKey;
use crate::store::dispute::keys_of;
use crate::store::read::dispute::{self, Wanted};

/// Where disputes stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DisputeStanding {
    /// Not decided yet.
    Open,
    /// The provider agreed.
    Conceded,
    /// The tenant took it back.
    Withdrawn,
    /// The operator has decided.
    Resolved,
}

impl DisputeStanding {
    fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Conceded => "conceded",
            Self::Withdrawn => "withdrawn",
            Self::Resolved => "resolved",
        }
    }
}

query! {
    /// Which disputes; the newest first.
    pub struct DisputeQuery {
        /// Those about this lease.
        pub lease: Option<LeaseId>,
        /// Those that stand there.
        #[param(inline)]
        pub state: Option<DisputeStanding>,
    }
}

query! {
    /// Whose keys; in the order of registration.
    pub struct UsageKeyQuery {
        /// Those of this provider; one's own where nothing is said.
        pub provider: Option<OrgId>,
    }
}

/// One dispute; own: as its tenant or provider.
///
/// # Errors
/// Those of the database.
pub fn find(pooled: &mut PooledReader, reach: Reach, id: DisputeId) -> Result<Option<Dispute>, ReadError> {
    let found = dispute::find(&mut pooled.reader, id)?;
    Ok(found.filter(|dispute| reach.covers(dispute.tenant) || reach.covers(dispute.provider)))
}

/// A page of disputes.
///
/// # Errors
/// Those of the database.
pub fn page(pooled: &mut PooledReader, reach: Reach, query: &DisputeQuery) -> Result<Page<Dispute>, ReadError> {
    let Some(party) = whose(reach, None).limit() else {
        return Ok(Page::empty());
    };
    let wanted = Wanted {
        party,
        lease: query.lease,
        state: query.state.map(DisputeStanding::word),
    };
    let found = dispute::page(&mut pooled.reader, &wanted, query.page().newest_first())?;
    Page::of(found, Ok)
}

/// The keys of a provider's agents, all at once: there are at most some thousand.
///
/// # Errors
/// Those of the database.
pub fn keys(
    pooled: &mut PooledReader,
    (reach, own): (Reach, OrgId),
    query: &UsageKeyQuery,
) -> Result<Page<UsageKey>, ReadError> {
    let provider = query.provider.unwrap_or(own);
    if !reach.covers(provider) {
        return Ok(Page::empty());
    }
    Ok(Page::all(keys_of(&mut pooled.reader, provider)?))
}

/// The keys of the provider that asks.
///
/// # Errors
/// Those of the database.
pub fn keys_of_own(pooled: &mut PooledReader, provider: OrgId) -> Result<Vec<UsageKey>, ReadError> {
    Ok(keys_of(&mut pooled.reader, provider)?)
}
