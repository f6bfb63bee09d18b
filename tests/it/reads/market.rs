//! A small market to ask about: two providers, two tenants, a programme, leases in two states, money that has moved.

use std::time::Duration;

use qiantang::app::clock::Clock;
use qiantang::app::exchange::Exchange;
use qiantang::app::permission::{Caller, Operation, Permit, Reach};
use qiantang::app::readers::{PooledReader, ReadError, Readers};
use qiantang::app::request::Request;
use qiantang::app::verb;
use qiantang::domain::id::{OrgId, SessionId, UserId};
use qiantang::domain::user::Role;
use qiantang::engine::Command;
use qiantang::store::Url;
use serde::Serialize;
use serde_json::{Value, json};

pub const P: OrgId = OrgId(1);
pub const Q: OrgId = OrgId(2);
pub const T: OrgId = OrgId(3);
pub const U: OrgId = OrgId(4);

pub struct Market {
    pub exchange: Exchange,
    pub readers: Readers,
    pub now: String,
}

/// Somebody of `org` with this role.
pub fn caller(org: OrgId, role: Role) -> Caller {
    Caller {
        user: UserId(1),
        org,
        roles: vec![role],
        session: SessionId(1),
        key: None,
    }
}

/// What somebody of `org` with this role may reach.
pub fn reach<O: Operation>(org: OrgId, role: Role) -> Reach {
    Permit::<O>::of(caller(org, role)).unwrap().reach()
}

/// The same, with who it is.
pub fn who<O: Operation>(org: OrgId, role: Role) -> (Reach, Caller) {
    (reach::<O>(org, role), caller(org, role))
}

/// As it goes over the wire.
pub fn shown(view: &impl Serialize) -> Value {
    serde_json::to_value(view).unwrap()
}

/// A query as its parameters say it.
pub fn query<Q: serde::de::DeserializeOwned>(parameters: &Value) -> Q {
    serde_json::from_value(parameters.clone()).unwrap()
}

/// One field of each item.
pub fn column(page: &Value, field: &str) -> Vec<String> {
    let items = page["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item[field].as_str().unwrap().to_owned())
        .collect()
}

impl Market {
    /// The market that is in the database.
    pub fn reopen(url: &Url) -> Market {
        Market {
            exchange: Exchange::open(url, "test", Clock::Given).unwrap(),
            readers: Readers::new(url, 2, Duration::from_secs(3)),
            now: "2026-12-01T00:00:00Z".to_owned(),
        }
    }

    /// Without listings and bids yet.
    pub fn open(url: &Url) -> Market {
        let mut market = Market::reopen(url);
        market.give("terms", None, json!({"tenant_fee_bps": 50, "provider_fee_bps": 100}));
        for code in ["card", "other"] {
            let body = json!({"code": code, "vendor": "V", "model": "M", "domestic": true, "memory_gb": 64,
                "fp16_dense_gflops": null, "cards_per_node": 8});
            market.give("accelerator", None, body);
        }
        for code in ["here", "there"] {
            market.give("site", None, json!({"code": code, "name_zh": "此", "region": "Z"}));
        }
        let orgs = [
            ("P", "91330100799655058B", "provider"),
            ("Q", "9144030071526726XG", "provider"),
            ("T", "914403001922038216", "tenant"),
            ("U", "91110000802100433B", "tenant"),
        ];
        for (name, uscc, kind) in orgs {
            market.give("org", None, json!({"name": name, "uscc": uscc, "kinds": [kind]}));
        }
        let rules = json!({"id": "city", "pot": "100.00", "rates": [{"rate_bps": 2000}],
            "valid_from": "2026-01-01T00:00:00Z", "valid_until": "2026-12-02T00:00:00Z"});
        market.give("programme", None, rules);
        let grant = json!({"programme": "prg_0000000000001", "org": T, "amount": "20.00"});
        market.give("grant", None, grant);
        for tenant in [T, U] {
            let deposit = json!({"amount": "500.00", "bank_ref": "1"});
            market.give("deposit", Some(tenant), deposit);
        }
        market
    }

    /// With a listing of each provider and a bid of T that took cards of the first: a lease of ten hours, for which the
    /// voucher pays a fifth.
    pub fn with_lease(url: &Url) -> Market {
        let mut market = Market::open(url);
        market.now = "2026-12-01T00:10:00Z".to_owned();
        market.give("listing", Some(P), listing("here", "card"));
        market.give("listing", Some(Q), listing("there", "other"));
        let bid = market.give("bid", Some(T), bid("card", "1.600000"));
        assert_eq!(bid["state"], "filled");
        market
    }

    /// Reports all cards of the lease for its first hour, and settles it.
    pub fn settle_an_hour(&mut self) {
        self.now = "2026-12-01T02:10:00Z".to_owned();
        let reported = json!({"lease": "lse_0000000000001", "from": "2026-12-01T01:00:00Z",
            "until": "2026-12-01T02:00:00Z", "cards_up": 4, "card_seconds": 14_400});
        let event = json!({"id": "1", "source": "m", "type": "qiantang.usage.v1", "data": reported});
        self.give("usage", Some(P), event);
        self.give("settle", None, json!({"until": "2026-12-01T02:00:00Z"}));
    }

    /// A command that must be accepted; its answer.
    pub fn give(&mut self, verb: &str, org: Option<OrgId>, body: Value) -> Value {
        self.command(verb::command(verb, org, body).unwrap())
    }

    pub fn command(&mut self, command: Command) -> Value {
        let request = Request::new("usr_test", command).at(self.now.parse().unwrap());
        let reply = self.exchange.handle().call(request).unwrap();
        assert!(reply.accepted, "{}", reply.answer);
        serde_json::from_str(&reply.answer).unwrap()
    }

    /// Asks something that must be answered.
    pub fn ask<T>(&self, question: impl FnOnce(&mut PooledReader) -> Result<T, ReadError>) -> T {
        self.readers.read(question).unwrap()
    }
}

pub fn listing(site: &str, accelerator: &str) -> Value {
    json!({"site": site, "accelerator": accelerator, "islands": 2, "cards_per_island": 4,
        "from": "2026-12-01T00:00:00Z", "until": "2026-12-03T00:00:00Z", "ask": "1.500000", "lot_cards": 2,
        "min_hours": 1, "max_hours": 24, "mode": "book", "sla": {"max_fault_rate": "0.001", "credit_rate": "1"},
        "maintenance": [{"from": "2026-12-02T00:00:00Z", "until": "2026-12-02T02:00:00Z"}]})
}

pub fn bid(accelerator: &str, limit: &str) -> Value {
    json!({"alternatives": [{"accelerator": accelerator, "cards": 4, "hours": 10, "limit": limit}],
        "earliest": "2026-12-01T01:00:00Z", "latest": "2026-12-01T20:00:00Z", "fill": "all_or_none",
        "min_cards": null, "placement": "any", "sites": null, "domestic_only": false, "max_fault_rate": null,
        "tif": "gtc", "expires_at": null, "voucher": "auto", "purpose": null})
}
