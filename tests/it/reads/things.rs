//! Listings, bids, leases, organisations, reference data, events, people.

use qiantang::app::leaf;
use qiantang::app::permission::{Caller, Reach, ReadBids, ReadLeases, ReadListings, ReadOrgs};
use qiantang::app::read::{
    accelerators, approvals, bids, events, leases, listings, organisations, prices, sites, terms,
};
use qiantang::domain::id::{BidId, LeaseId, ListingId, OrgId, SessionId, UserId};
use qiantang::domain::log::Suite;
use qiantang::domain::money::Money;
use qiantang::domain::user::{NewUser, Role};
use qiantang::engine::Command;
use serde_json::{Value, json};

use super::market::{Market, P, Q, T, U, bid, column, listing, query, reach, shown};
use crate::harness::for_each_backend;

fn all_bids() -> Reach {
    reach::<ReadBids>(OrgId(9), Role::Auditor)
}

/// `view` has all of `body`.
fn contains(view: &Value, body: &Value) {
    for (field, value) in body.as_object().unwrap() {
        assert_eq!(&view[field], value, "{field} of {view}");
    }
}

#[test]
fn a_bid_is_shown_as_it_was_posted() {
    for_each_backend(|database| {
        let mut market = Market::with_lease(&database.url);
        let mut body = bid("other", "1.100000");
        let second = json!({"accelerator": "card", "cards": 8, "hours": 3, "limit": "1.200000"});
        body["alternatives"].as_array_mut().unwrap().push(second);
        body["fill"] = json!("partial");
        body["min_cards"] = json!(2);
        body["sites"] = json!(["there"]);
        body["tif"] = json!("gtd");
        body["expires_at"] = json!("2026-12-01T12:00:00Z");
        body["voucher"] = json!(["vch_0000000000001"]);
        body["max_fault_rate"] = json!("0.001");
        body["purpose"] = json!("finetune");
        let answer = market.give("bid", Some(T), body.clone());
        let own = reach::<ReadBids>(T, Role::Tenant);
        let find = |market: &Market, reach, id| market.ask(|reader| bids::find(reader, reach, BidId(id)));

        let open = find(&market, own, 2).unwrap();
        let view = shown(&open);
        contains(&view, &body);
        contains(
            &view,
            &json!({"id": "bid_0000000000002", "tenant": T, "seq": answer["seq"], "state": "open",
            "filled_cards": 0, "held": answer["held"], "created_at": "2026-12-01T00:10:00Z", "fills": []}),
        );
        assert!(view.get("version").is_none());

        let filled = shown(&find(&market, own, 1).unwrap());
        contains(&filled, &json!({"state": "filled", "filled_cards": 4, "held": "0.00"}));
        let fill = json!({"id": "fil_0000000000001", "listing": "lst_0000000000001", "lease": "lse_0000000000001",
            "alternative": 0, "cards": 4, "start": "2026-12-01T01:00:00Z", "end": "2026-12-01T11:00:00Z",
            "price": "1.500000", "charge": "60.00", "voucher": "12.00", "net": "48.00", "fee": "0.30"});
        assert_eq!(filled["fills"], json!([fill]));

        let other = reach::<ReadBids>(U, Role::Tenant);
        assert_eq!(find(&market, other, 2), None);
        assert_eq!(find(&market, own, 3), None);
        assert_eq!(find(&market, all_bids(), 2).as_ref(), Some(&open));

        market.give(
            "amend",
            Some(T),
            json!({"bid": "bid_0000000000002", "latest": "2026-12-01T19:00:00Z"}),
        );
        let amended = find(&market, own, 2).unwrap();
        assert_ne!(amended.version, open.version);
        let known = market.exchange.handle().inspect(|state| {
            let bid = state.book.bid(BidId(2)).unwrap();
            bid.version(bid.resting_state())
        });
        assert_eq!(
            amended.version,
            known.unwrap(),
            "the version in memory and of the row are the same"
        );
    });
}

#[test]
fn a_listing_is_shown_as_it_was_posted() {
    for_each_backend(|database| {
        let mut market = Market::with_lease(&database.url);
        let find = |market: &Market, reach, id| market.ask(|reader| listings::find(reader, reach, ListingId(id)));
        let own = reach::<ReadListings>(P, Role::Provider);
        let open = find(&market, own, 1).unwrap();
        let view = shown(&open);
        contains(&view, &listing("here", "card"));
        contains(
            &view,
            &json!({"id": "lst_0000000000001", "provider": P, "state": "open",
            "created_at": "2026-12-01T00:10:00Z"}),
        );
        assert_eq!(find(&market, own, 2), None, "another provider's");
        assert!(find(&market, reach::<ReadListings>(T, Role::Tenant), 2).is_some());
        market.give("withdraw", Some(P), json!({"listing": "lst_0000000000001"}));
        let withdrawn = find(&market, own, 1).unwrap();
        assert_eq!(shown(&withdrawn)["state"], "withdrawn");
        assert_ne!(withdrawn.version, open.version);
    });
}

