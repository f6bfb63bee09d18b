//! Plays a market on a matcher and writes down all that the matcher says.

use std::collections::BTreeMap;

use qiantang::domain::bid::{Bid, Bound, Placement, TimeInForce};
use qiantang::domain::id::{AcceleratorId, BidId, ListingId, Seq};
use qiantang::domain::lease::IslandShare;
use qiantang::domain::listing::Listing;
use qiantang::domain::rate::Fraction;
use qiantang::domain::time::{Hour, Window};
use qiantang::engine::matching::cover::Cover;

use super::market::{BidChange, Command, DOMESTIC, ListingChange, Market, TestCost, hour};
use super::matcher::Matcher;

/// One answer of a matcher, with the number of the command that led to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub command: usize,
    pub said: Said,
}

/// What a matcher said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    Chose(Box<Bid>, Option<Cover>),
    MayServe(ListingId, Vec<BidId>),
    Closed(Option<Listing>),
    Took(Option<Bid>),
    /// Whether more cards than there are could be leased or given back.
    Let(bool),
}

#[derive(Debug, Clone)]
struct Lease {
    listing: ListingId,
    window: Window,
    islands: Vec<IslandShare>,
}

/// A market in the course of being played.
struct Play<'a, M> {
    matcher: &'a mut M,
    answers: Vec<Answer>,
    command: usize,
    now: Hour,
    next: u64,
    listings_max: usize,
    listings: Vec<Listing>,
    leases: Vec<Lease>,
    resting: Vec<BidId>,
    costs: BTreeMap<BidId, TestCost>,
}

/// Plays `market` from an empty `matcher` and returns its answers in order.
pub fn play(market: &Market, matcher: &mut impl Matcher) -> Vec<Answer> {
    for (number, domestic) in (0..).zip(DOMESTIC) {
        matcher.add_accelerator(AcceleratorId(number), domestic);
    }
    let mut play = Play {
        matcher,
        answers: Vec::new(),
        command: 0,
        now: hour(0),
        next: 1,
        listings_max: market.listings_max,
        listings: Vec::new(),
        leases: Vec::new(),
        resting: Vec::new(),
        costs: BTreeMap::new(),
    };
    for (number, command) in market.commands.iter().enumerate() {
        play.command = number;
        play.step(command);
    }
    play.ask_around();
    play.answers
}

