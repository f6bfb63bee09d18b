//! Why a listing does not serve a bid: for people who ask what to change.

use crate::domain::bid::{Bid, Placement};
use crate::domain::id::{ListingId, SiteId};
use crate::domain::money::{Money, Price};
use crate::domain::rate::Fraction;
use crate::domain::time::Hour;

use super::super::book::Book;
use super::super::cover::SubsidyBound;
use super::super::fit::{Fit, Islands, Starts};
use super::super::shelf::{Offer, Stall};
use super::{Attempt, Look};

/// What stands between a bid and cards, in the order in which it is looked at: a later one is the nearer miss.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Obstacle {
    /// No listing of the accelerator has anything free.
    #[error("no listing of this accelerator has anything free")]
    NoSuchSupply,
    /// The bid takes domestic accelerators only.
    #[error("the bid takes domestic accelerators only")]
    DomesticOnly,
    /// The bid does not take the site.
    #[error("the bid does not take this site")]
    SiteExcluded,
    /// Provider and tenant have the same owner.
    #[error("provider and tenant are of one owner group, which never trades with itself")]
    OwnGroup,
    /// The promised fault rate is higher than the bid allows.
    #[error("the promised fault rate is {promised}, above what the bid allows")]
    FaultRate {
        /// What is promised.
        promised: Fraction,
    },
    /// The lease would be too short.
    #[error("a lease must have at least {hours} hours")]
    MinHours {
        /// The fewest.
        hours: u32,
    },
    /// The lease would be too long.
    #[error("a lease may have at most {hours} hours")]
    MaxHours {
        /// The most.
        hours: u32,
    },
    /// The bid wants less than a lot.
    #[error("cards are let in lots of {cards}, and the bid wants fewer")]
    Lot {
        /// Cards of a lot.
        cards: u32,
    },
    /// The ask is above the limit.
    #[error("the ask of {ask} is above the limit")]
    Dearer {
        /// What is asked.
        ask: Price,
    },
    /// All that would fit is dearer than the limit.
    #[error("all is dearer than the limit: the cheapest ask is {cheapest}")]
    AllDearer {
        /// The cheapest ask.
        cheapest: Price,
    },
    /// No limit inside the price collar reaches the cheapest ask.
    #[error("the cheapest ask of {cheapest} lies above the price collar, whose upper end is {highest}")]
    Collar {
        /// The cheapest ask.
        cheapest: Price,
        /// The highest limit allowed.
        highest: Price,
    },
    /// The hours on offer and those of the bid share too little.
    #[error("the hours on offer between the bid's earliest and latest are too few")]
    WindowTooShort,
    /// Too few cards are free.
    #[error("too few cards are free for so long: {most} at most")]
    NotEnoughCards {
        /// The most that are free for the hours asked for.
        most: u32,
    },
    /// The cards are there, but not as near to each other as the bid wants them.
    #[error("{cards} cards are free, but not as near to each other as the placement wants them")]
    Placement {
        /// Cards free without the placement.
        cards: u32,
    },
    /// The tenant's cash does not suffice.
    #[error("{missing} CNY of cash are missing for the hold")]
    InsufficientCash {
        /// What is missing.
        missing: Money,
    },
}

impl Obstacle {
    /// Its stable name.
    pub fn code(self) -> &'static str {
        match self {
            Self::NoSuchSupply => "no_such_supply",
            Self::DomesticOnly => "domestic_only",
            Self::SiteExcluded => "site_excluded",
            Self::OwnGroup => "own_group",
            Self::FaultRate { .. } => "fault_rate",
            Self::MinHours { .. } => "min_hours",
            Self::MaxHours { .. } => "max_hours",
            Self::Lot { .. } => "lot",
            Self::Dearer { .. } => "dearer_than_limit",
            Self::AllDearer { .. } => "all_dearer_than_limit",
            Self::Collar { .. } => "collar",
            Self::WindowTooShort => "window_too_short",
            Self::NotEnoughCards { .. } => "not_enough_cards",
            Self::Placement { .. } => "placement",
            Self::InsufficientCash { .. } => "insufficient_cash",
        }
    }
}

