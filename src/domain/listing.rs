//! Listings: a provider's offer of cards for a window.

use serde::{Deserialize, Serialize};

use super::code::Code;
use super::id::{AcceleratorId, ListingId, OrgId, Seq, SiteId};
use super::money::Price;
use super::rate::Fraction;
use super::time::{Hour, Window};
use super::version::Version;

/// How a listing trades.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ListingMode {
    /// Continuously, in the order book (挂牌).
    Book,
    /// In call auctions (竞价).
    Auction,
    /// By agreement, reported by both sides (协议).
    Negotiated,
}

/// Where a listing stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ListingState {
    /// Its free cards can be matched.
    Open,
    /// Taken back by its provider; its leases stay.
    Withdrawn,
    /// Its window has passed.
    Ended,
}

/// What a provider promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Sla {
    /// The largest unplanned unavailable share of contracted card-seconds.
    pub max_fault_rate: Fraction,
    /// Credit for an unavailable card-second, as a multiple of its price.
    pub credit_rate: Fraction,
}

/// What a provider asks for; codes are not yet looked up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewListing {
    /// Where the cards stand.
    pub site: Code,
    /// What they are.
    pub accelerator: Code,
    /// Sets of cards on one interconnect.
    pub islands: u32,
    /// Cards in each of them.
    pub cards_per_island: u32,
    /// First hour on offer.
    pub from: Hour,
    /// The hour after the last one on offer.
    pub until: Hour,
    /// The price asked.
    pub ask: Price,
    /// Cards are let in multiples of this.
    pub lot_cards: u32,
    /// Shortest lease in hours.
    pub min_hours: u32,
    /// Longest lease in hours.
    pub max_hours: u32,
    /// How it trades.
    pub mode: ListingMode,
    /// What is promised.
    pub sla: Sla,
    /// Windows in which nothing is let.
    pub maintenance: Vec<Window>,
}

/// A listing that was accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    /// Its identifier.
    pub id: ListingId,
    /// Its place in the order of precedence; renewed when the ask is lowered or capacity is added.
    pub seq: Seq,
    /// Who offers.
    pub provider: OrgId,
    /// The provider's owner group, with which it never trades.
    pub group: OrgId,
    /// Where the cards stand.
    pub site: SiteId,
    /// What they are.
    pub accelerator: AcceleratorId,
    /// Sets of cards on one interconnect.
    pub islands: u32,
    /// Cards in each of them.
    pub cards_per_island: u32,
    /// The hours on offer.
    pub window: Window,
    /// The price asked.
    pub ask: Price,
    /// Cards are let in multiples of this.
    pub lot_cards: u32,
    /// Shortest lease in hours.
    pub min_hours: u32,
    /// Longest lease in hours.
    pub max_hours: u32,
    /// How it trades.
    pub mode: ListingMode,
    /// What is promised.
    pub sla: Sla,
    /// Windows in which nothing is let.
    pub maintenance: Vec<Window>,
}

impl Listing {
    /// Changes whenever the listing does: its ask, its cards, its place or where it stands. What is let of it does not count.
    pub fn version(&self, state: ListingState) -> Version {
        let Listing {
            id,
            seq,
            islands,
            window,
            ask,
            ..
        } = *self;
        Version::of(&(id, seq, islands, window, ask, state))
    }

    /// All its cards.
    pub fn cards(&self) -> u32 {
        self.islands.saturating_mul(self.cards_per_island)
    }
}
