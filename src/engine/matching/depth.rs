//! Depth: what stands in the book by price, without names.

use std::collections::BTreeMap;

use crate::domain::id::{AcceleratorId, SiteId};
use crate::domain::money::Price;
use crate::domain::time::{Hour, Window};

use super::book::Book;

/// Free capacity at one ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AskLevel {
    /// The ask.
    pub price: Price,
    /// Listings that ask it and have something free.
    pub listings: u32,
    /// Their free cards times the hours for which they are free, from now on.
    pub card_hours: u64,
}

/// Demand at one limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BidLevel {
    /// The highest limit that the bids offer for this accelerator.
    pub price: Price,
    /// Resting bids that offer it.
    pub bids: u32,
}

impl Book {
    /// The sites where listings of an accelerator have something free, ascending.
    pub fn sites(&self, accelerator: AcceleratorId) -> Vec<SiteId> {
        let shelves = self
            .market
            .aisle(accelerator)
            .map(|aisle| aisle.shelves.as_slice())
            .unwrap_or_default();
        shelves
            .iter()
            .filter(|(_, shelf)| shelf.iter().next().is_some())
            .map(|(site, _)| *site)
            .collect()
    }

    /// The cheapest `levels` asks for an accelerator, at one site or at all, ascending.
    pub fn asks(&self, accelerator: AcceleratorId, site: Option<SiteId>, now: Hour, levels: usize) -> Vec<AskLevel> {
        let Some(aisle) = self.market.aisle(accelerator) else {
            return Vec::new();
        };
        let mut found: BTreeMap<Price, AskLevel> = BTreeMap::new();
        for (_, shelf) in aisle
            .shelves
            .iter()
            .filter(|(at, _)| site.is_none_or(|site| site == *at))
        {
            for offer in shelf.iter() {
                // Cheapest first: once there are enough levels, no dearer listing of this shelf can count.
                let dearest = found.last_key_value().map(|(price, _)| *price);
                if found.len() >= levels && dearest.is_none_or(|dearest| offer.ask > dearest) {
                    break;
                }
                let Some(stall) = self.market.stall(offer.slot) else {
                    continue;
                };
                let level = found.entry(offer.ask).or_insert(AskLevel {
                    price: offer.ask,
                    listings: 0,
                    card_hours: 0,
                });
                level.listings = level.listings.saturating_add(1);
                level.card_hours = level.card_hours.saturating_add(stall.free_card_hours(now));
                if found.len() > levels {
                    found.pop_last();
                }
            }
        }
        found.into_values().collect()
    }

    /// The highest `levels` limits of resting bids for an accelerator, descending.
    pub fn bid_levels(&self, accelerator: AcceleratorId, levels: usize) -> Vec<BidLevel> {
        let mut found: Vec<BidLevel> = Vec::new();
        let Some(aisle) = self.market.aisle(accelerator) else {
            return found;
        };
        for waiting in aisle.queue.iter() {
            if let Some(level) = found.last_mut().filter(|level| level.price == waiting.limit) {
                level.bids = level.bids.saturating_add(1);
            } else if found.len() < levels {
                found.push(BidLevel {
                    price: waiting.limit,
                    bids: 1,
                });
            } else {
                break;
            }
        }
        found
    }
}

impl super::shelf::Stall {
    fn free_card_hours(&self, now: Hour) -> u64 {
        let ahead = |window: Window| window.until().since(window.from().max(now));
        self.free_steps()
            .iter()
            .map(|(window, free)| u64::from(ahead(*window)) * u64::from(*free))
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::id::{BidId, ListingId, Seq};
    use crate::domain::lease::IslandShare;
    use crate::domain::listing::Listing;

    use super::super::workload::{CalendarFlow, calendar_flow};
    use super::*;

    fn listing(flow: &CalendarFlow, id: u64, site: u16, fen: i64) -> Listing {
        Listing {
            id: ListingId(id),
            seq: Seq(id),
            site: SiteId(site),
            accelerator: AcceleratorId(0),
            islands: 1,
            cards_per_island: 8,
            window: Window::new(Hour(0), Hour(10)).unwrap(),
            ask: Price::from_micros(fen * 10_000),
            ..flow.listings[0].clone()
        }
    }

    #[test]
    fn asks_are_summed_by_price_and_what_is_let_is_left_out() {
        let flow = calendar_flow(1, 1);
        let mut book = Book::new();
        for (id, site, fen) in [(1, 0, 1_000), (2, 1, 1_000), (3, 0, 900), (4, 0, 1_100), (5, 0, 800)] {
            book.open(listing(&flow, id, site, fen));
        }
        let hours = |from, until| Window::new(Hour(from), Hour(until)).unwrap();
        let cards = |cards| [IslandShare { island: 0, cards }];
        book.occupy(ListingId(1), hours(2, 6), &cards(3)).unwrap();
        book.occupy(ListingId(5), hours(0, 10), &cards(8)).unwrap();
        let level = |fen: i64, listings, card_hours| AskLevel {
            price: Price::from_micros(fen * 10_000),
            listings,
            card_hours,
        };
        let all = book.asks(AcceleratorId(0), None, Hour(4), 2);
        assert_eq!(all, [level(900, 1, 48), level(1_000, 2, 48 - 6 + 48)]);
        let here = book.asks(AcceleratorId(0), Some(SiteId(1)), Hour(0), 9);
        assert_eq!(here, [level(1_000, 1, 80)]);
        assert_eq!(book.sites(AcceleratorId(0)), [SiteId(0), SiteId(1)]);
        assert_eq!(book.asks(AcceleratorId(7), None, Hour(0), 9), []);
    }

    #[test]
    fn bids_count_at_their_highest_limit() {
        let mut flow = calendar_flow(1, 1);
        let mut book = Book::new();
        for (id, fens) in [(1, [900, 950]), (2, [950, 100]), (3, [800, 700])] {
            let mut bid = flow.bid();
            (bid.id, bid.seq) = (BidId(id), Seq(id));
            bid.alternatives.truncate(2);
            for (alternative, fen) in bid.alternatives.iter_mut().zip(fens) {
                alternative.accelerator = AcceleratorId(3);
                alternative.limit = Price::from_micros(fen * 10_000);
            }
            book.rest(bid);
        }
        let level = |fen: i64, bids| BidLevel {
            price: Price::from_micros(fen * 10_000),
            bids,
        };
        assert_eq!(book.bid_levels(AcceleratorId(3), 9), [level(950, 2), level(800, 1)]);
        assert_eq!(book.bid_levels(AcceleratorId(3), 1), [level(950, 2)]);
        book.take_bid(BidId(2)).unwrap();
        assert_eq!(book.bid_levels(AcceleratorId(3), 1), [level(950, 1)]);
        assert_eq!(book.bids().map(|bid| bid.id).collect::<Vec<_>>(), [BidId(1), BidId(3)]);
    }
}
