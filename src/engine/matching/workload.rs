//! The two standard flows that the speed of the book is measured by, each a pure function of its seed.

use std::iter;

use crate::domain::bid::{Alternative, Bid, FillRule, Placement, TimeInForce, VoucherPolicy};
use crate::domain::id::{AcceleratorId, BidId, ListingId, OrgId, Seq, SiteId};
use crate::domain::lease::IslandShare;
use crate::domain::listing::{Listing, ListingMode, Sla};
use crate::domain::money::{Money, Price};
use crate::domain::rate::Fraction;
use crate::domain::time::{Hour, Window};

use super::Book;
use super::cover::PlainCost;

/// The hour at which both flows play.
pub const NOW: Hour = Hour(500_000);
/// Hours on offer: 90 days.
const HOURS_ON_OFFER: u32 = 90 * 24;
/// Hours in which a bid of the calendar flow may be served: 30 days.
const HOURS_FLEXIBLE: u32 = 30 * 24;
const CARDS_PER_ISLAND: u32 = 8;
const SITES: u32 = 6;
/// Typical prices of the accelerators of the calendar flow, in fen per card-hour.
const TYPICAL_FEN: [u32; 8] = [1_370, 1_540, 1_712, 980, 760, 2_250, 1_205, 590];

/// One operation of the plain flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A limit order to let.
    Offer(Listing),
    /// A limit order to take.
    Bid(Bid),
    /// The first is cancelled.
    Withdraw(ListingId),
    /// The second is cancelled.
    Cancel(BidId),
}

/// The calendar flow: what is on offer, what is already let, and bids without end.
#[derive(Debug, Clone)]
pub struct CalendarFlow {
    /// What is on offer, in the order in which it was opened.
    pub listings: Vec<Listing>,
    /// What is already let: 70 % of all card-hours.
    pub leases: Vec<(ListingId, Window, Vec<IslandShare>)>,
    dice: Dice,
    seq: u64,
}

/// splitmix64, the generator of both flows.
#[derive(Debug, Clone)]
pub struct Dice(u64);

/// The plain flow: limit orders for one accelerator and the same hours, `adds` of them, on both sides of one price, and
/// as many cancellations; about `resting` orders stand at any time.
pub fn plain_flow(adds: u64, resting: usize, seed: u64) -> impl Iterator<Item = Step> {
    let mut dice = Dice(seed);
    let mut standing: Vec<Step> = Vec::new();
    let mut added = 0;
    iter::from_fn(move || {
        if standing.len() > resting || added == adds {
            let count = u32::try_from(standing.len()).ok().filter(|count| *count > 0)?;
            let drawn = usize::try_from(dice.below(count)).ok()?;
            return Some(standing.swap_remove(drawn));
        }
        added += 1;
        let (step, cancel) = if dice.below(2) == 0 {
            (
                Step::Offer(plain_listing(&mut dice, added)),
                Step::Withdraw(ListingId(added)),
            )
        } else {
            (Step::Bid(plain_bid(&mut dice, added)), Step::Cancel(BidId(added)))
        };
        standing.push(cancel);
        Some(step)
    })
}

/// Plays one step of the plain flow as the exchange would: a bid takes what it finds and rests with the rest, an offer
/// meets the bids it may serve. Returns how many parts were let.
pub fn play(book: &mut Book, step: Step) -> usize {
    match step {
        Step::Offer(listing) => {
            let id = listing.id;
            book.open(listing);
            let (mut after, mut parts) = (None, 0);
            while let Some((limit, seq, bid)) = book.next_servable(id, after, NOW) {
                after = Some((limit, seq));
                let Some(bid) = book.take_bid(bid) else { break };
                parts += fill(book, bid);
            }
            parts
        }
        Step::Bid(bid) => fill(book, bid),
        Step::Withdraw(id) => {
            book.close(id);
            0
        }
        Step::Cancel(id) => {
            book.take_bid(id);
            0
        }
    }
}

/// The calendar flow over so many listings: 8-card islands, one to four a listing, in six sites, eight accelerators.
pub fn calendar_flow(listings: u64, seed: u64) -> CalendarFlow {
    let mut dice = Dice(seed);
    let mut flow = CalendarFlow {
        listings: Vec::new(),
        leases: Vec::new(),
        dice: Dice(!seed),
        seq: listings,
    };
    for number in 1..=listings {
        let listing = calendar_listing(&mut dice, number);
        for island in 0..listing.islands {
            let_island(&mut dice, &listing, island, &mut flow.leases);
        }
        flow.listings.push(listing);
    }
    flow
}

