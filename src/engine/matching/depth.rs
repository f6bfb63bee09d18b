//! Depth: what stands in the book by price, without names.

use std::collections::BTreeMap;

use crate::domain::bid::{Alternative, Bid};
use crate::domain::id::{AcceleratorId, SiteId};
use crate::domain::money::Price;
use crate::domain::time::{Hour, Window};

use super::book::Book;
use super::shelf::Stall;

/// Free capacity at one ask within a window. Only whole lots count: nothing else can be let.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AskLevel {
    /// The ask.
    pub price: Price,
    /// The most cards that listings at this ask have free together in one and the same hour of the window. It is no
    /// promise that they are free for longer than that hour.
    pub cards: u64,
    /// Free cards times the hours of the window for which they are free.
    pub card_hours: u64,
    /// Listings that ask it and have a lot free in some hour of the window.
    pub listings: u32,
}

/// Demand at one limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BidLevel {
    /// The highest limit that the bids offer for this accelerator.
    pub price: Price,
    /// Cards that they still want at that limit.
    pub cards: u64,
    /// Resting bids that offer it.
    pub bids: u32,
}

/// A place on the market: an accelerator, at one site or at all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Product {
    /// The model.
    pub accelerator: AcceleratorId,
    /// The site. None: all.
    pub site: Option<SiteId>,
}

/// From this hour on so many cards more are free, or fewer.
type Change = (i32, i64);

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

    /// The cheapest `levels` asks of a product that have something free in the hours of `window`, ascending.
    pub fn asks(&self, product: Product, window: Window, levels: usize) -> Vec<AskLevel> {
        let Some(aisle) = self.market.aisle(product.accelerator) else {
            return Vec::new();
        };
        let mut found: BTreeMap<Price, (u32, Vec<Change>)> = BTreeMap::new();
        let here = |at: SiteId| product.site.is_none_or(|site| site == at);
        for (_, shelf) in aisle.shelves.iter().filter(|(site, _)| here(*site)) {
            for offer in shelf.iter() {
                // Cheapest first: once there are enough levels, no dearer listing of this shelf can count.
                let dearest = found.last_key_value().map(|(price, _)| *price);
                if found.len() >= levels && dearest.is_none_or(|dearest| offer.ask > dearest) {
                    break;
                }
                let open = Window::new(
                    Hour(offer.from).max(window.from()),
                    Hour(offer.until).min(window.until()),
                );
                let stall = open.and_then(|open| Some((self.market.stall(offer.slot)?, open)));
                let changes = stall.map(|(stall, open)| stall.whole_lots(open)).unwrap_or_default();
                if changes.is_empty() {
                    continue;
                }
                let (listings, all) = found.entry(offer.ask).or_default();
                *listings = listings.saturating_add(1);
                all.extend(changes);
                if found.len() > levels {
                    found.pop_last();
                }
            }
        }
        let level = |(price, (listings, changes))| level(price, listings, changes);
        found.into_iter().map(level).collect()
    }

    /// The highest `levels` limits of resting bids that would take a product, descending. A bid that takes several sites
    /// counts at each of them.
    pub fn bid_levels(&self, product: Product, levels: usize) -> Vec<BidLevel> {
        let mut found: Vec<BidLevel> = Vec::new();
        let Some(aisle) = self.market.aisle(product.accelerator) else {
            return found;
        };
        for waiting in aisle.queue.iter() {
            let bid = self.resting.get(waiting.slot);
            let Some(bid) = bid.filter(|bid| product.site.is_none_or(|site| takes_site(bid, site))) else {
                continue;
            };
            let cards = u64::from(wanted_at(bid, product.accelerator, waiting.limit));
            if let Some(level) = found.last_mut().filter(|level| level.price == waiting.limit) {
                level.bids = level.bids.saturating_add(1);
                level.cards = level.cards.saturating_add(cards);
            } else if found.len() < levels {
                found.push(BidLevel {
                    price: waiting.limit,
                    cards,
                    bids: 1,
                });
            } else {
                break;
            }
        }
        found
    }

    /// Resting bids that new supply of an accelerator meets before one with this limit that is yet to come; at most
    /// `most` are counted.
    pub fn bids_before(&self, accelerator: AcceleratorId, limit: Price, most: usize) -> usize {
        let Some(aisle) = self.market.aisle(accelerator) else {
            return 0;
        };
        aisle
            .queue
            .iter()
            .take(most)
            .take_while(|waiting| waiting.limit >= limit)
            .count()
    }
}

