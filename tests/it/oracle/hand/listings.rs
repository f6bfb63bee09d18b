//! Which listings serve a bid, when, with how many cards, at which price.

use super::*;

#[test]
fn the_older_of_the_two_sets_the_price() {
    assert_eq!(
        found(&book([listing(1)]), &bid(3)),
        Some((0, 100, vec![(1, 3)], 6_000)),
        "3 cards × 2 h × ¥10"
    );
    assert_eq!(
        found(&book([listing(60)]), &bid(3)),
        Some((0, 100, vec![(60, 3)], 12_000)),
        "a listing that came later is taken at the limit of ¥20"
    );
}

#[test]
fn anywhere_takes_whole_lots_in_the_order_of_trade_price_and_age() {
    let dear = Listing {
        ask: yuan(12),
        ..listing(1)
    };
    let cheap = Listing {
        ask: yuan(9),
        lot_cards: 3,
        ..listing(2)
    };
    let late_and_cheapest = Listing {
        ask: yuan(1),
        ..listing(70)
    };
    let market = book([dear, cheap, listing(4), listing(3), late_and_cheapest]);
    assert_eq!(
        found(&market, &bid(5)),
        Some((0, 100, vec![(2, 3), (3, 2)], 9_400)),
        "3 × 2 h × ¥9 + 2 × 2 h × ¥10; listing 2 has no lot of two"
    );
    assert_eq!(
        found(&market, &bid(30)),
        Some((0, 100, vec![(2, 6), (3, 8), (4, 8), (1, 8)], 62_000)),
        "listing 70 would cost the limit and is not reached"
    );
}

#[test]
fn lots_may_leave_a_bid_unfilled_that_another_choice_of_cards_would_fill() {
    let pairs = Listing {
        lot_cards: 4,
        ..listing(1)
    };
    let threes = Listing {
        lot_cards: 3,
        ..listing(2)
    };
    let market = book([pairs, threes]);
    assert_eq!(
        found(&market, &bid(6)),
        None,
        "4 from the first, then no lot of 3 in the 2 left"
    );
    assert_eq!(
        found(&market, &at_least(4, bid(6))),
        Some((0, 100, vec![(1, 4)], 8_000))
    );
}

#[test]
fn free_is_the_least_over_the_hours() {
    let mut market = book([listing(1)]);
    lease(&mut market, 1, (100, 101), &[(0, 4)]);
    lease(&mut market, 1, (101, 103), &[(1, 3)]);
    lease(&mut market, 1, (104, 120), &[(0, 2), (1, 1)]);
    assert_eq!(
        found(&market, &bid(5)),
        Some((0, 101, vec![(1, 5)], 10_000)),
        "4 + 1 free in [101, 103)"
    );
    assert_eq!(
        found(&market, &bid(6)),
        None,
        "hour 103 has eight, but not its neighbours"
    );
    assert!(market.vacate(ListingId(1), window(104, 106), &shares_of(&[(0, 2)])));
    assert_eq!(
        found(&market, &bid(6)),
        Some((0, 103, vec![(1, 6)], 12_000)),
        "4 + 3 free in [103, 105)"
    );
}

#[test]
fn a_listing_must_be_eligible() {
    let refused: [(&str, Listing, Bid); 14] = [
        (
            "auction",
            Listing {
                mode: ListingMode::Auction,
                ..listing(1)
            },
            bid(1),
        ),
        (
            "accelerator",
            Listing {
                accelerator: IMPORTED,
                ..listing(1)
            },
            bid(1),
        ),
        (
            "site",
            listing(1),
            Bid {
                sites: Some(vec![SiteId(1)]),
                ..bid(1)
            },
        ),
        (
            "domestic",
            Listing {
                accelerator: IMPORTED,
                ..listing(1)
            },
            Bid {
                alternatives: vec![alternative(IMPORTED, 1, 2, yuan(20))],
                domestic_only: true,
                ..bid(1)
            },
        ),
        (
            "SLA",
            listing(1),
            Bid {
                max_fault_rate: Some(Fraction::from_ppm(999)),
                ..bid(1)
            },
        ),
        (
            "opens too late",
            Listing {
                window: window(109, 124),
                ..listing(1)
            },
            bid(1),
        ),
        (
            "ends too early",
            Listing {
                window: window(100, 101),
                ..listing(1)
            },
            bid(1),
        ),
        (
            "maintenance",
            Listing {
                maintenance: vec![window(101, 109)],
                ..listing(1)
            },
            bid(1),
        ),
        (
            "min_hours",
            Listing {
                min_hours: 3,
                ..listing(1)
            },
            bid(1),
        ),
        (
            "max_hours",
            Listing {
                max_hours: 1,
                ..listing(1)
            },
            bid(1),
        ),
        (
            "ask",
            Listing {
                ask: Price::from_micros(20_000_001),
                ..listing(1)
            },
            bid(1),
        ),
        (
            "own",
            Listing {
                provider: OrgId(50),
                group: OrgId(50),
                ..listing(1)
            },
            bid(1),
        ),
        (
            "same owner",
            Listing {
                group: OrgId(50),
                ..listing(1)
            },
            bid(1),
        ),
        (
            "lot",
            Listing {
                lot_cards: 2,
                ..listing(1)
            },
            bid(1),
        ),
    ];
    for (why, listing, bid) in refused {
        assert_eq!(found(&book([listing]), &bid), None, "{why}");
    }
    let just = Listing {
        ask: yuan(20),
        min_hours: 2,
        max_hours: 2,
        maintenance: vec![window(95, 104), window(106, 120)],
        ..listing(1)
    };
    let asked = Bid {
        sites: Some(vec![SiteId(0), SiteId(2)]),
        domestic_only: true,
        max_fault_rate: Some(Fraction::from_ppm(1_000)),
        ..bid(8)
    };
    assert_eq!(
        found(&book([just]), &asked),
        Some((0, 104, vec![(1, 8)], 32_000)),
        "each condition just holds"
    );
}

#[test]
fn a_start_lies_between_the_earliest_and_the_last_that_ends_in_time() {
    let market = book([Listing {
        window: window(95, 150),
        ..listing(1)
    }]);
    let start = |bid: &Bid, now| market.best_cover(bid, Hour(now), &PlainCost).map(|cover| cover.window);
    assert_eq!(start(&bid(1), 96), Some(window(100, 102)));
    assert_eq!(start(&bid(1), 105), Some(window(105, 107)));
    assert_eq!(start(&bid(1), 108), Some(window(108, 110)));
    assert_eq!(start(&bid(1), 109), None);
}
