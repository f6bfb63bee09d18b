//! Claims, what closed leases came to, and what treasuries owe.

use super::office::Seen;
use crate::app::page::{Page, query};
use crate::app::permission::{Caller, Reach};
use crate::app::readers::{PooledReader, ReadError};
use crate::app::view::treasury::TreasuryView;
use crate::domain::claim::{Claim, ClaimState};
use crate::domain::contract::{ExternalContract, LeaseFacts, LeaseTerms};
use crate::domain::id::{ClaimId, LeaseId, OrgId, ProgrammeId, TreasuryRequestId};
use crate::domain::lease::LeaseState;
use crate::domain::treasury::{TreasuryRequest, TreasuryRequestState};
use crate::engine::office::claim::refusal::ClaimRefusal;
use crate::engine::{Rejection, limits};
use crate::store::read::claim::{self, WantedClaims, WantedRequests};
use crate::store::read::lease::Between;
use crate::store::read::{bid, lease, organisation, programme};

query! {
    /// Which claims; the newest first.
    pub struct ClaimQuery {
        /// Those of this organisation.
        pub org: Option<OrgId>,
        /// Those under this programme.
        pub programme: Option<ProgrammeId>,
        /// Those that stand there.
        pub state: Option<ClaimState>,
    }
}

query! {
    /// Which requests; the newest first.
    pub struct TreasuryRequestQuery {
        /// Those under this programme.
        pub programme: Option<ProgrammeId>,
        /// Those that stand there.
        pub state: Option<TreasuryRequestState>,
    }
}

/// One claim, to be seen by its claimant and by whose programme it is.
///
/// # Errors
/// Those of the database.
pub fn find(
    pooled: &mut PooledReader,
    (reach, caller): (Reach, &Caller),
    id: ClaimId,
) -> Result<Option<Claim>, ReadError> {
    let seen = Seen::by(pooled, reach, caller)?;
    let found = claim::find(&mut pooled.reader, id)?;
    Ok(found.filter(|claim| seen.has(claim.org, Some(claim.programme))))
}

/// A page of claims.
///
/// # Errors
/// Those of the database.
pub fn page(
    pooled: &mut PooledReader,
    (reach, caller): (Reach, &Caller),
    query: &ClaimQuery,
) -> Result<Page<Claim>, ReadError> {
    let Some((org, within)) = Seen::by(pooled, reach, caller)?.narrow(query.org) else {
        return Ok(Page::empty());
    };
    let wanted = WantedClaims {
        org,
        within,
        programme: query.programme,
        state: query.state,
    };
    let found = claim::page(&mut pooled.reader, &wanted, query.page().newest_first())?;
    Page::of(found, Ok)
}

/// What a closed lease of `tenant` came to, or why that cannot be said.
///
/// # Errors
/// Those of the database.
pub fn lease_facts(
    pooled: &mut PooledReader,
    tenant: OrgId,
    id: LeaseId,
) -> Result<Result<LeaseFacts, Rejection>, ReadError> {
    let PooledReader { reader, codes } = pooled;
    let found = lease::find(reader, id)?.filter(|stored| stored.fill.tenant == tenant);
    let Some(stored) = found else {
        return Ok(Err(Rejection::LeaseNotFound(id)));
    };
    if stored.state != LeaseState::Closed {
        return Ok(Err(ClaimRefusal::LeaseNotClosed(id).into()));
    }
    let (fill, settled) = (stored.fill, stored.settled);
    let voucher_programme = if settled.voucher.is_positive() {
        claim::programme_of(reader, fill.id)?
    } else {
        None
    };
    let purpose = bid::find(reader, fill.bid)?.and_then(|stored| stored.bid.purpose);
    codes.know(reader, [fill.accelerator], [fill.site])?;
    Ok(Ok(LeaseFacts {
        lease: id,
        tenant,
        provider: fill.provider,
        accelerator: codes.accelerator(fill.accelerator)?,
        site: codes.site(fill.site)?,
        cards: fill.cards,
        from: fill.window.from().timestamp(),
        until: stored.ends.timestamp(),
        agreed_at: fill.at,
        price: fill.price,
        charge: fill.charge,
        settled: settled.charge,
        voucher: settled.voucher,
        voucher_programme,
        purpose,
    }))
}

