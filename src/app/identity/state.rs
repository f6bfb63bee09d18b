//! The state machine: what it holds, how it is read back, and what it wants written.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use super::lock::Strangers;
use crate::domain::credential::{ApiKey, NewPerson, Person, Session};
use crate::domain::id::{KeyId, OrgId, SessionId, UserId};
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use crate::domain::user::{Role, User};
use crate::engine::Event;
use crate::engine::rejection::{FieldRule, Rejection, invalid};
use crate::store::Batch;
use crate::store::counter::CounterRow;
use crate::store::identity::{ApiKeyRow, Credentials, PersonRow, SessionRow, is_purged};

/// Names of the counters.
const LAST_SESSION: &str = "session";
const LAST_KEY: &str = "api_key";
const LAST_CHANGE: &str = "identity";

/// The last numbers given to sessions, keys and changes. They are never given again, even after their rows are gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NumbersGiven {
    /// Of a session.
    pub session: u64,
    /// Of an API key.
    pub key: u64,
    /// Of a change that was written: tells after a commit of unknown outcome whether it is there.
    pub change: u64,
}

impl NumbersGiven {
    /// Picks them out of all counters.
    pub fn of(counters: &[CounterRow]) -> NumbersGiven {
        let find = |name: &str| {
            let found = counters.iter().find(|row| row.name == name);
            found.map_or(0, |row| row.value.cast_unsigned())
        };
        NumbersGiven {
            session: find(LAST_SESSION),
            key: find(LAST_KEY),
            change: find(LAST_CHANGE),
        }
    }
}

/// Who logged in: sessions are counted for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Holder {
    Person(UserId),
    Machine(KeyId),
}

impl Holder {
    pub(super) fn of(user: UserId, key: Option<KeyId>) -> Holder {
        key.map_or(Holder::Person(user), Holder::Machine)
    }
}

/// Rows to write.
#[derive(Debug, Default)]
struct Changes {
    people: Vec<PersonRow>,
    sessions: Vec<SessionRow>,
    keys: Vec<ApiKeyRow>,
}

/// Everything that is known of people, sessions and API keys.
#[derive(Debug, Default)]
pub struct Identity {
    /// The users, as the engine has them.
    pub(super) users: BTreeMap<UserId, User>,
    /// The same by organisation.
    pub(super) users_of: BTreeSet<(OrgId, UserId)>,
    pub(super) people: FxHashMap<UserId, Person>,
    pub(super) by_email: FxHashMap<String, UserId>,
    pub(super) strangers: Strangers,
    /// Those that were not ended.
    pub(super) sessions: FxHashMap<SessionId, Session>,
    pub(super) sessions_of: FxHashMap<Holder, BTreeSet<SessionId>>,
    pub(super) expiring: BTreeSet<(Timestamp, SessionId)>,
    /// All keys, revoked ones too, until their rows are deleted.
    pub(super) keys: BTreeMap<KeyId, ApiKey>,
    /// The same by organisation.
    pub(super) keys_of: BTreeSet<(OrgId, KeyId)>,
    pub(super) given: NumbersGiven,
    changes: Changes,
}

impl Identity {
    /// As the tables hold it.
    pub fn load(users: impl IntoIterator<Item = User>, credentials: Credentials, given: NumbersGiven) -> Identity {
        let mut identity = Identity {
            given,
            ..Identity::default()
        };
        for user in users {
            identity.put_user(user);
        }
        for person in credentials.people {
            let email = person.email.clone().map(|email| (email, person.user));
            identity.by_email.extend(email);
            identity.people.insert(person.user, person);
        }
        for session in credentials.sessions {
            identity.add_session(session);
        }
        for key in credentials.keys {
            identity.add_key(key);
        }
        identity
    }

    /// Whether a new person could be the one behind a new user.
    ///
    /// # Errors
    /// The e-mail address belongs to somebody.
    pub fn check_person(&self, person: &NewPerson) -> Result<(), Rejection> {
        if self.by_email.contains_key(&person.email) {
            return Err(invalid("/email", FieldRule::Taken, "is registered already"));
        }
        Ok(())
    }

    /// The last numbers given.
    pub fn given(&self) -> NumbersGiven {
        self.given
    }

    /// Follows what a command has done to users; `person` came with the command.
    pub fn follow(&mut self, events: &[Event], mut person: Option<NewPerson>, at: Timestamp) {
        for event in events {
            match event {
                Event::UserRegistered(user) => self.registered(user, person.take(), at),
                Event::UserChanged(user) => self.changed(user, at),
                _ => {}
            }
        }
    }

    /// A user was registered, with the person behind it if that is known.
    pub fn registered(&mut self, user: &User, person: Option<NewPerson>, at: Timestamp) {
        self.put_user(user.clone());
        if let Some(new) = person {
            self.by_email.insert(new.email.clone(), user.id);
            self.put_person(Person {
                user: user.id,
                email: Some(new.email),
                name: new.name,
                salt: new.salt,
                password: new.password,
                failures: 0,
                locked_until: None,
                password_changed_at: at,
            });
        }
    }

    /// A user's roles were changed, or the user was stopped or started again: whoever acts for the user logs in again.
    pub fn changed(&mut self, user: &User, at: Timestamp) {
        let before = self.put_user(user.clone());
        let as_before = before.is_some_and(|before| {
            let roles = |user: &User| user.profile.roles.iter().copied().collect::<BTreeSet<Role>>();
            before.active == user.active && roles(&before) == roles(user)
        });
        if !as_before {
            self.end_all(user.id, at);
        }
    }

