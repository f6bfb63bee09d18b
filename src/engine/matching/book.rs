//! The order book: open listings with their calendars, and resting bids.

use crate::domain::bid::Bid;
use crate::domain::id::{AcceleratorId, BidId, ListingId};
use crate::domain::lease::IslandShare;
use crate::domain::listing::Listing;
use crate::domain::time::{Hour, Window};

use super::calendar::CalendarError;
use super::cover::{Cover, CoverCost};
use super::market::Market;
use super::resting::Resting;
use super::search::{self, Scratch};

/// Outlooks read again before a bid looks.
const REFRESHED_AT_ONCE: usize = 4;

/// What can be matched: the free cards of open listings, and the bids that rest.
///
/// The same calls in the same order give the same answers.
#[derive(Debug, Default)]
pub struct Book {
    pub(super) market: Market,
    pub(super) resting: Resting,
    pub(super) scratch: Scratch,
}

impl Book {
    /// An empty book.
    pub fn new() -> Book {
        Book::default()
    }

    /// Makes an accelerator known; one that was never named counts as not domestic.
    pub fn add_accelerator(&mut self, id: AcceleratorId, domestic: bool) {
        self.market.aisle_mut(id).domestic = domestic;
    }

    /// Opens a listing of which nothing is taken. One that is open under the same id keeps what is taken of it.
    pub fn open(&mut self, listing: Listing) {
        self.market.put(listing);
    }

    /// Gives an open listing new terms: another ask or seq, more islands or cards, other hours. What is taken stays.
    pub fn replace(&mut self, listing: Listing) {
        self.market.put(listing);
    }

    /// Takes a listing out of the book. Its leases are no longer known here.
    pub fn close(&mut self, id: ListingId) -> Option<Listing> {
        self.market.close(id)
    }

    /// An open listing.
    pub fn listing(&self, id: ListingId) -> Option<&Listing> {
        self.market.find(id).map(|stall| &stall.listing)
    }

    /// All open listings, ascending by id.
    pub fn listings(&self) -> impl Iterator<Item = &Listing> {
        let mut listings: Vec<&Listing> = self.market.listings().collect();
        listings.sort_unstable_by_key(|listing| listing.id);
        listings.into_iter()
    }

    /// A lease takes cards: all shares or none. Nothing happens if the listing is not open.
    pub fn occupy(&mut self, id: ListingId, window: Window, islands: &[IslandShare]) -> Result<(), CalendarError> {
        self.market.occupy(id, window, islands)
    }

    /// Cards that a lease had taken are free again: all shares or none. Nothing happens if the listing is not open.
    pub fn vacate(&mut self, id: ListingId, window: Window, islands: &[IslandShare]) -> Result<(), CalendarError> {
        self.market.vacate(id, window, islands)
    }

    /// Cards of a listing that are free in every hour of the window, over all its islands; 0 if it is not open or not
    /// on offer then.
    pub fn free(&self, id: ListingId, window: Window) -> u32 {
        self.market
            .find(id)
            .map_or(0, |stall| stall.free_by_island(window).sum())
    }

    /// The same by island; empty if it is not open or not on offer then.
    pub fn free_by_island(&self, id: ListingId, window: Window) -> Vec<u32> {
        self.market
            .find(id)
            .map_or_else(Vec::new, |stall| stall.free_by_island(window).collect())
    }

    /// The public calendar of a listing: its hours on offer and the cards free in each of them, joined where equal.
    pub fn free_steps(&self, id: ListingId) -> Vec<(Window, u32)> {
        self.market
            .find(id)
            .map(super::shelf::Stall::free_steps)
            .unwrap_or_default()
    }

    /// Forgets what was taken before `hour`. Later changes of those hours are not kept.
    pub fn forget_before(&mut self, hour: Hour) {
        self.market.forget_before(hour);
    }

    /// Prepares the search for all that changed. It is done bit by bit anyway; worthwhile after a book was rebuilt.
    pub fn warm_up(&mut self) {
        self.market.refresh(usize::MAX);
    }

    /// Lets a bid rest. One that rests under the same id is replaced.
    pub fn rest(&mut self, bid: Bid) {
        self.resting.rest(bid, &mut self.market);
    }

    /// How many bids rest.
    pub fn bid_count(&self) -> usize {
        self.resting.len()
    }

