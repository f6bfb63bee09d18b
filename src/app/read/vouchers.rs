//! Vouchers.

use super::office::Seen;
use crate::app::page::{Page, query};
use crate::app::permission::{Caller, Reach};
use crate::app::readers::{PooledReader, ReadError};
use crate::app::view::evaluation::RedemptionView;
use crate::app::view::voucher::VoucherView;
use crate::domain::id::{OrgId, ProgrammeId, VoucherId};
use crate::domain::time::Timestamp;
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
        /// Those that can still pay and expire before this.
        pub expires_before: Option<Timestamp>,
    }
}

query! {
    /// Which of a voucher's payments; the newest first.
    pub struct RedemptionQuery {}
}

/// One voucher, to be seen by its holder and by whose programme it is.
///
/// # Errors
/// Those of the database.
pub fn find(pooled: &mut PooledReader, who: (Reach, &Caller), id: VoucherId) -> Result<Option<VoucherView>, ReadError> {
    let Some(stored) = seen(pooled, who, id)? else {
        return Ok(None);
    };
    let now = now(&mut pooled.reader)?;
    Ok(Some(VoucherView::of(&stored, now)))
}

/// A page of vouchers.
///
/// # Errors
/// Those of the database.
pub fn page(
    pooled: &mut PooledReader,
    (reach, caller): (Reach, &Caller),
    query: &VoucherQuery,
) -> Result<Page<VoucherView>, ReadError> {
    let Some((org, within)) = Seen::by(pooled, reach, caller)?.narrow(query.org) else {
        return Ok(Page::empty());
    };
    let now = now(&mut pooled.reader)?;
    let wanted = Wanted {
        org,
        within,
        programme: query.programme,
        expires: query.expires_before.map(|before| (now, before)),
    };
    let found = voucher::page(&mut pooled.reader, &wanted, query.page().newest_first())?;
    Page::of(found, |stored| Ok(VoucherView::of(&stored, now)))
}

/// A page of what a voucher pays; none where the voucher is out of reach.
///
/// # Errors
/// Those of the database.
pub fn redemptions(
    pooled: &mut PooledReader,
    who: (Reach, &Caller),
    id: VoucherId,
    query: &RedemptionQuery,
) -> Result<Option<Page<RedemptionView>>, ReadError> {
    if seen(pooled, who, id)?.is_none() {
        return Ok(None);
    }
    let found = redemption::redemptions(&mut pooled.reader, id, query.page().newest_first())?;
    Page::of(found, |stored| Ok(RedemptionView::of(&stored))).map(Some)
}

fn seen(
    pooled: &mut PooledReader,
    (reach, caller): (Reach, &Caller),
    id: VoucherId,
) -> Result<Option<StoredVoucher>, ReadError> {
    let seen = Seen::by(pooled, reach, caller)?;
    let found = voucher::find(&mut pooled.reader, id)?;
    Ok(found.filter(|stored| seen.has(stored.voucher.org, Some(stored.voucher.programme))))
}
