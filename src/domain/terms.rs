//! The market's terms: fees, grace periods, collar. Fills keep the fees that were in force when they were agreed.

use serde::{Deserialize, Serialize};

use super::life::delivery::Delivery;
use super::money::Money;
use super::rate::BasisPoints;

/// Terms in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// The tenant's fee on the charge.
    #[serde(default)]
    pub tenant_fee_bps: BasisPoints,
    /// The provider's fee on the charge.
    #[serde(default)]
    pub provider_fee_bps: BasisPoints,
    /// VAT contained in fees: 6 % on information services.
    #[serde(default = "six_percent")]
    pub vat_bps: BasisPoints,
    /// How far a price may lie from the reference price.
    #[serde(default = "half")]
    pub collar_bps: BasisPoints,
    /// Hours after a lease's end in which usage may still be reported; a settlement after that closes the lease.
    #[serde(default = "a_day")]
    pub usage_grace_hours: u32,
    /// Hours for which earnings stay disputable.
    #[serde(default = "three_days")]
    pub dispute_hours: u32,
    /// Hours for which nothing is paid out to a bank account that was changed.
    #[serde(default = "three_days", skip_serializing_if = "is_three_days")]
    pub account_cooling_hours: u32,
    /// Withdrawals and receipts on bank statements of more than this take two people.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub alone_max: Money,
    /// Hours after a report in which the tenant may dispute it; then it counts as accepted. At most `dispute_hours`, so that what it
    /// disputes was not paid out. 0: usage counts as accepted when it is reported.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub acceptance_hours: u32,
    /// Terms of delivery; leases keep those that were in force when they were agreed.
    #[serde(default, skip_serializing_if = "Delivery::is_nothing")]
    pub delivery: Delivery,
    /// Hours in which the other side can contest an outage; silence confirms it. 0: outages are not measured, and nothing is credited
    /// for them. Leases that are agreed while it is more keep what their listing promises.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub outage_hours: u32,
}

/// What was not said in terms of before is not said in what is compared with them.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
fn is_zero(hours: &u32) -> bool {
    *hours == 0
}

fn six_percent() -> BasisPoints {
    BasisPoints(600)
}

fn half() -> BasisPoints {
    BasisPoints(5_000)
}

fn a_day() -> u32 {
    24
}

fn three_days() -> u32 {
    72
}

// What journals from before these terms say must read and write the same.

fn is_three_days(hours: &u32) -> bool {
    *hours == three_days()
}

fn is_nothing(amount: &Money) -> bool {
    *amount == Money::ZERO
}

impl Default for Terms {
    fn default() -> Terms {
        Terms {
            tenant_fee_bps: BasisPoints(0),
            provider_fee_bps: BasisPoints(0),
            vat_bps: six_percent(),
            collar_bps: half(),
            usage_grace_hours: a_day(),
            dispute_hours: three_days(),
            account_cooling_hours: three_days(),
            alone_max: Money::ZERO,
            acceptance_hours: 0,
            delivery: Delivery::default(),
            outage_hours: 0,
        }
    }
}
