//! Bids: a tenant's order for cards.

use serde::{Deserialize, Serialize};

use super::code::Code;
use super::id::{AcceleratorId, BidId, OrgId, Seq, SiteId, VoucherId};
use super::money::{Money, Price};
use super::rate::Fraction;
use super::time::{Hour, Timestamp};
use super::version::Version;

/// Whether a bid may be filled in parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FillRule {
    /// All cards at once or none.
    AllOrNone,
    /// Parts of at least this many cards, or all that is left.
    Partial {
        /// The smallest fill; at least 1.
        min_cards: u32,
    },
}

/// How near to each other the cards of one fill must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Placement {
    /// Anywhere.
    Any,
    /// All in one site.
    OneSite,
    /// All from one listing.
    OneListing,
    /// All in one island.
    OneIsland,
}

/// How long a bid stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeInForce {
    /// Until cancelled, or until it can no longer start in time.
    Gtc,
    /// Until an instant.
    Gtd {
        /// When it expires.
        expires_at: Timestamp,
    },
    /// Fill at once what can be filled, cancel the rest.
    Ioc,
    /// Fill all at once or cancel.
    Fok,
}

/// Which vouchers may pay a part of a bid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VoucherPolicy {
    /// The tenant's vouchers in the published burn order.
    Auto,
    /// None.
    None,
    /// These, in the published burn order among themselves.
    Named(Vec<VoucherId>),
}

/// What the cards are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Training from scratch.
    Pretrain,
    /// Training onwards from a model.
    Finetune,
    /// Serving.
    Inference,
    /// Anything scientific.
    Research,
    /// Serving a model to others by the call (MaaS).
    Maas,
    /// Running agents.
    Agent,
}

/// One of the things a tenant would take; codes are not yet looked up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewAlternative {
    /// Of which model.
    pub accelerator: Code,
    /// How many cards.
    pub cards: u32,
    /// For how many hours in one piece.
    pub hours: u32,
    /// The highest price.
    pub limit: Price,
}

/// What a tenant asks for; codes are not yet looked up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewBid {
    /// Exactly one of these is taken.
    pub alternatives: Vec<NewAlternative>,
    /// The earliest start.
    pub earliest: Hour,
    /// The latest end.
    pub latest: Hour,
    /// Whether parts are taken.
    pub fill: FillRule,
    /// How near the cards must be to each other.
    pub placement: Placement,
    /// Only these sites, if given.
    pub sites: Option<Vec<Code>>,
    /// Only domestic accelerators.
    pub domestic_only: bool,
    /// Only listings that promise at most this fault rate.
    pub max_fault_rate: Option<Fraction>,
    /// How long the bid stands.
    pub tif: TimeInForce,
    /// Which vouchers may pay.
    pub voucher: VoucherPolicy,
    /// What the cards are for.
    pub purpose: Option<Purpose>,
}

/// One of the things a tenant would take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alternative {
    /// Of which model.
    pub accelerator: AcceleratorId,
    /// How many cards.
    pub cards: u32,
    /// For how many hours in one piece.
    pub hours: u32,
    /// The highest price.
    pub limit: Price,
}

/// What the first fill of a bid has settled for the rest of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bound {
    /// Index of the alternative taken.
    pub alternative: usize,
    /// The site taken, where the placement is one site.
    pub site: Option<SiteId>,
}

/// A bid that was accepted and may still be filled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bid {
    /// Its identifier.
    pub id: BidId,
    /// Its place in the order of precedence.
    pub seq: Seq,
    /// Who bids.
    pub tenant: OrgId,
    /// The tenant's owner group, with which it never trades.
    pub group: OrgId,
    /// Exactly one of these is taken.
    pub alternatives: Vec<Alternative>,
    /// The earliest start.
    pub earliest: Hour,
    /// The latest end.
    pub latest: Hour,
    /// Whether parts are taken.
    pub fill: FillRule,
    /// How near the cards must be to each other.
    pub placement: Placement,
    /// Only these sites, if given; sorted.
    pub sites: Option<Vec<SiteId>>,
    /// Only domestic accelerators.
    pub domestic_only: bool,
    /// Only listings that promise at most this fault rate.
    pub max_fault_rate: Option<Fraction>,
    /// How long the bid stands.
    pub tif: TimeInForce,
    /// Which vouchers may pay.
    pub voucher: VoucherPolicy,
    /// What the cards are for.
    pub purpose: Option<Purpose>,
    /// Cards filled so far, of the alternative that the first fill bound it to.
    pub filled_cards: u32,
    /// What the first fill has settled.
    pub bound: Option<Bound>,
    /// Money of the tenant on hold for what is left.
    pub held: Money,
}

/// Where a bid stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BidState {
    /// Nothing filled yet.
    Open,
    /// Filled in part; the rest stands.
    PartlyFilled,
    /// Filled in full.
    Filled,
    /// Taken back by the tenant, or by its time in force.
    Cancelled,
    /// Its time has passed.
    Expired,
}

impl Bid {
    /// Changes whenever the bid does: its terms, its place, what is filled of it or where it stands.
    pub fn version(&self, state: BidState) -> Version {
        let Bid {
            id,
            seq,
            ref alternatives,
            earliest,
            latest,
            filled_cards,
            bound,
            held,
            ..
        } = *self;
        Version::of(&(
            id,
            seq,
            alternatives,
            (earliest, latest),
            (filled_cards, bound, held),
            state,
        ))
    }

    /// Where the bid stands while it rests in the book.
    pub fn resting_state(&self) -> BidState {
        match self.filled_cards {
            0 => BidState::Open,
            1.. => BidState::PartlyFilled,
        }
    }

    /// The alternatives that can still be taken, with their index: all, or the one that the first fill bound.
    pub fn live_alternatives(&self) -> impl Iterator<Item = (usize, &Alternative)> {
        let bound = self.bound.map(|bound| bound.alternative);
        self.alternatives
            .iter()
            .enumerate()
            .filter(move |(index, _)| bound.is_none_or(|only| only == *index))
    }

    /// Cards of `alternative` not yet filled.
    pub fn wanted(&self, alternative: &Alternative) -> u32 {
        alternative.cards.saturating_sub(self.filled_cards)
    }

    /// The fewest cards that a fill of `alternative` may bring now.
    pub fn needed(&self, alternative: &Alternative) -> u32 {
        let wanted = self.wanted(alternative);
        match (self.fill, self.tif) {
            (FillRule::AllOrNone, _) | (FillRule::Partial { .. }, TimeInForce::Fok) => wanted,
            (FillRule::Partial { min_cards }, TimeInForce::Gtc | TimeInForce::Gtd { .. } | TimeInForce::Ioc) => {
                min_cards.min(wanted)
            }
        }
    }
}