#[test]
fn each_party_sees_its_side_of_a_lease() {
    for_each_backend(|database| {
        let mut market = Market::with_lease(&database.url);
        market.settle_an_hour();
        let id = LeaseId(1);
        let find = |org, role| market.ask(|reader| leases::find(reader, reach::<ReadLeases>(org, role), id));
        let agreed = json!({"id": id, "fill": "fil_0000000000001", "listing": "lst_0000000000001", "tenant": T,
            "provider": P, "accelerator": "card", "site": "here", "cards": 4, "from": "2026-12-01T01:00:00Z",
            "until": "2026-12-01T11:00:00Z", "ends": "2026-12-01T11:00:00Z", "price": "1.500000",
            "state": "active", "charge": "60.00", "created_at": "2026-12-01T00:10:00Z"});
        let paid = json!({"bid": "bid_0000000000001", "voucher": "12.00", "net": "48.00", "fee": "0.30"});
        let all = shown(&find(OrgId(9), Role::Auditor).unwrap());
        let tenant = shown(&find(T, Role::Tenant).unwrap());
        let provider = shown(&find(P, Role::Provider).unwrap());
        for view in [&all, &tenant, &provider] {
            contains(view, &agreed);
        }
        contains(&all, &paid);
        contains(&tenant, &paid);
        let settled = json!({"card_seconds": 14_400, "charge": "6.00", "voucher": "1.20", "tenant_fee": "0.03",
            "provider_fee": "0.06"});
        assert_eq!(all["settled"], settled);
        let fields = |view: &Value| view.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(
            fields(&tenant["settled"]),
            ["card_seconds", "charge", "tenant_fee", "voucher"]
        );
        assert_eq!(fields(&provider["settled"]), ["card_seconds", "charge", "provider_fee"]);
        for hidden in ["bid", "voucher", "net", "fee"] {
            assert_eq!(provider.get(hidden), None, "{hidden}");
        }
        assert_eq!(find(U, Role::Tenant), None);

        let usage = |org, role| {
            let reach = reach::<ReadLeases>(org, role);
            market.ask(|reader| leases::usage(reader, reach, id, &query(&json!({}))))
        };
        let reports = shown(&usage(P, Role::Provider).unwrap());
        contains(
            &reports["items"][0],
            &json!({"id": "1", "source": "m", "lease": id, "cards_up": 4,
            "card_seconds": 14_400, "from": "2026-12-01T01:00:00Z", "until": "2026-12-01T02:00:00Z"}),
        );
        assert_eq!(reports["next_cursor"], json!(null));
        assert!(usage(Q, Role::Provider).is_none());
    });
}

#[test]
fn reference_data_is_listed_in_order_and_history_backwards() {
    for_each_backend(|database| {
        let mut market = Market::open(&database.url);
        for price in ["2.000000", "2.500000"] {
            market.give("reference", None, json!({"accelerator": "card", "price": price}));
        }
        market.give("terms", None, json!({"tenant_fee_bps": 70}));
        let page = shown(&market.ask(|reader| accelerators::page(reader, &query(&json!({})))));
        assert_eq!(column(&page, "code"), ["card", "other"]);
        let first = shown(&market.ask(|reader| sites::page(reader, &query(&json!({"limit": 1})))));
        assert_eq!(column(&first, "code"), ["here"]);
        let next = json!({"limit": 1, "cursor": first["next_cursor"]});
        let second = shown(&market.ask(|reader| sites::page(reader, &query(&next))));
        assert_eq!(
            (column(&second, "code"), &second["next_cursor"]),
            (vec!["there".to_owned()], &json!(null))
        );
        assert!(
            market
                .ask(|reader| sites::find(reader, &"nowhere".parse().unwrap()))
                .is_none()
        );
        let card = "card".parse().unwrap();
        assert!(market.ask(|reader| accelerators::find(reader, &card)).is_some());

        let in_force = shown(&market.ask(prices::in_force));
        let newest = json!({"accelerator": "card", "price": "2.500000", "since": "2026-12-01T00:00:00Z"});
        assert_eq!(in_force, json!([newest]));
        let history = market.ask(|reader| prices::page(reader, &card, &query(&json!({}))));
        assert_eq!(column(&shown(&history.unwrap()), "price"), ["2.500000", "2.000000"]);
        let current = shown(&market.ask(terms::in_force).unwrap());
        assert_eq!(current["tenant_fee_bps"], 70);
        let all = shown(&market.ask(|reader| terms::page(reader, &query(&json!({})))));
        assert_eq!(all["items"][1]["tenant_fee_bps"], 50);
    });
}

