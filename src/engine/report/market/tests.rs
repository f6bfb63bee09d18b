//! A market small enough to be added up by hand: two accelerators, three listings, four bids, two leases.

use super::*;
use crate::domain::accelerator::Accelerator;
use crate::domain::bid::Alternative;
use crate::domain::id::{AcceleratorId, BidId, LeaseId, ListingId};
use crate::domain::lease::{LeaseState, Settled};
use crate::domain::listing::ListingState;
use crate::domain::time::{Hour, Window};
use crate::engine::report::fact::{BidFact, CommandFact, LeaseFact, ListingFact, Names, UsageFact};

const YUAN: i64 = 1_000_000;

fn at(hour: i32) -> Timestamp {
    Hour(hour).timestamp()
}

fn window((from, until): (i32, i32)) -> Window {
    Window::new(Hour(from), Hour(until)).unwrap()
}

fn names() -> Names {
    let accelerator = |code: &str, domestic, gflops| Accelerator {
        code: code.parse().unwrap(),
        vendor: String::new(),
        model: String::new(),
        domestic,
        memory_gb: 64,
        fp16_dense_gflops: gflops,
        cards_per_node: 8,
    };
    Names {
        accelerators: vec![
            accelerator("home", true, Some(300_000)),
            accelerator("away", false, Some(100_000)),
        ],
        reference_prices: [(AcceleratorId(0), Price::from_micros(10 * YUAN))].into(),
        ..Names::default()
    }
}

fn listing(id: u64, accelerator: u16, cards: u32, hours: (i32, i32), withdrawn: Option<i32>) -> ListingFact {
    ListingFact {
        id: ListingId(id),
        provider: OrgId(100 + id),
        accelerator: AcceleratorId(accelerator),
        cards,
        window: window(hours),
        ask: Price::from_micros(YUAN),
        state: ListingState::Open,
        listed_at: at(0),
        withdrawn_at: withdrawn.map(at),
        maintenance: Vec::new(),
    }
}

fn bid(id: u64, state: BidState, (cards, hours): (u32, u32), filled_cards: u32) -> BidFact {
    BidFact {
        id: BidId(id),
        tenant: OrgId(1),
        state,
        asked: Alternative {
            accelerator: AcceleratorId(0),
            cards,
            hours,
            limit: Price::from_micros(YUAN),
        },
        filled_cards,
        earliest: Hour(2),
        placed_at: at(1),
        held: Money::from_fen(7),
    }
}

fn lease(id: u64, accelerator: u16, cards: u32, hours: (i32, i32), price: i64) -> LeaseFact {
    LeaseFact {
        maintenance: Vec::new(),
        id: LeaseId(id),
        bid: BidId(id),
        origin: crate::domain::lease::Origin::Match,
        listing: ListingId(id),
        tenant: OrgId(1),
        provider: OrgId(100 + id),
        accelerator: AcceleratorId(accelerator),
        cards,
        window: window(hours),
        ends: Hour(hours.1),
        price: Price::from_micros(price * YUAN),
        charge: Money::from_fen(price * 100 * i64::from(cards) * i64::from(hours.1 - hours.0)),
        voucher: Money::ZERO,
        fee: Money::ZERO,
        at: at(3),
        state: LeaseState::Closed,
        settled: Settled::default(),
    }
}

