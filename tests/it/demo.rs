//! The living demonstration market: seeded, lived in, left alone.

use std::collections::BTreeMap;
use std::path::Path;

use qiantang::api::running::Running;
use qiantang::api::settings::Settings;
use qiantang::app::clock::{Clock, system_now};
use qiantang::app::exchange::Exchange;
use qiantang::domain::application::ApplicationState;
use qiantang::domain::claim::ClaimState;
use qiantang::domain::flag::FlagState;
use qiantang::domain::id::OrgId;
use qiantang::domain::lease::LeaseState;
use qiantang::domain::organisation::OrgKind;
use qiantang::domain::programme::ProgrammeState;
use qiantang::domain::time::Timestamp;
use qiantang::store::Url;
use serde_json::{Value, json};

use super::api::client::Client;
use super::harness::binary::{Ended, run, run_well, verify};
use super::harness::{TestDatabase, for_each_empty};

/// Seeds a small market.
fn seed(database: &TestDatabase, more: &[&str]) -> Ended {
    let place = database.place();
    run(&[&["seed", "--demo", "--bids", "400", "--database", &place], more].concat())
}

fn seed_well(database: &TestDatabase, more: &[&str]) -> String {
    let ended = seed(database, more);
    assert_eq!(ended.code, Some(0), "{}", ended.complained);
    ended.said
}

/// What a market of a fixed start comes to.
fn hash(database: &TestDatabase, more: &[&str]) -> Value {
    seed_well(
        database,
        &[&["--quiet", "--start", "2025-03-01T10:20:00Z"], more].concat(),
    );
    let verdict = run_well(&["verify", "--quiet", "--format", "json", "--database", &database.place()]);
    serde_json::from_str::<Value>(&verdict).unwrap()["state_hash"].clone()
}

/// What stands in a market.
#[derive(Debug, PartialEq, Eq)]
struct Standing {
    now: Timestamp,
    settled_until: Timestamp,
    /// Listings that are open, that still let cards, and that do not yet.
    listings: (usize, usize, usize),
    /// Bids that wait, and those of them whose time has passed.
    bids: (usize, usize),
    running: usize,
    settled: usize,
    vouchers_drawn: bool,
    users: BTreeMap<OrgKind, usize>,
}

fn standing(url: &Url) -> Standing {
    let exchange = Exchange::open(url, "test", Clock::Given).unwrap();
    let standing = exchange.handle().inspect(|state| {
        let now = state.now.hour_floor();
        let open = || state.book.listings();
        let mut users = BTreeMap::new();
        for user in state.users.values() {
            user.profile
                .roles
                .iter()
                .for_each(|role| *users.entry(*role).or_default() += 1);
        }
        Standing {
            now: state.now,
            settled_until: state.settled_until,
            listings: (
                open().count(),
                open().filter(|listing| listing.window.until() > now.plus(24)).count(),
                open().filter(|listing| listing.window.from() > now).count(),
            ),
            bids: (
                state.book.bids().count(),
                state.book.bids().filter(|bid| bid.latest <= now).count(),
            ),
            running: state
                .leases
                .values()
                .filter(|lease| lease.state == LeaseState::Active)
                .count(),
            settled: state
                .leases
                .values()
                .filter(|lease| lease.settled.charge.is_positive())
                .count(),
            vouchers_drawn: !state.drawn.is_empty(),
            users,
        }
    });
    exchange.shut_down();
    standing.unwrap()
}

/// Serves a database; its keys lie in `folder`.
fn serve(database: &TestDatabase, folder: &Path) -> Running {
    let keys = folder.join("keys").display().to_string();
    let documents = folder.join("documents").display().to_string();
    let given = [("listen", "127.0.0.1:0"), ("keys", &keys), ("documents", &documents)];
    let given = given.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let settings = Settings::new(&BTreeMap::from(given)).unwrap();
    Running::start(settings, &database.url, false).unwrap()
}

