//! The numbers from which on facts look wrong. They are assumptions, chosen to be checked by people and not to convict: no scheme
//! that the programmes were read in publishes any. A change makes a new version, which every flag names.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::code::Code;
use crate::domain::rate::BasisPoints;

/// The numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntegrityPolicy {
    /// Its version.
    pub version: u32,
    /// A share of a limit from which on an entity counts as just under it.
    pub near_limit_bps: BasisPoints,
    /// An organisation is new for so many days after its founding.
    pub new_org_days: u32,
    /// New organisations look like one where their first deals with one provider lie within so many days.
    pub split_days: u32,
    /// From so many new organisations on.
    pub split_orgs_min: usize,
    /// A subsidised price is inflated above this share of the reference price, or of the median.
    pub price_bps: BasisPoints,
    /// A median is taken over so many days.
    pub price_days: u32,
    /// And only of so many unrelated trades at least.
    pub price_trades_min: usize,
    /// Money that comes back within so many days went in a circle.
    pub wash_days: u32,
    /// Where the smallest amount of the circle is at least this share of its largest.
    pub wash_net_bps: BasisPoints,
    /// Use without a single outage looks made up over so many hours of a pair's leases.
    pub idle_hours_min: u32,
    /// And over so many leases.
    pub idle_leases_min: usize,
    /// Electricity below this share of what the use should have drawn is too little.
    pub power_short_bps: BasisPoints,
    /// Use that should have drawn less than this share of the electricity explains too little of it.
    pub power_excess_bps: BasisPoints,
    /// So many first claims on a provider are looked at.
    pub first_claims: usize,
    /// Watts that a card draws under load, by model.
    pub watts: BTreeMap<Code, u32>,
}

impl Default for IntegrityPolicy {
    fn default() -> IntegrityPolicy {
        IntegrityPolicy {
            version: 1,
            near_limit_bps: BasisPoints(8_000),
            new_org_days: 180,
            split_days: 30,
            split_orgs_min: 3,
            price_bps: BasisPoints(13_000),
            price_days: 30,
            price_trades_min: 5,
            wash_days: 30,
            wash_net_bps: BasisPoints(8_000),
            idle_hours_min: 336,
            idle_leases_min: 3,
            power_short_bps: BasisPoints(6_000),
            power_excess_bps: BasisPoints(500),
            first_claims: 3,
            watts: BTreeMap::new(),
        }
    }
}
