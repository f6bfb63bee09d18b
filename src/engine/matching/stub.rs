//! TEMP
#![allow(missing_docs, clippy::allow_attributes, unused, reason = "temporary")]
use super::cover::*;
use crate::domain::{bid::*, id::*, lease::*, listing::*, money::*, time::*};
use std::collections::BTreeMap;
#[derive(Debug, Default)]
pub struct Book {
    l: BTreeMap<ListingId, Listing>,
    b: BTreeMap<BidId, Bid>,
}
impl Book {
    pub fn add_accelerator(&mut self, id: AcceleratorId, domestic: bool) {}
    pub fn open(&mut self, listing: Listing) {
        self.l.insert(listing.id, listing);
    }
    pub fn replace(&mut self, listing: Listing) {
        self.l.insert(listing.id, listing);
    }
    pub fn close(&mut self, id: ListingId) -> Option<Listing> {
        self.l.remove(&id)
    }
    pub fn listing(&self, id: ListingId) -> Option<&Listing> {
        self.l.get(&id)
    }
    pub fn listings(&self) -> impl Iterator<Item = &Listing> {
        self.l.values()
    }
    pub fn occupy(&mut self, id: ListingId, window: Window, islands: &[IslandShare]) -> Result<(), ()> {
        Ok(())
    }
    pub fn vacate(&mut self, id: ListingId, window: Window, islands: &[IslandShare]) {}
    pub fn rest(&mut self, bid: Bid) {
        self.b.insert(bid.id, bid);
    }
    pub fn bid(&self, id: BidId) -> Option<&Bid> {
        self.b.get(&id)
    }
    pub fn take_bid(&mut self, id: BidId) -> Option<Bid> {
        self.b.remove(&id)
    }
    pub fn bids(&self) -> impl Iterator<Item = &Bid> {
        self.b.values()
    }
    pub fn best_cover<C: CoverCost>(&mut self, bid: &Bid, now: Hour, cost: &C) -> Option<Cover> {
        None
    }
    pub fn next_servable(&self, l: ListingId, after: Option<(Price, Seq)>, now: Hour) -> Option<(Price, Seq, BidId)> {
        None
    }
}
