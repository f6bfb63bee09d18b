//! Accounts, transfers, vouchers, programmes, reports.

use std::collections::BTreeMap;

use qiantang::app::permission::{Caller, Reach, ReadAccounts, ReadReports, ReadVouchers};
use qiantang::app::read::accounts::{self, AsOfQuery};
use qiantang::app::read::reports::{self, Asker, ReportQuery};
use qiantang::app::read::{claims, programmes, transfers, vouchers};
use qiantang::app::readers::ReadError;
use qiantang::app::report::Name;
use qiantang::domain::contract::ExternalContract;
use qiantang::domain::id::{AccountId, OrgId, ProgrammeId, VoucherId};
use qiantang::domain::money::Money;
use qiantang::domain::user::Role;
use serde_json::{Value, json};

use super::market::{Market, P, T, U, bid, caller, column, query, reach, shown, who};
use crate::harness::for_each_backend;

fn operator() -> Reach {
    reach::<ReadAccounts>(OrgId(9), Role::Operator)
}

fn accounts(market: &Market, reach: Reach, parameters: Value) -> Value {
    shown(&market.ask(|reader| accounts::page(reader, reach, &query(&parameters))))
}

/// Kind and balance of each.
fn balances(page: &Value) -> Vec<String> {
    let both = column(page, "kind").into_iter().zip(column(page, "balance"));
    both.map(|(kind, balance)| format!("{kind} {balance}")).collect()
}

#[test]
fn accounts_belong_to_somebody_and_hold_what_was_moved_by_then() {
    for_each_backend(|database| {
        let mut market = Market::with_lease(&database.url);
        market.settle_an_hour();
        let tenant = reach::<ReadAccounts>(T, Role::Tenant);
        let mine = accounts(&market, tenant, json!({}));
        let expected = [
            "voucher_available 8.00",
            "cash 451.70",
            "held 0.00",
            "escrow 43.47",
            "voucher_reserved 10.80",
        ];
        assert_eq!(balances(&mine), expected);
        assert!(
            mine["items"]
                .as_array()
                .unwrap()
                .iter()
                .all(|account| account["org"] == json!(T))
        );
        let escrow = &mine["items"][3];
        assert_eq!(escrow["owner"], "lse_0000000000001");
        let of_kind = accounts(&market, tenant, json!({"kind": "cash"}));
        assert_eq!(balances(&of_kind), ["cash 451.70"]);
        assert_eq!(accounts(&market, operator(), json!({"org": T})), mine);
        assert_eq!(balances(&accounts(&market, tenant, json!({"org": U}))), [""; 0]);
        assert_eq!(
            balances(&accounts(&market, operator(), json!({"kind": "bank"}))),
            ["bank 1000.00"]
        );

        let then = accounts(&market, tenant, json!({"as_of": "2026-12-01T00:00:00Z"}));
        let then_expected = [
            "voucher_available 20.00",
            "cash 500.00",
            "held 0.00",
            "escrow 0.00",
            "voucher_reserved 0.00",
        ];
        assert_eq!(
            balances(&then),
            then_expected,
            "that instant is counted, what came later is not"
        );
        let now = accounts(&market, tenant, json!({"as_of": "2027-01-01T00:00:00Z"}));
        assert_eq!(now, mine, "the sum of all transfers is the balance");

        let id: AccountId = escrow["id"].as_str().unwrap().parse().unwrap();
        let find = |reach| market.ask(|reader| accounts::find(reader, reach, id, &AsOfQuery::default()));
        assert_eq!(shown(&find(tenant).unwrap()), *escrow);
        assert!(
            find(reach::<ReadAccounts>(P, Role::Provider)).is_none(),
            "the escrow is the tenant's"
        );
        let bank = market.ask(|reader| accounts::find(reader, tenant, AccountId(0), &AsOfQuery::default()));
        assert!(bank.is_none());
    });
}

