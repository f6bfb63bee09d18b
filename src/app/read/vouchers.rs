//! Vouchers.

use super::whose;
use crate::app::page::{Page, query};
use crate::app::permission::Reach;
use crate::app::readers::{PooledReader, ReadError};
use crate::app::view::voucher::VoucherView;
use crate::domain::id::{OrgId, ProgrammeId, VoucherId};
use crate::store::read::voucher::{self, Wanted};
use crate::store::report::now;

query! {
    /// Which vouchers; the newest first.
    pub struct VoucherQuery {
        /// Those granted to this organisation.
        pub org: Option<OrgId>,
        /// Those granted under this programme.
        pub programme: Option<ProgrammeId>,
    }
}

/// One voucher; own: as its holder.
///
/// # Errors
/// Those of the database.
pub fn find(pooled: &mut PooledReader, reach: Reach, id: VoucherId) -> Result<Option<VoucherView>, ReadError> {
    let found = voucher::find(&mut pooled.reader, id)?;
    let Some(stored) = found.filter(|stored| reach.covers(stored.voucher.org)) else {
        return Ok(None);
    };
    let now = now(&mut pooled.reader)?;
    Ok(Some(VoucherView::of(&stored, now)))
}

/// A page of vouchers.
///
/// # Errors
/// Those of the database.
pub fn page(pooled: &mut PooledReader, reach: Reach, query: &VoucherQuery) -> Result<Page<VoucherView>, ReadError> {
    let Some(org) = whose(reach, query.org).limit() else {
        return Ok(Page::empty());
    };
    let wanted = Wanted {
        org,
        programme: query.programme,
    };
    let found = voucher::page(&mut pooled.reader, &wanted, query.page().newest_first())?;
    let now = now(&mut pooled.reader)?;
    Page::of(found, |stored| Ok(VoucherView::of(&stored, now)))
}