impl CalendarFlow {
    /// A book with everything on offer and let as the flow says.
    pub fn book(&self) -> Book {
        let mut book = Book::new();
        for listing in &self.listings {
            book.open(listing.clone());
        }
        for (id, window, islands) in &self.leases {
            // The flow never lets a card twice.
            let _ = book.occupy(*id, *window, islands);
        }
        book.warm_up();
        book
    }

    /// The next bid: three alternatives over a flexible window of 30 days; any, one_site, one_listing and one_island
    /// 40, 30, 20 and 10 in a hundred.
    pub fn bid(&mut self) -> Bid {
        let dice = &mut self.dice;
        self.seq += 1;
        let (placement, most_lots) = match dice.below(100) {
            0..40 => (Placement::Any, 6),
            40..70 => (Placement::OneSite, 6),
            70..90 => (Placement::OneListing, 4),
            _ => (Placement::OneIsland, 3),
        };
        let cards = 1 << dice.below(most_lots + 1);
        let hours = dice.hours(4, 336);
        let first = dice.below(8);
        let alternatives = (0..3).map(|step| {
            let accelerator = (first + step * (1 + first % 2)) % 8;
            let typical = TYPICAL_FEN
                .get(super::slab::index(accelerator))
                .copied()
                .unwrap_or(1_000);
            Alternative {
                accelerator: accelerator_id(accelerator),
                cards,
                hours,
                limit: fen(typical * 12 / 10),
            }
        });
        let alternatives = alternatives.collect();
        let earliest = NOW.plus(dice.below(HOURS_ON_OFFER / 2));
        let fill = if dice.below(5) == 0 {
            FillRule::Partial { min_cards: 1 }
        } else {
            FillRule::AllOrNone
        };
        Bid {
            placement,
            fill,
            earliest,
            latest: earliest.plus(HOURS_FLEXIBLE),
            ..new_bid(self.seq, alternatives)
        }
    }
}

impl Dice {
    /// A number below `sides`.
    pub fn below(&mut self, sides: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        // Below `sides`, so it fits.
        u32::try_from((z ^ (z >> 31)) % u64::from(sides.max(1))).unwrap_or(0)
    }

    /// From `least` to below about `most`, each doubling as likely as the next.
    fn hours(&mut self, least: u32, most: u32) -> u32 {
        let doubled = least << self.below((most / least).ilog2().max(1));
        doubled + self.below(doubled)
    }
}

/// A bid takes what it finds until it finds nothing; what is left rests.
fn fill(book: &mut Book, mut bid: Bid) -> usize {
    let mut parts = 0;
    while let Some(cover) = book.best_cover(&bid, NOW, &PlainCost) {
        for part in &cover.parts {
            // A cover is made of free cards.
            let _ = book.occupy(part.listing, cover.window, &part.islands);
            bid.filled_cards += part.cards;
            parts += 1;
        }
    }
    if bid
        .alternatives
        .first()
        .is_some_and(|alternative| bid.wanted(alternative) > 0)
    {
        book.rest(bid);
    }
    parts
}

fn plain_listing(dice: &mut Dice, number: u64) -> Listing {
    new_listing(number, accelerator_id(0), 1, fen(1_000 + dice.below(200)))
}

fn plain_bid(dice: &mut Dice, number: u64) -> Bid {
    let limit = fen(1_010 - dice.below(200));
    let alternative = Alternative {
        accelerator: accelerator_id(0),
        cards: 1 + dice.below(CARDS_PER_ISLAND),
        hours: HOURS_ON_OFFER,
        limit,
    };
    Bid {
        fill: FillRule::Partial { min_cards: 1 },
        ..new_bid(number, vec![alternative])
    }
}

fn calendar_listing(dice: &mut Dice, number: u64) -> Listing {
    let islands = match dice.below(100) {
        0..82 => 1,
        82..94 => 2,
        94..98 => 3,
        _ => 4,
    };
    let accelerator = dice.below(8);
    let typical = TYPICAL_FEN
        .get(super::slab::index(accelerator))
        .copied()
        .unwrap_or(1_000);
    let ask = fen(typical * (80 + dice.below(41)) / 100 + dice.below(typical / 100));
    let site = SiteId(u16::try_from(dice.below(SITES)).unwrap_or(0));
    Listing {
        site,
        ..new_listing(number, accelerator_id(accelerator), islands, ask)
    }
}

