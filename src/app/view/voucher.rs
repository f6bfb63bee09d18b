//! Vouchers as the API shows them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::id::{ApplicationId, OrgId, ProgrammeId, VoucherId};
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::domain::voucher::VoucherEnd;
use crate::store::read::voucher::StoredVoucher;

/// Where a voucher stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VoucherState {
    /// It cannot pay yet.
    Pending,
    /// It can pay.
    Active,
    /// Nothing of it is available, held or reserved any more.
    Spent,
    /// Two people took it back; what is reserved for leases still pays them.
    Revoked,
    /// It ended with its programme; what is reserved for leases still pays them.
    Closed,
    /// Its time has run out; what is reserved for leases still pays them.
    Expired,
}

/// A voucher. Its amount is the sum of `available`, `held`, `reserved`, `redeemed`, `recovered` and `expired`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct VoucherView {
    /// The voucher.
    pub id: VoucherId,
    /// The programme it was granted under.
    pub programme: ProgrammeId,
    /// Whom it was granted to.
    pub org: OrgId,
    /// What was granted.
    pub amount: Money,
    /// Can still pay.
    pub available: Money,
    /// Bound by open bids.
    pub held: Money,
    /// Bound by leases.
    pub reserved: Money,
    /// Paid settled charges.
    pub redeemed: Money,
    /// Taken back.
    pub recovered: Money,
    /// Ran out of time.
    pub expired: Money,
    /// From when it can pay.
    pub valid_from: Timestamp,
    /// Until when it can pay.
    pub valid_until: Timestamp,
    /// The version of the programme's rules that governs it.
    pub version: u32,
    /// The application that it was granted for.
    pub application: Option<ApplicationId>,
    /// Where it stands in its life.
    pub state: VoucherState,
}

impl VoucherView {
    /// What is shown of `stored` when the exchange has gone up to `now`.
    pub fn of(stored: &StoredVoucher, now: Timestamp) -> VoucherView {
        let (voucher, uses) = (&stored.voucher, stored.uses);
        let left = [uses.available, uses.held, uses.reserved];
        let state = if let Some(end) = voucher.ended {
            match end {
                VoucherEnd::Revoked => VoucherState::Revoked,
                VoucherEnd::Closed => VoucherState::Closed,
            }
        } else if now >= voucher.valid_until {
            VoucherState::Expired
        } else if left == [Money::ZERO; 3] {
            VoucherState::Spent
        } else if now < voucher.valid_from {
            VoucherState::Pending
        } else {
            VoucherState::Active
        };
        VoucherView {
            id: voucher.id,
            programme: voucher.programme,
            org: voucher.org,
            amount: voucher.amount,
            available: uses.available,
            held: uses.held,
            reserved: uses.reserved,
            redeemed: uses.redeemed,
            recovered: uses.recovered,
            expired: uses.expired,
            valid_from: voucher.valid_from,
            valid_until: voucher.valid_until,
            version: voucher.version,
            application: voucher.application,
            state,
        }
    }
}