/// The same before and after the entries were written, which a writer does when it has time.
#[test]
fn histories_are_whole_on_both_sides_of_the_watermark() {
    for_each_backend(|database| {
        let mut market = Market::with_lease(&database.url);
        market.settle_an_hour();
        let everything = |market: &Market| {
            let all = accounts(market, operator(), json!({"limit": 200}));
            let then = accounts(
                market,
                operator(),
                json!({"limit": 200, "as_of": "2026-12-01T00:10:00Z"}),
            );
            let (reach, asker) = who::<ReadVouchers>(OrgId(9), Role::Operator);
            let voucher = market.ask(|reader| vouchers::find(reader, (reach, &asker), VoucherId(1)));
            let histories: Vec<Value> = column(&all, "id")
                .iter()
                .map(|id| {
                    let id = id.parse().unwrap();
                    shown(&market.ask(|reader| accounts::transfers(reader, operator(), id, &query(&json!({})))))
                })
                .collect();
            (then, shown(&voucher), histories)
        };
        let before = everything(&market);
        // Opening fills the entries; the market goes on after them.
        drop(market);
        let mut market = Market::reopen(&database.url);
        assert_eq!(everything(&market), before);
        market.now = "2026-12-01T03:00:00Z".to_owned();
        market.give("deposit", Some(T), json!({"amount": "1.00", "bank_ref": "3"}));
        let cash = accounts(
            &market,
            operator(),
            json!({"kind": "cash", "org": T, "as_of": "2026-12-01T03:00:00Z"}),
        );
        assert_eq!(balances(&cash), ["cash 452.70"]);
    });
}

#[test]
fn transfers_are_seen_by_those_whose_accounts_they_touch() {
    for_each_backend(|database| {
        let market = Market::with_lease(&database.url);
        let (tenant, other) = (
            reach::<ReadAccounts>(T, Role::Tenant),
            reach::<ReadAccounts>(U, Role::Tenant),
        );
        let page =
            |reach, parameters: Value| shown(&market.ask(|reader| transfers::page(reader, reach, &query(&parameters))));
        let all = page(operator(), json!({}));
        let mine = page(tenant, json!({}));
        assert_eq!(column(&mine, "kind"), ["fill", "fill", "hold_bid", "deposit"]);
        assert_eq!(column(&page(other, json!({})), "kind"), ["deposit"]);
        let first = page(tenant, json!({"limit": 2}));
        let rest = page(tenant, json!({"limit": 2, "cursor": first["next_cursor"]}));
        assert_eq!(
            [column(&first, "id"), column(&rest, "id")].concat(),
            column(&mine, "id")
        );
        assert!(column(&all, "id").len() > column(&mine, "id").len());
        let hold = &mine["items"][2];
        let expected = json!({"amount": "64.32", "unit": "CNY", "booked_at": "2026-12-01T00:10:00Z",
            "business_ref": "bid_0000000000001"});
        for (field, value) in expected.as_object().unwrap() {
            assert_eq!(&hold[field], value, "{hold}");
        }
        let id = hold["id"].as_str().unwrap().parse().unwrap();
        let find = |reach| market.ask(|reader| transfers::find(reader, reach, id));
        assert_eq!(shown(&find(tenant).unwrap()), *hold);
        assert!(find(other).is_none());
        let cash = hold["debit"].as_str().unwrap().parse().unwrap();
        let history = |reach| market.ask(|reader| accounts::transfers(reader, reach, cash, &query(&json!({}))));
        assert_eq!(
            column(&shown(&history(tenant).unwrap()), "kind"),
            ["fill", "hold_bid", "deposit"]
        );
        assert!(history(other).is_none());
    });
}