#[test]
fn an_empty_database_gets_a_market_that_goes_on_from_now() {
    for_each_empty(|database| {
        let before = system_now();
        let said = seed_well(database, &[]);
        let found = standing(&database.url);
        assert!(
            found.now <= system_now() && before.seconds_since(found.now) < 120,
            "{found:?}"
        );
        assert!(found.now.seconds_since(found.settled_until) <= 24 * 3_600, "{found:?}");
        let (open, letting, to_come) = found.listings;
        assert!(open > 20 && letting > 20 && to_come > 0, "{found:?}");
        assert!(found.bids.0 > 5 && found.bids.1 == 0, "{found:?}");
        assert!(
            found.running > 10 && found.settled > 10 && found.vouchers_drawn,
            "{found:?}"
        );
        for (role, least) in [
            (OrgKind::Operator, 2),
            (OrgKind::Issuer, 2),
            (OrgKind::Auditor, 1),
            (OrgKind::Provider, 1),
            (OrgKind::Tenant, 2),
        ] {
            assert!(found.users[&role] >= least, "{role}: {found:?}");
        }
        assert!(
            said.contains("tenant1@demo.qiantang.test") && said.contains("curl"),
            "{said}"
        );

        let again = seed_well(database, &["--seed", "2"]);
        assert!(
            again.contains("left as it is") && again.contains("tenant1-demo-only"),
            "{again}"
        );
        assert_eq!(standing(&database.url), found, "the second time changes nothing");
        verify(&database.place());
        let place = database.place();
        assert!(
            !again.contains("postgres://") || !again.contains(&place),
            "no address with its secrets"
        );
    });
}

#[test]
fn the_same_start_and_seed_give_the_same_state() {
    let hashes: Vec<Value> = [TestDatabase::sqlite(), TestDatabase::postgresql()]
        .iter()
        .map(|database| hash(database, &[]))
        .collect();
    assert_eq!(hashes[0], hashes[1]);
    let database = TestDatabase::sqlite();
    assert_ne!(hashes[0], hash(&database, &["--seed", "2"]));
    assert_eq!(hashes[0], hash(&database, &["--fresh"]), "it begins anew");
}

#[test]
fn the_issuers_desk_is_not_empty() {
    let database = TestDatabase::sqlite();
    // Of that year the working days are known.
    let said = seed_well(&database, &["--start", "2025-03-01T10:20:00Z"]);
    assert!(
        said.contains("/v1/applications?state=in_review") && said.contains("issuer1-demo-only"),
        "{said}"
    );
    let exchange = Exchange::open(&database.url, "test", Clock::Given).unwrap();
    let seen = exchange.handle().inspect(|state| {
        let programmes = |wanted: ProgrammeState| state.programmes.values().filter(move |one| one.state == wanted);
        assert_eq!(programmes(ProgrammeState::Open).count(), 5);
        let draft = programmes(ProgrammeState::Draft).next().unwrap();
        assert!(draft.maker.is_some() && draft.checker.is_none());
        let states: Vec<&str> = state
            .applications
            .values()
            .map(|one| one.state.status().name())
            .collect();
        assert_eq!(states, ["submitted", "in_review", "published"]);
        let until = state.applications.values().find_map(|one| match one.state {
            ApplicationState::Published { until, .. } => Some(until),
            _ => None,
        });
        assert!(until.unwrap() > state.now, "its notice goes on");
        let granted = state.vouchers.values().filter(|voucher| voucher.application.is_some());
        let granted: Vec<OrgId> = granted.map(|voucher| voucher.org).collect();
        let claims: Vec<(ClaimState, OrgId)> = state.claims.values().map(|one| (one.state, one.org)).collect();
        assert_eq!(claims, [(ClaimState::Submitted, granted[0])]);
        assert!(state.claims.values().all(|one| one.amount.is_positive()));
        assert!(state.flags.values().any(|flag| flag.state == FlagState::Open));
        (state.facts.len(), state.provider_lists.len())
    });
    assert_eq!(seen.unwrap(), (40, 3));
    exchange.shut_down();
    verify(&database.place());
}

#[test]
fn users_that_are_missing_are_added_to_a_demo_and_never_to_anything_else() {
    let folder = tempfile::tempdir().unwrap();
    let flow = folder.path().join("flow.jsonl");
    let org = |name: &str, uscc: &str| json!({"at": "2025-03-01T00:00:00Z", "do": "org", "body": {"name": name, "uscc": uscc, "kinds": ["tenant"]}});

    let made_up = TestDatabase::sqlite();
    run_well(&["seed", "--quiet", "--database", &made_up.place()]);
    seed_well(&made_up, &[]);
    assert!(standing(&made_up.url).users.len() == 5);

    let other = TestDatabase::sqlite();
    std::fs::write(&flow, org("真实公司", "91330100799655058B").to_string()).unwrap();
    run_well(&[
        "replay",
        flow.to_str().unwrap(),
        "--quiet",
        "--database",
        &other.place(),
    ]);
    let ended = seed(&other, &[]);
    assert_eq!(ended.code, Some(2), "{}", ended.said);
    assert!(
        ended.complained.contains("真实公司 is not made up"),
        "{}",
        ended.complained
    );
    assert!(!ended.said.contains("demo-only"), "{}", ended.said);
    assert!(standing(&other.url).users.is_empty());
}

