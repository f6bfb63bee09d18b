//! A small town: a provider, a tenant with two vouchers, an issuer, and what vouchers pay of leases of a day.

use qiantang::app::verb;
use qiantang::domain::account::AccountKey;
use qiantang::domain::id::{LeaseId, OrgId, ProgrammeId};
use qiantang::domain::money::Money;
use qiantang::domain::programme::process::ClawbackReason;
use qiantang::domain::rate::BasisPoints;
use qiantang::domain::recovery::{ClosedLease, NamedLease, NamedTarget, NewCredit, NewRecovery, Practice};
use qiantang::domain::time::{Hour, Timestamp};
use qiantang::domain::transfer::Movement;
use qiantang::domain::uscc::Uscc;
use qiantang::engine::office::recovery::RecoveryCommand;
use qiantang::engine::state_hash::state_hash;
use qiantang::engine::{self, Command, Event, Rejection, State, invariants};
use serde_json::{Value, json};

pub const PROVIDER: OrgId = OrgId(1);
pub const TENANT: OrgId = OrgId(2);
pub const ISSUER: OrgId = OrgId(3);
pub const PROGRAMME: ProgrammeId = ProgrammeId(1);

/// Midnight of 1 December 2026 in UTC.
const ORIGIN: Hour = Hour(498_984);

/// What is special about it.
#[derive(Debug, Clone)]
pub struct Setting {
    /// Shares of the three treasuries.
    pub shares: [u32; 3],
    /// Whether the tenant's bids use vouchers.
    pub uses_vouchers: bool,
    /// What the two vouchers are of, in fen.
    pub vouchers: [i64; 2],
    /// More of the programme's rules.
    pub rules: Value,
}

impl Default for Setting {
    fn default() -> Setting {
        Setting {
            shares: [6_001, 1_999, 2_000],
            uses_vouchers: true,
            vouchers: [20_000, 500_000],
            rules: json!({"clawback": {"reasons": ["fraud", "misuse"], "fine_min_bps": 1_000, "fine_max_bps": 5_000,
                "ban_months": 12}}),
        }
    }
}

pub struct Town {
    pub state: State,
    pub now: Timestamp,
    /// What was said, refused or not.
    pub said: Vec<(Timestamp, Command)>,
    /// What was booked, by commands and by the clock.
    pub movements: Vec<Movement>,
    uses_vouchers: bool,
    reports: u64,
}

impl Town {
    pub fn new(setting: &Setting) -> Town {
        let mut town = Town {
            state: State::default(),
            now: ORIGIN.timestamp(),
            said: Vec::new(),
            movements: Vec::new(),
            uses_vouchers: setting.uses_vouchers,
            reports: 0,
        };
        town.verb(
            None,
            "accelerator",
            json!({"code": "ascend", "vendor": "v", "model": "m", "domestic": true,
            "memory_gb": 64, "fp16_dense_gflops": 313_000, "cards_per_node": 8}),
        );
        town.verb(
            None,
            "site",
            json!({"code": "hangzhou", "name_zh": "杭州", "region": "east"}),
        );
        for (number, kind) in (1..).zip(["provider", "tenant", "issuer"]) {
            let uscc = Uscc::from_stem(&format!("91330100{number:09}")).unwrap();
            town.verb(None, "org", json!({"name": kind, "uscc": uscc, "kinds": [kind]}));
        }
        town.verb(
            Some(TENANT),
            "deposit",
            json!({"amount": "100000.00", "bank_ref": "opening"}),
        );
        let payers: Vec<Value> = ["city", "district", "zone"]
            .iter()
            .zip(setting.shares)
            .map(|(payer, share)| json!({"payer": payer, "share_bps": share}))
            .collect();
        let mut rules = json!({"id": "city", "pot": "100000.00", "rates": [{"rate_bps": 3_333}], "co_funding": payers,
            "cap_per_entity": "90000.00", "valid_from": "2026-12-01T00:00:00Z", "valid_until": "2027-11-01T00:00:00Z"});
        for (name, value) in setting.rules.as_object().unwrap() {
            rules[name] = value.clone();
        }
        town.verb(None, "programme", rules);
        for fen in setting.vouchers {
            let amount = Money::from_fen(fen);
            town.verb(
                None,
                "grant",
                json!({"programme": PROGRAMME, "org": TENANT, "amount": amount}),
            );
        }
        town.verb(
            Some(PROVIDER),
            "listing",
            json!({"site": "hangzhou", "accelerator": "ascend", "islands": 100,
            "cards_per_island": 8, "from": ORIGIN.plus(24).timestamp(), "until": ORIGIN.plus(2_000).timestamp(),
            "ask": "3.340000", "lot_cards": 8}),
        );
        town
    }

