//! A running service with a small market: two of everybody, so that each has somebody whose things are not theirs.

use std::collections::BTreeMap;

use qiantang::api::running::Running;
use qiantang::api::settings::Settings;
use qiantang::app::clock::{Clock, system_now};
use qiantang::app::exchange::Exchange;
use qiantang::app::identity::password::{Cost, Passwords};
use qiantang::app::identity::{People, Registration};
use qiantang::app::request::Request;
use qiantang::app::verb;
use qiantang::domain::id::OrgId;
use qiantang::domain::secret::Secret;
use qiantang::domain::time::Timestamp;
use qiantang::domain::uscc::Uscc;
use qiantang::domain::user::Role;
use qiantang::store::Url;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::client::{Answer, Client, fresh_key};
use crate::harness::TestDatabase;

/// Everybody's password.
pub const PASSWORD: &str = "a password for tests only";

/// People by name: who they are and for whom they act.
const PEOPLE: [(&str, Role, u64); 10] = [
    ("provider1", Role::Provider, 1),
    ("provider2", Role::Provider, 2),
    ("tenant1", Role::Tenant, 3),
    ("tenant2", Role::Tenant, 4),
    ("issuer1", Role::Issuer, 5),
    ("issuer2", Role::Issuer, 5),
    ("auditor1", Role::Auditor, 6),
    ("auditor2", Role::Auditor, 6),
    ("operator1", Role::Operator, 7),
    ("operator2", Role::Operator, 7),
];

const ORGS: [(&str, &str); 7] = [
    ("provider", "智算中心甲"),
    ("provider", "智算中心乙"),
    ("tenant", "租户甲"),
    ("tenant", "租户乙"),
    ("issuer", "经信局"),
    ("auditor", "审计局"),
    ("operator", "运营方"),
];

/// A running service on a database of its own.
pub struct Stand {
    running: Option<Running>,
    folder: TempDir,
    url: Url,
    /// Where it is a file that vanishes with the stand.
    _database: Option<TestDatabase>,
    /// What its settings are beside the defaults.
    settings: BTreeMap<String, String>,
}

impl Stand {
    /// With the usual settings.
    pub fn new(database: &TestDatabase) -> Stand {
        Stand::with(database, &[])
    }

    /// On SQLite alone, with some settings of its own.
    pub fn on_sqlite(settings: &[(&str, &str)]) -> Stand {
        let database = TestDatabase::sqlite();
        let mut stand = Stand::with(&database, settings);
        stand._database = Some(database);
        stand
    }

    /// With some settings of its own.
    pub fn with(database: &TestDatabase, settings: &[(&str, &str)]) -> Stand {
        Stand::since(database, system_now(), settings)
    }

    /// With a market that was opened thirty hours ago, and where a lease of a day has begun an hour later: tenant1's from
    /// provider1.
    pub fn aged(database: &TestDatabase) -> Stand {
        let at = Timestamp::from_micros(hours_ahead(0).micros() - 30 * 3_600_000_000);
        Stand::since(database, at, &[])
    }

    /// With a market in which tenant1 has cards of provider1 now, since an hour or two.
    pub fn renting(database: &TestDatabase) -> Stand {
        let at = Timestamp::from_micros(system_now().micros() - 3 * 3_600_000_000);
        Stand::since(database, at, &[])
    }

    fn since(database: &TestDatabase, at: Timestamp, settings: &[(&str, &str)]) -> Stand {
        qiantang::store::migrate(&database.url).unwrap();
        people_the_market(&database.url, at);
        let folder = tempfile::tempdir().unwrap();
        let keys = folder.path().join("keys").display().to_string();
        let documents = folder.path().join("documents").display().to_string();
        let usual = [
            ("listen", "127.0.0.1:0"),
            ("keys", &keys),
            ("documents", &documents),
            ("login_per_minute", "100000"),
        ];
        let all = usual.iter().chain(settings);
        let settings = all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let mut stand = Stand {
            running: None,
            folder,
            url: database.url.clone(),
            _database: None,
            settings: settings.collect(),
        };
        stand.start();
        stand
    }

    fn start(&mut self) {
        let settings = Settings::new(&self.settings).unwrap();
        self.running = Some(Running::start(settings, &self.url, false).unwrap());
    }

    /// Changes a setting, for the next start.
    pub fn set(&mut self, name: &str, value: &str) {
        self.settings.insert(name.to_owned(), value.to_owned());
    }

    /// Stops as a signal would, and starts again.
    pub fn restart(&mut self) {
        self.running.take().unwrap().stop().unwrap();
        self.start();
    }

    /// Stops, lets happen what is due until then, and starts again.
    pub fn let_time_pass(&mut self, until: Timestamp) {
        self.running.take().unwrap().stop().unwrap();
        let exchange = Exchange::open(&self.url, "set-up", Clock::Given).unwrap();
        let tick = verb::command("tick", None, json!({})).unwrap();
        let reply = exchange.handle().call(Request::new("set-up", tick).at(until)).unwrap();
        assert!(reply.accepted, "{}", reply.answer);
        exchange.shut_down();
        self.start();
    }

    /// Where the documents are.
    pub fn documents(&self) -> std::path::PathBuf {
        self.folder.path().join("documents")
    }

    /// Where the keys that sign tokens are.
    pub fn keys(&self) -> std::path::PathBuf {
        self.folder.path().join("keys")
    }

