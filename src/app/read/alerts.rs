//! Vouchers that expire soon: a tenant's own, an issuer's those of its programmes, all for auditors.

use serde::Serialize;
use utoipa::ToSchema;

use crate::app::page::{Page, query};
use crate::app::permission::Reach;
use crate::app::readers::{PooledReader, ReadError};
use crate::domain::id::{OrgId, ProgrammeId, VoucherId};
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::store::read::alert::{self, Told, Wanted};
use crate::store::report::now;

query! {
    /// Which alerts; those of the newest vouchers first.
    pub struct AlertQuery {
        /// On vouchers of this organisation.
        pub org: Option<OrgId>,
        /// On vouchers under this programme.
        pub programme: Option<ProgrammeId>,
    }
}

/// A voucher expires soon: the last that was told of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AlertView {
    /// The voucher.
    pub voucher: VoucherId,
    /// Under which programme.
    pub programme: ProgrammeId,
    /// Whose it is.
    pub org: OrgId,
    /// How many days before its end this was told.
    pub days: u32,
    /// What it had left then.
    pub left: Money,
    /// When it expires.
    pub valid_until: Timestamp,
    /// When this was told.
    pub told_at: Timestamp,
}

impl From<Told> for AlertView {
    fn from(told: Told) -> AlertView {
        AlertView {
            voucher: told.alert.voucher,
            programme: told.programme,
            org: told.alert.org,
            days: told.alert.days,
            left: told.alert.left,
            valid_until: told.alert.valid_until,
            told_at: told.alert.at,
        }
    }
}

/// A page of alerts on vouchers that can still pay. Within one's own reach are one's own vouchers and those under one's own
/// programmes.
///
/// # Errors
/// Those of the database.
pub fn page(pooled: &mut PooledReader, reach: Reach, query: &AlertQuery) -> Result<Page<AlertView>, ReadError> {
    let wanted = Wanted {
        now: now(&mut pooled.reader)?,
        org: query.org,
        programme: query.programme,
        seen_by: reach.limit(),
    };
    let found = alert::page(&mut pooled.reader, &wanted, query.page().newest_first())?;
    Page::of(found, |told| Ok(AlertView::from(told)))
}
