//! Fills and leases: what a match brings about.

use serde::{Deserialize, Serialize};

use super::id::{AcceleratorId, BidId, FillId, LeaseId, ListingId, OrgId, SiteId, VoucherId};
use super::listing::Sla;
use super::metering::Metering;
use super::money::{Money, Price};
use super::rate::BasisPoints;
use super::time::{Hour, Timestamp, Window};

/// Cards of one island that a lease takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct IslandShare {
    /// Index of the island in its listing.
    pub island: u32,
    /// Cards taken.
    pub cards: u32,
}

/// What one voucher pays of a fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct VoucherDraw {
    /// Which voucher.
    pub voucher: VoucherId,
    /// How much of it.
    pub amount: Money,
}

/// One part of a match, as agreed: cards of one listing for one contiguous interval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fill {
    /// Its identifier.
    pub id: FillId,
    /// The lease that it opened.
    pub lease: LeaseId,
    /// The bid it fills.
    pub bid: BidId,
    /// Index of the bid's alternative.
    pub alternative: usize,
    /// Who takes the cards.
    pub tenant: OrgId,
    /// The listing that gives.
    pub listing: ListingId,
    /// Who lets the cards.
    pub provider: OrgId,
    /// What they are.
    pub accelerator: AcceleratorId,
    /// Where they stand.
    pub site: SiteId,
    /// How many.
    pub cards: u32,
    /// In which islands.
    pub islands: Vec<IslandShare>,
    /// For which hours.
    pub window: Window,
    /// At which price.
    pub price: Price,
    /// round_half_up(price × cards × hours).
    pub charge: Money,
    /// What vouchers pay of it.
    pub voucher: Money,
    /// From which vouchers.
    pub draws: Vec<VoucherDraw>,
    /// Charge − voucher.
    pub net: Money,
    /// The tenant's fee, apart from the charge.
    pub fee: Money,
    /// Rate of the tenant's fee, on the charge.
    pub tenant_fee: BasisPoints,
    /// Rate of the provider's fee, on the charge.
    pub provider_fee: BasisPoints,
    /// Rate of the VAT contained in fees.
    pub vat: BasisPoints,
    /// When it was agreed.
    pub at: Timestamp,
    /// What its listing promised then; none where the terms did not measure it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sla: Option<Sla>,
}

/// Where a lease stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LeaseState {
    /// Before its first hour.
    Pending,
    /// In its hours.
    Active,
    /// After its last hour; usage may still be reported and settled.
    Ended,
    /// Settled for good; its escrow is empty.
    Closed,
}

/// What has been settled of a lease, cumulative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Settled {
    /// Accepted card-seconds that were charged.
    pub card_seconds: i64,
    /// Their charge.
    pub charge: Money,
    /// Of which vouchers paid.
    pub voucher: Money,
    /// The tenant's fee.
    pub tenant_fee: Money,
    /// The provider's fee.
    pub provider_fee: Money,
    /// VAT contained in both fees.
    pub vat: Money,
}

/// A lease that is not closed yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// What was agreed; its id is in there.
    pub fill: Fill,
    /// Where it stands.
    pub state: LeaseState,
    /// The hour at which it ends: that of the fill, or an earlier one after a termination.
    pub ends: Hour,
    /// What has been settled.
    pub settled: Settled,
    /// What was reported of it.
    pub metering: Metering,
}

impl Lease {
    /// A lease as a fill opens it: active from the start where its first hour has begun.
    pub fn new(fill: Fill) -> Lease {
        let started = fill.window.from().timestamp() <= fill.at;
        Lease {
            state: if started {
                LeaseState::Active
            } else {
                LeaseState::Pending
            },
            ends: fill.window.until(),
            settled: Settled::default(),
            metering: Metering::default(),
            fill,
        }
    }

    /// Its identifier.
    pub fn id(&self) -> LeaseId {
        self.fill.lease
    }

    /// Whether usage was reported for every instant of it.
    pub fn is_fully_reported(&self) -> bool {
        let all = (self.fill.window.from().timestamp(), self.ends.timestamp());
        all.0 == all.1 || self.metering.covered().first().is_some_and(|span| *span == all)
    }
}
