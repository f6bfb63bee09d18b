//! Vouchers (算力券): entitlements granted under a programme. Their balances are ledger accounts.

use serde::{Deserialize, Serialize};

use super::id::{OrgId, ProgrammeId, VoucherId};
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
}

fn first_version() -> u32 {
    1
}