/// Lets 70 % of an island's card-hours: its cards in lots of one to eight, each let and free by turns.
fn let_island(dice: &mut Dice, listing: &Listing, island: u32, out: &mut Vec<(ListingId, Window, Vec<IslandShare>)>) {
    let mut left = listing.cards_per_island;
    while left > 0 {
        let cards = (1 << dice.below(4)).min(left);
        left -= cards;
        let mut hour = listing.window.from();
        let mut idle = dice.below(60);
        while let Some(window) = Window::new(hour.plus(idle), listing.window.until()) {
            let hours = dice.hours(6, 400);
            let until = window.from().plus(hours).min(window.until());
            out.extend(
                Window::new(window.from(), until)
                    .map(|window| (listing.id, window, vec![IslandShare { island, cards }])),
            );
            hour = until;
            // On average 3/7 of the hours let.
            idle = dice.below(hours * 6 / 7 + 1);
        }
    }
}

fn new_listing(number: u64, accelerator: AcceleratorId, islands: u32, ask: Price) -> Listing {
    let provider = OrgId(1 + number % 97);
    Listing {
        id: ListingId(number),
        seq: Seq(number),
        provider,
        group: provider,
        site: SiteId(0),
        accelerator,
        islands,
        cards_per_island: CARDS_PER_ISLAND,
        window: on_offer(),
        ask,
        lot_cards: 1,
        min_hours: 1,
        max_hours: HOURS_ON_OFFER,
        mode: ListingMode::Book,
        sla: Sla {
            max_fault_rate: Fraction::from_ppm(1_000),
            credit_rate: Fraction::from_ppm(1_000_000),
        },
        maintenance: Vec::new(),
    }
}

fn new_bid(number: u64, alternatives: Vec<Alternative>) -> Bid {
    let tenant = OrgId(1_000 + number % 89);
    Bid {
        id: BidId(number),
        seq: Seq(number),
        tenant,
        group: tenant,
        alternatives,
        earliest: NOW,
        latest: NOW.plus(HOURS_ON_OFFER),
        fill: FillRule::AllOrNone,
        placement: Placement::Any,
        sites: None,
        domestic_only: false,
        max_fault_rate: None,
        tif: TimeInForce::Gtc,
        voucher: VoucherPolicy::Auto,
        purpose: None,
        filled_cards: 0,
        bound: None,
        held: Money::ZERO,
    }
}

#[expect(clippy::expect_used, reason = "a constant window that is not empty")]
fn on_offer() -> Window {
    Window::new(NOW, NOW.plus(HOURS_ON_OFFER)).expect("90 days")
}

fn accelerator_id(number: u32) -> AcceleratorId {
    AcceleratorId(u16::try_from(number).unwrap_or(0))
}

fn fen(fen: u32) -> Price {
    Price::from_micros(i64::from(fen) * 10_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plain_flow_cancels_whatever_it_adds() {
        let mut book = Book::new();
        let (mut steps, mut parts, mut most) = (0, 0, 0);
        for step in plain_flow(5_000, 100, 3) {
            steps += 1;
            parts += play(&mut book, step);
            most = most.max(book.listings().count() + book.bids().count());
        }
        assert_eq!(steps, 10_000);
        assert!(
            parts > 50 && (80..=101).contains(&most),
            "{parts} parts, {most} resting"
        );
        assert_eq!(book.listings().count() + book.bids().count(), 0);
    }

    #[test]
    fn the_calendar_flow_lets_seven_tenths() {
        let mut flow = calendar_flow(500, 3);
        let cards: u64 = flow.listings.iter().map(|listing| u64::from(listing.cards())).sum();
        let all = cards * u64::from(HOURS_ON_OFFER);
        let hours = |window: Window| u64::from(window.hours());
        let taken: u64 = flow
            .leases
            .iter()
            .map(|(_, window, shares)| hours(*window) * u64::from(shares[0].cards))
            .sum();
        assert!((68..=73).contains(&(taken * 100 / all)), "{taken} of {all}");
        let book = flow.book();
        let free = flow.listings.iter().flat_map(|listing| book.free_steps(listing.id));
        let free: u64 = free.map(|(window, free)| hours(window) * u64::from(free)).sum();
        assert_eq!(free + taken, all, "every lease was entered");
        assert_eq!(flow.bid().alternatives.len(), 3);
    }
}
