//! Pages: limits, cursors that hold under inserts, filters, and whose things are in them.

use qiantang::app::page::{Limit, LimitError};
use qiantang::app::permission::{ReadBids, ReadLeases, ReadListings};
use qiantang::app::read::{bids, leases, listings};
use qiantang::domain::id::OrgId;
use qiantang::domain::user::Role;
use qiantang::store::Reader;
use qiantang::store::read::{self, EXAMINED_MAX, Slice};
use serde_json::{Value, json};

use super::market::{Market, P, Q, T, U, bid, column, listing, query, reach, shown};
use crate::harness::for_each_backend;

/// A bid that nothing will fill.
fn place(market: &mut Market, tenant: OrgId) -> String {
    let answer = market.give("bid", Some(tenant), bid("card", "0.500000"));
    answer["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_cursor_holds_under_inserts() {
    for_each_backend(|database| {
        let mut market = Market::open(&database.url);
        let mut wanted: Vec<String> = (0..7).map(|_| place(&mut market, T)).collect();
        wanted.reverse();
        let own = reach::<ReadBids>(T, Role::Tenant);
        let mut seen = Vec::new();
        let mut cursor = json!(null);
        for size in [3, 3, 1] {
            let parameters = json!({"limit": 3, "cursor": cursor});
            let page = shown(&market.ask(|reader| bids::page(reader, own, &query(&parameters))));
            assert_eq!(column(&page, "id").len(), size);
            seen.extend(column(&page, "id"));
            cursor = page["next_cursor"].clone();
            // What comes between two pages, or goes, moves nothing.
            place(&mut market, T);
            market.give("cancel", Some(T), json!({"bid": wanted[0]}));
            wanted.rotate_left(1);
        }
        wanted.rotate_right(3);
        assert_eq!(seen, wanted);
        assert_eq!(cursor, json!(null));
    });
}

#[test]
fn bids_are_filtered_and_each_has_its_own_parts() {
    for_each_backend(|database| {
        let mut market = Market::with_lease(&database.url);
        let mut named = bid("other", "1.000000");
        named["voucher"] = json!(["vch_0000000000001"]);
        named["sites"] = json!(["here", "there"]);
        market.give("bid", Some(T), named.clone());
        let of_u = place(&mut market, U);
        let cancelled = place(&mut market, T);
        market.give("cancel", Some(T), json!({"bid": cancelled}));
        let page = |org, role, parameters: Value| {
            let reach = reach::<ReadBids>(org, role);
            shown(&market.ask(|reader| bids::page(reader, reach, &query(&parameters))))
        };
        let (one, two) = ("bid_0000000000001", "bid_0000000000002");
        let auditor = |parameters| column(&page(OrgId(9), Role::Auditor, parameters), "id");
        let tenant = |parameters| column(&page(T, Role::Tenant, parameters), "id");
        assert_eq!(auditor(json!({})), [cancelled.as_str(), &of_u, two, one]);
        assert_eq!(tenant(json!({})), [cancelled.as_str(), two, one]);
        assert_eq!(auditor(json!({"state": "open"})), [of_u.as_str(), two]);
        assert_eq!(tenant(json!({"state": "open"})), [two]);
        assert_eq!(tenant(json!({"state": "filled"})), [one]);
        assert_eq!(auditor(json!({"accelerator": "other"})), [two]);
        assert_eq!(auditor(json!({"accelerator": "none-such"})), [""; 0]);
        assert_eq!(
            tenant(json!({"accelerator": "card", "state": "cancelled"})),
            [cancelled.as_str()]
        );

        let all = page(T, Role::Tenant, json!({}));
        let items = all["items"].as_array().unwrap();
        assert_eq!(
            (&items[1]["voucher"], &items[1]["sites"]),
            (&named["voucher"], &named["sites"])
        );
        assert_eq!(
            (&items[0]["voucher"], &items[0]["sites"]),
            (&json!("auto"), &json!(null))
        );
        assert_eq!(items[2]["fills"].as_array().unwrap().len(), 1);
        assert_eq!(items[1]["fills"], json!([]));
    });
}

#[test]
fn listings_are_filtered() {
    for_each_backend(|database| {
        let mut market = Market::with_lease(&database.url);
        market.give("listing", Some(P), listing("there", "card"));
        market.give("withdraw", Some(P), json!({"listing": "lst_0000000000003"}));
        let ids = |org, role, parameters: Value| {
            let reach = reach::<ReadListings>(org, role);
            let page = market.ask(|reader| listings::page(reader, reach, &query(&parameters)));
            let page = column(&shown(&page), "id");
            page.iter().map(|id| id[16..].parse().unwrap()).collect::<Vec<u32>>()
        };
        let tenant = |parameters| ids(T, Role::Tenant, parameters);
        assert_eq!(tenant(json!({})), [3, 2, 1]);
        assert_eq!(tenant(json!({"state": "open"})), [2, 1]);
        assert_eq!(tenant(json!({"site": "there"})), [3, 2]);
        assert_eq!(tenant(json!({"site": "there", "accelerator": "card"})), [3]);
        assert_eq!(
            tenant(json!({"site": "there", "accelerator": "card", "state": "open"})),
            [0; 0]
        );
        assert_eq!(tenant(json!({"provider": P})), [3, 1]);
        assert_eq!(tenant(json!({"site": "nowhere"})), [0; 0]);
        assert_eq!(ids(P, Role::Provider, json!({})), [3, 1]);
        assert_eq!(ids(P, Role::Provider, json!({"provider": Q})), [0; 0]);
        assert_eq!(ids(Q, Role::Provider, json!({"provider": Q, "state": "open"})), [2]);
    });
}

#[test]
fn a_page_of_leases_has_those_of_both_sides() {
    for_each_backend(|database| {
        let mut market = Market::with_lease(&database.url);
        // Both providers let to both tenants; nobody is on both sides of the market here.
        for (tenant, accelerator) in [(U, "other"), (T, "other"), (U, "card")] {
            let answer = market.give("bid", Some(tenant), bid(accelerator, "1.600000"));
            assert_eq!(answer["state"], "filled", "{answer}");
        }
        let page = |org, role, parameters: Value| {
            let reach = reach::<ReadLeases>(org, role);
            shown(&market.ask(|reader| leases::page(reader, reach, &query(&parameters))))
        };
        let id = |number| format!("lse_000000000000{number}");
        assert_eq!(column(&page(T, Role::Tenant, json!({})), "id"), [id(3), id(1)]);
        assert_eq!(column(&page(P, Role::Provider, json!({})), "id"), [id(4), id(1)]);
        assert_eq!(column(&page(Q, Role::Provider, json!({"limit": 1})), "id"), [id(3)]);
        assert_eq!(column(&page(OrgId(9), Role::Auditor, json!({})), "id").len(), 4);
        assert_eq!(
            column(&page(T, Role::Tenant, json!({"state": "active"})), "id"),
            [""; 0]
        );
        let pending = page(T, Role::Tenant, json!({"state": "pending", "limit": 1}));
        assert_eq!(column(&pending, "id"), [id(3)]);
        let rest = json!({"state": "pending", "cursor": pending["next_cursor"]});
        assert_eq!(column(&page(T, Role::Tenant, rest), "id"), [id(1)]);
    });
}

#[test]
fn queries_have_limits_and_know_their_parameters() {
    assert_eq!(Limit::new(201), Err(LimitError));
    let read = |parameters: Value| serde_json::from_value::<bids::BidQuery>(parameters).map(|_| ());
    assert!(read(json!({})).is_ok());
    assert!(read(json!({"limit": 200, "cursor": "0000000000001", "state": "open", "accelerator": "card"})).is_ok());
    for wrong in [
        json!({"limit": 0}),
        json!({"limit": 201}),
        json!({"cursor": "1"}),
        json!({"state": "shut"}),
        json!({"stat": "open"}),
    ] {
        assert!(read(wrong.clone()).is_err(), "{wrong}");
    }
}

/// More rows than a page looks at: none of what is asked for is among the newest, and yet it is found by going on.
#[test]
fn a_rare_thing_is_found_by_going_on() {
    use diesel::connection::SimpleConnection;
    for_each_backend(|database| {
        let mut market = Market::open(&database.url);
        market.give("listing", Some(P), listing("here", "card"));
        let rows = EXAMINED_MAX + 10;
        let copies = format!(
            "WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) INSERT INTO listing \
             SELECT n.i, seq, {}, owner_group, site + 1, accelerator, islands, cards_per_island, from_hour, until_hour, \
             ask, lot_cards, min_hours, max_hours, mode, max_fault_ppm, credit_ppm, state, created_at FROM listing, n \
             WHERE listing.id = 1",
            Q.0
        );
        drop(market);
        match &database.url {
            qiantang::store::Url::Sqlite(path) => {
                let path = path.display().to_string();
                let connection = <diesel::SqliteConnection as diesel::Connection>::establish(&path);
                connection.unwrap().batch_execute(&copies).unwrap();
            }
            qiantang::store::Url::Postgresql(url) => {
                let connection = <diesel::PgConnection as diesel::Connection>::establish(url);
                connection.unwrap().batch_execute(&copies).unwrap();
            }
        }
        let mut reader = Reader::open(&database.url).unwrap();
        let mut codes = read::catalogue::Codes::default();
        let site = codes.site_named(&mut reader, &"here".parse().unwrap()).unwrap();
        let wanted = read::listing::Wanted {
            site,
            ..read::listing::Wanted::default()
        };
        let start = Slice {
            key: i64::MAX,
            limit: 50,
        };
        let first = read::listing::page(&mut reader, &wanted, start).unwrap();
        assert_eq!((first.rows.len(), first.next), (0, Some(11)));
        let then = Slice { key: 11, ..start };
        let second = read::listing::page(&mut reader, &wanted, then).unwrap();
        assert_eq!((second.rows.len(), second.next), (1, None));
    });
}
