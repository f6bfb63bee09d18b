//! Users, what two of them decide on, and versions: on both back ends, through the exchange.

mod deciding;
mod forging;
mod power;
mod users;
mod versions;

use qiantang::app::clock::Clock;
use qiantang::app::exchange::{Exchange, Handle};
use qiantang::app::request::{Reply, Request};
use qiantang::app::verb;
use qiantang::app::verify::verify;
use qiantang::domain::account::AccountKey;
use qiantang::domain::approval::Verdict;
use qiantang::domain::id::{ApprovalId, OrgId, ProgrammeId, UserId};
use qiantang::domain::money::Money;
use qiantang::domain::time::Timestamp;
use qiantang::domain::uscc::Uscc;
use qiantang::domain::user::{NewUser, Role};
use qiantang::engine::state_hash::{StateHash, state_hash};
use qiantang::engine::{Command, State};
use qiantang::store::{self, Reader, Url};
use serde_json::{Value, json};

/// Everything but an issuer and an auditor.
const OPERATORS: OrgId = OrgId(1);
/// Everything but an operator and an auditor.
const ISSUERS: OrgId = OrgId(2);
const OPERATOR: UserId = UserId(1);
const SECOND: UserId = UserId(2);
const ISSUER: UserId = UserId(3);
const SECOND_ISSUER: UserId = UserId(4);
/// Of the operators, but only trades.
const TRADER: UserId = UserId(5);

fn noon() -> Timestamp {
    "2026-12-01T12:00:00Z".parse().unwrap()
}

fn reopen(url: &Url) -> Exchange {
    Exchange::open(url, "a test", Clock::Given).unwrap()
}

fn give(handle: &Handle, command: Command) -> Reply {
    handle.call(Request::new("a test", command).at(noon())).unwrap()
}

/// The answer to a command that must be accepted.
fn good(handle: &Handle, command: Command) -> Value {
    let reply = give(handle, command);
    assert!(reply.accepted, "{}", reply.answer);
    serde_json::from_str(&reply.answer).unwrap()
}

/// The code of a refusal and the pointers of its fields; it has changed nothing.
fn refused(handle: &Handle, command: Command) -> (String, u64, Vec<String>) {
    let before = memory(handle);
    let reply = give(handle, command);
    assert!(!reply.accepted, "{}", reply.answer);
    assert_eq!(memory(handle), before, "a refusal changed something: {}", reply.answer);
    let problem: Value = serde_json::from_str(&reply.answer).unwrap();
    let errors = problem["errors"].as_array().cloned().unwrap_or_default();
    let pointers = errors.iter().map(|error| error["pointer"].as_str().unwrap().to_owned());
    (
        problem["code"].as_str().unwrap().to_owned(),
        problem["status"].as_u64().unwrap(),
        pointers.collect(),
    )
}

/// A refusal that names no field.
fn refusal(code: &str, status: u64) -> (String, u64, Vec<String>) {
    (code.to_owned(), status, Vec::new())
}

fn invalid(pointer: &str) -> (String, u64, Vec<String>) {
    ("invalid".to_owned(), 422, vec![pointer.to_owned()])
}

fn memory(handle: &Handle) -> StateHash {
    handle.inspect(|state| state_hash(state).unwrap()).unwrap()
}

/// The tables hold what memory does, and the journal leads there.
fn is_sound(url: &Url, handle: &Handle) {
    let mut reader = Reader::open(url).unwrap();
    let stored = store::state::load(&mut reader).unwrap();
    assert_eq!(state_hash(&stored).unwrap(), memory(handle));
    let verdict = verify(&mut reader, &mut |_, _| {}).unwrap();
    assert!(verdict.violations.is_empty(), "{:?}", verdict.violations);
}

fn cash(handle: &Handle) -> i64 {
    let look = |state: &State| state.ledger.balance(AccountKey::Cash(OPERATORS)).fen();
    handle.inspect(look).unwrap()
}

fn user(org: OrgId, roles: &[Role]) -> Command {
    Command::RegisterUser(NewUser {
        org,
        roles: roles.to_vec(),
        identity: "0123456789abcdef".repeat(4),
        dormant: false,
    })
}

/// Two organisations and five users.
fn open(url: &Url) -> Exchange {
    let exchange = reopen(url);
    let handle = exchange.handle();
    for (stem, kinds) in [
        ("91330100MA0000001", ["provider", "tenant", "operator"]),
        ("91330100MA0000002", ["provider", "tenant", "issuer"]),
    ] {
        let uscc = Uscc::from_stem(stem).unwrap();
        let body = json!({"name": stem, "uscc": uscc, "kinds": kinds});
        good(&handle, verb::command("org", None, body).unwrap());
    }
    good(&handle, user(OPERATORS, &[Role::Operator]));
    good(
        &handle,
        user(OPERATORS, &[Role::Tenant, Role::Operator, Role::Provider]),
    );
    good(&handle, user(ISSUERS, &[Role::Issuer, Role::Tenant]));
    good(&handle, user(ISSUERS, &[Role::Issuer]));
    let trader = good(&handle, user(OPERATORS, &[Role::Provider, Role::Tenant]));
    assert_eq!(trader["id"], json!(TRADER));
    exchange
}

fn deposit(fen: i64) -> Command {
    Command::Deposit {
        org: OPERATORS,
        amount: Money::from_fen(fen),
        bank_ref: format!("line {fen}"),
    }
}

fn programme(pot: &str) -> Command {
    let rules = json!({"id": "city", "pot": pot, "rates": [{"rate_bps": 3000}], "valid_from": "2026-01-01T00:00:00Z",
        "valid_until": "2027-01-01T00:00:00Z"});
    Command::OpenProgramme(serde_json::from_value(rules).unwrap())
}

fn grant(yuan: i64) -> Command {
    grant_to(OPERATORS, yuan)
}

fn grant_to(org: OrgId, yuan: i64) -> Command {
    Command::Grant {
        programme: ProgrammeId(1),
        org,
        amount: Money::from_fen(yuan * 100),
    }
}

fn propose(maker: UserId, command: Command) -> Command {
    let command = Box::new(command);
    Command::Propose { maker, command }
}

fn approve(checker: UserId, approval: u64) -> Command {
    Command::Decide {
        checker,
        approval: ApprovalId(approval),
        verdict: Verdict::Approve,
        reason: None,
    }
}

fn reject(checker: UserId, approval: u64, reason: Option<&str>) -> Command {
    Command::Decide {
        checker,
        approval: ApprovalId(approval),
        verdict: Verdict::Reject,
        reason: reason.map(str::to_owned),
    }
}

fn activate(user: UserId, active: bool) -> Command {
    Command::AmendUser {
        user,
        roles: None,
        active: Some(active),
        if_match: None,
    }
}
