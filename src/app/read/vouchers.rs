//! Vouchers.

use super::whose;
use crate::app::page::{Page, query};
use crate::app::permission::Reach;
use crate::app::readers::{PooledReader, ReadError};
use crate::app::view::evaluation::RedemptionView;
use crate::app::view::voucher::VoucherView;
use crate::domain::id::{OrgId, ProgrammeId, VoucherId};
use crate::store::read::redemption;
use crate::store::read::voucher::{self, StoredVoucher, Wanted};
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

query! {
    /// Which of a voucher's payments; the newest first.
    pub struct RedemptionQuery {}
}

/// One voucher; own: as its holder.
///
/// # Errors
/// Those of the database.
pub fn find(pooled: &mut PooledReader, reach: Reach, id: VoucherId) -> Result<Option<VoucherView>, ReadError> {
    let Some(stored) = seen(pooled, reach, id)? else {
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

/// A page of what a voucher pays; none where the voucher is out of reach.
///
/// # Errors
/// Those of the database.
pub fn redemptions(
    pooled: &mut PooledReader,
    reach: Reach,
    id: VoucherId,
    query: &RedemptionQuery,
) -> Result<Option<Page<RedemptionView>>, ReadError> {
    if seen(pooled, reach, id)?.is_none() {
        return Ok(None);
    }
    let found = redemption::redemptions(&mut pooled.reader, id, query.page().newest_first())?;
    Page::of(found, |stored| Ok(RedemptionView::of(&stored))).map(Some)
}

fn seen(pooled: &mut PooledReader, reach: Reach, id: VoucherId) -> Result<Option<StoredVoucher>, ReadError> {
    let found = voucher::find(&mut pooled.reader, id)?;
    Ok(found.filter(|stored| reach.covers(stored.voucher.org)))
}
