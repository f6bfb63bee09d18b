//! A provider, two tenants, and leases of a card for a day; said to a state, or to an exchange on a database.

use qiantang::app::clock::Clock;
use qiantang::app::exchange::Exchange;
use qiantang::app::request::{Reply, Request};
use qiantang::app::verb;
use qiantang::domain::account::AccountKey;
use qiantang::domain::id::{LeaseId, OrgId};
use qiantang::domain::settlement::NewCorrection;
use qiantang::domain::time::{Hour, Timestamp};
use qiantang::domain::uscc::Uscc;
use qiantang::engine::settlement::SettlementCommand;
use qiantang::engine::state_hash::{StateHash, state_hash};
use qiantang::engine::{self, Command, Event, Rejection, State, invariants};
use qiantang::store::{self, Reader, Url};
use serde_json::{Value, json};

pub const PROVIDER: OrgId = OrgId(1);
pub const TENANT: OrgId = OrgId(2);
pub const OTHER: OrgId = OrgId(3);

/// Midnight of 1 December 2026 in Hangzhou.
const ORIGIN: Hour = Hour(498_904);

/// So many hours after midnight of 1 December 2026 in Hangzhou.
pub fn at(hours: u32) -> Timestamp {
    ORIGIN.timestamp().plus_hours(hours)
}

/// Something that takes commands.
pub trait Says {
    fn give(&mut self, command: Command, now: Timestamp) -> Result<Vec<Event>, String>;

    fn verb(&mut self, caller: Option<OrgId>, verb: &str, body: Value, now: Timestamp) -> Vec<Event> {
        let command = verb::command(verb, caller, body).unwrap();
        self.give(command, now).unwrap()
    }

    /// What stands before trade: reference data, three organisations, cash and terms.
    fn open(&mut self, terms: Value) {
        let ascend = json!({"code": "ascend", "vendor": "v", "model": "m", "domestic": true, "memory_gb": 64,
            "fp16_dense_gflops": 313_000, "cards_per_node": 8});
        self.verb(None, "accelerator", ascend, at(0));
        let site = json!({"code": "hangzhou", "name_zh": "杭州", "region": "east"});
        self.verb(None, "site", site, at(0));
        for (number, kind) in (1..).zip(["provider", "tenant", "tenant"]) {
            let uscc = Uscc::from_stem(&format!("91330100{number:09}")).unwrap();
            let org = json!({"name": kind, "uscc": uscc, "kinds": [kind]});
            self.verb(None, "org", org, at(0));
        }
        for tenant in [TENANT, OTHER] {
            let deposit = json!({"amount": "100000000.00", "bank_ref": "x"});
            self.verb(Some(tenant), "deposit", deposit, at(0));
        }
        self.verb(None, "terms", terms, at(0));
    }

    /// An island of so many cards, from one hour to another.
    fn list(&mut self, cards: u32, ask: &str, (from, until): (u32, u32), now: Timestamp) {
        let listing = json!({"site": "hangzhou", "accelerator": "ascend", "cards_per_island": cards, "from": at(from),
            "until": at(until), "ask": ask, "max_hours": 9_000});
        self.verb(Some(PROVIDER), "listing", listing, now);
    }

    /// Leases of cards from one hour to another.
    fn take(&mut self, tenant: OrgId, cards: u32, limit: &str, (from, until): (u32, u32), now: Timestamp) {
        let bid = json!({"alternatives": [{"accelerator": "ascend", "cards": cards, "hours": until - from, "limit": limit}],
            "earliest": at(from), "latest": at(until)});
        let events = self.verb(Some(tenant), "bid", bid, now);
        let filled = |event: &Event| matches!(event, Event::Filled(_));
        assert!(events.is_empty() || events.iter().any(filled), "nothing was filled");
    }