/// The leases between the owner groups of `org` and of a contract's counterparty that overlap with the contract and are like it in
/// time or cards, those of the same time and cards first.
///
/// # Errors
/// Those of the database.
pub fn similar_leases(
    pooled: &mut PooledReader,
    org: OrgId,
    contract: &ExternalContract,
) -> Result<Vec<LeaseTerms>, ReadError> {
    let PooledReader { reader, codes } = pooled;
    let Some(provider) = organisation::with_code(reader, contract.counterparty)? else {
        return Ok(Vec::new());
    };
    let wanted = Between {
        tenants: organisation::group_of(reader, org)?,
        providers: organisation::group_of(reader, provider)?,
        cards: contract.cards,
        from: contract.from,
        until: contract.until,
    };
    let found = lease::between(reader, &wanted, limits::LEASES_COMPARED_MAX)?;
    codes.know(
        reader,
        found.iter().map(|stored| stored.fill.accelerator),
        found.iter().map(|stored| stored.fill.site),
    )?;
    let terms = found.into_iter().map(|stored| {
        let fill = stored.fill;
        Ok(LeaseTerms {
            lease: fill.lease,
            tenant: fill.tenant,
            provider: fill.provider,
            accelerator: codes.accelerator(fill.accelerator)?,
            site: codes.site(fill.site)?,
            cards: fill.cards,
            from: fill.window.from().timestamp(),
            until: stored.ends.timestamp(),
        })
    });
    terms.collect()
}

/// One request to a treasury, to be seen by whose programme it is.
///
/// # Errors
/// Those of the database.
pub fn find_request(
    pooled: &mut PooledReader,
    (reach, caller): (Reach, &Caller),
    id: TreasuryRequestId,
) -> Result<Option<TreasuryRequest>, ReadError> {
    let seen = Seen::by(pooled, reach, caller)?;
    let found = claim::find_request(&mut pooled.reader, id)?;
    Ok(found.filter(|request| seen.has_programme(request.programme)))
}

/// A page of requests to treasuries.
///
/// # Errors
/// Those of the database.
pub fn page_requests(
    pooled: &mut PooledReader,
    (reach, caller): (Reach, &Caller),
    query: &TreasuryRequestQuery,
) -> Result<Page<TreasuryRequest>, ReadError> {
    let seen = Seen::by(pooled, reach, caller)?;
    let wanted = WantedRequests {
        under: seen.programmes().map(<[i64]>::to_vec),
        programme: query.programme,
        state: query.state,
    };
    let found = claim::page_requests(&mut pooled.reader, &wanted, query.page().newest_first())?;
    Page::of(found, Ok)
}

/// What each payer of a programme owes, was asked for and has paid, to be seen by whose programme it is.
///
/// # Errors
/// Those of the database.
pub fn treasury(
    pooled: &mut PooledReader,
    (reach, caller): (Reach, &Caller),
    id: ProgrammeId,
) -> Result<Option<TreasuryView>, ReadError> {
    if !Seen::by(pooled, reach, caller)?.has_programme(id) {
        return Ok(None);
    }
    let reader = &mut pooled.reader;
    let Some(stored) = programme::find(reader, id)? else {
        return Ok(None);
    };
    let requests = claim::requests_of(reader, id)?;
    let (owed, reserve) = claim::owed(reader, id)?;
    let view = TreasuryView::of(&stored.programme, (&owed, reserve), &requests);
    Ok(Some(view.map_err(|error| ReadError::Unavailable(error.to_string()))?))
}
