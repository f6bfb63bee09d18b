//! Vouchers that expire soon, as they are asked for.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use rustc_hash::FxHashMap;

use super::{Found, Slice};
use crate::domain::id::{OrgId, ProgrammeId};
use crate::domain::time::Timestamp;
use crate::domain::voucher::VoucherAlert;
use crate::on;
use crate::store::application::VoucherAlertRow;
use crate::store::connection::Reader;
use crate::store::load::{Corrupt, LoadError};
use crate::store::schema::{programme, voucher, voucher_alert};

/// Nothing was told of the same voucher later.
const LAST: &str = "NOT EXISTS (SELECT 1 FROM voucher_alert AS later WHERE later.voucher = voucher_alert.voucher \
    AND (later.told_at > voucher_alert.told_at \
    OR later.told_at = voucher_alert.told_at AND later.days < voucher_alert.days))";

/// The voucher has not ended before its time, and still ends when it was told that it would.
const STANDS: &str = "EXISTS (SELECT 1 FROM voucher WHERE voucher.id = voucher_alert.voucher \
    AND voucher.valid_until = voucher_alert.valid_until AND voucher.ended IS NULL)";

/// Which alerts.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// Those on vouchers that expire after this.
    pub now: Timestamp,
    /// Those on vouchers of this organisation.
    pub org: Option<OrgId>,
    /// Those on vouchers under this programme.
    pub programme: Option<ProgrammeId>,
    /// Those that this organisation sees, as who holds the voucher or as the authority whose programme it is under; none: all.
    pub seen_by: Option<OrgId>,
}

/// An alert, and under which programme its voucher was granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// The alert.
    pub alert: VoucherAlert,
    /// The programme.
    pub programme: ProgrammeId,
}

/// The last alert on each voucher; those on the newest vouchers first.
pub fn page(reader: &mut Reader, wanted: &Wanted, slice: Slice) -> Result<Found<Told>, LoadError> {
    let granted = |programmes: Vec<i64>| {
        voucher::table
            .filter(voucher::programme.eq_any(programmes))
            .select(voucher::id)
    };
    let own = match wanted.seen_by {
        Some(issuer) => programmes_of(reader, issuer)?,
        None => Vec::new(),
    };
    let found: Found<VoucherAlertRow> = newest!(
        reader, slice, voucher_alert by voucher as VoucherAlertRow,
        indexed query => query,
        narrowed true => {
            let mut query = query
                .filter(voucher_alert::valid_until.gt(wanted.now.micros()))
                .filter(sql::<Bool>(LAST))
                .filter(sql::<Bool>(STANDS));
            if let Some(org) = wanted.org {
                query = query.filter(voucher_alert::org.eq(org.0.cast_signed()));
            }
            if let Some(programme) = wanted.programme {
                query = query.filter(voucher_alert::voucher.eq_any(granted(vec![programme.0.cast_signed()])));
            }
            if let Some(org) = wanted.seen_by {
                let within = voucher_alert::voucher.eq_any(granted(own.clone()));
                query = query.filter(voucher_alert::org.eq(org.0.cast_signed()).or(within));
            }
            query
        }
    );
    let ids: Vec<i64> = found.rows.iter().map(|row| row.voucher).collect();
    let query = voucher::table
        .filter(voucher::id.eq_any(ids))
        .select((voucher::id, voucher::programme));
    let pairs: Vec<(i64, i64)> = on!(reader, connection => query.load(connection))?;
    let programmes: FxHashMap<i64, i64> = pairs.into_iter().collect();
    found.try_map(|row| {
        let absent = || Corrupt::new("voucher_alert.voucher", &row.voucher.to_string());
        let programme = programmes.get(&row.voucher).copied().ok_or_else(absent)?;
        Ok(Told {
            alert: VoucherAlert::try_from(&row)?,
            programme: ProgrammeId(programme.cast_unsigned()),
        })
    })
}

/// The programmes of an authority. What belongs to no authority in particular is not told to every organisation.
fn programmes_of(reader: &mut Reader, issuer: OrgId) -> Result<Vec<i64>, LoadError> {
    let query = programme::table
        .filter(programme::issuer.eq(issuer.0.cast_signed()))
        .select(programme::id);
    Ok(on!(reader, connection => query.load(connection))?)
}
