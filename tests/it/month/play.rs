//! A flow, played line by line by people: what takes two of them is asked for by one and agreed to by another.

use std::collections::BTreeMap;
use std::time::Duration;

use qiantang::app::exchange::Handle;
use qiantang::app::readers::Readers;
use qiantang::app::request::Request;
use qiantang::app::verb;
use qiantang::domain::approval::Verdict;
use qiantang::domain::id::{ApprovalId, LeaseId, OrgId, UserId};
use qiantang::domain::time::Timestamp;
use qiantang::domain::uscc::Uscc;
use qiantang::domain::user::{NewUser, Role};
use qiantang::engine::{Command, State, approval};
use qiantang::store::Url;
use serde_json::{Value, json};

use super::bank::Bank;
use super::chance::Chance;
use super::meter::Meters;

/// Terms under which everything that can go wrong costs somebody something.
fn terms() -> Value {
    json!({"tenant_fee_bps": 50, "provider_fee_bps": 100, "usage_grace_hours": 60, "dispute_hours": 72,
        "acceptance_hours": 48, "account_cooling_hours": 24, "outage_hours": 24,
        "delivery": {"suspend_hours": 12, "tenant_penalty_bps": 1_000, "provider_penalty_bps": 2_000}})
}

/// Fields in which a flow names things.
const NAMED: [&str; 7] = ["org", "owner", "a", "b", "bid", "listing", "programme"];

pub struct Month {
    handle: Handle,
    pub readers: Readers,
    pub now: Timestamp,
    pub chance: Chance,
    names: BTreeMap<String, String>,
    pub operator: OrgId,
    pub issuer: OrgId,
    /// Two of each.
    operators: [UserId; 2],
    issuers: [UserId; 2],
    /// What was done, how often.
    pub done: BTreeMap<String, u64>,
    pub meters: Meters,
    pub bank: Bank,
    /// Leases that vouchers pay a part of.
    pub subsidised: Vec<LeaseId>,
    /// Nothing goes wrong any more.
    pub calm: bool,
    /// Every command that was given, for another database to be told the same.
    pub said: Vec<(Timestamp, Command)>,
    deposits: u64,
    noon: Timestamp,
}

impl Month {
    pub fn new(handle: Handle, url: &Url, seed: u64) -> Month {
        let nobody = [UserId(0); 2];
        Month {
            handle,
            readers: Readers::new(url, 1, Duration::from_secs(60)),
            now: Timestamp::default(),
            chance: Chance::new(seed),
            names: BTreeMap::new(),
            operator: OrgId(0),
            issuer: OrgId(0),
            operators: nobody,
            issuers: nobody,
            done: BTreeMap::new(),
            meters: Meters::default(),
            bank: Bank::default(),
            subsidised: Vec::new(),
            calm: false,
            said: Vec::new(),
            deposits: 0,
            noon: Timestamp::default(),
        }
    }

    pub fn count(&mut self, what: &str, times: u64) {
        *self.done.entry(what.to_owned()).or_default() += times;
    }

    pub fn done(&self, what: &str) -> u64 {
        self.done.get(what).copied().unwrap_or_default()
    }