#[test]
fn an_organisation_sees_itself() {
    for_each_backend(|database| {
        let market = Market::open(&database.url);
        let own = reach::<ReadOrgs>(T, Role::Tenant);
        let all = reach::<ReadOrgs>(OrgId(9), Role::Operator);
        let names = |reach, parameters: Value| {
            let page = market.ask(|reader| organisations::page(reader, reach, &query(&parameters)));
            column(&shown(&page), "name")
        };
        assert_eq!(names(all, json!({})), ["U", "T", "Q", "P"]);
        assert_eq!(names(own, json!({})), ["T"]);
        assert_eq!(names(all, json!({"kind": "provider"})), ["Q", "P"]);
        assert_eq!(names(own, json!({"kind": "provider"})), [""; 0]);
        assert_eq!(names(all, json!({"uscc": "91330100799655058B"})), ["P"]);
        assert!(market.ask(|reader| organisations::find(reader, own, P)).is_none());
        let found = shown(&market.ask(|reader| organisations::find(reader, own, T)).unwrap());
        contains(
            &found,
            &json!({"id": T, "group": T, "kinds": ["tenant"], "owner": null}),
        );
    });
}

#[test]
fn events_come_in_order_with_leaves_that_hash() {
    for_each_backend(|database| {
        let market = Market::with_lease(&database.url);
        let page = |parameters: Value| shown(&market.ask(|reader| events::page(reader, &query(&parameters))));
        let mut cursor = json!(null);
        let mut seen = Vec::new();
        loop {
            let page = page(json!({"limit": 7, "cursor": cursor}));
            seen.extend(page["items"].as_array().unwrap().clone());
            cursor = page["next_cursor"].clone();
            if cursor.is_null() {
                break;
            }
        }
        let places: Vec<i64> = seen.iter().map(|event| event["seq"].as_i64().unwrap()).collect();
        assert_eq!(places, (1..=places.len().try_into().unwrap()).collect::<Vec<i64>>());
        for event in &seen {
            let body = event["body"].as_str().unwrap();
            assert_eq!(event["leaf"], leaf::hash(Suite::Sha256Ed25519, body.as_bytes()));
        }
        assert_eq!(seen.last().unwrap()["at"], "2026-12-01T00:10:00Z");
        let filled = page(json!({"kind": "filled"}));
        assert_eq!(column(&filled, "kind"), ["filled"]);
        assert_eq!(filled["next_cursor"], json!(null));
    });
}

fn user(org: OrgId, role: Role) -> Command {
    Command::RegisterUser(NewUser {
        org,
        roles: vec![role],
        identity: "0".repeat(64),
        dormant: false,
    })
}

#[test]
fn what_waits_is_seen_by_those_who_decide() {
    for_each_backend(|database| {
        let mut market = Market::open(&database.url);
        let body = json!({"name": "O", "uscc": "91310000775785552L", "kinds": ["operator", "issuer"]});
        let house = market.give("org", None, body)["id"].as_str().unwrap().parse().unwrap();
        for role in [Role::Operator, Role::Issuer] {
            market.command(user(house, role));
        }
        let wanted = Command::Deposit {
            org: T,
            amount: Money::from_fen(100),
            bank_ref: "2".to_owned(),
        };
        let command = Command::Propose {
            maker: UserId(1),
            command: Box::new(wanted),
        };
        let proposed = market.command(command);
        let as_all = |roles: &[Role]| Caller {
            user: UserId(1),
            org: house,
            roles: roles.to_vec(),
            session: SessionId(1),
            key: None,
        };
        let page = |roles: &[Role], parameters: Value| {
            let page = market.ask(|reader| approvals::page(reader, &as_all(roles), &query(&parameters)));
            column(&shown(&page), "id")
        };
        let id = proposed["approval"]["id"].as_str().unwrap();
        assert_eq!(page(&[Role::Operator], json!({"state": "pending"})), [id]);
        assert_eq!(page(&[Role::Operator], json!({"state": "approved"})), [""; 0]);
        assert_eq!(page(&[Role::Issuer], json!({})), [""; 0]);
        assert_eq!(page(&[Role::Auditor], json!({})), [id]);
        let find = |role| market.ask(|reader| approvals::find(reader, &as_all(&[role]), id.parse().unwrap()));
        assert_eq!(shown(&find(Role::Operator).unwrap()), proposed["approval"]);
        assert!(find(Role::Issuer).is_none());
    });
}
