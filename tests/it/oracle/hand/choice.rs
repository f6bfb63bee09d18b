//! Which cover is chosen, and whom new supply is offered to.

use super::*;
use qiantang::domain::rounding::Rounding;

#[test]
fn the_first_difference_decides() {
    let imported = Listing {
        accelerator: IMPORTED,
        ask: yuan(1),
        islands: 1,
        ..listing(2)
    };
    let both = |domestic, imported| Bid {
        alternatives: vec![
            alternative(DOMESTIC, domestic, 2, yuan(20)),
            alternative(IMPORTED, imported, 2, yuan(20)),
        ],
        ..at_least(1, bid(1))
    };
    let market = book([listing(1), imported.clone()]);
    let shares = found(&market, &both(10, 6));
    assert_eq!(shares, Some((0, 100, vec![(1, 8)], 16_000)), "8 of 10 beat 4 of 6");
    let shares = found(&market, &both(12, 6));
    assert_eq!(
        shares,
        Some((1, 100, vec![(2, 4)], 800)),
        "8 of 12 equal 4 of 6, which cost less"
    );
    let net = found(&market, &both(1, 3));
    assert_eq!(net, Some((1, 100, vec![(2, 3)], 600)), "both in full: ¥6 beat ¥20");

    let mut market = book([
        listing(2),
        Listing {
            window: window(103, 124),
            ..listing(1)
        },
    ]);
    let start = found(&market, &bid(1));
    assert_eq!(
        start,
        Some((0, 100, vec![(2, 1)], 2_000)),
        "an earlier start beats an older listing"
    );
    lease(&mut market, 2, (100, 103), &[(0, 4), (1, 4)]);
    let oldest = found(&market, &bid(1));
    assert_eq!(
        oldest,
        Some((0, 103, vec![(1, 1)], 2_000)),
        "at the same hour the older one"
    );

    let twins = Bid {
        alternatives: vec![bid(1).alternatives[0]; 2],
        ..bid(1)
    };
    assert_eq!(found(&book([listing(1)]), &twins), Some((0, 100, vec![(1, 1)], 2_000)));
    let bound = Bid {
        bound: Some(Bound {
            alternative: 1,
            site: None,
        }),
        ..twins
    };
    assert_eq!(found(&book([listing(1)]), &bound), Some((1, 100, vec![(1, 1)], 2_000)));
}

#[test]
fn the_ages_of_all_parts_are_compared_from_the_oldest() {
    let at = |site, number| Listing {
        site: SiteId(site),
        islands: 1,
        ..listing(number)
    };
    let market = book([at(0, 2), at(0, 3), at(1, 1), at(1, 9)]);
    let one_site = Bid {
        placement: Placement::OneSite,
        ..bid(8)
    };
    assert_eq!(
        found(&market, &one_site),
        Some((0, 100, vec![(1, 4), (9, 4)], 16_000)),
        "1, 9 before 2, 3"
    );
}

/// Half of what stands in site 1 is paid, up to ¥15; a tenant has ¥30.
struct HalfInSiteOne;

impl CoverCost for HalfInSiteOne {
    fn net(&self, _: &Alternative, parts: &[PartCharge]) -> Option<Money> {
        let subsidy: i64 = parts
            .iter()
            .filter(|part| part.site == SiteId(1))
            .map(|part| part.charge.fen() / 2)
            .sum();
        let charge: i64 = parts.iter().map(|part| part.charge.fen()).sum();
        let net = charge - subsidy.min(1_500);
        (net <= 3_000).then_some(Money::from_fen(net))
    }

    fn subsidy_bound(&self, _: &Alternative) -> SubsidyBound {
        SubsidyBound {
            rate: BasisPoints(5_000),
            rounding: Rounding::Floor,
            amount: Money::from_fen(1_500),
        }
    }
}

#[test]
fn the_net_after_vouchers_decides_and_must_be_affordable() {
    let elsewhere = Listing {
        site: SiteId(1),
        ask: yuan(15),
        ..listing(2)
    };
    let market = book([listing(1), elsewhere]);
    let one_listing = |cards| Bid {
        placement: Placement::OneListing,
        ..bid(cards)
    };
    let net = |bid: &Bid| market.best_cover(bid, NOW, &HalfInSiteOne).map(|cover| outline(&cover));
    assert_eq!(
        net(&one_listing(1)),
        Some((0, 100, vec![(2, 1)], 1_500)),
        "¥30 less ¥15 beats ¥20"
    );
    assert_eq!(net(&one_listing(2)), None, "¥40 and ¥60 less ¥15 are both too much");
}

#[test]
fn half_a_fen_is_rounded_up_once_a_part() {
    let tenths = |number, micros| Listing {
        ask: Price::from_micros(micros),
        islands: 1,
        ..listing(number)
    };
    let market = book([tenths(1, 2_000), tenths(2, 2_500)]);
    assert_eq!(
        found(&market, &bid(5)),
        Some((0, 100, vec![(1, 4), (2, 1)], 3)),
        "4 × 2 × 0.2 = 1.6 fen and 2 × 0.25 = 0.5 fen"
    );
}

#[test]
fn new_supply_is_offered_to_the_bids_that_it_may_serve_by_limit_and_age() {
    let numbered = |number, bid: Bid| Bid {
        id: BidId(number),
        seq: Seq(number),
        ..bid
    };
    let limited = |limits: &[i64], bid: Bid| Bid {
        alternatives: limits
            .iter()
            .map(|&limit| alternative(DOMESTIC, 10, 2, yuan(limit)))
            .collect(),
        ..bid
    };
    let placed = |placement| Bid {
        placement,
        ..at_least(8, bid(10))
    };
    let one_island = Bid {
        placement: Placement::OneIsland,
        ..at_least(5, bid(10))
    };
    let mut market = book([Listing {
        lot_cards: 2,
        ..listing(1)
    }]);
    for resting in [
        numbered(59, bid(10)),
        numbered(58, limited(&[12, 9, 30], bid(10))),
        numbered(57, limited(&[9], bid(10))),
        numbered(56, bid(1)),
        numbered(55, placed(Placement::OneListing)),
        numbered(54, one_island),
        numbered(
            53,
            Bid {
                latest: Hour(101),
                ..bid(10)
            },
        ),
        numbered(
            52,
            Bid {
                placement: Placement::OneListing,
                ..bid(10)
            },
        ),
        numbered(
            51,
            Bid {
                placement: Placement::OneSite,
                ..bid(10)
            },
        ),
    ] {
        market.rest(resting);
    }
    assert_eq!(
        market.servable(ListingId(1), NOW),
        [58, 51, 55, 59].map(BidId),
        "57 pays too little, 56 wants less than a lot, 54 wants five in an island, 53 is late, 52 wants ten at once"
    );
    assert_eq!(market.take_bid(BidId(51)).map(|bid| bid.seq), Some(Seq(51)));
    assert_eq!(market.servable(ListingId(1), NOW), [58, 55, 59].map(BidId));
    assert_eq!(market.servable(ListingId(1), Hour(109)), [], "too late for all");
    let reopened = Listing {
        islands: 3,
        seq: Seq(60),
        ..listing(1)
    };
    lease(&mut market, 1, (100, 110), &[(0, 4), (1, 4)]);
    assert_eq!(market.servable(ListingId(1), NOW), [], "no card is free");
    market.replace(reopened.clone());
    assert_eq!(
        market.servable(ListingId(1), NOW),
        [58, 56, 59].map(BidId),
        "an island of four more"
    );
    assert_eq!(market.close(ListingId(1)), Some(reopened));
    assert_eq!(market.servable(ListingId(1), NOW), [], "it is closed");
}
