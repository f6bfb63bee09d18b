//! How markets are drawn.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use qiantang::domain::bid::{Alternative, Bid, FillRule, Placement, TimeInForce, VoucherPolicy};
use qiantang::domain::id::{AcceleratorId, BidId, ListingId, OrgId, Seq, SiteId};
use qiantang::domain::listing::{Listing, ListingMode, Sla};
use qiantang::domain::money::{Money, Price};
use qiantang::domain::rate::Fraction;
use qiantang::domain::time::{Timestamp, Window};

use super::{BidChange, Command, ListingChange, Market, SMALL, Scale, TestCost, Variety, hour};

pub fn market(scale: Scale) -> impl Strategy<Value = Market> {
    let first = vec(listing(scale), 0..=scale.listings);
    let then = vec(command(scale), 1..=scale.commands);
    (first, then).prop_map(move |(listings, commands)| {
        let commands = listings.into_iter().map(Command::Open).chain(commands);
        let narrowed = |command| match scale.variety {
            Variety::Full => command,
            Variety::Open => opened(command),
            Variety::Even => evened(opened(command)),
        };
        Market {
            listings_max: scale.listings,
            commands: commands.map(narrowed).collect(),
        }
    })
}

/// The command without what would keep a listing from serving a bid, and with larger bids.
fn opened(mut command: Command) -> Command {
    if let Command::Open(listing) = &mut command {
        listing.accelerator = AcceleratorId(0);
        listing.mode = ListingMode::Book;
        listing.min_hours = 1;
        listing.maintenance = Vec::new();
    }
    if let Command::Bid(bid, _) = &mut command {
        for alternative in &mut bid.alternatives {
            alternative.accelerator = AcceleratorId(0);
            alternative.cards *= 2;
        }
        bid.sites = None;
        bid.domestic_only = false;
        bid.max_fault_rate = None;
    }
    command
}

/// The command with one price, two sites of small listings, and bids for some of the listings of a site.
fn evened(mut command: Command) -> Command {
    let price = Price::from_micros(1_000_000);
    if let Command::Open(listing) = &mut command {
        listing.site = SiteId(listing.site.0 % 2);
        listing.ask = price;
        listing.lot_cards = 1;
        listing.cards_per_island = listing.cards_per_island.div_ceil(3);
        listing.window = Window::new(hour(0), hour(SMALL.hours)).expect("not empty");
        listing.max_hours = 24;
    }
    if let Command::Bid(bid, _) = &mut command {
        for alternative in &mut bid.alternatives {
            alternative.limit = price;
            alternative.cards = 2 + alternative.cards % 5;
        }
        if bid.placement == Placement::Any {
            bid.placement = Placement::OneSite;
        }
    }
    command
}

fn command(scale: Scale) -> impl Strategy<Value = Command> {
    let any = 0..1_000_usize;
    prop_oneof![
        4 => listing(scale).prop_map(Command::Open),
        1 => any.clone().prop_map(Command::Withdraw),
        2 => (any.clone(), listing_change(scale)).prop_map(|(n, change)| Command::AmendListing(n, change)),
        3 => (any.clone(), window(scale, 12), 0..scale.islands, 1..=8_u32).prop_map(
            |(listing, window, island, cards)| Command::Lease { listing, window, island, cards }
        ),
        3 => (any.clone(), 0..scale.hours).prop_map(|(lease, at)| Command::Vacate { lease, at: hour(at) }),
        12 => (bid(scale), cost()).prop_map(|(bid, cost)| Command::Bid(bid, cost)),
        1 => any.clone().prop_map(Command::Cancel),
        2 => (any, bid_change(scale)).prop_map(|(n, change)| Command::AmendBid(n, change)),
        1 => (1..=4_u32).prop_map(|hours| Command::Wait { hours }),
    ]
}

prop_compose! {
    fn listing(scale: Scale)(
        provider in org(),
        site in site(),
        accelerator in accelerator(),
        (islands, cards_per_island) in (1..=scale.islands, 1..=8_u32),
        window in window(scale, scale.hours),
        ask in price(),
        lot_cards in prop_oneof![4 => Just(1_u32), 2 => Just(2), 1 => Just(3), 1 => Just(4)],
        (min_hours, more_hours) in (prop_oneof![3 => Just(1_u32), 1 => 2..=4_u32], 0..=24_u32),
        mode in prop_oneof![15 => Just(ListingMode::Book), 1 => Just(ListingMode::Auction)],
        fault_ppm in fault_ppm(),
        maintenance in maintenance(scale),
    ) -> Listing {
        Listing {
            id: ListingId(0),
            seq: Seq(0),
            provider,
            group: group_of(provider),
            site,
            accelerator,
            islands,
            cards_per_island,
            window,
            ask,
            lot_cards,
            min_hours,
            max_hours: min_hours + more_hours,
            mode,
            sla: Sla { max_fault_rate: Fraction::from_ppm(fault_ppm), credit_rate: Fraction::from_ppm(0) },
            maintenance,
        }
    }
}

