//! Depth and calendars, against counts over listings and bids.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use qiantang::app::market::calendar::calendar;
use qiantang::app::market::depth::{DepthQuery, depth, known};
use qiantang::app::permission::{Caller, Permit, ReadListings};
use qiantang::domain::bid::Bid;
use qiantang::domain::id::{AcceleratorId, ListingId, OrgId, SessionId, SiteId, UserId};
use qiantang::domain::listing::ListingMode;
use qiantang::domain::money::Price;
use qiantang::domain::organisation::OrgKind;
use qiantang::domain::time::{Hour, Window};
use qiantang::engine::matching::{AskLevel, BidLevel, Product};
use qiantang::engine::{Command, Rejection, State};
use serde_json::{Value, json};

use super::{catch_up, flows, give, open};
use crate::harness::TestDatabase;

/// Hour by hour.
fn asks(state: &State, product: Product, window: Window) -> Vec<AskLevel> {
    let mut by_hour: BTreeMap<Price, BTreeMap<Hour, u64>> = BTreeMap::new();
    let mut listings: BTreeMap<Price, u32> = BTreeMap::new();
    for listing in state.book.listings() {
        let here = product.site.is_none_or(|site| site == listing.site);
        if listing.accelerator != product.accelerator || !here || listing.mode != ListingMode::Book {
            continue;
        }
        let mut has_some = false;
        for (span, free) in state.book.free_steps(listing.id) {
            let lots = u64::from(free / listing.lot_cards * listing.lot_cards);
            for hour in (span.from().0..span.until().0).map(Hour) {
                if window.from() <= hour && hour < window.until() && lots > 0 {
                    *by_hour.entry(listing.ask).or_default().entry(hour).or_default() += lots;
                    has_some = true;
                }
            }
        }
        *listings.entry(listing.ask).or_default() += u32::from(has_some);
    }
    let level = |(price, hours): (Price, BTreeMap<Hour, u64>)| AskLevel {
        price,
        cards: hours.values().copied().max().unwrap(),
        card_hours: hours.values().sum(),
        listings: listings[&price],
    };
    by_hour.into_iter().map(level).collect()
}

fn bids(state: &State, product: Product) -> Vec<BidLevel> {
    let mut levels: BTreeMap<Price, (u64, u32)> = BTreeMap::new();
    let takes = |bid: &Bid| {
        product.site.is_none_or(|site| {
            let bound = bid.bound.and_then(|bound| bound.site);
            bid.sites.as_ref().is_none_or(|sites| sites.contains(&site)) && bound.is_none_or(|only| only == site)
        })
    };
    for bid in state.book.bids().filter(|bid| takes(bid)) {
        let live: Vec<_> = bid.live_alternatives().map(|(_, alternative)| alternative).collect();
        let here = live
            .iter()
            .filter(|alternative| alternative.accelerator == product.accelerator);
        let best = here
            .map(|alternative| (alternative.limit, bid.wanted(alternative)))
            .max();
        if let Some((limit, cards)) = best {
            let level = levels.entry(limit).or_default();
            *level = (level.0 + u64::from(cards), level.1 + 1);
        }
    }
    let level = |(price, (cards, bids)): (Price, (u64, u32))| BidLevel { price, cards, bids };
    levels.into_iter().rev().map(level).collect()
}

#[test]
fn it_is_what_a_count_over_listings_and_bids_gives() {
    let (mut levels, mut seen) = ((0, 0), BTreeSet::new());
    for (_, state) in flows(40, 160) {
        let now = state.now.hour_ceil();
        for accelerator in (0..2).map(AcceleratorId) {
            for site in [None, Some(SiteId(0)), Some(SiteId(1))] {
                let product = Product { accelerator, site };
                for (from, hours) in [(0, 5_000), (0, 1), (2, 7), (30, 40), (4_000, 9)] {
                    let from = now.plus(from);
                    let window = Window::new(from, from.plus(hours)).unwrap();
                    let counted = asks(&state, product, window);
                    assert_eq!(state.book.asks(product, window, 100), counted, "{product:?} {window:?}");
                    let two: Vec<AskLevel> = counted.iter().copied().take(2).collect();
                    assert_eq!(state.book.asks(product, window, 2), two);
                    levels.0 += counted.len();
                    seen.extend(counted.iter().map(|level| level.listings));
                }
                let counted = bids(&state, product);
                assert_eq!(state.book.bid_levels(product, 100), counted);
                levels.1 += counted.len();
            }
        }
    }
    assert!(levels.0 > 300 && levels.1 > 60 && seen.len() > 2, "{levels:?} {seen:?}");
}

fn query(accelerator: &str) -> DepthQuery {
    DepthQuery {
        accelerator: accelerator.parse().unwrap(),
        site: None,
        from: None,
        until: None,
        levels: None,
    }
}