impl Book {
    /// What keeps each listing by itself from serving one alternative of a bid, site by site, cheapest first; none where
    /// nothing does. At most `most` listings are looked at, of those that have something free.
    pub fn obstacles(&self, bid: &Bid, index: usize, now: Hour, most: usize) -> Vec<(ListingId, Option<Obstacle>)> {
        let look = Look {
            market: &self.market,
            bid,
            cost: &(),
            supply: None,
        };
        let mut fit = Fit::default();
        let mut found = Vec::new();
        let Some(alternative) = bid.alternatives.get(index) else {
            return found;
        };
        let Some(aisle) = self.market.aisle(alternative.accelerator) else {
            return found;
        };
        let attempt = look.terms((index, alternative), now, SubsidyBound::NONE);
        for (site, shelf) in &aisle.shelves {
            for offer in shelf.iter().take(most.saturating_sub(found.len())) {
                let Some(stall) = self.market.stall(offer.slot) else {
                    continue;
                };
                let obstacle = match &attempt {
                    None if bid.domestic_only && !aisle.domestic => Some(Obstacle::DomesticOnly),
                    None => Some(Obstacle::WindowTooShort),
                    Some(attempt) => look.obstacle(attempt, (*site, stall, offer), &mut fit),
                };
                found.push((stall.listing.id, obstacle));
            }
        }
        found
    }
}

impl<C> Look<'_, C> {
    fn obstacle(
        &self,
        attempt: &Attempt<'_>,
        (site, stall, offer): (SiteId, &Stall, &Offer),
        fit: &mut Fit,
    ) -> Option<Obstacle> {
        let hours = attempt.alternative.hours;
        if !self.allows_site(site) {
            return Some(Obstacle::SiteExcluded);
        }
        if offer.group == self.bid.group {
            return Some(Obstacle::OwnGroup);
        }
        let promised = Fraction::from_ppm(offer.max_fault_ppm);
        if self.bid.max_fault_rate.is_some_and(|most| promised > most) {
            return Some(Obstacle::FaultRate { promised });
        }
        if hours < offer.min_hours {
            let hours = offer.min_hours;
            return Some(Obstacle::MinHours { hours });
        }
        if hours > offer.max_hours {
            let hours = offer.max_hours;
            return Some(Obstacle::MaxHours { hours });
        }
        if attempt.wanted < offer.lot_cards {
            let cards = offer.lot_cards;
            return Some(Obstacle::Lot { cards });
        }
        if offer.ask > attempt.alternative.limit {
            return Some(Obstacle::Dearer { ask: offer.ask });
        }
        match self.starts(attempt, offer, attempt.starts) {
            None => Some(Obstacle::WindowTooShort),
            Some(starts) => self.too_few(attempt, stall, starts, fit),
        }
    }

    /// Whether the cards of a listing by itself are too few, or not near enough.
    fn too_few(&self, attempt: &Attempt<'_>, stall: &Stall, starts: Starts, fit: &mut Fit) -> Option<Obstacle> {
        let lot = stall.listing.lot_cards.max(1);
        let mut most = |islands| {
            let spans = fit.spans(&stall.listing, &stall.calendar, islands, attempt.hours, starts);
            let free = spans.iter().map(|span| span.free).max().unwrap_or(0);
            free - free % lot
        };
        let together = most(Islands::Together);
        let (alone, needed) = match self.bid.placement {
            Placement::Any | Placement::OneSite => (together, lot),
            Placement::OneListing => (together, attempt.needed),
            Placement::OneIsland => (most(Islands::Alone), attempt.needed),
        };
        if together < needed {
            Some(Obstacle::NotEnoughCards { most: together })
        } else if alone < needed {
            Some(Obstacle::Placement { cards: together })
        } else {
            None
        }
    }
}
