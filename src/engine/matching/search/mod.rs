//! The search for the best cover of a bid, exactly by the published rule (MATCHING.md).
//!
//! Each live alternative is an [`Attempt`]: cards wanted and the starts in the bid's window. Its placement enumerates
//! the rule's candidate covers in price order and offers them to [`Best`]; what cannot beat the best cover so far is
//! left out. A placement is one file here.

mod any;
mod best;
mod explain;
mod gather;
mod one_island;
mod one_listing;
mod one_site;
mod single;
mod walk;

pub use self::explain::Obstacle;

use std::cmp::Reverse;

use crate::domain::bid::{Alternative, Bid, Placement};
use crate::domain::id::SiteId;
use crate::domain::lease::IslandShare;
use crate::domain::listing::Listing;
use crate::domain::time::{Hour, Window};

use self::best::{Best, Pick};
use self::gather::Runs;
use self::walk::Walk;
use super::cover::{Cover, CoverCost, Part, SubsidyBound};
use super::fit::{Fit, Islands, Starts};
use super::market::{Aisle, Market};
use super::shelf::{Offer, Stall};

/// Buffers that the search uses again for each bid.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    pub(super) fit: Fit,
    walk: Walk,
    runs: Runs,
    best: Best,
    shelves: Vec<usize>,
    /// Starts by the cards that they give, most first.
    starts: Vec<(Reverse<u32>, i32)>,
}

/// A bid that looks for a cover.
struct Look<'a, C> {
    market: &'a Market,
    bid: &'a Bid,
    cost: &'a C,
    /// Only the starts at which this listing gives something.
    supply: Option<(&'a Stall, Offer)>,
}

/// One live alternative of the bid.
#[derive(Clone, Copy)]
struct Attempt<'a> {
    index: usize,
    alternative: &'a Alternative,
    aisle: &'a Aisle,
    /// Cards not yet filled.
    wanted: u32,
    /// The fewest cards that make a cover feasible.
    needed: u32,
    hours: i32,
    starts: Starts,
    subsidy: SubsidyBound,
}

/// The best cover of `bid` at `now`, if there is a feasible one; of those at starts at which `supply` gives something,
/// if that is named.
pub(super) fn best_cover<C: CoverCost>(
    market: &Market,
    scratch: &mut Scratch,
    bid: &Bid,
    now: Hour,
    cost: &C,
    supply: Option<(&Stall, Offer)>,
) -> Option<Cover> {
    let look = Look {
        market,
        bid,
        cost,
        supply,
    };
    scratch.best.clear();
    let mut alternatives = bid.live_alternatives();
    let first = alternatives.next()?;
    if alternatives.next().is_none() {
        if let Some(attempt) = look.attempt(first, now) {
            look.try_one(&attempt, scratch);
        }
    } else {
        let mut attempts: Vec<_> = bid
            .live_alternatives()
            .filter_map(|live| look.attempt(live, now))
            .filter_map(|attempt| Some((look.least_net(&attempt, scratch)?, attempt)))
            .collect();
        // The cheapest first: it often rules the others out.
        attempts.sort_by_key(|(least_net, attempt)| (*least_net, attempt.index));
        for (least_net, attempt) in &attempts {
            if scratch
                .best
                .admits(attempt, attempt.wanted, *least_net, attempt.starts.from)
            {
                look.try_one(attempt, scratch);
            }
        }
    }
    look.cover(&scratch.best)
}

/// Whether a listing may serve a resting bid: some live alternative could take at least one lot of it, or as many cards
/// as it needs where the placement wants all from one listing.
pub(super) fn may_serve(market: &Market, fit: &mut Fit, stall: &Stall, offer: &Offer, bid: &Bid, now: Hour) -> bool {
    let look = Look {
        market,
        bid,
        cost: &(),
        supply: None,
    };
    let listing = &stall.listing;
    look.allows_site(listing.site)
        && bid.live_alternatives().any(|live| {
            let Some(attempt) = look.terms(live, now, SubsidyBound::NONE) else {
                return false;
            };
            let Some(starts) = look.starts_of(&attempt, stall, offer) else {
                return false;
            };
            let (islands, cards) = match bid.placement {
                Placement::Any | Placement::OneSite => (Islands::Together, 1),
                Placement::OneListing => (Islands::Together, attempt.needed),
                Placement::OneIsland => (Islands::Alone, attempt.needed),
            };
            let cards = cards.div_ceil(offer.lot_cards).saturating_mul(offer.lot_cards);
            cards <= attempt.wanted
                && fit
                    .earliest(listing, &stall.calendar, islands, attempt.hours, starts, cards)
                    .is_some()
        })
}

impl<'a, C> Look<'a, C> {
    /// What an alternative comes down to now. None if it cannot be covered whatever is on offer.
    fn terms(
        &self,
        (index, alternative): (usize, &'a Alternative),
        now: Hour,
        subsidy: SubsidyBound,
    ) -> Option<Attempt<'a>> {
        let aisle = self.market.aisle(alternative.accelerator)?;
        let hours = i32::try_from(alternative.hours).ok()?;
        let latest = self.bid.latest.0.checked_sub(hours)?;
        let starts = Starts {
            from: self.bid.earliest.max(now).0,
            until: latest.saturating_add(1),
        };
        let wanted = self.bid.wanted(alternative);
        let needed = self.bid.needed(alternative).max(1);
        let possible = wanted > 0 && hours > 0 && !starts.is_empty() && (aisle.domestic || !self.bid.domestic_only);
        possible.then_some(Attempt {
            index,
            alternative,
            aisle,
            wanted,
            needed,
            hours,
            starts,
            subsidy,
        })
    }