    /// Sets a password and ends the person's sessions, but for `kept`. Failures before it count no more. False where nobody is
    /// known behind the user.
    pub fn set_password(&mut self, user: UserId, hash: Secret, kept: Option<SessionId>, at: Timestamp) -> bool {
        let found = self.people.get(&user).filter(|person| person.email.is_some());
        let Some(mut person) = found.cloned() else {
            return false;
        };
        person.password = Some(hash);
        person.failures = 0;
        person.locked_until = None;
        person.password_changed_at = at;
        self.put_person(person);
        self.end_sessions(user, kept, at);
        true
    }

    /// Whether a user can move money now.
    pub fn is_powerful(&self, user: UserId) -> bool {
        self.users.get(&user).is_some_and(User::is_powerful)
    }

    /// Whether the hash of a user's password is still `shown`.
    pub fn has_password(&self, user: UserId, shown: Option<&Secret>) -> bool {
        shown.is_some() && self.people.get(&user).and_then(|person| person.password.as_ref()) == shown
    }

    /// Overwrites who the person behind a user is. Nobody acts for the user any more.
    pub fn erase(&mut self, user: UserId, at: Timestamp) -> bool {
        let Some(person) = self.people.get(&user) else {
            return false;
        };
        if let Some(email) = &person.email {
            self.by_email.remove(email);
        }
        self.put_person(Person {
            user,
            email: None,
            name: String::new(),
            salt: Secret::new(""),
            password: None,
            failures: 0,
            locked_until: None,
            password_changed_at: at,
        });
        self.end_all(user, at);
        let made: Vec<KeyId> = self.made_by(user).collect();
        for key in made {
            self.revoke(key, at);
        }
        true
    }

    /// Moves the rows to write into a batch.
    pub fn drain_into(&mut self, batch: &mut Batch) {
        let Changes { people, sessions, keys } = std::mem::take(&mut self.changes);
        if people.is_empty() && sessions.is_empty() && keys.is_empty() {
            return;
        }
        batch.people.extend(people);
        batch.sessions.extend(sessions);
        batch.api_keys.extend(keys);
        self.given.change += 1;
        let given = [
            (LAST_SESSION, self.given.session),
            (LAST_KEY, self.given.key),
            (LAST_CHANGE, self.given.change),
        ];
        batch.counters.extend(given.map(|(name, value)| CounterRow {
            name: name.to_owned(),
            value: value.cast_signed(),
        }));
    }

    pub(super) fn put_person(&mut self, person: Person) {
        self.changes.people.push(PersonRow::from(&person));
        self.people.insert(person.user, person);
    }

    pub(super) fn put_session(&mut self, session: Session) {
        self.changes.sessions.push(SessionRow::from(&session));
        if session.revoked_at.is_some() {
            self.forget_session(&session);
        } else {
            self.add_session(session);
        }
    }

    pub(super) fn put_key(&mut self, key: ApiKey) {
        self.changes.keys.push(ApiKeyRow::from(&key));
        self.add_key(key);
    }

    /// The API keys of an organisation, revoked ones too, the oldest first.
    pub(super) fn keys_of(&self, org: OrgId) -> impl Iterator<Item = &ApiKey> {
        let own = self.keys_of.range((org, KeyId(0))..=(org, KeyId(u64::MAX)));
        own.filter_map(|(_, id)| self.keys.get(id))
    }

    /// Forgets the keys of an organisation whose rows are deleted sooner or later.
    pub(super) fn forget_keys(&mut self, org: OrgId, at: Timestamp) {
        let is_past = |key: &&ApiKey| is_purged(key.revoked_at, at) || is_purged(key.expires_at, at);
        let past: Vec<KeyId> = self.keys_of(org).filter(is_past).map(|key| key.id).collect();
        for id in past {
            self.keys.remove(&id);
            self.keys_of.remove(&(org, id));
        }
    }

    pub(super) fn made_by(&self, user: UserId) -> impl Iterator<Item = KeyId> {
        // A user stays in one organisation, and so do the keys.
        let org = self.users.get(&user).map(|user| user.profile.org);
        let own = org.into_iter().flat_map(|org| self.keys_of(org));
        own.filter(move |key| key.maker == user).map(|key| key.id)
    }

    pub(super) fn forget_session(&mut self, session: &Session) {
        self.sessions.remove(&session.id);
        self.expiring.remove(&(session.expires_at, session.id));
        let holder = Holder::of(session.user, session.key);
        if let Some(held) = self.sessions_of.get_mut(&holder) {
            held.remove(&session.id);
            if held.is_empty() {
                self.sessions_of.remove(&holder);
            }
        }
    }

    fn add_key(&mut self, key: ApiKey) {
        self.keys_of.insert((key.org, key.id));
        self.keys.insert(key.id, key);
    }

    fn put_user(&mut self, user: User) -> Option<User> {
        self.users_of.insert((user.profile.org, user.id));
        self.users.insert(user.id, user)
    }

    fn add_session(&mut self, session: Session) {
        let holder = Holder::of(session.user, session.key);
        self.sessions_of.entry(holder).or_default().insert(session.id);
        self.expiring.insert((session.expires_at, session.id));
        self.sessions.insert(session.id, session);
    }
}
