//! Funding: who pays, when and how.

use serde::{Deserialize, Serialize};

use crate::domain::rate::BasisPoints;

/// Who pays which share of a subsidy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CoFunder {
    /// The paying treasury.
    pub payer: String,
    /// Its share; all shares add up to 10,000.
    pub share_bps: BasisPoints,
}

/// What happens with what a voucher has left when it expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnExpiry {
    /// It can be granted again.
    Pot,
    /// It is gone.
    Lapse,
}

/// When and how a programme pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PayMode {
    /// Deducted at settlement; the treasuries owe it.
    Deduct,
    /// The tenant pays in full, claims, and gets the subsidy back.
    Reimburse,
    /// Deducted at settlement, out of money that was paid in before (备用金).
    Reserve,
    /// Once a year, of all that an entity has bought in it.
    Assessment,
}

/// Where a programme that reimburses takes what it pays for claims from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClaimsFrom {
    /// Out of vouchers that were granted before.
    Vouchers,
    /// Out of the pot, by a voucher that is made for the claim; none are granted.
    Pot,
}

impl PayMode {
    /// Whether vouchers are deducted when a lease is settled.
    pub fn is_deducted(self) -> bool {
        match self {
            Self::Deduct | Self::Reserve => true,
            Self::Reimburse | Self::Assessment => false,
        }
    }
}