    /// Whether the bid takes this site.
    fn allows_site(&self, site: SiteId) -> bool {
        let listed = self
            .bid
            .sites
            .as_ref()
            .is_none_or(|sites| sites.binary_search(&site).is_ok());
        listed
            && self
                .bid
                .bound
                .and_then(|bound| bound.site)
                .is_none_or(|only| only == site)
    }

    /// The starts at which a listing is eligible.
    fn starts_of(&self, attempt: &Attempt<'_>, stall: &Stall, offer: &Offer) -> Option<Starts> {
        let listing = &stall.listing;
        let right = attempt.alternative.accelerator == listing.accelerator
            && attempt.alternative.limit >= listing.ask
            && self.allows_site(listing.site);
        right.then(|| self.starts(attempt, offer, attempt.starts))?
    }

    /// The starts at which the terms of an offer let it serve, apart from its ask and site.
    fn starts(&self, attempt: &Attempt<'_>, offer: &Offer, among: Starts) -> Option<Starts> {
        let hours = attempt.alternative.hours;
        let eligible = offer.min_hours <= hours
            && hours <= offer.max_hours
            && offer.group != self.bid.group
            && self
                .bid
                .max_fault_rate
                .is_none_or(|most| offer.max_fault_ppm <= most.ppm());
        let until = offer.until.saturating_sub(attempt.hours).saturating_add(1);
        let starts = among.within(Starts {
            from: offer.from,
            until,
        });
        (eligible && !starts.is_empty()).then_some(starts)
    }
}

impl<'a, C: CoverCost> Look<'a, C> {
    fn attempt(&self, (index, alternative): (usize, &'a Alternative), now: Hour) -> Option<Attempt<'a>> {
        self.terms((index, alternative), now, self.cost.subsidy_bound(alternative))
    }

    /// No cover of the attempt costs less. None: nothing is on offer at its limit.
    fn least_net(&self, attempt: &Attempt<'_>, scratch: &mut Scratch) -> Option<i64> {
        self.allowed_shelves(attempt.aisle, &mut scratch.shelves);
        let asks = scratch
            .shelves
            .iter()
            .filter_map(|&at| attempt.aisle.shelves[at].1.iter().next());
        let least = asks.map(|offer| offer.ask).min()?;
        let rest = best::LeastCharge::new(attempt, least);
        (least <= attempt.alternative.limit).then(|| attempt.least_net(rest.of(attempt.wanted)))
    }

    /// Offers every candidate cover that may be the best.
    fn try_one(&self, attempt: &Attempt<'_>, scratch: &mut Scratch) {
        self.allowed_shelves(attempt.aisle, &mut scratch.shelves);
        match self.bid.placement {
            Placement::Any => any::search(self, attempt, scratch),
            Placement::OneSite => one_site::search(self, attempt, scratch),
            Placement::OneListing => one_listing::search(self, attempt, scratch),
            Placement::OneIsland => one_island::search(self, attempt, scratch),
        }
    }

    fn allowed_shelves(&self, aisle: &Aisle, out: &mut Vec<usize>) {
        out.clear();
        let sites = aisle.shelves.iter().enumerate();
        let only = self.supply.filter(|_| self.bid.placement != Placement::Any);
        let allowed = |site| only.is_none_or(|(stall, _)| stall.listing.site == site) && self.allows_site(site);
        out.extend(sites.filter(|(_, (site, _))| allowed(*site)).map(|(at, _)| at));
    }

    /// The best cover in full, with the islands that each part takes.
    fn cover(&self, best: &Best) -> Option<Cover> {
        let winner = best.winner()?;
        let alternative = self.bid.alternatives.get(winner.alternative)?;
        let from = Hour(winner.start);
        let window = Window::new(from, from.plus(alternative.hours))?;
        let parts = winner
            .picks
            .iter()
            .map(|pick| self.part(pick, window))
            .collect::<Option<Vec<_>>>()?;
        Some(Cover {
            alternative: winner.alternative,
            window,
            parts,
            net: winner.net,
        })
    }

    fn part(&self, pick: &Pick, window: Window) -> Option<Part> {
        let stall = self.market.stall(pick.slot)?;
        let Listing { id, provider, site, .. } = stall.listing;
        let islands = match self.bid.placement {
            Placement::Any | Placement::OneSite | Placement::OneListing => fewest_free_first(stall, window, pick.cards),
            Placement::OneIsland => one_island::tightest(stall, window, pick.cards),
        };
        Some(Part {
            listing: id,
            provider,
            site,
            price: pick.price,
            cards: pick.cards,
            islands,
        })
    }
}

/// Islands in the order (free, index), each giving what is free until the part is complete.
fn fewest_free_first(stall: &Stall, window: Window, cards: u32) -> Vec<IslandShare> {
    if stall.listing.islands == 1 {
        return vec![IslandShare { island: 0, cards }];
    }
    let mut free: Vec<(u32, u32)> = stall
        .free_by_island(window)
        .zip(0..)
        .filter(|(free, _)| *free > 0)
        .collect();
    free.sort_unstable();
    let mut left = cards;
    let mut shares = Vec::new();
    for (free, island) in free {
        if left == 0 {
            break;
        }
        let given = free.min(left);
        left -= given;
        shares.push(IslandShare { island, cards: given });
    }
    shares
}
