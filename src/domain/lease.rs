//! Fills and leases: what a match brings about.

use serde::{Deserialize, Serialize};

use super::id::{AcceleratorId, BidId, FillId, LeaseId, ListingId, OrgId, SiteId, VoucherId};
use super::life::{HandOver, Life};
use super::listing::Sla;
use super::metering::Metering;
use super::money::{Money, Price};
use super::rate::BasisPoints;
use super::time::{Hour, Timestamp, Window};

/// Cards of one island that a lease takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
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

/// How a fill came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A bid was matched.
    #[default]
    Match,
    /// Both sides of a lease have agreed that another one goes on in its place. It was never on offer, so that it is no trade of the
    /// market; its bid is that of the first of these leases.
    Change {
        /// Of which lease.
        of: LeaseId,
    },
}

impl Origin {
    /// Whether it came about by a match.
    pub fn is_match(&self) -> bool {
        *self == Origin::Match
    }

    /// The lease in whose place it goes on.
    pub fn predecessor(self) -> Option<LeaseId> {
        match self {
            Self::Match => None,
            Self::Change { of } => Some(of),
        }
    }
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
    /// How it came about.
    #[serde(default, skip_serializing_if = "Origin::is_match")]
    pub origin: Origin,
    /// What its listing promised then; none where the terms did not measure it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sla: Option<Sla>,
}

/// Where a lease stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LeaseState {
    /// Before its first hour, or not handed over yet.
    Pending,
    /// Handed over; before its first hour, or not accepted yet.
    Provisioned,
    /// In its hours.
    Active,
    /// In its hours; less works than was promised.
    Degraded,
    /// In its hours, and suspended.
    Suspended,
    /// After its last hour; usage may still be reported and settled.
    Ended,
    /// Settled for good; its escrow is empty.
    Closed,
}

impl LeaseState {
    /// Whether its hours are over.
    pub fn is_over(self) -> bool {
        match self {
            Self::Ended | Self::Closed => true,
            Self::Pending | Self::Provisioned | Self::Active | Self::Degraded | Self::Suspended => false,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Provisioned => "provisioned",
            Self::Active => "active",
            Self::Degraded => "degraded",
            Self::Suspended => "suspended",
            Self::Ended => "ended",
            Self::Closed => "closed",
        }
    }
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

/// Card-seconds settled of a lease that were delivered at another rate of VAT than the one in force when it was agreed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct VatShare {
    /// Those of spans that began from here on, until the next share.
    pub from: Timestamp,
    /// Rate of the VAT contained in their fees.
    pub vat: BasisPoints,
    /// How many were settled.
    pub card_seconds: i64,
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
    /// Its life beyond its hours; none while nothing of it is set, as for most leases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    life: Option<Box<Life>>,
    /// Which part of what was settled contains VAT at another rate than the fill says, by instant.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub vat_shares: Vec<VatShare>,
}

impl Lease {
    /// A lease as a fill opens it where no hand-over is asked for: active from the start where its first hour has begun.
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
            life: None,
            vat_shares: Vec::new(),
            fill,
        }
    }

    /// Its identifier.
    pub fn id(&self) -> LeaseId {
        self.fill.lease
    }

    /// The lease without what was reported of it, for a row of its own: only how far that is counted.
    pub fn without_reports(&self) -> Lease {
        Lease {
            fill: self.fill.clone(),
            metering: Metering::counted_to(self.metering.mark),
            vat_shares: self.vat_shares.clone(),
            life: self.life.clone(),
            ..*self
        }
    }

    /// Its life beyond its hours.
    pub fn life(&self) -> &Life {
        static PLAIN: Life = Life::PLAIN;
        self.life.as_deref().unwrap_or(&PLAIN)
    }

    /// Gives it another life. A hand-over that is asked for keeps it from starting by itself.
    pub fn set_life(&mut self, life: Life) {
        self.life = (!life.is_plain()).then(|| Box::new(life));
    }

    /// Changes something of its life.
    pub fn change_life(&mut self, change: impl FnOnce(&mut Life)) {
        let mut life = self.life.take().map_or(Life::PLAIN, |life| *life);
        change(&mut life);
        self.set_life(life);
    }

    /// From when on it was there for the tenant; none: it was not handed over yet, or what was is refused.
    pub fn delivered_from(&self) -> Option<Timestamp> {
        let start = self.fill.window.from().timestamp();
        match self.life().hand_over {
            HandOver::NotAsked => Some(start),
            HandOver::Awaited { .. } => None,
            HandOver::Given { at, .. } => Some(start.max(at)),
            HandOver::Accepted { given_at } => Some(start.max(given_at)),
        }
    }

    /// Whether usage was reported for every instant of it, from its hand-over on.
    pub fn is_fully_reported(&self) -> bool {
        let Some(from) = self.delivered_from() else {
            return true;
        };
        let all = (from, self.ends.timestamp());
        all.0 >= all.1
            || self
                .metering
                .covered()
                .iter()
                .any(|span| span.0 <= all.0 && all.1 <= span.1)
    }

    /// Which cards it takes in which hours.
    pub fn occupied(&self) -> Vec<(Window, &[IslandShare])> {
        let mut spans = Vec::with_capacity(1);
        let mut from = self.fill.window.from();
        let mut islands = self.fill.islands.as_slice();
        for moved in &self.life().moves {
            spans.extend(Window::new(from, moved.from.min(self.ends)).map(|window| (window, islands)));
            (from, islands) = (moved.from, &moved.islands);
        }
        spans.extend(Window::new(from, self.ends).map(|window| (window, islands)));
        spans
    }

    /// Which cards it takes at its end.
    pub fn islands(&self) -> &[IslandShare] {
        let moved = self.life().moves.last();
        moved.map_or(&self.fill.islands, |moved| moved.islands.as_slice())
    }
}
