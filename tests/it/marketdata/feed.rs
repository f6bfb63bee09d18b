//! The feed: complete, in order, resumable, and never slower for those who are slow.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

use futures_util::{Stream, StreamExt};
use qiantang::app::market::feed::{EventId, FeedFilter, FeedLimits};
use qiantang::app::replica::Replica;
use qiantang::domain::id::{AcceleratorId, SiteId};
use qiantang::domain::time::{Hour, Window};
use qiantang::engine::matching::Product;
use serde_json::{Value, json};

use super::{catch_up, fills, flows, give, open_with, wait};
use crate::harness::TestDatabase;

#[derive(Debug, Clone, PartialEq)]
struct Seen {
    id: EventId,
    name: String,
    content: Value,
}

/// Every event of a stream that ends, and whether it ended with a gap.
fn read(stream: impl Stream<Item = Arc<[u8]>>) -> (Vec<Seen>, bool) {
    let pieces: Vec<Arc<[u8]>> = wait(stream.collect());
    let mut seen = Vec::new();
    let mut has_gap = false;
    for piece in pieces {
        let text = std::str::from_utf8(&piece).unwrap();
        assert!(text.ends_with("\n\n"), "{text:?}");
        let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name));
        match field("event: ") {
            Some("gap") => has_gap = true,
            Some(name) => seen.push(Seen {
                id: field("id: ").unwrap().parse().unwrap(),
                name: name.to_owned(),
                content: serde_json::from_str(field("data: ").unwrap()).unwrap(),
            }),
            None => {}
        }
    }
    (seen, has_gap)
}

fn listen(replica: &Replica, filter: FeedFilter, last: Option<&str>) -> impl Stream<Item = Arc<[u8]>> + use<> {
    replica.feed().subscribe(filter, last).unwrap()
}

#[test]
fn whoever_resumes_gets_exactly_the_rest() {
    let (played, end) = flows(1, 400).pop().unwrap();
    let database = TestDatabase::sqlite();
    qiantang::store::migrate(&database.url).unwrap();
    let (exchange, replica) = open_with(&database.url, FeedLimits::default());
    let all = FeedFilter::default();
    let listener = listen(&replica, all, None);
    let here = FeedFilter {
        accelerator: Some(AcceleratorId(0)),
        site: Some(SiteId(1)),
    };
    let local = listen(&replica, here, None);
    for commands in played.chunks(played.len().div_ceil(3)) {
        catch_up(&replica, give(&exchange.handle(), commands));
        sleep(Duration::from_millis(250));
    }
    exchange.shut_down();
    let (seen, has_gap) = read(listener);
    assert!(!has_gap);
    assert!(seen.windows(2).all(|pair| pair[0].id < pair[1].id), "ids only grow");

    let trades = seen
        .iter()
        .filter(|seen| seen.name == "trade")
        .map(|seen| seen.content["id"].clone());
    let expected: Vec<Value> = fills(&played).iter().map(|fill| json!(fill.id)).collect();
    assert_eq!(trades.collect::<Vec<_>>(), expected, "every trade once, in order");

    let depths = seen.iter().filter(|seen| seen.name == "depth");
    let last: BTreeMap<(String, String), &Value> = depths
        .map(|seen| {
            (
                (
                    seen.content["accelerator"].to_string(),
                    seen.content["site"].to_string(),
                ),
                &seen.content,
            )
        })
        .collect();
    assert!(last.len() > 2, "{last:?}");
    let window = Window::new(end.now.hour_ceil(), Hour(i32::MAX)).unwrap();
    for content in last.values() {
        let code = |field: &str| content[field].as_str().unwrap().parse().unwrap();
        let product = Product {
            accelerator: end.catalogue.accelerator_id(&code("accelerator")).unwrap(),
            site: end.catalogue.site_id(&code("site")),
        };
        let prices = |side: &str| -> Vec<Value> {
            let levels = content[side].as_array().unwrap().iter();
            levels.map(|level| level["price"].clone()).collect()
        };
        let bids: Vec<Value> = end
            .book
            .bid_levels(product, 20)
            .iter()
            .map(|level| json!(level.price))
            .collect();
        assert_eq!(prices("bids"), bids, "the last depth is the last state");
        // Hours that have passed since take asks away and make no event.
        let asks = end
            .book
            .asks(product, window, 20)
            .into_iter()
            .map(|level| json!(level.price));
        let shown = prices("asks");
        assert!(asks.into_iter().all(|price| shown.contains(&price)), "{shown:?}");
    }

    let (local, _) = read(local);
    let matching = |seen: &&Seen| seen.content["accelerator"] == "ascend" && seen.content["site"] == "jinhua";
    assert_eq!(local, seen.iter().filter(matching).cloned().collect::<Vec<_>>());
    assert!(!local.is_empty() && local.len() < seen.len());

    for place in (0..seen.len()).step_by(7) {
        let (rest, has_gap) = read(listen(&replica, all, Some(&seen[place].id.to_string())));
        assert!(!has_gap && rest == seen[place + 1..], "after {}", seen[place].id);
    }
    for unknown in ["nonsense", "0.1", "999999999.1"] {
        assert_eq!(
            read(listen(&replica, all, Some(unknown))),
            (Vec::new(), true),
            "{unknown}"
        );
    }
}