    /// Gives a command, which must leave the books in order, whether it is accepted or not; refused, it has changed nothing.
    pub fn say(&mut self, command: Command) -> Result<Vec<Event>, Rejection> {
        if engine::is_due(&self.state, self.now) {
            let events = engine::apply(&mut self.state, Command::Tick, self.now).unwrap();
            self.note(&events);
        }
        self.said.push((self.now, command.clone()));
        let before = state_hash(&self.state).unwrap();
        let said = engine::apply(&mut self.state, command, self.now);
        assert!(!matches!(said, Err(Rejection::Fault(_))), "{said:?}");
        if said.is_err() {
            assert_eq!(state_hash(&self.state).unwrap(), before, "{said:?}");
        }
        assert_eq!(invariants::check(&self.state).violations, []);
        self.note(said.as_deref().unwrap_or_default());
        said
    }

    fn note(&mut self, events: &[Event]) {
        self.movements.extend(events.iter().filter_map(|event| match event {
            Event::Posted(posted) => Some(posted.movement.clone()),
            _ => None,
        }));
    }

    pub fn verb(&mut self, org: Option<OrgId>, verb: &str, body: Value) -> Vec<Event> {
        let command = verb::command(verb, org, body).unwrap();
        self.say(command).unwrap()
    }

    /// Takes eight cards for a day that begins so many hours from now; the lease.
    pub fn rent(&mut self, in_hours: u32) -> LeaseId {
        let start = self.now.hour_ceil().plus(in_hours);
        let policy = if self.uses_vouchers { "auto" } else { "none" };
        let events = self.verb(Some(TENANT), "bid", json!({"alternatives": [{"accelerator": "ascend", "cards": 8, "hours": 24,
            "limit": "3.340000"}], "earliest": start.timestamp(), "latest": start.plus(24).timestamp(), "voucher": policy}));
        let filled = events.iter().find_map(|event| match event {
            Event::Filled(fill) => Some(fill.lease),
            _ => None,
        });
        filled.unwrap()
    }

    /// Reports a part of a lease, in thousandths of its card-seconds, of the hours from `from` to `until`.
    pub fn deliver(&mut self, lease: LeaseId, (from, until): (u32, u32), thousandths: i64) {
        let window = self.state.leases[&lease].fill.window;
        let (from, until) = (
            window.from().plus(from).timestamp(),
            window.from().plus(until).timestamp(),
        );
        self.now = self.now.max(until);
        self.reports += 1;
        let card_seconds = 8 * until.seconds_since(from) * thousandths / 1_000;
        let report = qiantang::domain::usage::UsageReport {
            source: "meter".to_owned(),
            id: self.reports.to_string(),
            lease,
            from,
            until,
            cards_up: 8,
            card_seconds,
        };
        let provider = PROVIDER;
        self.say(Command::ReportUsage {
            provider,
            reports: vec![report],
        })
        .unwrap();
    }

    pub fn settle(&mut self) {
        let until = self.now;
        self.say(Command::Settle { until, most: None }).unwrap();
    }

    /// A lease that is delivered in full, settled and closed, as the database has it.
    pub fn finished(&mut self) -> NamedLease {
        let lease = self.rent(24);
        self.deliver(lease, (0, 24), 1_000);
        let closed = {
            let live = &self.state.leases[&lease];
            let total = engine::settlement::totals(&live.fill, 8 * 24 * 3_600).unwrap();
            ClosedLease {
                tenant: live.fill.tenant,
                provider: live.fill.provider,
                agreed_at: live.fill.at,
                charge: total.charge,
                voucher: total.voucher,
                draws: live.fill.draws.clone(),
                until: Some(live.ends.timestamp()),
            }
        };
        self.settle();
        assert!(!self.state.leases.contains_key(&lease));
        let closed = Some(closed);
        NamedLease { lease, closed }
    }

    pub fn fen(&self, key: AccountKey) -> i64 {
        self.state.ledger.balance(key).fen()
    }

    /// What the three treasuries owe.
    pub fn receivables(&self) -> [i64; 3] {
        [0, 1, 2].map(|payer| self.fen(AccountKey::TreasuryReceivable(PROGRAMME, payer)))
    }

    /// What the tenant has drawn of the programme, in all years.
    pub fn drawn(&self) -> i64 {
        self.state.drawn.values().map(|drawn| drawn.fen()).sum()
    }

    pub fn recover(&mut self, new: NewRecovery) -> Result<Vec<Event>, Rejection> {
        self.say(Command::Recovery(RecoveryCommand::Recover(new)))
    }

    pub fn credit(&mut self, lease: &NamedLease, fen: i64) -> Result<Vec<Event>, Rejection> {
        let credit = NewCredit {
            lease: lease.clone(),
            amount: Money::from_fen(fen),
            reason: "down for an hour".to_owned(),
            practice: Practice::Second,
        };
        self.say(Command::Recovery(RecoveryCommand::Credit(credit)))
    }
}

/// A live lease.
pub fn live(lease: LeaseId) -> NamedLease {
    NamedLease { lease, closed: None }
}

/// Takes back all of a lease's subsidy that is left, or so many fen, as paid by mistake.
pub fn by_mistake(lease: &NamedLease, fen: Option<i64>) -> NewRecovery {
    NewRecovery {
        target: NamedTarget::Lease(lease.clone()),
        amount: fen.map(Money::from_fen),
        reason: ClawbackReason::Error,
        fine_bps: BasisPoints(0),
        evidence: "paid twice by mistake".to_owned(),
        practice: Practice::Second,
    }
}
