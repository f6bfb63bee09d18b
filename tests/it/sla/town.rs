//! The town of the recoveries, whose provider promises something.

use qiantang::domain::account::AccountKey;
use qiantang::domain::id::{LeaseId, OrgId, OutageId, VoucherId};
use qiantang::domain::outage::{OutageRuling, ProbeResult};
use qiantang::domain::time::{Hour, Timestamp};
use qiantang::engine::event::LeaseSettlement;
use qiantang::engine::sla::SlaCommand;
use qiantang::engine::{Command, Event, Rejection};
use serde_json::{Value, json};

pub use crate::recovery::town::{PROGRAMME, PROVIDER, Setting, TENANT, Town};

/// Hours in which an outage can be contested.
pub const ANSWER_HOURS: u32 = 72;

/// Eight cards for a day cost 641.28; 0.1 % of their 691,200 card-seconds are 691.2. For more, the credit is twice the price.
pub fn promising(setting: &Setting) -> Town {
    promising_with(setting, "0.001", "2")
}

pub fn promising_with(setting: &Setting, max_fault_rate: &str, credit_rate: &str) -> Town {
    let mut town = Town::new(setting);
    town.verb(None, "terms", json!({"outage_hours": ANSWER_HOURS}));
    town.verb(Some(PROVIDER), "withdraw", json!({"listing": "lst_0000000000001"}));
    let from = town.now.hour_ceil();
    let listing = json!({"site": "hangzhou", "accelerator": "ascend", "islands": 100, "cards_per_island": 8,
        "from": from.plus(24).timestamp(), "until": from.plus(2_000).timestamp(), "ask": "3.340000", "lot_cards": 8,
        "sla": {"max_fault_rate": max_fault_rate, "credit_rate": credit_rate}});
    town.verb(Some(PROVIDER), "listing", listing);
    town
}

pub fn in_cash() -> Setting {
    Setting {
        uses_vouchers: false,
        ..Setting::default()
    }
}

impl Town {
    pub fn pass(&mut self, hours: u32) {
        self.now = self.now.plus_hours(hours);
        self.say(Command::Tick).unwrap();
    }

    pub fn hour(&self, lease: LeaseId, hour: u32) -> Timestamp {
        let from: Hour = self.state.leases[&lease].fill.window.from();
        from.plus(hour).timestamp()
    }

    pub fn settled(&mut self) -> Vec<LeaseSettlement> {
        let until = self.now;
        let events = self.say(Command::Settle { until, most: None }).unwrap();
        let settled = events.into_iter().filter_map(|event| match event {
            Event::LeaseSettled(settlement) => Some(settlement),
            _ => None,
        });
        settled.collect()
    }

    pub fn claim(&mut self, org: OrgId, body: Value) -> Result<OutageId, Rejection> {
        let new = serde_json::from_value(body).unwrap();
        let said = self.say(Command::Sla(SlaCommand::ClaimOutage { org, new }));
        said.map(|_| OutageId(self.state.counters.outage - 1))
    }

    /// The tenant claims that cards were down from one hour of a lease to another.
    pub fn down(&mut self, lease: LeaseId, (from, until): (u32, u32), cards: u32) -> OutageId {
        let (from, until) = (self.hour(lease, from), self.hour(lease, until));
        let body = json!({"lease": lease, "from": from, "until": until, "cards_down": cards, "cause": "provider"});
        self.claim(TENANT, body).unwrap()
    }

    pub fn confirm(&mut self, org: OrgId, outage: OutageId) -> Result<(), Rejection> {
        self.say(Command::Sla(SlaCommand::ConfirmOutage { org, outage }))
            .map(|_| ())
    }

    pub fn contest(&mut self, org: OrgId, outage: OutageId, reason: &str) -> Result<(), Rejection> {
        let reason = reason.to_owned();
        self.say(Command::Sla(SlaCommand::ContestOutage { org, outage, reason }))
            .map(|_| ())
    }

    pub fn decide(&mut self, outage: OutageId, body: Value) -> Result<(), Rejection> {
        let ruling: OutageRuling = serde_json::from_value(body).unwrap();
        self.say(Command::Sla(SlaCommand::DecideOutage { outage, ruling }))
            .map(|_| ())
    }

    pub fn probe(&mut self, lease: LeaseId, cards_down: u32) -> Result<(), Rejection> {
        let results = vec![ProbeResult {
            lease,
            at: self.now,
            cards_down,
        }];
        self.say(Command::Sla(SlaCommand::Probe { results })).map(|_| ())
    }

    /// What the tenant, the treasuries together, the first voucher, the pot and the provider have.
    pub fn standing(&self) -> [i64; 5] {
        let provider = [
            AccountKey::PendingCash(PROVIDER),
            AccountKey::PendingProgramme(PROVIDER),
            AccountKey::PayableCash(PROVIDER),
            AccountKey::PayableProgramme(PROVIDER),
            AccountKey::Collateral(PROVIDER),
        ];
        let provider: i64 = provider.map(|key| self.fen(key)).iter().sum();
        let vouchers = [1, 2].map(|id| self.fen(AccountKey::VoucherAvailable(VoucherId(id))));
        [
            self.fen(AccountKey::Cash(TENANT)),
            self.receivables().iter().sum(),
            vouchers.iter().sum(),
            self.fen(AccountKey::Pot(PROGRAMME)),
            provider - self.fen(AccountKey::Debt(PROVIDER)),
        ]
    }
}
