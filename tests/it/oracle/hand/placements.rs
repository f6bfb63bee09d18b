//! Placements, islands and fills in part.

use super::*;

#[test]
fn one_site_stays_in_a_site_and_in_the_site_of_the_first_fill() {
    let elsewhere = |number, ask| Listing {
        site: SiteId(1),
        ask: yuan(ask),
        ..listing(number)
    };
    let market = book([listing(1), elsewhere(2, 11), elsewhere(3, 11)]);
    let one_site = |cards| Bid {
        placement: Placement::OneSite,
        ..bid(cards)
    };
    assert_eq!(
        found(&market, &one_site(9)),
        Some((0, 100, vec![(2, 8), (3, 1)], 19_800)),
        "site 0 has only eight"
    );
    assert_eq!(found(&market, &one_site(8)), Some((0, 100, vec![(1, 8)], 16_000)));
    assert_eq!(found(&market, &one_site(17)), None, "24 cards, but in two sites");
    let bound = Bid {
        filled_cards: 8,
        bound: Some(Bound {
            alternative: 0,
            site: Some(SiteId(1)),
        }),
        ..at_least(1, one_site(12))
    };
    assert_eq!(found(&market, &bound), Some((0, 100, vec![(2, 4)], 8_800)));
}

#[test]
fn one_listing_and_one_island_are_single_parts() {
    let mut market = book([
        listing(1),
        Listing {
            ask: yuan(12),
            ..listing(2)
        },
    ]);
    lease(&mut market, 1, (90, 160), &[(0, 1), (1, 2)]);
    let placed = |placement, cards| Bid {
        placement,
        ..bid(cards)
    };
    let one = Placement::OneListing;
    assert_eq!(found(&market, &placed(one, 5)), Some((0, 100, vec![(1, 5)], 10_000)));
    assert_eq!(found(&market, &placed(one, 6)), Some((0, 100, vec![(2, 6)], 14_400)));
    assert_eq!(found(&market, &placed(one, 9)), None);
    assert_eq!(
        found(&market, &at_least(5, placed(one, 9))),
        Some((0, 100, vec![(2, 8)], 19_200)),
        "most cards before lowest net"
    );
    let one = Placement::OneIsland;
    assert_eq!(found(&market, &placed(one, 3)), Some((0, 100, vec![(1, 3)], 6_000)));
    assert_eq!(found(&market, &placed(one, 4)), Some((0, 100, vec![(2, 4)], 9_600)));
    assert_eq!(found(&market, &placed(one, 5)), None, "no island has five");
    assert_eq!(
        found(&market, &at_least(2, placed(one, 7))),
        Some((0, 100, vec![(2, 4)], 9_600)),
        "four of seven from one island"
    );
}

#[test]
fn islands_are_used_up_from_the_fullest() {
    let mut market = book([Listing {
        islands: 4,
        ..listing(1)
    }]);
    lease(&mut market, 1, (100, 124), &[(0, 1), (1, 4), (2, 2), (3, 2)]);
    let islands = |bid: &Bid| {
        market
            .best_cover(bid, NOW, &PlainCost)
            .map(|cover| cover.parts[0].islands.clone())
    };
    assert_eq!(islands(&bid(1)), Some(shares_of(&[(2, 1)])), "island 1 has none free");
    assert_eq!(islands(&bid(6)), Some(shares_of(&[(2, 2), (3, 2), (0, 2)])));
    let one_island = |cards| Bid {
        placement: Placement::OneIsland,
        ..bid(cards)
    };
    assert_eq!(islands(&one_island(2)), Some(shares_of(&[(2, 2)])));
    assert_eq!(islands(&one_island(3)), Some(shares_of(&[(0, 3)])));
}

#[test]
fn a_fill_in_part_brings_the_minimum_or_all_that_is_left() {
    let market = book([listing(1)]);
    let filled = |filled_cards, bid| Bid {
        filled_cards,
        bound: Some(Bound {
            alternative: 0,
            site: None,
        }),
        ..bid
    };
    assert_eq!(
        found(&market, &at_least(8, bid(10))),
        Some((0, 100, vec![(1, 8)], 16_000))
    );
    assert_eq!(found(&market, &at_least(9, bid(10))), None);
    let tif = TimeInForce::Fok;
    assert_eq!(
        found(
            &market,
            &Bid {
                tif,
                ..at_least(8, bid(10))
            }
        ),
        None
    );
    assert_eq!(
        found(&market, &filled(7, at_least(9, bid(10)))),
        Some((0, 100, vec![(1, 3)], 6_000)),
        "three are left, fewer than the minimum"
    );
    assert_eq!(
        found(&market, &filled(10, at_least(9, bid(10)))),
        None,
        "nothing is left"
    );
}