/// Offered: home 4 × 10 h, away 2 × 10 h but taken back after 6 h. Now is hour 8.
fn report(period: Period) -> MarketReport {
    let mut fold = Market::new(period, at(8));
    for (kind, refusal) in [
        ("place_bid", None),
        ("place_bid", Some("insufficient_cash")),
        ("place_bid", Some("insufficient_cash")),
        ("deposit", None),
    ] {
        let refusal = refusal.map(|code: &str| Refusal {
            code: code.to_owned(),
            field: None,
        });
        let kind = kind.to_owned();
        fold.add_command(CommandFact {
            kind,
            at: at(1),
            refusal,
        });
    }
    let maintained = ListingFact {
        maintenance: vec![window((0, 5))],
        ..listing(3, 1, 1, (0, 5), None)
    };
    for listing in [
        listing(1, 0, 4, (0, 10), None),
        listing(2, 1, 2, (0, 10), Some(6)),
        maintained,
    ] {
        fold.add_listing(&listing);
    }
    for bid in [
        bid(1, BidState::Filled, (3, 4), 3),
        bid(2, BidState::Cancelled, (2, 5), 1),
        bid(3, BidState::Expired, (1, 8), 0),
        bid(4, BidState::Open, (1, 10), 0),
    ] {
        fold.add_bid(&bid).unwrap();
    }
    // 3 cards × 4 h at 9 CNY, all of it delivered and settled.
    let whole = LeaseFact {
        settled: Settled {
            card_seconds: 12 * 3_600,
            charge: Money::from_fen(10_800),
            voucher: Money::from_fen(2_700),
            ..Settled::default()
        },
        ..lease(1, 0, 3, (4, 8), 9)
    };
    // 1 card × 5 h at 4 CNY, ended after 4 h, half of which was delivered and settled.
    let half = LeaseFact {
        ends: Hour(9),
        settled: Settled {
            card_seconds: 2 * 3_600,
            charge: Money::from_fen(800),
            ..Settled::default()
        },
        ..lease(2, 1, 1, (5, 10), 4)
    };
    for (lease, hours) in [(whole, 12), (half, 2)] {
        fold.add_lease(&lease).unwrap();
        let lease = lease.id;
        fold.add_usage(&UsageFact {
            lease,
            card_seconds: hours * 3_600,
        });
    }
    fold.finish(&names()).unwrap()
}

/// Five cards for four hours at 9.00, of which three go on from hour 6 in a lease of their own: 5 × 2 card-hours before, 3 × 2 after.
#[test]
fn a_lease_that_goes_on_in_the_place_of_another_is_no_new_volume() {
    let mut fold = Market::new(Period::default(), at(8));
    fold.add_bid(&bid(1, BidState::Filled, (5, 4), 5)).unwrap();
    let settled = |hours: i64| Settled {
        card_seconds: hours * 3_600,
        charge: Money::from_fen(hours * 900),
        ..Settled::default()
    };
    let first = LeaseFact {
        ends: Hour(6),
        settled: settled(10),
        ..lease(1, 0, 5, (4, 8), 9)
    };
    let next = LeaseFact {
        bid: BidId(1),
        listing: ListingId(1),
        provider: first.provider,
        origin: crate::domain::lease::Origin::Change { of: LeaseId(1) },
        settled: settled(6),
        price: Price::from_micros(20 * YUAN),
        charge: Money::from_fen(5_400),
        voucher: Money::from_fen(99),
        ..lease(2, 0, 3, (6, 8), 9)
    };
    fold.add_lease(&first).unwrap();
    fold.add_lease(&next).unwrap();
    let report = fold.finish(&names()).unwrap();
    let volumes = &report.volumes;
    assert_eq!((volumes.matched, volumes.changed), (hours(20), hours(6)));
    assert_eq!(
        (volumes.amount_matched.fen(), volumes.amount_changed.fen()),
        (18_000, 5_400)
    );
    assert_eq!((volumes.voucher_matched.fen(), volumes.voucher_changed.fen()), (0, 99));
    assert_eq!(volumes.settled, hours(16));
    let performed = [volumes.amount_settled, volumes.amount_open, volumes.amount_unperformed];
    assert_eq!(performed.map(Money::fen), [14_400, 0, 9_000]);
    let accelerator = &report.accelerators[0];
    assert_eq!(
        (accelerator.fills, accelerator.price_max),
        (1, Some(Price::from_micros(9 * YUAN)))
    );
    let tenant = &report.tenants[0];
    assert_eq!(
        (tenant.leases, tenant.matched, tenant.amount_matched.fen()),
        (2, hours(20), 18_000)
    );
    assert_eq!(report.waits[0].fills, 1);
}

