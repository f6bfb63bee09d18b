//! Recoveries, as they are asked for, and what vouchers were to pay of leases.

use diesel::prelude::*;

use super::{Found, Slice, Within};
use crate::domain::id::{FillId, LeaseId, OrgId, ProgrammeId, RecoveryId, VoucherId};
use crate::domain::lease::VoucherDraw;
use crate::domain::money::Money;
use crate::domain::recovery::Recovery;
use crate::on;
use crate::store::connection::Reader;
use crate::store::fill::FillDrawRow;
use crate::store::load::LoadError;
use crate::store::office::RecoveryRow;
use crate::store::schema::{fill, fill_draw, recovery};

/// Which recoveries.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Those of this organisation.
    pub org: Option<OrgId>,
    /// Those under this programme.
    pub programme: Option<ProgrammeId>,
    /// Those that the asker may see; none: all.
    pub within: Option<Within>,
}

/// One of them.
pub fn find(reader: &mut Reader, id: RecoveryId) -> Result<Option<Recovery>, LoadError> {
    let query = recovery::table
        .filter(recovery::id.eq(id.0.cast_signed()))
        .select(RecoveryRow::columns());
    let row: Option<RecoveryRow> = on!(reader, connection => query.first(connection).optional())?;
    Ok(row.map(Recovery::try_from).transpose()?)
}

/// The newest first.
pub fn page(reader: &mut Reader, wanted: &Wanted, slice: Slice) -> Result<Found<Recovery>, LoadError> {
    let found: Found<RecoveryRow> = newest!(
        reader, slice, recovery by id as RecoveryRow,
        indexed query => match (wanted.org, wanted.programme) {
            (Some(org), _) => query.filter(recovery::org.eq(org.0.cast_signed())),
            (None, Some(programme)) => query.filter(recovery::programme.eq(programme.0.cast_signed())),
            (None, None) => query,
        },
        narrowed wanted.programme.is_some() || wanted.within.is_some() => {
            let mut query = query;
            if let Some(within) = &wanted.within {
                let issued = recovery::programme.eq_any(within.programmes.clone());
                query = query.filter(recovery::org.eq_any(within.own()).or(issued));
            }
            if let Some(programme) = wanted.programme {
                query = query.filter(recovery::programme.eq(programme.0.cast_signed()));
            }
            query
        }
    );
    found.try_map(|row| Ok(Recovery::try_from(row)?))
}

/// What vouchers were to pay of a fill, in the order of burning.
pub fn draws(reader: &mut Reader, id: FillId) -> Result<Vec<VoucherDraw>, LoadError> {
    let query = fill_draw::table
        .filter(fill_draw::fill.eq(id.0.cast_signed()))
        .order(fill_draw::idx)
        .select(FillDrawRow::columns());
    let rows: Vec<FillDrawRow> = on!(reader, connection => query.load(connection))?;
    let draw = |row: &FillDrawRow| VoucherDraw {
        voucher: VoucherId(row.voucher.cast_unsigned()),
        amount: Money::from_fen(row.amount),
    };
    Ok(rows.iter().map(draw).collect())
}

/// The leases that draw on a voucher, in the order in which they were agreed; `limit` of them at most.
pub fn leases_of(reader: &mut Reader, voucher: VoucherId, limit: i64) -> Result<Vec<LeaseId>, LoadError> {
    let query = fill_draw::table
        .inner_join(fill::table.on(fill::id.eq(fill_draw::fill)))
        .filter(fill_draw::voucher.eq(voucher.0.cast_signed()))
        .order(fill_draw::fill)
        .limit(limit)
        .select(fill::lease);
    let ids: Vec<i64> = on!(reader, connection => query.load(connection))?;
    Ok(ids.into_iter().map(|id| LeaseId(id.cast_unsigned())).collect())
}