impl<M: Matcher> Play<'_, M> {
    fn step(&mut self, command: &Command) {
        match command {
            Command::Open(listing) => self.open(listing),
            Command::Withdraw(number) => self.withdraw(*number),
            Command::AmendListing(number, change) => self.amend_listing(*number, change),
            Command::Lease {
                listing,
                window,
                island,
                cards,
            } => self.lease_some(*listing, *window, *island, *cards),
            Command::Vacate { lease, at } => self.end_early(*lease, *at),
            Command::Bid(bid, cost) => {
                let number = self.draw();
                let bid = Bid {
                    id: BidId(number),
                    seq: Seq(number),
                    ..bid.clone()
                };
                self.costs.insert(bid.id, cost.clone());
                self.look_and_rest(bid);
            }
            Command::Cancel(number) => {
                if let Some(position) = nth(self.resting.len(), *number) {
                    let bid = self.resting[position];
                    let taken = self.take(bid);
                    self.say(Said::Took(taken));
                }
            }
            Command::AmendBid(number, change) => self.amend_bid(*number, change),
            Command::Wait { hours } => {
                self.now = self.now.plus(*hours);
                self.matcher.forget_before(self.now);
            }
        }
    }

    fn open(&mut self, listing: &Listing) {
        if self.listings.len() < self.listings_max {
            let number = self.draw();
            let listing = Listing {
                id: ListingId(number),
                seq: Seq(number),
                ..listing.clone()
            };
            self.listings.push(listing.clone());
            let id = listing.id;
            self.matcher.open(listing);
            self.new_supply(id);
        }
    }

    fn withdraw(&mut self, number: usize) {
        if let Some(position) = nth(self.listings.len(), number) {
            let id = self.listings.remove(position).id;
            self.leases.retain(|lease| lease.listing != id);
            let closed = self.matcher.close(id);
            self.say(Said::Closed(closed));
        }
    }

    /// "Raising a listing's ask … touches no lease; lowering the ask or adding capacity gives a new seq and counts as
    /// new supply." Other changes keep the seq here.
    fn amend_listing(&mut self, number: usize, change: &ListingChange) {
        let Some(position) = nth(self.listings.len(), number) else {
            return;
        };
        let mut listing = self.listings[position].clone();
        let old_ask = listing.ask;
        match change {
            ListingChange::Ask(ask) => listing.ask = *ask,
            ListingChange::AddIsland => listing.islands += 1,
            ListingChange::AddCard => listing.cards_per_island += 1,
            ListingChange::Extend { hours } => {
                listing.window =
                    Window::new(listing.window.from(), listing.window.until().plus(*hours)).expect("it grows");
            }
            ListingChange::Maintenance(windows) => listing.maintenance = windows.clone(),
            ListingChange::Sla(ppm) => {
                listing.sla.max_fault_rate = Fraction::from_ppm(*ppm);
            }
            ListingChange::Lot(cards) => listing.lot_cards = *cards,
        }
        let supply = match change {
            ListingChange::Ask(ask) => *ask < old_ask,
            ListingChange::AddIsland | ListingChange::AddCard | ListingChange::Extend { .. } => true,
            ListingChange::Maintenance(_) | ListingChange::Sla(_) | ListingChange::Lot(_) => false,
        };
        if supply {
            listing.seq = Seq(self.draw());
        }
        self.listings[position] = listing.clone();
        let id = listing.id;
        self.matcher.replace(listing);
        if supply {
            self.new_supply(id);
        }
    }

    fn lease_some(&mut self, number: usize, window: Window, island: u32, cards: u32) {
        let Some(position) = nth(self.listings.len(), number) else {
            return;
        };
        let listing = &self.listings[position];
        let from = window.from().max(listing.window.from()).max(self.now);
        let until = window.until().min(listing.window.until());
        let island = island % listing.islands;
        let Some(window) = Window::new(from, until) else {
            return;
        };
        let free = self.free(listing, island, window);
        let listing = listing.id;
        // One share that could be let alone, and one card too many: neither may be taken.
        let too_many = [free, 1].map(|cards| IslandShare { island, cards });
        let done = self.matcher.occupy(listing, window, &too_many);
        self.say(Said::Let(done));
        let cards = cards.min(free);
        if cards > 0 {
            let islands = vec![IslandShare { island, cards }];
            self.occupy(Lease {
                listing,
                window,
                islands,
            });
        }
    }

    fn end_early(&mut self, number: usize, at: Hour) {
        let Some(position) = nth(self.leases.len(), number) else {
            return;
        };
        let lease = self.leases.remove(position);
        let rest = Window::new(lease.window.from(), at.min(lease.window.until()));
        let freed = Window::new(at.max(lease.window.from()), lease.window.until());
        if let Some(window) = rest {
            self.leases.push(Lease {
                window,
                ..lease.clone()
            });
        }
        if let Some(window) = freed {
            if window.until() > self.now {
                let mut too_many = lease.islands.clone();
                too_many.push(IslandShare {
                    cards: 1_000,
                    ..lease.islands[0]
                });
                let done = self.matcher.vacate(lease.listing, window, &too_many);
                self.say(Said::Let(done));
            }
            assert!(
                self.matcher.vacate(lease.listing, window, &lease.islands),
                "they were leased"
            );
            self.new_supply(lease.listing);
        }
    }

    /// "fewer cards, a lower limit or a narrower window keeps its seq; anything else gives it a new one and it looks
    /// again."
    fn amend_bid(&mut self, number: usize, change: &BidChange) {
        let Some(position) = nth(self.resting.len(), number) else {
            return;
        };
        let id = self.resting[position];
        let taken = self.take(id);
        self.say(Said::Took(taken.clone()));
        let Some(old) = taken else { return };
        let mut bid = old.clone();
        let first = &mut bid.alternatives[0];
        match change {
            BidChange::FewerCards(fewer) => {
                first.cards = first.cards.saturating_sub(*fewer).max(bid.filled_cards + 1);
            }
            BidChange::MoreCards(more) => first.cards += more,
            BidChange::Limit(limit) => first.limit = *limit,
            BidChange::Earliest(hour) => bid.earliest = *hour,
            BidChange::Latest(hour) => bid.latest = *hour,
            // The site of the first fill stays.
            BidChange::Placement(placement) if old.bound.is_none() => bid.placement = *placement,
            BidChange::Placement(_) => {}
        }
        let keeps = bid.alternatives[0].cards <= old.alternatives[0].cards
            && bid.alternatives[0].limit <= old.alternatives[0].limit
            && bid.earliest >= old.earliest
            && bid.latest <= old.latest
            && bid.placement == old.placement;
        if keeps {
            self.resting.push(id);
            self.matcher.rest(bid);
        } else {
            bid.seq = Seq(self.draw());
            self.look_and_rest(bid);
        }
    }

    /// "the resting bids that it may serve … each look again over the whole book with the rule above, once each; then
    /// done."
    fn new_supply(&mut self, listing: ListingId) {
        let bids = self.matcher.servable(listing, self.now);
        self.say(Said::MayServe(listing, bids.clone()));
        for id in bids {
            let taken = self.take(id).expect("a bid that may be served rests");
            self.look_and_rest(taken);
        }
    }

    /// "What remains of a partial bid looks again at once, then rests (`gtc`, `gtd`) or is cancelled (`ioc`)."
    fn look_and_rest(&mut self, mut bid: Bid) {
        loop {
            let cost = &self.costs[&bid.id];
            let chosen = self.matcher.best_cover(&bid, self.now, cost);
            self.say(Said::Chose(Box::new(bid.clone()), chosen.clone()));
            let Some(cover) = chosen else { break };
            bid.filled_cards += cover.parts.iter().map(|part| part.cards).sum::<u32>();
            bid.bound.get_or_insert(Bound {
                alternative: cover.alternative,
                site: (bid.placement == Placement::OneSite).then(|| cover.parts[0].site),
            });
            for part in cover.parts {
                self.occupy(Lease {
                    listing: part.listing,
                    window: cover.window,
                    islands: part.islands,
                });
            }
            if bid.filled_cards == bid.alternatives[cover.alternative].cards {
                return;
            }
        }
        if matches!(bid.tif, TimeInForce::Gtc | TimeInForce::Gtd { .. }) {
            self.resting.push(bid.id);
            self.matcher.rest(bid);
        }
    }

    /// At the end: whom each listing may serve, and what each resting bid would get.
    fn ask_around(&mut self) {
        for id in self.listings.iter().map(|listing| listing.id).collect::<Vec<_>>() {
            let bids = self.matcher.servable(id, self.now);
            self.say(Said::MayServe(id, bids));
        }
        for id in self.resting.clone() {
            let bid = self.take(id).expect("it rests");
            let cover = self.matcher.best_cover(&bid, self.now, &self.costs[&id]);
            self.say(Said::Chose(Box::new(bid.clone()), cover));
        }
    }

    fn occupy(&mut self, lease: Lease) {
        let free = self.matcher.occupy(lease.listing, lease.window, &lease.islands);
        assert!(free, "what a matcher offers is free: {lease:?}");
        self.leases.push(lease);
    }

    fn take(&mut self, bid: BidId) -> Option<Bid> {
        self.resting.retain(|resting| *resting != bid);
        self.matcher.take_bid(bid)
    }

    fn free(&self, listing: &Listing, island: u32, window: Window) -> u32 {
        let leased_in = |hour: i32| -> u32 {
            self.leases
                .iter()
                .filter(|lease| lease.listing == listing.id)
                .filter(|lease| lease.window.from().0 <= hour && hour < lease.window.until().0)
                .flat_map(|lease| &lease.islands)
                .filter(|share| share.island == island)
                .map(|share| share.cards)
                .sum()
        };
        let most_leased = (window.from().0..window.until().0).map(leased_in).max().unwrap_or(0);
        listing.cards_per_island - most_leased
    }

    fn draw(&mut self) -> u64 {
        let number = self.next;
        self.next += 1;
        number
    }

    fn say(&mut self, said: Said) {
        self.answers.push(Answer {
            command: self.command,
            said,
        });
    }
}

fn nth(count: usize, number: usize) -> Option<usize> {
    number.checked_rem(count)
}