/// Whether a bid takes cards of a site.
fn takes_site(bid: &Bid, site: SiteId) -> bool {
    let listed = bid
        .sites
        .as_ref()
        .is_none_or(|sites| sites.binary_search(&site).is_ok());
    listed && bid.bound.and_then(|bound| bound.site).is_none_or(|only| only == site)
}

/// The most cards that a bid still wants of an accelerator at a limit.
fn wanted_at(bid: &Bid, accelerator: AcceleratorId, limit: Price) -> u32 {
    let same = |alternative: &Alternative| alternative.accelerator == accelerator && alternative.limit == limit;
    let live = bid.live_alternatives().map(|(_, alternative)| alternative);
    live.filter(|alternative| same(alternative))
        .map(|alternative| bid.wanted(alternative))
        .max()
        .unwrap_or(0)
}

fn level(price: Price, listings: u32, mut changes: Vec<Change>) -> AskLevel {
    changes.sort_unstable();
    let (mut free, mut most, mut card_hours) = (0_i64, 0_i64, 0_i64);
    let mut since = changes.first().map_or(0, |(hour, _)| *hour);
    for step in changes.chunk_by(|one, other| one.0 == other.0) {
        let Some((hour, _)) = step.first() else { continue };
        card_hours = card_hours.saturating_add(free.saturating_mul(i64::from(hour - since)));
        since = *hour;
        free += step.iter().map(|(_, more)| more).sum::<i64>();
        most = most.max(free);
    }
    AskLevel {
        price,
        cards: u64::try_from(most).unwrap_or(0),
        card_hours: u64::try_from(card_hours).unwrap_or(0),
        listings,
    }
}

impl Stall {
    /// The cards free in the hours of `open`, in whole lots, as changes that end with 0; empty if there never are any.
    /// `open` must lie in the listing's window.
    fn whole_lots(&self, open: Window) -> Vec<Change> {
        let listing = &self.listing;
        let mut taken: Vec<Change> = Vec::new();
        for island in 0..listing.islands {
            let mut last = 0_i64;
            for step in self.calendar.island(island) {
                let now = i64::from(step.taken);
                taken.push((step.hour, now - last));
                last = now;
            }
        }
        if listing.islands > 1 {
            taken.sort_unstable();
        }
        let mut closed: Vec<Change> = Vec::new();
        for window in &listing.maintenance {
            closed.extend([(window.from().0, 1), (window.until().0, -1)]);
        }
        closed.sort_unstable();
        let (cards, lot) = (i64::from(listing.cards()), i64::from(listing.lot_cards.max(1)));
        let mut sums = (Sum::of(&taken), Sum::of(&closed));
        let mut changes = Vec::new();
        let (mut hour, mut before) = (open.from().0, 0_i64);
        while hour < open.until().0 {
            let (taken, closed) = (sums.0.at(hour), sums.1.at(hour));
            let free = if closed > 0 { 0 } else { (cards - taken).max(0) };
            let lots = free - free % lot;
            if lots != before {
                changes.push((hour, lots - before));
                before = lots;
            }
            hour = sums.0.next().min(sums.1.next());
        }
        if before != 0 {
            changes.push((open.until().0, -before));
        }
        changes
    }
}

/// Walks along sorted changes.
struct Sum<'a> {
    changes: &'a [Change],
    so_far: i64,
}

impl<'a> Sum<'a> {
    fn of(changes: &'a [Change]) -> Sum<'a> {
        Sum { changes, so_far: 0 }
    }

    /// The sum in this hour, which must not lie before the last one asked for.
    fn at(&mut self, hour: i32) -> i64 {
        while let Some(((_, change), rest)) = self.changes.split_first().filter(|((when, _), _)| *when <= hour) {
            self.so_far += change;
            self.changes = rest;
        }
        self.so_far
    }

    /// When it changes next.
    fn next(&self) -> i32 {
        self.changes.first().map_or(i32::MAX, |(hour, _)| *hour)
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
            lot_cards: 1,
            window: hours(0, 10),
            ask: Price::from_micros(fen * 10_000),
            maintenance: Vec::new(),
            ..flow.listings[0].clone()
        }
    }

    fn hours(from: i32, until: i32) -> Window {
        Window::new(Hour(from), Hour(until)).unwrap()
    }

    fn product(accelerator: u16, site: Option<u16>) -> Product {
        let (accelerator, site) = (AcceleratorId(accelerator), site.map(SiteId));
        Product { accelerator, site }
    }

    fn ask(fen: i64, (cards, card_hours, listings): (u64, u64, u32)) -> AskLevel {
        AskLevel {
            price: Price::from_micros(fen * 10_000),
            cards,
            card_hours,
            listings,
        }
    }

