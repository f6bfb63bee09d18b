//! Claims and requests to treasuries, as they are asked for.

use diesel::prelude::*;

use super::{Found, Slice, Within};
use crate::domain::account::AccountKey;
use crate::domain::claim::{Claim, ClaimState};
use crate::domain::id::{ClaimId, FillId, OrgId, ProgrammeId, TreasuryRequestId};
use crate::domain::money::Money;
use crate::domain::treasury::{TreasuryRequest, TreasuryRequestState};
use crate::engine::ledger::Account;
use crate::on;
use crate::store::account::AccountRow;
use crate::store::column::Named;
use crate::store::connection::Reader;
use crate::store::load::LoadError;
use crate::store::office::{ClaimRow, TreasuryRequestRow};
use crate::store::schema::{account, claim, fill_draw, treasury_request, voucher};

/// Which claims.
#[derive(Debug, Clone, Default)]
pub struct WantedClaims {
    /// Those of this organisation.
    pub org: Option<OrgId>,
    /// Those under this programme.
    pub programme: Option<ProgrammeId>,
    /// Those that stand there.
    pub state: Option<ClaimState>,
    /// Those that the asker may see; none: all.
    pub within: Option<Within>,
}

/// One of them.
pub fn find(reader: &mut Reader, id: ClaimId) -> Result<Option<Claim>, LoadError> {
    let query = claim::table
        .filter(claim::id.eq(id.0.cast_signed()))
        .select(ClaimRow::columns());
    let row: Option<ClaimRow> = on!(reader, connection => query.first(connection).optional())?;
    Ok(row.map(Claim::try_from).transpose()?)
}

/// The newest first.
pub fn page(reader: &mut Reader, wanted: &WantedClaims, slice: Slice) -> Result<Found<Claim>, LoadError> {
    let found: Found<ClaimRow> = newest!(
        reader, slice, claim by id as ClaimRow,
        indexed query => match (wanted.org, wanted.programme) {
            (Some(org), _) => query.filter(claim::org.eq(org.0.cast_signed())),
            (None, Some(programme)) => query.filter(claim::programme.eq(programme.0.cast_signed())),
            (None, None) => query,
        },
        narrowed wanted.state.is_some() || wanted.programme.is_some() || wanted.within.is_some() => {
            let mut query = query;
            if let Some(within) = &wanted.within {
                let issued = claim::programme.eq_any(within.programmes.clone());
                query = query.filter(claim::org.eq_any(within.own()).or(issued));
            }
            if let Some(programme) = wanted.programme {
                query = query.filter(claim::programme.eq(programme.0.cast_signed()));
            }
            if let Some(state) = wanted.state {
                query = query.filter(claim::state.eq(Named(state).word()));
            }
            query
        }
    );
    found.try_map(|row| Ok(Claim::try_from(row)?))
}

/// Of which programme the vouchers are that a fill draws on.
pub fn programme_of(reader: &mut Reader, fill: FillId) -> Result<Option<ProgrammeId>, LoadError> {
    let first = fill_draw::table
        .filter(fill_draw::fill.eq(fill.0.cast_signed()))
        .order(fill_draw::idx)
        .select(fill_draw::voucher);
    let first: Option<i64> = on!(&mut *reader, connection => first.first(connection).optional())?;
    let Some(first) = first else { return Ok(None) };
    let query = voucher::table.filter(voucher::id.eq(first)).select(voucher::programme);
    let found: Option<i64> = on!(reader, connection => query.first(connection).optional())?;
    Ok(found.map(|id| ProgrammeId(id.cast_unsigned())))
}

/// Which requests.
#[derive(Debug, Clone, Default)]
pub struct WantedRequests {
    /// Those under this programme.
    pub programme: Option<ProgrammeId>,
    /// Those that stand there.
    pub state: Option<TreasuryRequestState>,
    /// Those under these programmes, which the asker may see; none: all.
    pub under: Option<Vec<i64>>,
}

/// One request.
pub fn find_request(reader: &mut Reader, id: TreasuryRequestId) -> Result<Option<TreasuryRequest>, LoadError> {
    let query = treasury_request::table
        .filter(treasury_request::id.eq(id.0.cast_signed()))
        .select(TreasuryRequestRow::columns());
    let row: Option<TreasuryRequestRow> = on!(reader, connection => query.first(connection).optional())?;
    Ok(row.map(TreasuryRequest::try_from).transpose()?)
}

/// The newest first.
pub fn page_requests(
    reader: &mut Reader,
    wanted: &WantedRequests,
    slice: Slice,
) -> Result<Found<TreasuryRequest>, LoadError> {
    let found: Found<TreasuryRequestRow> = newest!(
        reader, slice, treasury_request by id as TreasuryRequestRow,
        indexed query => match wanted.programme {
            None => query,
            Some(programme) => query.filter(treasury_request::programme.eq(programme.0.cast_signed())),
        },
        narrowed wanted.state.is_some() || wanted.under.is_some() => {
            let mut query = query;
            if let Some(under) = &wanted.under {
                query = query.filter(treasury_request::programme.eq_any(under.clone()));
            }
            if let Some(state) = wanted.state {
                query = query.filter(treasury_request::state.eq(Named(state).word()));
            }
            query
        }
    );
    found.try_map(|row| Ok(TreasuryRequest::try_from(row)?))
}

/// All requests under a programme, in their order.
pub fn requests_of(reader: &mut Reader, programme: ProgrammeId) -> Result<Vec<TreasuryRequest>, LoadError> {
    let query = treasury_request::table
        .filter(treasury_request::programme.eq(programme.0.cast_signed()))
        .order(treasury_request::id)
        .select(TreasuryRequestRow::columns());
    let rows: Vec<TreasuryRequestRow> = on!(reader, connection => query.load(connection))?;
    rows.into_iter()
        .map(|row| Ok(TreasuryRequest::try_from(row)?))
        .collect()
}

/// What each payer of a programme owes, and what its reserve holds.
pub fn owed(reader: &mut Reader, programme: ProgrammeId) -> Result<(Vec<(u8, Money)>, Money), LoadError> {
    let query = account::table
        .filter(account::owner.eq(programme.0.cast_signed()))
        .filter(account::kind.eq_any(["treasury_receivable", "reserve"]))
        .order(account::id)
        .select(AccountRow::columns());
    let rows: Vec<AccountRow> = on!(reader, connection => query.load(connection))?;
    let (mut owed, mut reserve) = (Vec::new(), Money::ZERO);
    for row in &rows {
        let found = Account::try_from(row)?;
        match found.key {
            AccountKey::TreasuryReceivable(_, payer) => owed.push((payer, found.balance)),
            AccountKey::Reserve(_) => reserve = found.balance,
            _ => {}
        }
    }
    Ok((owed, reserve))
}