    pub fn look<T: Send + 'static>(&self, look: impl FnOnce(&State) -> T + Send + 'static) -> T {
        self.handle.inspect(look).unwrap()
    }

    fn call(&mut self, command: Command) -> (bool, Value) {
        self.said.push((self.now, command.clone()));
        let reply = self.handle.call(Request::new("month", command).at(self.now)).unwrap();
        (reply.accepted, serde_json::from_str(&reply.answer).unwrap())
    }

    /// Gives a command, by two people where it takes two; what was refused is counted under its code.
    pub fn say(&mut self, command: Command) -> Option<Value> {
        let kind = command.kind();
        let said = match approval::decided_by(&command) {
            None => self.call(command),
            Some(role) => self.by_two(role, command),
        };
        let (accepted, answer) = said;
        if accepted {
            self.count(kind, 1);
            return Some(answer);
        }
        let code = answer["code"].as_str().unwrap_or("unknown").to_owned();
        assert!(
            !["internal", "fault", "unknown"].contains(&code.as_str()),
            "{kind}: {answer}"
        );
        if std::env::var_os("QIANTANG_MONTH_TELL").is_some() {
            eprintln!("{kind} is refused: {answer}");
        }
        self.count(&format!("{kind}: {code}"), 1);
        None
    }

    fn by_two(&mut self, role: Role, command: Command) -> (bool, Value) {
        let [maker, checker] = if role == Role::Issuer {
            self.issuers
        } else {
            self.operators
        };
        let command = Box::new(command);
        let (accepted, answer) = self.call(Command::Propose { maker, command });
        if !accepted {
            return (false, answer);
        }
        let approval = ApprovalId(self.look(|state| state.counters.approval) - 1);
        self.count("by two people", 1);
        let verdict = Verdict::Approve;
        self.call(Command::Decide {
            checker,
            approval,
            verdict,
            reason: None,
        })
    }

    /// A verb of the flow's language.
    pub fn verb(&mut self, org: Option<OrgId>, verb: &str, body: Value) -> Option<Value> {
        match verb::command(verb, org, body) {
            Ok(command) => self.say(command),
            Err(error) => panic!("{verb}: {error}"),
        }
    }

    fn replace(&self, body: &mut Value) {
        for (field, value) in body.as_object_mut().into_iter().flatten() {
            if let Some(text) = value.as_str().filter(|_| NAMED.contains(&field.as_str()))
                && let Some(id) = self.names.get(text)
            {
                *value = json!(id);
            }
        }
    }

    /// The people, and the platform's account at the bank.
    fn begin(&mut self) {
        // There is nobody yet who could agree.
        self.call(verb::command("terms", None, terms()).unwrap());
        let uscc = Uscc::from_stem("91330100MA00OPER0").or_else(|_| Uscc::from_stem("91330100MA0009999"));
        let body = json!({"name": "the exchange", "uscc": uscc.unwrap(), "kinds": ["operator"]});
        let made = self.verb(None, "org", body).unwrap();
        self.operator = made["id"].as_str().unwrap().parse().unwrap();
        self.operators = self.two_of(self.operator, Role::Operator);
        self.bank_begins();
    }

    fn two_of(&mut self, org: OrgId, role: Role) -> [UserId; 2] {
        [1, 2].map(|_| {
            let identity = "0123456789abcdef".repeat(4);
            let (roles, dormant) = (vec![role], false);
            self.say(Command::RegisterUser(NewUser {
                org,
                roles,
                identity,
                dormant,
            }))
            .unwrap();
            UserId(self.look(|state| state.counters.user) - 1)
        })
    }

    /// Plays a flow; where it is silent for half a day, meters and people are not.
    pub fn play(&mut self, flow: &str) {
        for line in flow.lines() {
            let mut line: Value = serde_json::from_str(line).unwrap();
            let at: Timestamp = line["at"].as_str().unwrap().parse().unwrap();
            if self.noon == Timestamp::default() {
                (self.now, self.noon) = (at, at.plus_hours(4));
                self.begin();
            }
            while self.noon <= at {
                self.now = self.noon;
                self.noon = self.noon.plus_hours(24);
                self.half_day();
            }
            self.now = at;
            let (verb, body) = (line["do"].as_str().unwrap().to_owned(), line["body"].take());
            let actor = line["as"].as_str().and_then(|name| self.names.get(name));
            let org: Option<OrgId> = actor.map(|id| id.parse().unwrap());
            self.line((&verb, line["ref"].as_str()), org, body);
        }
        self.end();
    }

    fn line(&mut self, (verb, name): (&str, Option<&str>), org: Option<OrgId>, mut body: Value) {
        self.replace(&mut body);
        match verb {
            // The month has its own.
            "terms" => return,
            "meter" => return self.half_day(),
            "settle" => return self.evening(),
            "deposit" => {
                self.deposits += 1;
                let (org, by_hand) = (org.unwrap(), self.deposits % 2 == 1);
                self.bank_takes_deposit((org, by_hand), &body);
                if !by_hand {
                    return;
                }
            }
            _ => {}
        }
        let is_known = !["cancel", "amend"].contains(&verb) || body["bid"].as_str().is_some_and(|id| id.contains('_'));
        if !is_known {
            return self.count("lines about bids that were refused", 1);
        }
        let answer = self.verb(org, verb, body);
        let Some(answer) = answer else { return };
        let id = answer["id"].as_str().or_else(|| answer["result"]["id"].as_str());
        if let (Some(name), Some(id)) = (name, id) {
            self.names.insert(name.to_owned(), id.to_owned());
            if verb == "org" {
                self.registered(id.parse().unwrap());
            }
        }
        let fills = answer["fills"].as_array().map_or(0, Vec::len);
        self.count("leases", u64::try_from(fills).unwrap());
    }

    fn registered(&mut self, org: OrgId) {
        let is_issuer = self.look(move |state| state.orgs[&org].is(Role::Issuer));
        if is_issuer {
            self.issuer = org;
            self.issuers = self.two_of(org, Role::Issuer);
        } else {
            self.has_account(org);
        }
    }

    /// Meters report, and people quarrel about it.
    fn half_day(&mut self) {
        self.say(Command::Tick);
        self.report_usage();
        self.trouble();
    }

    /// The day is settled, and money moves.
    fn evening(&mut self) {
        self.settle();
        self.bank_day();
        self.close_months();
    }

    /// Nothing goes wrong any more; what is open is decided, delivered, settled and paid.
    fn end(&mut self) {
        self.calm = true;
        for _ in 0..12 {
            self.now = self.now.plus_hours(24);
            self.half_day();
            self.evening();
        }
        for _ in 0..2 {
            self.now = self.now.plus_hours(24);
            self.say(Command::Tick);
            self.statement();
        }
    }
}