#[test]
fn it_is_shown_from_the_replica_and_kept_no_longer_than_it_holds() {
    let (played, end) = flows(1, 200).pop().unwrap();
    let database = TestDatabase::sqlite();
    qiantang::store::migrate(&database.url).unwrap();
    let (exchange, replica) = open(&database.url);
    let shown = |query: &DepthQuery| -> Value {
        let json = known(&replica, query).unwrap_or_else(|_| depth(&replica, query).unwrap());
        serde_json::from_slice(&json).unwrap()
    };
    for commands in played.chunks(20) {
        catch_up(&replica, give(&exchange.handle(), commands));
        if replica.read(|state| state.catalogue.accelerators().len()) == 2 {
            shown(&query("ascend"));
        }
    }
    let since = Instant::now();
    let product = Product {
        accelerator: AcceleratorId(0),
        site: None,
    };
    let window = Window::new(end.now.hour_ceil(), Hour(i32::MAX)).unwrap();
    let expected: Vec<Value> = asks(&end, product, window)
        .iter()
        .map(|level| json!({"price": level.price, "cards": level.cards, "card_hours": level.card_hours, "listings": level.listings}))
        .collect();
    while shown(&query("ascend"))["asks"] != json!(expected) {
        assert!(since.elapsed() < Duration::from_secs(5), "an old answer is not kept");
    }
    let all = shown(&query("ascend"));
    assert_eq!(all["bids"].as_array().unwrap().len(), bids(&end, product).len());
    assert_eq!((&all["site"], &all["until"]), (&Value::Null, &Value::Null));
    let refused = |query: DepthQuery| match depth(&replica, &query) {
        Err(Rejection::Invalid(errors)) => errors[0].pointer.clone(),
        other => panic!("{other:?}"),
    };
    let past = Some(end.now.hour_floor().timestamp());
    for (wrong, pointer) in [
        (query("nothing"), "/accelerator"),
        (
            DepthQuery {
                site: Some("nowhere".parse().unwrap()),
                ..query("h20")
            },
            "/site",
        ),
        (
            DepthQuery {
                levels: Some(101),
                ..query("h20")
            },
            "/levels",
        ),
        (
            DepthQuery {
                until: past,
                ..query("h20")
            },
            "/until",
        ),
        (
            DepthQuery {
                from: Some("2027-01-01T00:30:00Z".parse().unwrap()),
                ..query("h20")
            },
            "/from",
        ),
    ] {
        assert_eq!(refused(wrong), pointer);
    }
}

#[test]
fn a_calendar_says_when_how_much_is_free() {
    let (played, _) = flows(1, 200).pop().unwrap();
    let database = TestDatabase::sqlite();
    qiantang::store::migrate(&database.url).unwrap();
    let (exchange, replica) = open(&database.url);
    catch_up(&replica, give(&exchange.handle(), &played));
    let caller = |role, org| Caller {
        user: UserId(1),
        org: OrgId(org),
        roles: vec![role],
        session: SessionId(1),
        key: None,
    };
    let reach = |role, org| Permit::<ReadListings>::of(caller(role, org)).unwrap().reach();
    let anybody = reach(OrgKind::Tenant, 4);
    let (open, last) = replica.read(|state| {
        let open: Vec<_> = state
            .book
            .listings()
            .map(|listing| (listing.id, listing.provider))
            .collect();
        (open, state.counters.listing)
    });
    assert!(!open.is_empty());
    let now = replica.now().hour_floor();
    for (id, provider) in &open {
        let shown = calendar(&replica, anybody, *id).unwrap();
        let steps = replica.read(|state| state.book.free_steps(*id));
        let ahead = steps.iter().filter(|(window, _)| window.until() > now);
        let free: Vec<u32> = ahead.map(|(_, free)| *free).collect();
        assert_eq!(shown.iter().map(|step| step.free_cards).collect::<Vec<_>>(), free);
        assert!(
            shown
                .iter()
                .all(|step| step.from >= now.timestamp() && step.from < step.until)
        );
        let own = reach(OrgKind::Provider, provider.0);
        assert_eq!(calendar(&replica, own, *id), Ok(shown));
        let other = reach(OrgKind::Provider, provider.0 + 1);
        assert_eq!(calendar(&replica, other, *id), Err(Rejection::ListingNotFound(*id)));
    }
    let ended = (1..last)
        .map(ListingId)
        .find(|id| open.iter().all(|(other, _)| other != id));
    assert_eq!(calendar(&replica, anybody, ended.unwrap()), Ok(Vec::new()));
    let none = ListingId(last);
    assert_eq!(calendar(&replica, anybody, none), Err(Rejection::ListingNotFound(none)));
    assert!(
        played
            .iter()
            .any(|(_, command)| matches!(command, Command::WithdrawListing { .. }))
    );
}