    /// Card-seconds of a lease between two hours.
    fn use_up(&mut self, lease: u64, (from, until): (u32, u32), card_seconds: i64, now: Timestamp) {
        let report = json!({"id": format!("{lease}-{from}"), "source": "m", "type": "qiantang.usage.v1", "data": {
            "lease": LeaseId(lease), "from": at(from), "until": at(until), "cards_up": 1, "card_seconds": card_seconds}});
        self.verb(Some(PROVIDER), "usage", report, now);
    }

    /// Settles, so many leases at once, with something in between.
    fn settle_in_parts(&mut self, until: Timestamp, most: u32, now: Timestamp, mut between: impl FnMut(&mut Self))
    where
        Self: Sized,
    {
        let command = Command::Settle {
            until,
            most: Some(most),
        };
        let mut run = run_of(&self.give(command, now).unwrap());
        while let Some(from) = run.next {
            between(self);
            let command = Command::Settlement(SettlementCommand::ContinueSettlement {
                run: run.id,
                from,
                most,
            });
            run = run_of(&self.give(command, now).unwrap());
        }
    }
}

/// How far the settlement is that a command has begun or gone on with.
pub fn run_of(events: &[Event]) -> qiantang::domain::settlement::SettlementRun {
    let run = events.iter().find_map(|event| match event {
        Event::SettlementChanged(run) => Some((**run).clone()),
        _ => None,
    });
    run.unwrap()
}

pub fn settle(until: Timestamp) -> Command {
    Command::Settle { until, most: None }
}

pub fn close(until: Timestamp) -> Command {
    Command::Settlement(SettlementCommand::ClosePeriod { until })
}

pub fn correct(lease: u64, (from, until): (u32, u32), card_seconds: i64) -> Command {
    Command::Settlement(SettlementCommand::CorrectUsage(NewCorrection {
        lease: LeaseId(lease),
        from: at(from),
        until: at(until),
        card_seconds,
        corrects: format!("{lease}-{from}"),
        reason: "the meter was wrong".to_owned(),
    }))
}

impl Says for State {
    fn give(&mut self, command: Command, now: Timestamp) -> Result<Vec<Event>, String> {
        let code = |rejection: Rejection| qiantang::app::problem::Problem::from(&rejection).code;
        if engine::is_due(self, now) {
            engine::apply(self, Command::Tick, now).unwrap();
        }
        let events = engine::apply(self, command, now).map_err(code)?;
        let broken = invariants::check(self).violations;
        assert!(broken.is_empty(), "{broken:?}");
        Ok(events)
    }
}

pub fn fen(state: &State, key: AccountKey) -> i64 {
    state.ledger.balance(key).fen()
}

/// A town whose exchange writes to a database.
pub struct Stored {
    pub exchange: Exchange,
    url: Url,
}

impl Stored {
    pub fn open(url: &Url) -> Stored {
        store::migrate(url).unwrap();
        Stored {
            exchange: Exchange::open(url, "a test", Clock::Given).unwrap(),
            url: url.clone(),
        }
    }

    pub fn call(&self, command: Command, now: Timestamp) -> Reply {
        self.exchange
            .handle()
            .call(Request::new("a test", command).at(now))
            .unwrap()
    }

    /// What the database holds is what memory holds.
    pub fn check(&self) -> StateHash {
        let hash = self
            .exchange
            .handle()
            .inspect(|state| state_hash(state).unwrap())
            .unwrap();
        assert_eq!(
            state_hash(&load(&self.url)).unwrap(),
            hash,
            "a restart would forget something"
        );
        hash
    }
}

pub fn load(url: &Url) -> State {
    let mut reader = Reader::open(url).unwrap();
    store::state::load(&mut reader).unwrap()
}

impl Says for Stored {
    fn give(&mut self, command: Command, now: Timestamp) -> Result<Vec<Event>, String> {
        let reply = self.call(command, now);
        if reply.accepted {
            return Ok(Vec::new());
        }
        let problem: Value = serde_json::from_str(&reply.answer).unwrap();
        Err(problem["code"].as_str().unwrap().to_owned())
    }
}