#[test]
fn a_voucher_says_what_became_of_it() {
    for_each_backend(|database| {
        let mut market = Market::with_lease(&database.url);
        let own = who::<ReadVouchers>(T, Role::Tenant);
        let find = |market: &Market, (reach, asker): &(Reach, Caller)| {
            market.ask(|reader| vouchers::find(reader, (*reach, asker), VoucherId(1)))
        };
        let parts = |market: &Market| {
            let view = shown(&find(market, &own).unwrap());
            let fields = [
                "available",
                "held",
                "reserved",
                "redeemed",
                "recovered",
                "expired",
                "state",
            ];
            fields.map(|field| view[field].as_str().unwrap().to_owned()).join(" ")
        };
        assert_eq!(parts(&market), "8.00 0.00 12.00 0.00 0.00 0.00 active");
        market.settle_an_hour();
        assert_eq!(parts(&market), "8.00 0.00 10.80 1.20 0.00 0.00 active");
        market.now = "2026-12-02T00:00:00Z".to_owned();
        market.give("tick", None, json!({}));
        assert_eq!(parts(&market), "0.00 0.00 10.80 1.20 0.00 8.00 expired");
        assert!(find(&market, &who::<ReadVouchers>(U, Role::Tenant)).is_none());

        let page = |(reach, asker): &(Reach, Caller), parameters: Value| {
            let page = market.ask(|reader| vouchers::page(reader, (*reach, asker), &query(&parameters)));
            column(&shown(&page), "id")
        };
        // The programme belongs to nobody in particular, so that it is every issuer's.
        let all = who::<ReadVouchers>(OrgId(9), Role::Issuer);
        assert_eq!(page(&own, json!({})), ["vch_0000000000001"]);
        assert_eq!(page(&own, json!({"org": U})), [""; 0]);
        assert_eq!(page(&all, json!({"org": U})), [""; 0]);
        assert_eq!(page(&all, json!({"programme": ProgrammeId(1)})), ["vch_0000000000001"]);
        assert_eq!(page(&all, json!({"programme": ProgrammeId(2)})), [""; 0]);

        let programme = shown(&market.ask(|reader| programmes::find(reader, ProgrammeId(1))).unwrap());
        let figures = json!({"code": "city", "version": 1, "appropriation": "100.00", "pot": "88.00",
            "redeemed": "1.20", "recovered": "0.00", "lapsed": "0.00", "created_at": "2026-12-01T00:00:00Z"});
        for (field, value) in figures.as_object().unwrap() {
            assert_eq!(&programme[field], value, "{field}");
        }
        assert_eq!(programme["rules"]["rates"][0]["rate_bps"], 2000);
        let listed = shown(&market.ask(|reader| programmes::page(reader, &query(&json!({"code": "city"})))));
        assert_eq!(listed["items"], json!([programme]));
        let none = shown(&market.ask(|reader| programmes::page(reader, &query(&json!({"code": "town"})))));
        assert_eq!(none["items"], json!([]));
    });
}

#[test]
fn a_hold_of_a_named_voucher_shows() {
    for_each_backend(|database| {
        let mut market = Market::open(&database.url);
        market.now = "2026-12-01T00:10:00Z".to_owned();
        market.give("bid", Some(T), bid("card", "1.000000"));
        let (own, asker) = who::<ReadVouchers>(T, Role::Tenant);
        let found = market.ask(|reader| vouchers::find(reader, (own, &asker), VoucherId(1)));
        let view = found.unwrap();
        let parts = [
            view.available,
            view.held,
            view.reserved,
            view.redeemed,
            view.recovered,
            view.expired,
        ];
        assert_eq!(Money::sum(parts).unwrap(), view.amount);
    });
}