    /// Nobody.
    pub fn nobody(&self) -> Client {
        Client::new(self.running.as_ref().unwrap().address())
    }

    /// What a log-in answers.
    pub fn log_in(&self, name: &str, password: &str) -> Answer {
        let email = format!("{name}@example.cn");
        let body = json!({"grant_type": "password", "email": email, "password": password});
        self.nobody().ask("POST", "/v1/auth/token").json(&body).send()
    }

    /// One of the people, logged in.
    pub fn person(&self, name: &str) -> Client {
        let answer = self.log_in(name, PASSWORD).must(200).json();
        self.nobody().with_token(answer["access_token"].as_str().unwrap())
    }
}

impl Drop for Stand {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop().unwrap();
        }
    }
}

/// Reference data, organisations and people, before the service starts: the first operator has to come from somewhere.
fn people_the_market(url: &Url, at: Timestamp) {
    let exchange = Exchange::open(url, "set-up", Clock::Given).unwrap();
    let handle = exchange.handle();
    let say_as = |org: Option<OrgId>, verb: &str, body: Value| {
        let command = verb::command(verb, org, body).unwrap();
        let reply = handle.call(Request::new("set-up", command).at(at)).unwrap();
        assert!(reply.accepted, "{}", reply.answer);
    };
    let say = |verb: &str, body: Value| say_as(None, verb, body);
    for (code, domestic) in [("ascend-910b", true), ("nvidia-h20", false)] {
        let body = json!({"code": code, "vendor": "v", "model": code, "domestic": domestic, "memory_gb": 64,
            "fp16_dense_gflops": 320_000, "cards_per_node": 8});
        say("accelerator", body);
    }
    for code in ["hangzhou", "ningbo"] {
        say("site", json!({"code": code, "name_zh": code, "region": "zhejiang"}));
    }
    for (number, (kind, name)) in (1..).zip(ORGS) {
        let uscc = Uscc::from_stem(&format!("91330100{number:09}")).unwrap();
        say("org", json!({"name": name, "uscc": uscc, "kinds": [kind]}));
    }
    for org in [3, 4] {
        say(
            "deposit",
            json!({"org": OrgId(org), "amount": "100000000.00", "bank_ref": "set-up"}),
        );
    }
    // As cheap as argon2 goes: the hash says so itself.
    let cost = Cost {
        memory_kib: 8,
        passes: 1,
    };
    let people = People::new(handle.clone(), Passwords::new(cost).unwrap());
    for (name, role, org) in PEOPLE {
        let asked = Registration {
            org: OrgId(org),
            roles: vec![role],
            email: format!("{name}@example.cn"),
            name: name.to_owned(),
            password: Some(Secret::new(PASSWORD)),
            dormant: false,
        };
        let reply = people
            .register(asked, |command| Request::new("set-up", command).at(at))
            .unwrap();
        assert!(reply.accepted, "{}", reply.answer);
    }
    if system_now().micros() - at.micros() > 3_600_000_000 {
        let later = |hours| at.hour_ceil().plus(hours).timestamp();
        let offer = json!({"site": "ningbo", "accelerator": "ascend-910b", "cards_per_island": 8, "lot_cards": 8,
            "from": later(1), "until": later(25), "ask": "8.000000"});
        say_as(Some(OrgId(1)), "listing", offer);
        let wanted = json!({"alternatives": [{"accelerator": "ascend-910b", "cards": 8, "hours": 24, "limit": "8.000000"}],
            "earliest": later(1), "latest": later(25)});
        say_as(Some(OrgId(3)), "bid", wanted);
    }
    exchange.shut_down();
}

/// So many whole hours from now.
pub fn hours_ahead(hours: u32) -> Timestamp {
    system_now().hour_ceil().plus(hours).timestamp()
}

/// Sixteen islands of eight cards from now on, for thirty days.
pub fn listing(ask: &str) -> Value {
    json!({"site": "hangzhou", "accelerator": "ascend-910b", "islands": 16, "cards_per_island": 8,
        "from": hours_ahead(0), "until": hours_ahead(720), "ask": ask, "lot_cards": 8})
}

/// Eight cards for a day within the next ten.
pub fn bid(limit: &str) -> Value {
    json!({"alternatives": [{"accelerator": "ascend-910b", "cards": 8, "hours": 24, "limit": limit}],
        "earliest": hours_ahead(0), "latest": hours_ahead(240)})
}

/// Drafts a programme, approves and opens it; its identifier.
pub fn open_programme(stand: &Stand, rules: &Value) -> String {
    let drafted = stand.person("issuer1").post("/v1/programmes", rules).must(201).json();
    let id = drafted["id"].as_str().unwrap().to_owned();
    for (name, step) in [("issuer2", "approve"), ("issuer1", "open")] {
        let path = format!("/v1/programmes/{id}/{step}");
        stand.person(name).ask("POST", &path).key(&fresh_key()).send().must(200);
    }
    id
}

/// Does what two people must do, and says what came of it.
pub fn both(stand: &Stand, (maker, checker): (&str, &str), path: &str, body: &Value) -> Value {
    let asked = stand.person(maker).post(path, body).must(202).json();
    let id = asked["approval"]["id"].as_str().unwrap();
    let path = format!("/v1/approvals/{id}/approve");
    let checker = stand.person(checker);
    checker.ask("POST", &path).key(&fresh_key()).send().must(200).json()
}
