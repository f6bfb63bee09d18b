//! What the naive matcher and the one that it checks have in common.

use qiantang::domain::bid::Bid;
use qiantang::domain::id::{AcceleratorId, BidId, ListingId};
use qiantang::domain::lease::IslandShare;
use qiantang::domain::listing::Listing;
use qiantang::domain::time::{Hour, Window};
use qiantang::engine::matching::Book;
use qiantang::engine::matching::cover::Cover;

use super::market::TestCost;
use super::naive::NaiveBook;

/// What a matcher is asked.
pub trait Matcher {
    fn add_accelerator(&mut self, accelerator: AcceleratorId, domestic: bool);
    fn open(&mut self, listing: Listing);
    fn replace(&mut self, listing: Listing);
    fn close(&mut self, listing: ListingId) -> Option<Listing>;
    /// Whether the cards were free; if not, nothing changes.
    fn occupy(&mut self, listing: ListingId, window: Window, islands: &[IslandShare]) -> bool;
    /// Whether the cards were leased; if not, nothing changes.
    fn vacate(&mut self, listing: ListingId, window: Window, islands: &[IslandShare]) -> bool;
    /// Nothing is asked any more about the hours before `now`.
    fn forget_before(&mut self, now: Hour);
    fn rest(&mut self, bid: Bid);
    fn take_bid(&mut self, bid: BidId) -> Option<Bid>;
    fn best_cover(&mut self, bid: &Bid, now: Hour, cost: &TestCost) -> Option<Cover>;
    fn servable(&mut self, listing: ListingId, now: Hour) -> Vec<BidId>;
}

impl Matcher for NaiveBook {
    fn add_accelerator(&mut self, accelerator: AcceleratorId, domestic: bool) {
        NaiveBook::add_accelerator(self, accelerator, domestic);
    }

    fn open(&mut self, listing: Listing) {
        NaiveBook::open(self, listing);
    }

    fn replace(&mut self, listing: Listing) {
        NaiveBook::replace(self, listing);
    }

    fn close(&mut self, listing: ListingId) -> Option<Listing> {
        NaiveBook::close(self, listing)
    }

    fn occupy(&mut self, listing: ListingId, window: Window, islands: &[IslandShare]) -> bool {
        NaiveBook::occupy(self, listing, window, islands)
    }

    fn vacate(&mut self, listing: ListingId, window: Window, islands: &[IslandShare]) -> bool {
        NaiveBook::vacate(self, listing, window, islands)
    }

    fn forget_before(&mut self, _: Hour) {}

    fn rest(&mut self, bid: Bid) {
        NaiveBook::rest(self, bid);
    }

    fn take_bid(&mut self, bid: BidId) -> Option<Bid> {
        NaiveBook::take_bid(self, bid)
    }

    fn best_cover(&mut self, bid: &Bid, now: Hour, cost: &TestCost) -> Option<Cover> {
        NaiveBook::best_cover(self, bid, now, cost)
    }

    fn servable(&mut self, listing: ListingId, now: Hour) -> Vec<BidId> {
        NaiveBook::servable(self, listing, now)
    }
}

impl Matcher for Book {
    fn add_accelerator(&mut self, accelerator: AcceleratorId, domestic: bool) {
        Book::add_accelerator(self, accelerator, domestic);
    }

    fn open(&mut self, listing: Listing) {
        Book::open(self, listing);
    }

    fn replace(&mut self, listing: Listing) {
        Book::replace(self, listing);
    }

    fn close(&mut self, listing: ListingId) -> Option<Listing> {
        Book::close(self, listing)
    }

    fn occupy(&mut self, listing: ListingId, window: Window, islands: &[IslandShare]) -> bool {
        Book::occupy(self, listing, window, islands).is_ok()
    }

    fn vacate(&mut self, listing: ListingId, window: Window, islands: &[IslandShare]) -> bool {
        Book::vacate(self, listing, window, islands).is_ok()
    }

    fn forget_before(&mut self, now: Hour) {
        Book::forget_before(self, now);
    }

    fn rest(&mut self, bid: Bid) {
        Book::rest(self, bid);
    }

    fn take_bid(&mut self, bid: BidId) -> Option<Bid> {
        Book::take_bid(self, bid)
    }

    fn best_cover(&mut self, bid: &Bid, now: Hour, cost: &TestCost) -> Option<Cover> {
        Book::best_cover(self, bid, now, cost)
    }

    fn servable(&mut self, listing: ListingId, now: Hour) -> Vec<BidId> {
        Book::servable(self, listing, now)
    }
}