    /// A resting bid.
    pub fn bid(&self, id: BidId) -> Option<&Bid> {
        self.resting.find(id)
    }

    /// Takes a resting bid out of the book.
    pub fn take_bid(&mut self, id: BidId) -> Option<Bid> {
        self.resting.take(id, &mut self.market)
    }

    /// All resting bids, ascending by id.
    pub fn bids(&self) -> impl Iterator<Item = &Bid> {
        let mut bids: Vec<&Bid> = self.resting.iter().collect();
        bids.sort_unstable_by_key(|bid| bid.id);
        bids.into_iter()
    }

    /// The best feasible cover of a bid by the published rule; `now` is already rounded up to the hour. The bid need
    /// not rest in the book.
    pub fn best_cover<C: CoverCost>(&mut self, bid: &Bid, now: Hour, cost: &C) -> Option<Cover> {
        // A few a bid is enough, as they only save time.
        self.market.refresh(REFRESHED_AT_ONCE);
        search::best_cover(&self.market, &mut self.scratch, bid, now, cost, None)
    }

    /// The best feasible cover of a resting bid after the supply of one listing has grown, provided that the bid had no
    /// feasible cover before: then every cover it may have now begins at an hour at which that listing gives at least a
    /// lot, and is of that site or that listing where the placement is. Only those are looked at; the answer is that of
    /// [`Book::best_cover`], sooner.
    pub fn best_cover_after<C: CoverCost>(
        &mut self,
        supply: ListingId,
        bid: &Bid,
        now: Hour,
        cost: &C,
    ) -> Option<Cover> {
        self.market.refresh(REFRESHED_AT_ONCE);
        let slot = self.market.slot(supply)?;
        let stall = self.market.stall(slot).filter(|stall| stall.shelved)?;
        let supply = Some((stall, stall.offer(slot)));
        search::best_cover(&self.market, &mut self.scratch, bid, now, cost, supply)
    }
}

#[cfg(test)]
mod tests {
    use super::super::cover::PlainCost;
    use super::super::workload::{NOW, calendar_flow};
    use super::*;

    /// A book of a day with and without a past: forgetting it changes no answer about the future.
    #[test]
    fn what_is_forgotten_changes_no_answer_about_the_future() {
        let mut flow = calendar_flow(300, 5);
        let (mut whole, mut forgetful) = (flow.book(), flow.book());
        let later = NOW.plus(700);
        forgetful.forget_before(later);
        for (id, window, shares) in flow.leases.iter().step_by(7) {
            whole.vacate(*id, *window, shares).unwrap();
            forgetful.vacate(*id, *window, shares).unwrap();
        }
        let mut covers = 0;
        for _ in 0..300 {
            let bid = flow.bid();
            let cover = whole.best_cover(&bid, later, &PlainCost);
            assert_eq!(forgetful.best_cover(&bid, later, &PlainCost), cover);
            covers += usize::from(cover.is_some());
        }
        assert!(covers > 100, "{covers}");
    }

    #[test]
    fn a_listing_keeps_what_is_taken_when_its_terms_change() {
        let flow = calendar_flow(1, 1);
        let mut listing = flow.listings[0].clone();
        (listing.islands, listing.cards_per_island) = (1, 8);
        let id = listing.id;
        let window = Window::new(NOW.plus(5), NOW.plus(9)).unwrap();
        let share = |island, cards| [IslandShare { island, cards }];
        let mut book = Book::new();
        assert_eq!(book.occupy(id, window, &share(0, 9)), Ok(()), "not open");
        book.open(listing.clone());
        book.occupy(id, window, &share(0, 8)).unwrap();
        let refused = book.occupy(id, window, &share(0, 1));
        assert_eq!(refused, Err(CalendarError::NotFree { island: 0, cards: 1 }));
        let refused = book.occupy(id, window, &share(1, 1));
        assert_eq!(refused, Err(CalendarError::NoSuchIsland { island: 1 }));
        listing.islands = 2;
        book.replace(listing.clone());
        assert_eq!(book.free(id, window), 8);
        book.occupy(id, window, &share(1, 3)).unwrap();
        assert_eq!(book.free(id, window), 5);
        book.vacate(id, window, &share(0, 8)).unwrap();
        assert_eq!(book.free(id, window), 13);
        assert_eq!(book.close(id), Some(listing));
        assert_eq!((book.free(id, window), book.free_steps(id)), (0, Vec::new()));
    }
}