#[test]
fn the_trial_balance_is_that_of_the_accounts() {
    for_each_backend(|database| {
        let mut market = Market::with_lease(&database.url);
        market.settle_an_hour();
        for as_of in ["2026-12-01T00:00:00Z", "2026-12-01T00:10:00Z", "2026-12-01T02:10:00Z"] {
            let at = query::<AsOfQuery>(&json!({"as_of": as_of}));
            let report = shown(&market.ask(|reader| accounts::trial_balance(reader, &at)));
            let all = accounts(&market, operator(), json!({"limit": 200, "as_of": as_of}));
            let mut sums: BTreeMap<(String, String), i64> = BTreeMap::new();
            for account in all["items"].as_array().unwrap() {
                let text = |field: &str| account[field].as_str().unwrap().to_owned();
                let fen = text("balance").parse::<Money>().unwrap().fen();
                *sums.entry((text("kind"), text("normal"))).or_default() += fen;
            }
            let kinds = report["accounts"].as_array().unwrap();
            let told: BTreeMap<(String, String), i64> = kinds
                .iter()
                .flat_map(|kind| {
                    ["debit", "credit"].map(|side| {
                        let fen = kind[side].as_str().unwrap().parse::<Money>().unwrap().fen();
                        ((kind["kind"].as_str().unwrap().to_owned(), side.to_owned()), fen)
                    })
                })
                .filter(|(_, fen)| *fen != 0)
                .collect();
            sums.retain(|_, fen| *fen != 0);
            assert_eq!(told, sums, "{as_of}");
            assert!(
                report["totals"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .all(|total| total["equal"] == true)
            );
        }
    });
}

#[test]
fn who_only_sees_the_own_gets_the_own_statement() {
    for_each_backend(|database| {
        let market = Market::with_lease(&database.url);
        let asker = |org, role| Asker::new(reach::<ReadReports>(org, role), &caller(org, role));
        let tenant = asker(T, Role::Tenant);
        let issuer = asker(OrgId(8), Role::Issuer);
        let auditor = asker(OrgId(9), Role::Auditor);
        let names = |asker| {
            reports::list(asker)
                .iter()
                .map(|one| one.name.as_str())
                .collect::<Vec<_>>()
        };
        let statements = [
            "provider",
            "tenant",
            "voucher-statement",
            "statement",
            "invoices",
            "focus",
        ];
        assert_eq!(names(tenant), statements);
        let all: Vec<&str> = Name::ALL.iter().map(|name| name.as_str()).collect();
        assert_eq!(names(auditor), all);
        // An issuer sees programmes and the market, not the papers of parties.
        let papers = ["statement", "invoices", "focus", "bank-reconciliation"];
        let shown: Vec<&str> = all.iter().copied().filter(|name| !papers.contains(name)).collect();
        assert_eq!(names(issuer), shown);
        let run = |asker, name, org| {
            let scope = ReportQuery {
                org,
                ..ReportQuery::default()
            };
            market.readers.read(|reader| reports::run(reader, asker, name, scope))
        };
        let own = run(tenant, Name::Tenant, None).unwrap().unwrap();
        assert_eq!(run(auditor, Name::Tenant, Some(T)).unwrap().unwrap(), own);
        assert_eq!(run(tenant, Name::Tenant, Some(U)).unwrap(), None);
        assert_eq!(run(tenant, Name::Market, None).unwrap(), None);
        let vouchers = run(tenant, Name::VoucherStatement, None).unwrap().unwrap();
        assert_eq!(run(issuer, Name::VoucherStatement, Some(T)).unwrap().unwrap(), vouchers);
        assert_eq!(run(tenant, Name::VoucherStatement, Some(U)).unwrap(), None);
        let programmes = run(issuer, Name::ProgrammeStatement, None).unwrap().unwrap();
        let seen = run(auditor, Name::ProgrammeStatement, Some(OrgId(8))).unwrap().unwrap();
        assert_eq!(seen, programmes);
        assert_eq!(run(issuer, Name::ProgrammeStatement, Some(OrgId(9))).unwrap(), None);
        assert_eq!(run(tenant, Name::ProgrammeStatement, None).unwrap(), None);
        assert!(run(auditor, Name::Market, None).unwrap().is_some());
        let nobody = run(auditor, Name::Provider, None);
        assert!(
            matches!(&nobody, Err(ReadError::Invalid(error)) if error.pointer == "/org"),
            "{nobody:?}"
        );
    });
}

#[test]
fn the_leases_that_a_contract_from_elsewhere_might_be_are_found() {
    for_each_backend(|database| {
        let market = Market::with_lease(&database.url);
        let find = |cards: u32, (from, until): (&str, &str), uscc: &str| {
            let item = json!({"item": "compute", "contract": "1.00", "incurred": "1.00", "paid": "1.00"});
            let contract: ExternalContract = serde_json::from_value(json!({"counterparty": uscc, "cards": cards,
                "from": from, "until": until, "signed_on": from, "items": [item], "hash": "0".repeat(64)}))
            .unwrap();
            let found = market.ask(|reader| claims::similar_leases(reader, T, &contract));
            found
                .into_iter()
                .map(|lease| (lease.lease.0, lease.cards))
                .collect::<Vec<_>>()
        };
        let provider = "91330100799655058B";
        let same = ("2026-12-01T00:00:00Z", "2026-12-02T00:00:00Z");
        let longer = ("2026-11-01T00:00:00Z", "2027-01-02T00:00:00Z");
        assert_eq!(find(4, same, provider), [(1, 4)]);
        assert_eq!(find(8, same, provider), [(1, 4)], "the same time");
        assert_eq!(find(4, longer, provider), [(1, 4)], "the same cards");
        assert_eq!(find(8, longer, provider), []);
        assert_eq!(find(4, ("2026-12-05T00:00:00Z", "2026-12-06T00:00:00Z"), provider), []);
        assert_eq!(find(4, same, "9144030071526726XG"), [], "another provider");
        assert_eq!(find(4, same, "91000000MA0000001R"), [], "nobody here");
    });
}