#[test]
fn a_flow_can_start_at_any_time() {
    let usual = run_well(&["demo", "--quiet"]);
    assert_eq!(usual, run_well(&["demo", "--quiet", "--start", "2026-12-01T00:00:00Z"]));
    let other = run_well(&["demo", "--quiet", "--start", "2031-05-06T00:00:00Z"]);
    assert_eq!(other.lines().count(), usual.lines().count());
    let first = |flow: &str| flow.lines().next().unwrap().split_once(r#""do""#).unwrap().0.to_owned();
    assert_eq!(first(&other), r#"{"at":"2031-05-06T00:00:00Z","#);
    for line in other.lines().filter(|line| line.contains(r#""do":"programme""#)) {
        let rules = &serde_json::from_str::<Value>(line).unwrap()["body"];
        let year = |field: &str| rules[field].as_str().unwrap()[..4].parse::<u32>().unwrap();
        assert!(year("valid_from") <= 2031 && year("valid_until") >= 2031, "{rules}");
    }
}

#[test]
fn a_market_of_the_future_is_not_made() {
    let database = TestDatabase::sqlite();
    let ended = seed(&database, &["--start", "2999-01-01T00:00:00Z"]);
    assert_eq!(ended.code, Some(3));
    assert!(ended.complained.contains("is still to come"), "{}", ended.complained);
    let ended = run(&[
        "seed",
        "--start",
        "2025-03-01T10:20:00Z",
        "--database",
        &database.place(),
    ]);
    assert_eq!(ended.code, Some(3), "without --demo it means nothing");
}

#[test]
fn the_robot_trades_as_the_users_and_leaves() {
    let database = TestDatabase::sqlite();
    seed_well(&database, &["--quiet"]);
    let folder = tempfile::tempdir().unwrap();
    let running = serve(&database, folder.path());
    let address = running.address();
    let url = format!("http://{address}");
    let told = run_well(&[
        "demo", "trade", "--url", &url, "--acts", "60", "--pace", "1", "--seed", "3",
    ]);
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines.len(), 61, "{told}");
    for act in ["bids for", "asks for", "lists", "cancels"] {
        assert!(lines.iter().any(|line| line.contains(act)), "{act}: {told}");
    }
    for (state, least) in [(" filled, ", 5), (" open", 5), (" CNY", 5)] {
        let found = lines.iter().filter(|line| line.contains(state)).count();
        assert!(found >= least, "{state}: {told}");
    }
    // What it takes back may be gone by then; anything else is there to be had.
    let mut refused = lines.iter().filter(|line| line.contains("refused"));
    assert!(
        refused.all(|line| line.contains("cancels") || line.contains("withdraws")),
        "{told}"
    );

    let tenant =
        json!({"grant_type": "password", "email": "tenant1@demo.qiantang.test", "password": "tenant1-demo-only"});
    let client = Client::new(address);
    let tokens = client
        .ask("POST", "/v1/auth/token")
        .json(&tenant)
        .send()
        .must(200)
        .json();
    let client = client.with_token(tokens["access_token"].as_str().unwrap());
    let sessions = client.ask("GET", "/v1/auth/sessions").send().must(200).json();
    assert_eq!(
        sessions["items"].as_array().unwrap().len(),
        1,
        "the robot has ended its own"
    );
    running.stop().unwrap();
    verify(&database.place());
}

#[test]
fn the_robot_says_where_it_is_not_let_in() {
    let database = TestDatabase::sqlite();
    run_well(&["migrate", "--database", &database.place()]);
    let folder = tempfile::tempdir().unwrap();
    let running = serve(&database, folder.path());
    let ended = run(&[
        "demo",
        "trade",
        "--pace",
        "1",
        "--url",
        &format!("http://{}", running.address()),
    ]);
    running.stop().unwrap();
    assert_eq!(ended.code, Some(2), "{}", ended.said);
    assert!(ended.complained.contains("is not let in"), "{}", ended.complained);
}
