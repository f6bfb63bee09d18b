//! An exchange with one organisation, and what lets people in.

use std::sync::Arc;

use qiantang::app::clock::Clock;
use qiantang::app::exchange::{Exchange, Handle};
use qiantang::app::identity::password::{Cost, Passwords};
use qiantang::app::identity::{Access, AccessError, MadeKeyView, NewKey, People, Registration, TokenAnswer};
use qiantang::app::permission::Caller;
use qiantang::app::request::{Reply, Request};
use qiantang::app::token::{LIFETIME_SECONDS, Settings, Tokens};
use qiantang::domain::id::{OrgId, SessionId, UserId};
use qiantang::domain::organisation::NewOrganisation;
use qiantang::domain::secret::Secret;
use qiantang::domain::time::Timestamp;
use qiantang::domain::user::Role;
use qiantang::engine::Command;
use serde_json::Value;
use tempfile::TempDir;

use crate::harness::TestDatabase;

pub const EMAIL: &str = "lilei@example.cn";
pub const OTHER: &str = "hanmeimei@example.cn";
pub const PASSWORD: &str = "correct horse";
pub const ORG: OrgId = OrgId(1);

pub fn at(seconds: u32) -> Timestamp {
    let noon: Timestamp = "2026-12-01T12:00:00Z".parse().unwrap();
    noon.plus_seconds(seconds)
}

pub fn secret(text: &str) -> Secret {
    Secret::new(text)
}

pub fn registration(email: &str, roles: &[Role]) -> Registration {
    Registration {
        org: ORG,
        roles: roles.to_vec(),
        email: email.to_owned(),
        name: "李雷".to_owned(),
        password: Some(secret(PASSWORD)),
        dormant: false,
    }
}

pub struct Desk {
    exchange: Exchange,
    pub access: Access,
    folder: TempDir,
}

impl Desk {
    /// With one organisation that is tenant and provider.
    pub fn open(database: &TestDatabase) -> Desk {
        let desk = Desk::start(database, tempfile::tempdir().unwrap());
        let command = Command::RegisterOrg(NewOrganisation {
            name: "租户".to_owned(),
            uscc: qiantang::domain::uscc::Uscc::from_stem("91330100MA0000001").unwrap(),
            kinds: vec![Role::Tenant, Role::Provider],
            owner: None,
        });
        let reply = desk.handle().call(Request::new("test", command).at(at(0))).unwrap();
        assert!(reply.accepted, "{}", reply.answer);
        desk
    }

    /// The same again, from what the database and the folder of keys have.
    pub fn reopen(self, database: &TestDatabase) -> Desk {
        let Desk { exchange, folder, .. } = self;
        exchange.shut_down();
        Desk::start(database, folder)
    }

    /// On a database that has the organisation already, with keys of its own.
    pub fn reopened(database: &TestDatabase) -> Desk {
        Desk::start(database, tempfile::tempdir().unwrap())
    }

    fn start(database: &TestDatabase, folder: TempDir) -> Desk {
        let exchange = Exchange::open(&database.url, "test", Clock::Given).unwrap();
        let cost = Cost {
            memory_kib: 8,
            passes: 1,
        };
        let people = People::new(exchange.handle(), Passwords::new(cost).unwrap());
        let settings = Settings {
            folder: folder.path().join("keys"),
            issuer: "https://hz.example.cn".to_owned(),
            audience: "qiantang".to_owned(),
            lifetime_seconds: LIFETIME_SECONDS,
        };
        let tokens = Tokens::open(settings, at(0)).unwrap();
        Desk {
            exchange,
            access: Access::new(people, Arc::new(tokens)),
            folder,
        }
    }

    pub fn handle(&self) -> Handle {
        self.exchange.handle()
    }

    pub fn try_register(&self, email: &str, roles: &[Role]) -> Result<Reply, AccessError> {
        let asked = registration(email, roles);
        let request = |command| Request::new("test", command).at(at(0));
        // Time goes on; what is registered later comes no earlier.
        let now = self.handle().inspect(|state| state.now).unwrap();
        self.access.people().register(asked, |command| request(command).at(now))
    }

    pub fn register(&self, email: &str, roles: &[Role]) -> UserId {
        let reply = self.try_register(email, roles).unwrap();
        assert!(reply.accepted, "{}", reply.answer);
        let answer: Value = serde_json::from_str(&reply.answer).unwrap();
        answer["id"].as_str().unwrap().parse().unwrap()
    }

    pub fn log_in(&self, at: Timestamp) -> TokenAnswer {
        self.access.log_in(EMAIL, &secret(PASSWORD), at).unwrap()
    }

    pub fn caller(&self, answer: &TokenAnswer, at: Timestamp) -> Result<Caller, AccessError> {
        self.access.authenticate(answer.access_token.expose(), at)
    }

    pub fn make_key(&self, caller: &Caller, at: Timestamp) -> MadeKeyView {
        let new = NewKey {
            name: "meter".to_owned(),
            roles: vec![Role::Tenant],
            expires_at: None,
        };
        self.access.make_key(caller, new, at).unwrap()
    }

    /// Somebody of another organisation who may do much.
    pub fn operator(&self) -> Caller {
        Caller {
            user: UserId(99),
            org: OrgId(99),
            roles: vec![Role::Operator],
            session: SessionId(99),
            key: None,
        }
    }
}
