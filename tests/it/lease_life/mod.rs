//! The life of leases: who may do what in which state, what an end costs, what a change brings about, and that whatever order things
//! come in, the books add up and a restart reads what was known.

mod changes;
mod money;
mod over_http;
mod random;
mod table;

use qiantang::app::problem::Problem;
use qiantang::app::verb;
use qiantang::domain::account::AccountKey;
use qiantang::domain::id::{LeaseId, OrgId};
use qiantang::domain::lease::Lease;
use qiantang::domain::time::Timestamp;
use qiantang::domain::uscc::Uscc;
use qiantang::engine::lease::{Giver, LeaseCommand};
use qiantang::engine::{self, Command, Event, Rejection, State, invariants};
use serde_json::{Value, json};

/// Who lets cards, and its sister.
const PROVIDER: OrgId = OrgId(1);
const SISTER: OrgId = OrgId(4);
/// Who takes them, and somebody else who might.
const TENANT: OrgId = OrgId(2);
const OTHER: OrgId = OrgId(3);
/// Eight cards at 1.00 for the hours 2 to 26.
const LEASE: LeaseId = LeaseId(1);

fn hour(number: u32) -> Timestamp {
    let start: Timestamp = "2026-12-01T00:00:00Z".parse().unwrap();
    start.plus_hours(number)
}

/// What the market is before anything happens: one listing of four islands of eight cards, one lease.
fn opening(delivery: &Value) -> Vec<Command> {
    let say = |verb: &str, org: Option<OrgId>, body: Value| verb::command(verb, org, body).unwrap();
    let mut commands = vec![
        say(
            "accelerator",
            None,
            json!({"code": "card", "vendor": "V", "model": "M", "domestic": true, "memory_gb": 64, "cards_per_node": 8}),
        ),
        say("site", None, json!({"code": "here", "name_zh": "此", "region": "Z"})),
        say("terms", None, json!({"tenant_fee_bps": 100, "delivery": delivery})),
    ];
    for (number, kind) in [(1, "provider"), (2, "tenant"), (3, "tenant"), (4, "tenant")] {
        let uscc = Uscc::from_stem(&format!("91330100{number:09}")).unwrap();
        let owner = (number == 4).then_some(PROVIDER);
        let org = json!({"name": format!("o{number}"), "uscc": uscc, "kinds": [kind], "owner": owner});
        commands.push(say("org", None, org));
    }
    for tenant in [TENANT, OTHER, SISTER] {
        let deposit = json!({"amount": "1000.00", "bank_ref": tenant.to_string()});
        commands.push(say("deposit", Some(tenant), deposit));
    }
    let listing = json!({"site": "here", "accelerator": "card", "islands": 4, "cards_per_island": 8, "from": hour(0),
        "until": hour(400), "ask": "1.000000"});
    commands.push(say("listing", Some(PROVIDER), listing));
    let bid = json!({"alternatives": [{"accelerator": "card", "cards": 8, "hours": 24, "limit": "1.000000"}],
        "earliest": hour(2), "latest": hour(26)});
    commands.push(say("bid", Some(TENANT), bid));
    commands
}

/// The engine, whose invariants are checked after every command.
struct World {
    state: State,
}

impl World {
    fn new(delivery: &Value) -> World {
        let state = State::default();
        let mut world = World { state };
        for command in opening(delivery) {
            world.must(0, command);
        }
        world
    }

    /// Lets happen what is due.
    fn tick(&mut self, at: Timestamp) {
        engine::apply(&mut self.state, Command::Tick, at).unwrap();
        assert_eq!(invariants::check(&self.state).violations, [], "at {at}");
    }

    fn say(&mut self, hours: u32, command: Command) -> Result<Vec<Event>, Rejection> {
        self.tick(hour(hours));
        let said = format!("at {hours}: {command:?}");
        let answer = engine::apply(&mut self.state, command, hour(hours));
        assert_eq!(invariants::check(&self.state).violations, [], "{said}");
        answer
    }

    fn must(&mut self, hours: u32, command: Command) -> Vec<Event> {
        let said = format!("at {hours}: {command:?}");
        self.say(hours, command)
            .unwrap_or_else(|error| panic!("{said}: {error}"))
    }

    /// `ok`, or the code of the refusal.
    fn code(&mut self, hours: u32, command: Command) -> String {
        match self.say(hours, command) {
            Ok(_) => "ok".to_owned(),
            Err(rejection) => Problem::from(&rejection).code,
        }
    }

    /// Says a verb of leases.
    fn verb(&mut self, hours: u32, org: OrgId, verb: &str, body: Value) -> Result<Vec<Event>, Rejection> {
        self.say(hours, on(LEASE, org, verb, body))
    }

    fn lease(&self, id: LeaseId) -> &Lease {
        &self.state.leases[&id]
    }

    fn fen(&self, key: AccountKey) -> i64 {
        self.state.ledger.balance(key).fen()
    }

    /// The provider says that every card was up all the time.
    fn report(&mut self, hours: u32, lease: LeaseId, (from, until): (u32, u32)) {
        let cards = self.lease(lease).fill.cards;
        let event = json!([{"id": format!("{lease} {from}"), "source": "m", "type": "qiantang.usage.v1", "data": {"lease": lease,
            "from": hour(from), "until": hour(until), "cards_up": cards, "card_seconds": cards * 3_600 * (until - from)}}]);
        let events = self.must(hours, verb::command("usage", Some(PROVIDER), event).unwrap());
        assert!(
            matches!(&events[..], [Event::UsageTaken(batch)] if batch.accepted == 1),
            "{events:?}"
        );
    }

    fn settle(&mut self, hours: u32) {
        let body = json!({"until": hour(hours)});
        self.must(hours, verb::command("settle", None, body).unwrap());
    }
}

/// A verb of a flow on a lease.
fn on(lease: LeaseId, org: OrgId, verb: &str, mut body: Value) -> Command {
    body["lease"] = json!(lease);
    verb::command(verb, Some(org), body).unwrap()
}

/// What the operator says of the end of a lease.
fn end_by_operator(code: &str) -> Command {
    Command::Lease(LeaseCommand::TerminateLease {
        by: Giver::Operator,
        lease: LEASE,
        code: Some(code.parse().unwrap()),
        at: None,
        reason: "it was looked into".to_owned(),
    })
}
