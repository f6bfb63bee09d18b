//! What a voucher pays, fill by fill.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::{Found, Slice};
use crate::domain::evaluation::Evaluation;
use crate::domain::id::{FillId, LeaseId, VoucherId};
use crate::domain::lease::{LeaseState, VoucherDraw};
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::engine::settlement;
use crate::on;
use crate::store::connection::Reader;
use crate::store::fill::{FillDrawRow, FillRow};
use crate::store::lease::LeaseRow;
use crate::store::load::{Corrupt, LoadError};
use crate::store::schema::{fill, fill_draw, lease};
use crate::store::subsidy;

/// What a voucher pays of one fill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRedemption {
    /// The voucher.
    pub voucher: VoucherId,
    /// The fill.
    pub fill: FillId,
    /// The lease that it opened.
    pub lease: LeaseId,
    /// Where the lease stands.
    pub state: LeaseState,
    /// What was agreed.
    pub amount: Money,
    /// What is settled of that.
    pub redeemed: Money,
    /// How the subsidy was found.
    pub evaluation: Option<Evaluation>,
    /// When the fill was agreed.
    pub at: Timestamp,
}

/// What a voucher pays, the newest fill first.
///
/// # Errors
/// Those of the database; rows that contradict each other.
pub fn redemptions(
    reader: &mut Reader,
    voucher: VoucherId,
    slice: Slice,
) -> Result<Found<StoredRedemption>, LoadError> {
    let query = fill_draw::table
        .filter(fill_draw::voucher.eq(voucher.0.cast_signed()))
        .filter(fill_draw::fill.lt(slice.key))
        .order(fill_draw::fill.desc())
        .limit(slice.limit + 1)
        .select(FillDrawRow::columns());
    let draws: Vec<FillDrawRow> = on!(&mut *reader, connection => query.load(connection))?;
    let found = Found::cut(draws, slice, None, |draw| draw.fill);
    let ids: Vec<i64> = found.rows.iter().map(|draw| draw.fill).collect();
    let query = lease::table
        .inner_join(fill::table)
        .filter(fill::id.eq_any(ids.clone()))
        .select((LeaseRow::columns(), FillRow::columns()));
    let leases: Vec<(LeaseRow, FillRow)> = on!(&mut *reader, connection => query.load(connection))?;
    let leases: BTreeMap<i64, (LeaseRow, FillRow)> = leases.into_iter().map(|both| (both.1.id, both)).collect();
    let all = all_draws(reader, ids)?;
    let fills: Vec<FillId> = all.keys().map(|id| FillId(id.cast_unsigned())).collect();
    let mut evaluations = subsidy::evaluations(reader, &fills)?;
    found.try_map(|draw| {
        let missing = || Corrupt::new("fill_draw.fill", &draw.fill.to_string());
        let (lease, fill) = leases.get(&draw.fill).ok_or_else(missing)?;
        let own = all.get(&draw.fill).ok_or_else(missing)?;
        let fill = fill.fill(Vec::new(), own.clone())?;
        let redeemed = settlement::redeemed(&fill, lease.settled().voucher).map_err(|_| missing())?;
        let mut parts = own.iter().zip(redeemed);
        let part = parts.find(|(other, _)| other.voucher == voucher);
        Ok(StoredRedemption {
            voucher,
            fill: fill.id,
            lease: fill.lease,
            state: lease.state.0,
            amount: Money::from_fen(draw.amount),
            redeemed: part.map(|(_, redeemed)| redeemed).ok_or_else(missing)?,
            evaluation: evaluations.remove(&fill.id),
            at: fill.at,
        })
    })
}

/// All draws of these fills in the order of burning: the earlier ones are redeemed first.
fn all_draws(reader: &mut Reader, fills: Vec<i64>) -> Result<BTreeMap<i64, Vec<VoucherDraw>>, LoadError> {
    let query = fill_draw::table
        .filter(fill_draw::fill.eq_any(fills))
        .order((fill_draw::fill, fill_draw::idx))
        .select(FillDrawRow::columns());
    let rows: Vec<FillDrawRow> = on!(reader, connection => query.load(connection))?;
    let mut draws: BTreeMap<i64, Vec<VoucherDraw>> = BTreeMap::new();
    for row in rows {
        draws.entry(row.fill).or_default().push(VoucherDraw {
            voucher: VoucherId(row.voucher.cast_unsigned()),
            amount: Money::from_fen(row.amount),
        });
    }
    Ok(draws)
}
