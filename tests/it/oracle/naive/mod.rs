//! The published matching rule, sentence by sentence, by plain enumeration.
//!
//! It shares no arithmetic with the matcher that it checks: free cards are counted hour by hour, every alternative ×
//! start × placement is laid out, and the choice compares all of them. Quotes are from the published rule.

mod choice;
mod eligible;
mod parts;

use std::cmp::{Ordering, Reverse};

use qiantang::domain::bid::{Bid, Placement};
use qiantang::domain::id::{AcceleratorId, BidId, ListingId};
use qiantang::domain::lease::IslandShare;
use qiantang::domain::listing::Listing;
use qiantang::domain::time::{Hour, Window};
use qiantang::engine::matching::cover::{Cover, CoverCost};

use self::choice::{Candidate, choice, priced, suffices};
use self::eligible::{live, starts, unfilled};

/// The open listings, what is leased of them hour by hour, and the resting bids, all in plain lists.
#[derive(Debug, Clone)]
pub struct NaiveBook {
    horizon: Window,
    domestic: Vec<AcceleratorId>,
    stands: Vec<Stand>,
    resting: Vec<Bid>,
}

/// One open listing.
#[derive(Debug, Clone)]
struct Stand {
    listing: Listing,
    /// Cards of leases, by island and by hour of the horizon.
    leased: Vec<Vec<u32>>,
}

impl NaiveBook {
    /// An empty book that can count the hours of `horizon`.
    pub fn new(horizon: Window) -> NaiveBook {
        NaiveBook {
            horizon,
            domestic: Vec::new(),
            stands: Vec::new(),
            resting: Vec::new(),
        }
    }

    pub fn add_accelerator(&mut self, accelerator: AcceleratorId, domestic: bool) {
        if domestic {
            self.domestic.push(accelerator);
        }
    }

    pub fn open(&mut self, listing: Listing) {
        assert!(self.stand(listing.id).is_none(), "a listing opens once");
        assert!(self.horizon.contains(listing.window), "the horizon holds every listing");
        let mut stand = Stand {
            listing,
            leased: Vec::new(),
        };
        stand.widen(self.horizon);
        self.stands.push(stand);
    }

    /// Changes the terms of a listing; its leases stay.
    pub fn replace(&mut self, listing: Listing) {
        let horizon = self.horizon;
        let stand = self.stand_mut(listing.id);
        stand.listing = listing;
        stand.widen(horizon);
    }

    pub fn close(&mut self, listing: ListingId) -> Option<Listing> {
        let position = self.stands.iter().position(|stand| stand.listing.id == listing)?;
        Some(self.stands.remove(position).listing)
    }

    /// A lease takes cards, all or none: whether they were free.
    pub fn occupy(&mut self, listing: ListingId, window: Window, islands: &[IslandShare]) -> bool {
        self.change(listing, window, islands, |leased, cards, share| {
            (leased + share <= cards).then_some(leased + share)
        })
    }

    /// A lease gives cards back, all or none: whether they were leased.
    pub fn vacate(&mut self, listing: ListingId, window: Window, islands: &[IslandShare]) -> bool {
        self.change(listing, window, islands, |leased, _, share| leased.checked_sub(share))
    }

    /// Replaces the leased cards in each hour by `next(leased, cards of an island, cards of the share)`, if that is
    /// possible everywhere.
    fn change(
        &mut self,
        listing: ListingId,
        window: Window,
        islands: &[IslandShare],
        next: impl Fn(u32, u32, u32) -> Option<u32>,
    ) -> bool {
        let hours = self.hours_of(window);
        let stand = self.stand_mut(listing);
        let mut changed = stand.leased.clone();
        for share in islands {
            for leased in &mut changed[index(share.island)][hours.clone()] {
                match next(*leased, stand.listing.cards_per_island, share.cards) {
                    Some(after) => *leased = after,
                    None => return false,
                }
            }
        }
        stand.leased = changed;
        true
    }

    pub fn rest(&mut self, bid: Bid) {
        assert!(self.resting.iter().all(|other| other.id != bid.id), "a bid rests once");
        self.resting.push(bid);
    }

