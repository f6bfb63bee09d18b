//! Small random markets: listings, and what happens to them hour by hour.
//!
//! Prices are few and coarse, so that ties are common; some are fractions of a fen, so that rounding turns the order of
//! prices around. Hours cross midnight, where a calendar of days would be cut.

mod draw;

use qiantang::domain::bid::{Alternative, Bid, Placement};
use qiantang::domain::id::OrgId;
use qiantang::domain::listing::Listing;
use qiantang::domain::money::{Money, Price};
use qiantang::domain::rate::BasisPoints;
use qiantang::domain::rounding::{Rounding, share};
use qiantang::domain::time::{Hour, Window};
use qiantang::engine::matching::cover::{CoverCost, PartCharge, SubsidyBound};

pub use self::draw::market;

/// Hour 0 of a market: ten hours before a midnight of UTC.
const ORIGIN: i32 = 24 * 20_000 - 10;
/// No lease ends later than this many hours after the origin.
pub const HORIZON_HOURS: u32 = 1_000;
/// Whether each accelerator is domestic.
pub const DOMESTIC: [bool; 3] = [true, false, true];

/// How large a market is.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    /// Most listings at one time.
    pub listings: usize,
    /// Hours in which everything happens.
    pub hours: i32,
    /// Most islands of a listing.
    pub islands: u32,
    /// Most commands.
    pub commands: usize,
    pub variety: Variety,
}

/// How much listings and bids differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variety {
    /// In every way.
    Full,
    /// Almost every listing may serve almost every bid, so that the choice is wide.
    Open,
    /// The same, all cards have one price, and most bids take them in one site: age decides.
    Even,
}

/// The size at which a counterexample can be followed by hand.
pub const SMALL: Scale = Scale {
    listings: 6,
    hours: 30,
    islands: 3,
    commands: 30,
    variety: Variety::Full,
};

/// Large enough for an index over listings and days to matter.
pub const WIDE: Scale = Scale {
    listings: 40,
    hours: 120,
    islands: 4,
    commands: 80,
    variety: Variety::Full,
};

/// Days of a market whose calendars have many steps.
pub const DEEP: Scale = Scale {
    listings: 60,
    hours: 240,
    islands: 4,
    commands: 200,
    variety: Variety::Full,
};

/// Small, and with many covers for each bid.
pub const OPEN: Scale = Scale {
    variety: Variety::Open,
    ..SMALL
};

/// Small, and with many covers that only their age tells apart.
pub const EVEN: Scale = Scale {
    variety: Variety::Even,
    ..SMALL
};

/// A market to be played: commands in order.
#[derive(Debug, Clone)]
pub struct Market {
    pub listings_max: usize,
    pub commands: Vec<Command>,
}

/// One thing that happens. Numbers choose among what is there at that time, modulo its count. Ids and seqs are given
/// out while playing.
#[derive(Debug, Clone)]
pub enum Command {
    Open(Listing),
    Withdraw(usize),
    AmendListing(usize, ListingChange),
    /// A lease that no bid of this market asked for: cards of one island.
    Lease {
        listing: usize,
        window: Window,
        island: u32,
        cards: u32,
    },
    /// A lease ends at the hour, if that lies inside, or is cancelled altogether.
    Vacate {
        lease: usize,
        at: Hour,
    },
    Bid(Bid, TestCost),
    Cancel(usize),
    AmendBid(usize, BidChange),
    Wait {
        hours: u32,
    },
}

#[derive(Debug, Clone)]
pub enum ListingChange {
    Ask(Price),
    AddIsland,
    AddCard,
    Extend { hours: u32 },
    Maintenance(Vec<Window>),
    Sla(u32),
    Lot(u32),
}

#[derive(Debug, Clone)]
pub enum BidChange {
    FewerCards(u32),
    MoreCards(u32),
    Limit(Price),
    Earliest(Hour),
    Latest(Hour),
    Placement(Placement),
}

/// A tenant's vouchers and cash.
#[derive(Debug, Clone)]
pub struct TestCost {
    /// By accelerator, in basis points of the subsidised charges, rounded down.
    pub rates: [u32; 3],
    /// Most that is paid.
    pub cap_fen: i64,
    /// Nothing is paid on a total charge below this.
    pub threshold_fen: i64,
    /// A related party, on whose cards nothing is paid.
    pub unsubsidised: Option<OrgId>,
    /// Cash.
    pub budget_fen: i64,
}

impl CoverCost for TestCost {
    fn net(&self, alternative: &Alternative, parts: &[PartCharge]) -> Option<Money> {
        let rate = self.rate(alternative);
        let charge: i64 = parts.iter().map(|part| part.charge.fen()).sum();
        let subsidised: i64 = parts
            .iter()
            .filter(|part| Some(part.provider) != self.unsubsidised)
            .map(|part| part.charge.fen())
            .sum();
        let subsidy = if charge < self.threshold_fen {
            0
        } else {
            let part = share(Money::from_fen(subsidised), rate, Rounding::Floor).expect("small sums");
            part.fen().min(self.cap_fen)
        };
        let net = charge - subsidy;
        (net <= self.budget_fen).then_some(Money::from_fen(net))
    }

    fn subsidy_bound(&self, alternative: &Alternative) -> SubsidyBound {
        SubsidyBound {
            rate: self.rate(alternative),
            rounding: Rounding::Floor,
            amount: Money::from_fen(self.cap_fen),
        }
    }
}

impl TestCost {
    fn rate(&self, alternative: &Alternative) -> BasisPoints {
        BasisPoints(self.rates[usize::from(alternative.accelerator.0)])
    }
}

pub fn hour(hours: i32) -> Hour {
    Hour(ORIGIN + hours)
}

/// Everything that a market may touch.
pub fn horizon() -> Window {
    Window::new(hour(0), hour(0).plus(HORIZON_HOURS)).expect("not empty")
}
