//! Examples worked out by hand, which show that the naive matcher reads the rule as it is written.

mod choice;
mod listings;
mod placements;

use qiantang::domain::bid::{Alternative, Bid, Bound, FillRule, Placement, TimeInForce, VoucherPolicy};
use qiantang::domain::id::{AcceleratorId, BidId, ListingId, OrgId, Seq, SiteId};
use qiantang::domain::lease::IslandShare;
use qiantang::domain::listing::{Listing, ListingMode, Sla};
use qiantang::domain::money::{Money, Price};
use qiantang::domain::rate::{BasisPoints, Fraction};
use qiantang::domain::time::{Hour, Window};
use qiantang::engine::matching::cover::{Cover, CoverCost, PartCharge, PlainCost, SubsidyBound};

use super::naive::NaiveBook;

const DOMESTIC: AcceleratorId = AcceleratorId(0);
const IMPORTED: AcceleratorId = AcceleratorId(1);
const NOW: Hour = Hour(100);

/// What a cover comes to: alternative, first hour, (listing, cards) of each part, net in fen.
type Expected = (usize, i32, Vec<(u64, u32)>, i64);

fn yuan(yuan: i64) -> Price {
    Price::from_micros(yuan * 1_000_000)
}

fn window(from: i32, until: i32) -> Window {
    Window::new(Hour(from), Hour(until)).expect("from is before until")
}

/// Two islands of four cards at ¥10 from hour 100 to 124, whose seq is its number.
fn listing(number: u64) -> Listing {
    Listing {
        id: ListingId(number),
        seq: Seq(number),
        provider: OrgId(number),
        group: OrgId(number),
        site: SiteId(0),
        accelerator: DOMESTIC,
        islands: 2,
        cards_per_island: 4,
        window: window(100, 124),
        ask: yuan(10),
        lot_cards: 1,
        min_hours: 1,
        max_hours: 24,
        mode: ListingMode::Book,
        sla: Sla {
            max_fault_rate: Fraction::from_ppm(1_000),
            credit_rate: Fraction::from_ppm(0),
        },
        maintenance: Vec::new(),
    }
}

fn alternative(accelerator: AcceleratorId, cards: u32, hours: u32, limit: Price) -> Alternative {
    Alternative {
        accelerator,
        cards,
        hours,
        limit,
    }
}

/// All of `cards` for two hours at ¥20 at most, anywhere, from hour 100 to 110; seq 50.
fn bid(cards: u32) -> Bid {
    Bid {
        id: BidId(50),
        seq: Seq(50),
        tenant: OrgId(50),
        group: OrgId(50),
        alternatives: vec![alternative(DOMESTIC, cards, 2, yuan(20))],
        earliest: Hour(100),
        latest: Hour(110),
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

fn at_least(min_cards: u32, bid: Bid) -> Bid {
    Bid {
        fill: FillRule::Partial { min_cards },
        ..bid
    }
}

fn book(listings: impl IntoIterator<Item = Listing>) -> NaiveBook {
    let mut book = NaiveBook::new(window(90, 160));
    book.add_accelerator(DOMESTIC, true);
    book.add_accelerator(IMPORTED, false);
    for listing in listings {
        book.open(listing);
    }
    book
}

fn lease(book: &mut NaiveBook, listing: u64, hours: (i32, i32), shares: &[(u32, u32)]) {
    let free = book.occupy(ListingId(listing), window(hours.0, hours.1), &shares_of(shares));
    assert!(free);
}

fn shares_of(shares: &[(u32, u32)]) -> Vec<IslandShare> {
    shares
        .iter()
        .map(|&(island, cards)| IslandShare { island, cards })
        .collect()
}

fn found(book: &NaiveBook, bid: &Bid) -> Option<Expected> {
    book.best_cover(bid, NOW, &PlainCost).map(|cover| outline(&cover))
}

fn outline(cover: &Cover) -> Expected {
    let parts = cover.parts.iter().map(|part| (part.listing.0, part.cards)).collect();
    (cover.alternative, cover.window.from().0, parts, cover.net.fen())
}
