//! Trades and prices, against the fills of the flow itself.

use std::collections::BTreeMap;

use qiantang::app::market::prices::{BarView, Interval, PricesQuery, prices};
use qiantang::app::market::trades::{HistoryError, TradesQuery, trades};
use qiantang::domain::id::{AcceleratorId, FillId, SiteId};
use qiantang::domain::lease::Fill;
use qiantang::domain::money::{Money, Price};
use qiantang::domain::time::Timestamp;
use qiantang::engine::Rejection;
use qiantang::store::Reader;
use qiantang::store::fill::{self, TradeFilter};
use qiantang::store::read::Slice;

use super::{catch_up, fills, flows, give, open};
use crate::harness::for_each_backend;

const HOUR: i64 = 3_600_000_000;

/// Bars by a fold over fills, oldest first.
fn folded(fills: &[&Fill], interval: Interval) -> Vec<BarView> {
    let (micros, offset) = match interval {
        Interval::Hour => (HOUR, 0),
        Interval::Day => (24 * HOUR, 8 * HOUR),
    };
    let mut bars: BTreeMap<i64, (BarView, i128)> = BTreeMap::new();
    for fill in fills {
        let number = (fill.at.micros() + offset) / micros;
        let start = number * micros - offset;
        let volume = i64::from(fill.cards) * i64::from(fill.window.hours());
        let (bar, worth) = bars.entry(number).or_insert_with(|| {
            let bar = BarView {
                from: Timestamp::from_micros(start),
                until: Timestamp::from_micros(start + micros),
                open: fill.price,
                high: fill.price,
                low: fill.price,
                close: fill.price,
                vwap: fill.price,
                volume: 0,
                amount: Money::ZERO,
                trades: 0,
            };
            (bar, 0)
        });
        *worth += i128::from(fill.price.micros()) * i128::from(volume);
        bar.volume += volume;
        let total = i128::from(bar.volume);
        bar.vwap = Price::from_micros(i64::try_from((2 * *worth + total) / (2 * total)).unwrap());
        (bar.high, bar.low) = (bar.high.max(fill.price), bar.low.min(fill.price));
        bar.close = fill.price;
        bar.amount = bar.amount.plus(fill.charge).unwrap();
        bar.trades += 1;
    }
    bars.into_values().map(|(bar, _)| bar).collect()
}

/// All trades of a product, where a page looks at no more than three.
fn in_short_pages(reader: &mut Reader, filter: TradeFilter) -> Vec<FillId> {
    let mut ids = Vec::new();
    let mut slice = Slice {
        key: i64::MAX,
        limit: 2,
    };
    loop {
        let page = fill::newest(reader, Some(filter), slice, 3).unwrap();
        ids.extend(page.rows.iter().map(|fill| fill.id));
        let Some(next) = page.next else { return ids };
        assert!(next < slice.key);
        slice.key = next;
    }
}

#[test]
fn they_are_those_of_the_fills() {
    let mut flows = flows(3, 400);
    flows.sort_by_key(|(played, _)| fills(played).len());
    let (played, _) = flows.pop().unwrap();
    let fills = fills(&played);
    assert!(fills.len() > 30, "{}", fills.len());
    for_each_backend(|database| {
        let (exchange, replica) = open(&database.url);
        catch_up(&replica, give(&exchange.handle(), &played));
        let mut reader = Reader::open(&database.url).unwrap();
        let codes = [("ascend", AcceleratorId(0)), ("h20", AcceleratorId(1))];
        let sites = [
            (None, None),
            (Some("hangzhou"), Some(SiteId(0))),
            (Some("jinhua"), Some(SiteId(1))),
        ];
        for (site, site_id) in sites {
            for (accelerator, accelerator_id) in codes {
                let of =
                    |fill: &&Fill| fill.accelerator == accelerator_id && site_id.is_none_or(|site| site == fill.site);
                let expected: Vec<&Fill> = fills.iter().filter(of).collect();
                let ids: Vec<FillId> = expected.iter().rev().map(|fill| fill.id).collect();
                let mut asked = TradesQuery {
                    accelerator: accelerator.parse().ok(),
                    site: site.and_then(|site| site.parse().ok()),
                    cursor: None,
                    limit: Some(3),
                };
                let mut found = Vec::new();
                loop {
                    let page = trades(&replica, &mut reader, &asked).unwrap();
                    assert!(page.items.len() <= 3);
                    found.extend(page.items);
                    asked.cursor = page.next_cursor;
                    if asked.cursor.is_none() {
                        break;
                    }
                }
                assert_eq!(found.iter().map(|trade| trade.id).collect::<Vec<_>>(), ids);
                if let Some(site) = site_id {
                    let few = TradeFilter {
                        accelerator: accelerator_id,
                        site: Some(site),
                    };
                    assert_eq!(in_short_pages(&mut reader, few), ids);
                }
                let same = found.iter().zip(expected.iter().rev()).all(|(trade, fill)| {
                    trade.price == fill.price
                        && trade.cards == fill.cards
                        && trade.at == fill.at
                        && trade.start == fill.window.from().timestamp()
                        && trade.accelerator.as_str() == accelerator
                });
                assert!(same, "{found:?}");
                for interval in [Interval::Hour, Interval::Day] {
                    let asked = PricesQuery {
                        accelerator: accelerator.parse().unwrap(),
                        site: site.and_then(|site| site.parse().ok()),
                        interval,
                        from: Some(played[0].0),
                        until: None,
                    };
                    let shown = prices(&replica, &mut reader, &asked).unwrap();
                    assert_eq!(
                        shown.bars,
                        folded(&expected, interval),
                        "{accelerator} {site:?} {interval:?}"
                    );
                }
            }
        }
        let all = TradesQuery {
            limit: Some(200),
            ..TradesQuery::default()
        };
        let newest = trades(&replica, &mut reader, &all).unwrap();
        assert_eq!(newest.items[0].id, fills.last().unwrap().id);
        assert_eq!(newest.items.len(), fills.len().min(200));
    });
}

#[test]
fn what_is_asked_must_make_sense() {
    let (played, _) = flows(1, 20).pop().unwrap();
    for_each_backend(|database| {
        let (exchange, replica) = open(&database.url);
        catch_up(&replica, give(&exchange.handle(), &played));
        let mut reader = Reader::open(&database.url).unwrap();
        let from: Timestamp = "2026-12-31T15:59:59Z".parse().unwrap();
        let mut ask = |hours: u32| {
            let query = PricesQuery {
                accelerator: "h20".parse().unwrap(),
                site: None,
                interval: Interval::Hour,
                from: Some(from),
                until: Some(from.plus_hours(hours)),
            };
            match prices(&replica, &mut reader, &query) {
                Ok(_) => String::new(),
                Err(HistoryError::Rejected(Rejection::Invalid(errors))) => errors[0].pointer.clone(),
                Err(other) => panic!("{other:?}"),
            }
        };
        assert_eq!(
            (ask(0).as_str(), ask(999).as_str(), ask(1_000).as_str()),
            ("/until", "", "/from")
        );
        let site_only = TradesQuery {
            site: "jinhua".parse().ok(),
            ..TradesQuery::default()
        };
        assert!(matches!(
            trades(&replica, &mut reader, &site_only),
            Err(HistoryError::Rejected(_))
        ));
    });
}
