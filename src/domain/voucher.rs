//! Vouchers (算力券): entitlements granted under a programme. Their balances are ledger accounts.

use serde::{Deserialize, Serialize};

use super::id::{ApplicationId, OrgId, ProgrammeId, VoucherId};
use super::money::Money;
use super::time::Timestamp;

/// A voucher.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Voucher {
    /// Its identifier.
    pub id: VoucherId,
    /// The programme it was granted under.
    pub programme: ProgrammeId,
    /// The version of the programme's rules that governs it.
    #[serde(default = "first_version")]
    pub version: u32,
    /// Whom it was granted to; it cannot be transferred.
    pub org: OrgId,
    /// What was granted.
    pub amount: Money,
    /// From when it can pay.
    pub valid_from: Timestamp,
    /// Until when it can pay; what is available then expires.
    pub valid_until: Timestamp,
    /// The application that it was granted for; none: it was granted without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application: Option<ApplicationId>,
    /// Why it ended before its time; none: it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<VoucherEnd>,
}

/// Why a voucher ended before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VoucherEnd {
    /// Two people took it back.
    Revoked,
    /// Its programme was closed.
    Closed,
}

/// A voucher expires soon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct VoucherAlert {
    /// Which one.
    pub voucher: VoucherId,
    /// Whose it is.
    pub org: OrgId,
    /// In how many days.
    pub days: u32,
    /// What it had left.
    pub left: Money,
    /// When it expires.
    pub valid_until: Timestamp,
    /// When this was told.
    pub at: Timestamp,
}

impl Voucher {
    /// Whether it can still pay at an instant, then or later. What comes back to a voucher that cannot goes to its pot.
    pub fn is_live(&self, at: Timestamp) -> bool {
        self.ended.is_none() && at < self.valid_until
    }
}

fn first_version() -> u32 {
    1
}