fn hours(count: i64) -> CardSeconds {
    CardSeconds(count * 3_600)
}

#[test]
fn volumes_add_up() {
    let volumes = report(Period::default()).volumes;
    // 4 × 10, and 2 × 6 until it was taken back, and then the card that is let until hour 9: 3 h.
    assert_eq!(volumes.offered, hours(40 + 12 + 3));
    assert_eq!(volumes.asked, hours(12 + 10 + 8 + 10));
    assert_eq!(volumes.matched, hours(12 + 5));
    assert_eq!((volumes.delivered, volumes.settled), (hours(14), hours(14)));
    assert_eq!(volumes.amount_matched, Money::from_fen(10_800 + 2_000));
    assert_eq!(volumes.amount_settled, Money::from_fen(10_800 + 800));
    assert_eq!(
        (volumes.amount_open, volumes.amount_unperformed),
        (Money::ZERO, Money::from_fen(1_200))
    );
}

#[test]
fn rates_have_their_numerators_and_denominators() {
    let report = report(Period::default());
    for (ratio, numerator, denominator) in [
        (report.fill_rate, 1, 4),
        (report.fill_rate_any, 2, 4),
        (report.fill_rate_card_hours, (12 + 5) * 3_600, 40 * 3_600),
        (report.delivery_rate, 14 * 3_600, 17 * 3_600),
        // By hour 8: 3 × 4 and 1 × 3 let; 4 × 8, 2 × 6 and then 1 × 2 offered.
        (report.utilisation, 15 * 3_600, (32 + 12 + 2) * 3_600),
        (report.domestic.card_hours_matched, 12 * 3_600, 17 * 3_600),
        (report.domestic.amount_settled, 10_800, 11_600),
        (
            report.domestic.p_hours_settled,
            12 * 3_600 * 300_000,
            (12 * 300_000 + 2 * 100_000) * 3_600,
        ),
    ] {
        assert_eq!((ratio.numerator, ratio.denominator), (numerator, denominator));
    }
}

#[test]
fn prices_and_waits_are_those_of_the_fills() {
    let report = report(Period::default());
    let home = &report.accelerators[0];
    assert_eq!(home.price_average, Some(Price::from_micros(9 * YUAN)));
    assert_eq!(home.price_to_reference.fraction().as_deref(), Some("0.9000"));
    assert_eq!(report.accelerators[1].price_to_reference.fraction(), None);
    // Placed at 1, filled at 3, wanted from 2, started at 4 and 5.
    let waits: Vec<_> = report
        .waits
        .iter()
        .map(|one| one.max.map(|span| span.to_string()))
        .collect();
    let expected = ["2.00", "4.00", "3.00"].map(|text| Some(text.to_owned()));
    assert_eq!(waits, expected);
}

#[test]
fn refusals_come_with_their_reasons() {
    let report = report(Period::default());
    assert_eq!((report.commands_accepted, report.commands_refused), (2, 2));
    let reasons: Vec<_> = report
        .refusals
        .iter()
        .map(|one| (one.code.as_str(), one.count))
        .collect();
    assert_eq!(reasons, [("insufficient_cash", 2)]);
}

#[test]
fn of_a_period_in_which_nothing_happened_there_are_no_rates() {
    let later = Period {
        from: Some(at(50)),
        until: Some(at(60)),
    };
    let report = report(later);
    for ratio in [
        report.fill_rate,
        report.utilisation,
        report.delivery_rate,
        report.domestic.p_hours_matched,
    ] {
        assert_eq!(ratio.fraction(), None);
    }
    assert_eq!(report.waits[0].median, None);
    assert_eq!(report.volumes.offered, CardSeconds::default());
}
