//! Bids, as they are asked for: with what they would take and what they were given.

use diesel::dsl::{exists, sql};
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::{Found, Slice};
use crate::domain::bid::{Alternative, Bid, BidState};
use crate::domain::id::{AcceleratorId, BidId, OrgId, SiteId, VoucherId};
use crate::domain::lease::Fill;
use crate::domain::time::Timestamp;
use crate::on;
use crate::store::bid::{BidAlternativeRow, BidRow, BidSiteRow, BidVoucherRow, LIVE};
use crate::store::column::Named;
use crate::store::connection::Reader;
use crate::store::fill::FillRow;
use crate::store::load::{Corrupt, LoadError, narrow};
use crate::store::schema::{bid, bid_alternative, bid_site, bid_voucher, fill};

/// A bid, where it stands, and its fills.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredBid {
    /// The bid.
    pub bid: Bid,
    /// Where it stands in its life.
    pub state: BidState,
    /// When it was placed.
    pub created_at: Timestamp,
    /// What it was given, without islands and draws.
    pub fills: Vec<Fill>,
}

/// Which bids.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted {
    /// Those of this organisation.
    pub tenant: Option<OrgId>,
    /// Those that stand there.
    pub state: Option<BidState>,
    /// Those that would take this model.
    pub accelerator: Option<AcceleratorId>,
}

/// One of them: its row and alternatives in one statement, sites, vouchers and fills only where there are any.
pub fn find(reader: &mut Reader, id: BidId) -> Result<Option<StoredBid>, LoadError> {
    let query = bid::table
        .inner_join(bid_alternative::table)
        .filter(bid::id.eq(id.0.cast_signed()))
        .order(bid_alternative::idx)
        .select((BidRow::columns(), BidAlternativeRow::columns()));
    let rows: Vec<(BidRow, BidAlternativeRow)> = on!(&mut *reader, connection => query.load(connection))?;
    let (mut bids, alternatives): (Vec<BidRow>, Vec<BidAlternativeRow>) = rows.into_iter().unzip();
    bids.truncate(1);
    Ok(complete(reader, bids, &alternatives)?.pop())
}

/// The newest first.
pub fn page(reader: &mut Reader, wanted: &Wanted, slice: Slice) -> Result<Found<StoredBid>, LoadError> {
    let found: Found<BidRow> = newest!(
        reader, slice, bid by id as BidRow,
        indexed query => {
            let mut query = query;
            if let Some(tenant) = wanted.tenant {
                query = query.filter(bid::tenant.eq(tenant.0.cast_signed()));
            }
            if let Some(BidState::Open | BidState::PartlyFilled) = wanted.state {
                query = query.filter(sql::<Bool>(LIVE));
            }
            query
        },
        narrowed wanted.state.is_some() || wanted.accelerator.is_some() => {
            let mut query = query;
            if let Some(state) = wanted.state {
                query = query.filter(bid::state.eq(Named(state).word()));
            }
            if let Some(accelerator) = wanted.accelerator {
                let takes = bid_alternative::table
                    .filter(bid_alternative::bid.eq(bid::id))
                    .filter(bid_alternative::accelerator.eq(i64::from(accelerator.0)));
                query = query.filter(exists(takes));
            }
            query
        }
    );
    let ids: Vec<i64> = found.rows.iter().map(|row| row.id).collect();
    let alternatives = bid_alternative::table
        .filter(bid_alternative::bid.eq_any(ids))
        .order((bid_alternative::bid, bid_alternative::idx))
        .select(BidAlternativeRow::columns());
    let alternatives: Vec<BidAlternativeRow> = on!(&mut *reader, connection => alternatives.load(connection))?;
    Ok(Found {
        rows: complete(reader, found.rows, &alternatives)?,
        next: found.next,
    })
}

/// What belongs to the bids of a page, besides alternatives.
struct Parts {
    sites: Vec<BidSiteRow>,
    vouchers: Vec<BidVoucherRow>,
    fills: Vec<FillRow>,
}

impl Parts {
    fn load(reader: &mut Reader, rows: &[BidRow]) -> Result<Parts, LoadError> {
        let of = |has: fn(&BidRow) -> bool| -> Vec<i64> {
            let having = rows.iter().filter(|row| has(row));
            having.map(|row| row.id).collect()
        };
        let (limited, naming, filled) = (
            of(|row| row.sites_limited),
            of(|row| row.voucher == "named"),
            of(|row| row.filled_cards > 0),
        );
        let mut parts = Parts {
            sites: Vec::new(),
            vouchers: Vec::new(),
            fills: Vec::new(),
        };
        if !limited.is_empty() {
            let query = bid_site::table
                .filter(bid_site::bid.eq_any(limited))
                .order((bid_site::bid, bid_site::site))
                .select(BidSiteRow::columns());
            parts.sites = on!(&mut *reader, connection => query.load(connection))?;
        }
        if !naming.is_empty() {
            let query = bid_voucher::table
                .filter(bid_voucher::bid.eq_any(naming))
                .order((bid_voucher::bid, bid_voucher::idx))
                .select(BidVoucherRow::columns());
            parts.vouchers = on!(&mut *reader, connection => query.load(connection))?;
        }
        parts.fills = match filled.as_slice() {
            [] => Vec::new(),
            // One value, so that the statement is always the same and stays prepared.
            [one] => {
                let query = fill::table
                    .filter(fill::bid.eq(*one))
                    .filter(fill::predecessor.is_null());
                let query = query.order(fill::id).select(FillRow::columns());
                on!(&mut *reader, connection => query.load(connection))?
            }
            _several => {
                let query = fill::table
                    .filter(fill::bid.eq_any(filled))
                    .filter(fill::predecessor.is_null());
                let query = query.order(fill::id).select(FillRow::columns());
                on!(&mut *reader, connection => query.load(connection))?
            }
        };
        Ok(parts)
    }

    fn of(&self, row: &BidRow, alternatives: &[BidAlternativeRow]) -> Result<StoredBid, LoadError> {
        let alternatives: Vec<Alternative> = alternatives
            .iter()
            .filter(|one| one.bid == row.id)
            .map(BidAlternativeRow::alternative)
            .collect::<Result<_, _>>()?;
        if alternatives.is_empty() {
            return Err(Corrupt::new("bid_alternative", &row.id.to_string()).into());
        }
        let sites = self.sites.iter().filter(|one| one.bid == row.id);
        let sites = sites.map(|one| narrow("bid_site.site", one.site).map(SiteId));
        let vouchers = self.vouchers.iter().filter(|one| one.bid == row.id);
        let vouchers = vouchers.map(|one| VoucherId(one.voucher.cast_unsigned()));
        let fills = self.fills.iter().filter(|one| one.bid == row.id);
        let fills = fills.map(|one| one.fill(Vec::new(), Vec::new()));
        Ok(StoredBid {
            bid: row.bid(alternatives, sites.collect::<Result<_, _>>()?, vouchers.collect())?,
            state: row.state.0,
            created_at: Timestamp::from_micros(row.created_at),
            fills: fills.collect::<Result<_, _>>()?,
        })
    }
}

fn complete(
    reader: &mut Reader,
    rows: Vec<BidRow>,
    alternatives: &[BidAlternativeRow],
) -> Result<Vec<StoredBid>, LoadError> {
    let parts = Parts::load(reader, &rows)?;
    rows.iter().map(|row| parts.of(row, alternatives)).collect()
}
