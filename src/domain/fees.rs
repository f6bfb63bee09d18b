//! Fees in tiers, in force from a day on.

use serde::{Deserialize, Serialize};

use super::money::Money;
use super::rate::BasisPoints;
use super::time::Timestamp;

/// A rate from a volume on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FeeTier {
    /// Charges of fills that the party has agreed in the calendar month (Asia/Shanghai) before this one: so much or more.
    pub from_volume: Money,
    /// The rate, on the charge.
    pub bps: BasisPoints,
}

/// Fees from an instant on, until the next schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FeeSchedule {
    /// Its first instant.
    pub from: Timestamp,
    /// For tenants; the first tier from 0.00 on.
    pub tenant: Vec<FeeTier>,
    /// For providers; the first tier from 0.00 on.
    pub provider: Vec<FeeTier>,
}

impl FeeSchedule {
    /// The rate of tiers for what was traded so far.
    pub fn rate(tiers: &[FeeTier], traded: Money) -> BasisPoints {
        let reached = tiers.iter().take_while(|tier| tier.from_volume <= traded);
        reached.last().map_or(BasisPoints(0), |tier| tier.bps)
    }
}

/// VAT contained in fees, from an instant on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VatChange {
    /// Its first instant: what is delivered from here on contains tax at this rate.
    pub from: Timestamp,
    /// The rate.
    pub vat_bps: BasisPoints,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tier_begins_at_its_volume() {
        let tier = |fen, bps| FeeTier {
            from_volume: Money::from_fen(fen),
            bps: BasisPoints(bps),
        };
        let tiers = [tier(0, 100), tier(5_000, 80), tier(9_000, 90)];
        for (traded, bps) in [
            (0, 100),
            (4_999, 100),
            (5_000, 80),
            (8_999, 80),
            (9_000, 90),
            (90_000, 90),
        ] {
            assert_eq!(
                FeeSchedule::rate(&tiers, Money::from_fen(traded)),
                BasisPoints(bps),
                "{traded}"
            );
        }
        assert_eq!(FeeSchedule::rate(&[], Money::from_fen(1)), BasisPoints(0));
    }
}