#[test]
fn ids_of_trades_are_the_same_after_a_restart() {
    let (played, _) = flows(1, 400).pop().unwrap();
    let run = |cuts: usize| {
        let database = TestDatabase::sqlite();
        qiantang::store::migrate(&database.url).unwrap();
        let mut trades = Vec::new();
        for commands in played.chunks(played.len().div_ceil(cuts)) {
            let (exchange, replica) = open_with(&database.url, FeedLimits::default());
            let listener = listen(&replica, FeedFilter::default(), None);
            catch_up(&replica, give(&exchange.handle(), commands));
            exchange.shut_down();
            trades.extend(read(listener).0.into_iter().filter(|seen| seen.name == "trade"));
        }
        trades
    };
    let whole = run(1);
    assert!(whole.len() > 10);
    assert_eq!(run(3), whole);
}

#[test]
fn who_is_too_slow_is_let_go_and_who_comes_too_late_is_not_let_in() {
    let (played, _) = flows(1, 400).pop().unwrap();
    let database = TestDatabase::sqlite();
    qiantang::store::migrate(&database.url).unwrap();
    let limits = FeedLimits {
        events: 8,
        subscribers: 2,
        ..FeedLimits::default()
    };
    let (exchange, replica) = open_with(&database.url, limits);
    let slow = listen(&replica, FeedFilter::default(), None);
    let second = listen(&replica, FeedFilter::default(), None);
    assert!(replica.feed().subscribe(FeedFilter::default(), None).is_err());
    drop(second);
    assert_eq!(replica.feed().subscribers(), 1);
    catch_up(&replica, give(&exchange.handle(), &played));
    // It ends although the feed goes on.
    assert_eq!(read(slow), (Vec::new(), true), "what was missed is not made up");
    assert_eq!(replica.feed().subscribers(), 0);
    let late = listen(&replica, FeedFilter::default(), Some("1.1"));
    exchange.shut_down();
    assert!(read(late).1, "what comes after it is not kept");
}

#[test]
fn limits_hold_in_bytes_too() {
    let (played, _) = flows(1, 400).pop().unwrap();
    let database = TestDatabase::sqlite();
    qiantang::store::migrate(&database.url).unwrap();
    let limits = FeedLimits {
        bytes: 2_000,
        ..FeedLimits::default()
    };
    let (exchange, replica) = open_with(&database.url, limits);
    let slow = listen(&replica, FeedFilter::default(), None);
    catch_up(&replica, give(&exchange.handle(), &played));
    exchange.shut_down();
    assert!(read(slow).1);
}