    #[test]
    fn asks_are_summed_by_price_and_what_is_let_is_left_out() {
        let flow = calendar_flow(1, 1);
        let mut book = Book::new();
        for (id, site, fen) in [(1, 0, 1_000), (2, 1, 1_000), (3, 0, 900), (4, 0, 1_100), (5, 0, 800)] {
            book.open(listing(&flow, id, site, fen));
        }
        let cards = |cards| [IslandShare { island: 0, cards }];
        book.occupy(ListingId(1), hours(2, 6), &cards(3)).unwrap();
        book.occupy(ListingId(5), hours(0, 10), &cards(8)).unwrap();
        let all = book.asks(product(0, None), hours(4, 100), 2);
        assert_eq!(all, [ask(900, (8, 48, 1)), ask(1_000, (16, 48 - 6 + 48, 2))]);
        let early = book.asks(product(0, None), hours(4, 6), 2);
        assert_eq!(early, [ask(900, (8, 16, 1)), ask(1_000, (13, 26, 2))]);
        let here = book.asks(product(0, Some(1)), hours(0, 10), 9);
        assert_eq!(here, [ask(1_000, (8, 80, 1))]);
        assert_eq!(book.sites(AcceleratorId(0)), [SiteId(0), SiteId(1)]);
        assert_eq!(book.asks(product(7, None), hours(0, 10), 9), []);
        assert_eq!(
            book.asks(product(0, None), hours(10, 20), 9),
            [],
            "nothing is on offer then"
        );
    }

    #[test]
    fn only_whole_lots_outside_maintenance_count() {
        let flow = calendar_flow(1, 1);
        let mut book = Book::new();
        let lots = Listing {
            islands: 2,
            cards_per_island: 4,
            lot_cards: 4,
            maintenance: vec![hours(4, 5)],
            ..listing(&flow, 1, 0, 900)
        };
        book.open(lots);
        let share = |island| [IslandShare { island, cards: 1 }];
        book.occupy(ListingId(1), hours(1, 3), &share(0)).unwrap();
        book.occupy(ListingId(1), hours(2, 6), &share(1)).unwrap();
        // Free: 8, 7, 6, 7, closed, 7, 8 8 8 8; in whole lots 8, 4, 4, 4, 0, 4, 8 8 8 8.
        let all = book.asks(product(0, None), hours(-5, 50), 9);
        assert_eq!(all, [ask(900, (8, 8 + 4 * 4 + 4 * 8, 1))]);
        let middle = book.asks(product(0, None), hours(2, 5), 9);
        assert_eq!(middle, [ask(900, (4, 8, 1))]);
        assert_eq!(book.asks(product(0, None), hours(4, 5), 9), []);
    }

    #[test]
    fn bids_count_at_their_highest_limit_and_at_the_sites_that_they_take() {
        let mut flow = calendar_flow(1, 1);
        let mut book = Book::new();
        for (id, fens) in [(1, [900, 950]), (2, [950, 100]), (3, [800, 700])] {
            let mut bid = flow.bid();
            (bid.id, bid.seq) = (BidId(id), Seq(id));
            bid.sites = (id == 2).then(|| vec![SiteId(4)]);
            bid.alternatives.resize(2, bid.alternatives[0]);
            for ((cards, alternative), fen) in (5..).zip(bid.alternatives.iter_mut()).zip(fens) {
                alternative.accelerator = AcceleratorId(3);
                alternative.limit = Price::from_micros(fen * 10_000);
                alternative.cards = cards;
            }
            book.rest(bid);
        }
        let level = |fen: i64, cards, bids| BidLevel {
            price: Price::from_micros(fen * 10_000),
            cards,
            bids,
        };
        let all = product(3, None);
        assert_eq!(book.bid_levels(all, 9), [level(950, 11, 2), level(800, 5, 1)]);
        assert_eq!(book.bid_levels(all, 1), [level(950, 11, 2)]);
        assert_eq!(
            book.bid_levels(product(3, Some(1)), 9),
            [level(950, 6, 1), level(800, 5, 1)]
        );
        let before = |fen: i64, most| book.bids_before(AcceleratorId(3), Price::from_micros(fen * 10_000), most);
        assert_eq!(
            (before(800, 9), before(801, 9), before(951, 9), before(1, 2)),
            (3, 2, 0, 2)
        );
        book.take_bid(BidId(2)).unwrap();
        assert_eq!(book.bid_levels(all, 1), [level(950, 6, 1)]);
        assert_eq!(book.bids().map(|bid| bid.id).collect::<Vec<_>>(), [BidId(1), BidId(3)]);
    }
}
