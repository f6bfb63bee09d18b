//! The life of programmes, applications and vouchers, in the engine and on both back ends.

mod applications;
mod programmes;
mod restarts;
mod sharing;
mod vouchers;

use qiantang::domain::account::AccountKey;
use qiantang::domain::application::{ApplicationRequest, ApplicationStatus, ReviewVerdict};
use qiantang::domain::approval::Verdict;
use qiantang::domain::id::{ApplicationId, ApprovalId, OrgId, ProgrammeId, UserId};
use qiantang::domain::money::Money;
use qiantang::domain::organisation::{NewOrganisation, OrgKind};
use qiantang::domain::time::Timestamp;
use qiantang::domain::uscc::Uscc;
use qiantang::domain::user::{NewUser, Role};
use qiantang::engine::office::application::ApplicationCommand;
use qiantang::engine::office::programme::ProgrammeCommand;
use qiantang::engine::state_hash::state_hash;
use qiantang::engine::{self, Command, Event, Rejection, State, invariants};
use serde_json::{Value, json};

/// The city's authority: two people.
const CITY: OrgId = OrgId(1);
const MAKER: UserId = UserId(1);
const CHECKER: UserId = UserId(2);
/// Another authority, which looks at the money: two people.
const FINANCE: OrgId = OrgId(2);
const TREASURER: UserId = UserId(3);
const SECOND_TREASURER: UserId = UserId(4);
/// Tenants. The second one owns the third.
const TENANT: OrgId = OrgId(3);
const RIVAL: OrgId = OrgId(4);
const SISTER: OrgId = OrgId(5);
const APPLICANT: UserId = UserId(5);
const OBJECTOR: UserId = UserId(6);
const CITY_PROGRAMME: ProgrammeId = ProgrammeId(1);

const CODES: [&str; 5] = [
    "91330100MA0000001",
    "91330100MA0000002",
    "91330100MA0000003",
    "91330100MA0000004",
    "91330100MA0000005",
];

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn yuan(yuan: i64) -> Money {
    Money::from_fen(yuan * 100)
}

/// A Monday.
const START: &str = "2026-03-02T01:00:00Z";

/// The commands that make the organisations, the people and the calendar of 2026.
fn people() -> Vec<Command> {
    let org = |(index, kinds): (usize, &[OrgKind])| {
        Command::RegisterOrg(NewOrganisation {
            name: format!("o{index}"),
            uscc: Uscc::from_stem(CODES[index]).unwrap(),
            kinds: kinds.to_vec(),
            owner: (index == 4).then_some(TENANT),
        })
    };
    let user = |(org, roles): (OrgId, &[Role])| {
        Command::RegisterUser(NewUser {
            org,
            roles: roles.to_vec(),
            identity: "0123456789abcdef".repeat(4),
            dormant: false,
        })
    };
    let kinds: [&[OrgKind]; 5] = [
        &[OrgKind::Issuer, OrgKind::Tenant],
        &[OrgKind::Issuer],
        &[OrgKind::Tenant],
        &[OrgKind::Tenant],
        &[OrgKind::Tenant],
    ];
    let mut commands: Vec<Command> = kinds.into_iter().enumerate().map(org).collect();
    let roles: [(OrgId, &[Role]); 6] = [
        (CITY, &[Role::Issuer]),
        (CITY, &[Role::Issuer, Role::Tenant]),
        (FINANCE, &[Role::Issuer]),
        (FINANCE, &[Role::Issuer]),
        (TENANT, &[Role::Tenant]),
        (RIVAL, &[Role::Tenant]),
    ];
    commands.extend(roles.into_iter().map(user));
    let calendar = json!({"year": 2026, "holidays": ["2026-04-06"], "workdays": []});
    let calendar = serde_json::from_value(calendar).unwrap();
    commands.push(Command::Application(ApplicationCommand::SetCalendar(calendar)));
    commands
}

/// Rules of a programme with two stages of review, the second one of the finance authority, and five days of notice.
fn rules(change: &Value) -> Value {
    let finance = Uscc::from_stem(CODES[1]).unwrap();
    let mut rules = json!({
        "id": "city", "pot": "1000.00", "rates": [{"rate_bps": 3000}],
        "valid_from": "2026-01-01T00:00:00Z", "valid_until": "2027-01-01T00:00:00Z",
        "authorities": [{"name": "data bureau"}, {"name": "finance bureau", "uscc": finance}],
        "review_chain": [{"kind": "expert", "people": 2}, {"kind": "finance", "authority": 1}],
        "notice_working_days": 5, "validity_days": 30, "alert_days": [7],
        "evidence": [{"kind": "licence", "with": "application"}],
    });
    for (name, value) in change.as_object().unwrap() {
        rules[name] = value.clone();
    }
    rules
}