prop_compose! {
    fn bid(scale: Scale)(
        tenant in org(),
        alternatives in vec(alternative(), 1..=3),
        earliest in prop_oneof![2 => 0..scale.hours / 3, 1 => 0..scale.hours],
        within in 1..=scale.hours,
        fill in fill(),
        placement in placement(),
        sites in option::weighted(0.3, subsequence(vec![SiteId(0), SiteId(1), SiteId(2)], 1..=2)),
        domestic_only in prop::bool::weighted(0.15),
        max_fault_ppm in option::weighted(0.25, fault_ppm()),
        tif in prop_oneof![
            6 => Just(TimeInForce::Gtc),
            1 => Just(TimeInForce::Gtd { expires_at: Timestamp::from_micros(i64::MAX) }),
            1 => Just(TimeInForce::Ioc),
            1 => Just(TimeInForce::Fok),
        ],
    ) -> Bid {
        Bid {
            id: BidId(0),
            seq: Seq(0),
            tenant,
            group: group_of(tenant),
            alternatives,
            earliest: hour(earliest),
            latest: hour((earliest + within).min(scale.hours)),
            fill,
            placement,
            sites,
            domestic_only,
            max_fault_rate: max_fault_ppm.map(Fraction::from_ppm),
            tif,
            voucher: VoucherPolicy::Auto,
            purpose: None,
            filled_cards: 0,
            bound: None,
            held: Money::ZERO,
        }
    }
}

prop_compose! {
    fn alternative()(
        accelerator in accelerator(),
        cards in prop_oneof![4 => 1..=8_u32, 1 => 9..=40_u32],
        hours in 1..=8_u32,
        limit in limit(),
    ) -> Alternative {
        Alternative { accelerator, cards, hours, limit }
    }
}

prop_compose! {
    fn cost()(
        rates in [rate(), rate(), rate()],
        cap_fen in prop_oneof![Just(i64::from(i32::MAX)), 0..=20_000_i64, 0..=5_i64],
        threshold_fen in prop_oneof![4 => Just(0), 1 => 0..=20_000_i64],
        unsubsidised in option::weighted(0.3, org()),
        budget_fen in prop_oneof![3 => Just(i64::MAX), 1 => 0..=40_000_i64],
    ) -> TestCost {
        TestCost { rates, cap_fen, threshold_fen, unsubsidised, budget_fen }
    }
}

fn listing_change(scale: Scale) -> impl Strategy<Value = ListingChange> {
    prop_oneof![
        3 => price().prop_map(ListingChange::Ask),
        1 => Just(ListingChange::AddIsland),
        1 => Just(ListingChange::AddCard),
        1 => (1..=12_u32).prop_map(|hours| ListingChange::Extend { hours }),
        1 => maintenance(scale).prop_map(ListingChange::Maintenance),
        1 => fault_ppm().prop_map(ListingChange::Sla),
        1 => (1..=4_u32).prop_map(ListingChange::Lot),
    ]
}

fn bid_change(scale: Scale) -> impl Strategy<Value = BidChange> {
    prop_oneof![
        (1..=4_u32).prop_map(BidChange::FewerCards),
        (1..=4_u32).prop_map(BidChange::MoreCards),
        price().prop_map(BidChange::Limit),
        (0..scale.hours).prop_map(|at| BidChange::Earliest(hour(at))),
        (0..scale.hours).prop_map(|at| BidChange::Latest(hour(at))),
        placement().prop_map(BidChange::Placement),
    ]
}

/// Five owner groups; organisations 1 and 2 are of one. Anyone may let and take.
fn org() -> impl Strategy<Value = OrgId> {
    (1..=6_u64).prop_map(OrgId)
}

fn group_of(org: OrgId) -> OrgId {
    if org == OrgId(2) { OrgId(1) } else { org }
}

fn site() -> impl Strategy<Value = SiteId> {
    (0..3_u16).prop_map(SiteId)
}

fn accelerator() -> impl Strategy<Value = AcceleratorId> {
    prop_oneof![4 => Just(0_u16), 2 => Just(1), 1 => Just(2)].prop_map(AcceleratorId)
}

/// Micro-yuan: ¥1 to ¥3, ¥1.005, and 0.2 to 1.5 fen.
fn price() -> impl Strategy<Value = Price> {
    let coarse = select(vec![1_000_000, 1_500_000, 2_000_000, 3_000_000, 1_005_000]);
    let tiny = select(vec![2_000, 4_000, 5_000, 6_000, 15_000]);
    prop_oneof![3 => coarse, 1 => tiny].prop_map(Price::from_micros)
}

/// Mostly enough for any ask.
fn limit() -> impl Strategy<Value = Price> {
    prop_oneof![Just(Price::from_micros(3_000_000)), price()]
}

fn rate() -> impl Strategy<Value = u32> {
    select(vec![0, 0, 3_000, 3_333, 5_000, 10_000])
}

fn fault_ppm() -> impl Strategy<Value = u32> {
    select(vec![1_000, 10_000])
}

fn fill() -> impl Strategy<Value = FillRule> {
    prop_oneof![
        Just(FillRule::AllOrNone),
        (1..=6_u32).prop_map(|min_cards| FillRule::Partial { min_cards }),
    ]
}

fn placement() -> impl Strategy<Value = Placement> {
    prop_oneof![
        2 => Just(Placement::Any),
        1 => Just(Placement::OneSite),
        1 => Just(Placement::OneListing),
        1 => Just(Placement::OneIsland),
    ]
}

fn maintenance(scale: Scale) -> impl Strategy<Value = Vec<Window>> {
    prop_oneof![3 => Just(Vec::new()), 1 => vec(window(scale, 4), 1..=2)]
}

fn window(scale: Scale, hours_max: i32) -> impl Strategy<Value = Window> {
    (0..scale.hours, 1..=hours_max).prop_map(move |(from, hours)| {
        let until = (from + hours).min(scale.hours);
        Window::new(hour(from), hour(until)).expect("at least an hour")
    })
}