    pub fn take_bid(&mut self, bid: BidId) -> Option<Bid> {
        let position = self.resting.iter().position(|resting| resting.id == bid)?;
        Some(self.resting.remove(position))
    }

    /// "**Choice** among all feasible covers of all alternatives and starts, first difference decides".
    pub fn best_cover(&self, bid: &Bid, now: Hour, cost: &impl CoverCost) -> Option<Cover> {
        let mut best: Option<Candidate> = None;
        for candidate in self.feasible_covers(bid, now, cost) {
            match best.as_ref().map(|best| choice(&candidate, best)) {
                None | Some(Ordering::Less) => best = Some(candidate),
                Some(Ordering::Greater) => {}
                Some(Ordering::Equal) => panic!("the rule leaves a tie: {best:?} and {candidate:?}"),
            }
        }
        best.map(|best| best.cover)
    }

    /// "**New supply** …: the resting bids that it may serve, in order of (highest limit among their alternatives of
    /// that accelerator, descending; seq)".
    pub fn servable(&self, listing: ListingId, now: Hour) -> Vec<BidId> {
        let Some(stand) = self.stand(listing) else {
            return Vec::new();
        };
        let mut bids: Vec<&Bid> = self
            .resting
            .iter()
            .filter(|bid| self.may_serve(stand, bid, now))
            .collect();
        bids.sort_by_key(|bid| {
            let highest_limit = live(bid)
                .filter(|(_, alternative)| alternative.accelerator == stand.listing.accelerator)
                .map(|(_, alternative)| alternative.limit)
                .max();
            (Reverse(highest_limit), bid.seq)
        });
        bids.into_iter().map(|bid| bid.id).collect()
    }

    /// For some live alternative the listing is eligible and at some start it alone gives at least one lot; where the
    /// cards must come from one listing, at least what a fill needs.
    fn may_serve(&self, stand: &Stand, bid: &Bid, now: Hour) -> bool {
        live(bid).any(|(_, alternative)| {
            starts(bid, alternative, now).into_iter().any(|window| {
                let wanted = unfilled(bid, alternative);
                if !self.eligible(stand, bid, alternative, window) {
                    return false;
                }
                match bid.placement {
                    Placement::Any | Placement::OneSite => self.most_of_listing(stand, window, wanted) > 0,
                    Placement::OneListing => suffices(bid, wanted, self.most_of_listing(stand, window, wanted)),
                    Placement::OneIsland => suffices(bid, wanted, self.most_of_one_island(stand, window, wanted)),
                }
            })
        })
    }

    fn feasible_covers(&self, bid: &Bid, now: Hour, cost: &impl CoverCost) -> Vec<Candidate> {
        let mut candidates = Vec::new();
        for (index, alternative) in live(bid) {
            for window in starts(bid, alternative, now) {
                for gifts in self.placements(bid, alternative, window) {
                    let cards = gifts.iter().map(|gift| gift.cards).sum();
                    if suffices(bid, unfilled(bid, alternative), cards) {
                        candidates.extend(priced((index, alternative), window, &gifts, cost));
                    }
                }
            }
        }
        candidates
    }

    fn stand(&self, listing: ListingId) -> Option<&Stand> {
        self.stands.iter().find(|stand| stand.listing.id == listing)
    }

    fn stand_mut(&mut self, listing: ListingId) -> &mut Stand {
        self.stands
            .iter_mut()
            .find(|stand| stand.listing.id == listing)
            .expect("the listing is open")
    }

    fn hours_of(&self, window: Window) -> std::ops::Range<usize> {
        assert!(self.horizon.contains(window), "the horizon holds every lease");
        let first = self.horizon.from();
        index(window.from().since(first))..index(window.until().since(first))
    }
}

impl Stand {
    /// Room to count the leases of every island and hour.
    fn widen(&mut self, horizon: Window) {
        let never_leased = vec![0; index(horizon.hours())];
        self.leased.resize(index(self.listing.islands), never_leased);
    }
}

fn index(number: u32) -> usize {
    usize::try_from(number).expect("small")
}