fn request(change: &Value) -> ApplicationRequest {
    let mut request = json!({
        "amount": "600.00", "purpose": "training",
        "documents": [{"kind": "licence", "hash": "a".repeat(64), "size": 10, "name": "licence.pdf"}],
    });
    for (name, value) in change.as_object().unwrap() {
        request[name] = value.clone();
    }
    serde_json::from_value(request).unwrap()
}

fn draft(change: &Value) -> Command {
    Command::Programme(ProgrammeCommand::Draft {
        maker: MAKER,
        issuer: CITY,
        rules: serde_json::from_value(rules(change)).unwrap(),
    })
}

/// The engine at an instant.
struct World {
    state: State,
    now: Timestamp,
}

impl World {
    fn new() -> World {
        let mut world = World {
            state: State::default(),
            now: instant(START),
        };
        for command in people() {
            world.good(command);
        }
        world
    }

    /// With the programme of [`rules`], changed so, open.
    fn open(change: &Value) -> World {
        let mut world = World::new();
        world.good(draft(change));
        let programme = CITY_PROGRAMME;
        world.programme(ProgrammeCommand::Approve {
            checker: CHECKER,
            programme,
        });
        world.programme(ProgrammeCommand::Open { user: MAKER, programme });
        world
    }

    /// What must be accepted; every invariant holds after it.
    fn good(&mut self, command: Command) -> Vec<Event> {
        let said = format!("{command:?}");
        let events = engine::apply(&mut self.state, command, self.now);
        let events = events.unwrap_or_else(|error| panic!("{said}: {error}"));
        assert_eq!(invariants::check(&self.state).violations, [], "after {said}");
        events
    }

    fn programme(&mut self, command: ProgrammeCommand) -> Vec<Event> {
        self.good(Command::Programme(command))
    }

    fn application(&mut self, command: ApplicationCommand) -> Vec<Event> {
        self.good(Command::Application(command))
    }

    /// What must be refused; nothing has changed.
    fn bad(&mut self, command: Command) -> Rejection {
        let before = state_hash(&self.state).unwrap();
        let said = format!("{command:?}");
        let refused = engine::apply(&mut self.state, command, self.now);
        let Err(rejection) = refused else {
            panic!("{said} was accepted")
        };
        assert_eq!(state_hash(&self.state).unwrap(), before, "{said}: {rejection}");
        rejection
    }

    /// Two people of the city do it.
    fn agreed(&mut self, command: Command) -> Vec<Event> {
        let approval = ApprovalId(self.state.counters.approval);
        self.good(Command::Propose {
            maker: MAKER,
            command: Box::new(command),
        });
        self.good(decide(CHECKER, approval))
    }

    /// Lets time pass.
    fn wait_until(&mut self, text: &str) -> Vec<Event> {
        self.now = instant(text);
        self.good(Command::Tick)
    }

    fn submit(&mut self, org: OrgId, change: &Value) -> ApplicationId {
        let id = ApplicationId(self.state.counters.application);
        self.application(submit(org, change));
        id
    }

    /// Two people of the city and one of the finance authority pass it.
    fn pass(&mut self, application: ApplicationId, score: Option<u8>) {
        for user in [MAKER, CHECKER, TREASURER] {
            self.application(review((user, application), ReviewVerdict::Pass, score));
        }
    }

    fn status(&self, application: ApplicationId) -> Option<ApplicationStatus> {
        let known = self.state.applications.get(&application)?;
        Some(known.state.status())
    }

    fn pot(&self) -> Money {
        self.state.ledger.balance(AccountKey::Pot(CITY_PROGRAMME))
    }
}

fn submit(org: OrgId, change: &Value) -> ApplicationCommand {
    ApplicationCommand::Submit {
        org,
        programme: CITY_PROGRAMME,
        request: Box::new(request(change)),
    }
}

fn review(
    (user, application): (UserId, ApplicationId),
    verdict: ReviewVerdict,
    score: Option<u8>,
) -> ApplicationCommand {
    ApplicationCommand::Review {
        user,
        application,
        verdict,
        score,
        amount: None,
        note: "looked at".to_owned(),
    }
}

fn decide(checker: UserId, approval: ApprovalId) -> Command {
    Command::Decide {
        checker,
        approval,
        verdict: Verdict::Approve,
        reason: None,
    }
}

/// The pointers of a refusal for its fields.
fn pointers(rejection: &Rejection) -> Vec<&str> {
    match rejection {
        Rejection::Invalid(errors) => errors.iter().map(|error| error.pointer.as_str()).collect(),
        _ => Vec::new(),
    }
}
