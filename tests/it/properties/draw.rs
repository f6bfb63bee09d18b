//! What listings and bids ask for, drawn as plain numbers.

use qiantang::domain::bid::{FillRule, NewAlternative, NewBid, Placement, Purpose, TimeInForce, VoucherPolicy};
use qiantang::domain::id::VoucherId;
use qiantang::domain::listing::{ListingMode, NewListing, Sla};
use qiantang::domain::money::Price;
use qiantang::domain::rate::Fraction;
use qiantang::domain::time::{Timestamp, Window};
use qiantang::engine::command::BidChange;

const PRICES: [i64; 8] = [
    5_000, 13_333, 1_000_000, 3_340_000, 9_500_000, 10_000_000, 10_005_000, 12_000_001,
];
pub const ACCELERATORS: [&str; 3] = ["ascend", "h20", "unknown"];
pub const SITES: [&str; 2] = ["hangzhou", "jinhua"];

/// Numbers that a step draws its details from.
pub type Numbers = [u16; 12];

pub fn price(number: u16) -> Price {
    Price::from_micros(PRICES[usize::from(number) % PRICES.len()])
}

fn small(number: u16, most: u16) -> u32 {
    // One in many is none at all.
    if number > 65_300 {
        0
    } else {
        u32::from(number % most) + 1
    }
}

pub fn listing(n: Numbers, at: Timestamp) -> NewListing {
    let from = at.hour_floor().plus(u32::from(n[3] % 4));
    let until = from.plus(small(n[4], 90));
    let inside = Window::new(from.plus(2), from.plus(3)).filter(|window| window.until() <= until);
    NewListing {
        site: SITES[usize::from(n[1] % 2)].parse().unwrap(),
        accelerator: ACCELERATORS[usize::from(n[1] / 2 % 16 / 7)].parse().unwrap(),
        islands: small(n[2], 3),
        cards_per_island: small(n[2] / 3, 4),
        from,
        until,
        ask: price(n[5]).min(price(n[5] / 8)),
        lot_cards: if n[6].is_multiple_of(4) { small(n[6] / 4, 4) } else { 1 },
        min_hours: if n[7].is_multiple_of(8) { 3 } else { 1 },
        max_hours: if n[7] % 8 == 1 { 4 } else { 100 },
        mode: if n[8].is_multiple_of(32) {
            ListingMode::Auction
        } else {
            ListingMode::Book
        },
        sla: Sla {
            max_fault_rate: Fraction::from_ppm(u32::from(n[8] % 3) * 1_000),
            credit_rate: Fraction::from_ppm(0),
        },
        maintenance: inside.filter(|_| n[9].is_multiple_of(6)).into_iter().collect(),
    }
}

pub fn bid(n: Numbers, at: Timestamp) -> NewBid {
    let earliest = at.hour_floor().plus(u32::from(n[3] % 5));
    let alternative = |a: u16, b: u16| NewAlternative {
        accelerator: ACCELERATORS[usize::from(a % 16 / 7)].parse().unwrap(),
        cards: small(a / 16, 7),
        hours: small(b, 6),
        limit: price(b / 6).max(price(b / 48)),
    };
    let mut alternatives = vec![alternative(n[1], n[2])];
    if n[4].is_multiple_of(3) {
        alternatives.push(alternative(n[5], n[6]));
    }
    let voucher = match n[9] % 8 {
        0..=5 => VoucherPolicy::Auto,
        6 => VoucherPolicy::None,
        _ => VoucherPolicy::Named(vec![VoucherId(u64::from(n[10] % 6)), VoucherId(2)]),
    };
    NewBid {
        alternatives,
        earliest,
        latest: earliest.plus(small(n[4], 6) + small(n[10], 9)),
        fill: if n[5].is_multiple_of(2) {
            FillRule::AllOrNone
        } else {
            FillRule::Partial {
                min_cards: small(n[5] / 2, 3),
            }
        },
        placement: [
            Placement::Any,
            Placement::OneSite,
            Placement::OneListing,
            Placement::OneIsland,
        ][usize::from(n[7] % 4)],
        sites: n[7]
            .is_multiple_of(5)
            .then(|| vec![SITES[usize::from(n[7] / 5 % 2)].parse().unwrap()]),
        domestic_only: n[7].is_multiple_of(7),
        max_fault_rate: n[8].is_multiple_of(4).then(|| Fraction::from_ppm(1_000)),
        tif: match n[8] % 8 {
            0 => TimeInForce::Ioc,
            1 => TimeInForce::Fok,
            2 => TimeInForce::Gtd {
                expires_at: at.plus_hours(u32::from(n[8] / 8 % 6)),
            },
            _ => TimeInForce::Gtc,
        },
        voucher,
        purpose: n[11].is_multiple_of(3).then_some(Purpose::Finetune),
    }
}

pub fn change(n: Numbers, alternatives: usize, at: Timestamp) -> BidChange {
    let one = || (small(n[3], 9), small(n[4], 6), price(n[5]));
    BidChange {
        alternatives: n[6]
            .is_multiple_of(2)
            .then(|| (0..alternatives).map(|_| one()).collect()),
        earliest: n[7]
            .is_multiple_of(4)
            .then(|| at.hour_floor().plus(u32::from(n[7] / 4 % 5))),
        latest: n[8]
            .is_multiple_of(4)
            .then(|| at.hour_floor().plus(u32::from(n[8] / 4 % 15))),
    }
}
