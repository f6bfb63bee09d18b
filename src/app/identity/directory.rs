//! How all threads look up who is who, while one of them changes it.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use super::state::{Identity, NumbersGiven};
use super::view::{KeyView, PersonView, SessionView};
use crate::app::permission::{Caller, Reach};
use crate::domain::credential::NewPerson;
use crate::domain::id::{SessionId, UserId};
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::engine::user::UserChange;
use crate::engine::{Event, Rejection};
use crate::store::Batch;

/// A page of users.
#[derive(Debug, Clone, Copy)]
pub struct UserPage {
    /// The last one of the page before.
    pub after: Option<UserId>,
    /// How many at most.
    pub limit: usize,
}

/// What the exchange knows of people, sessions and keys, at this moment. Cheap to clone and to ask: it is what every request
/// asks first.
///
/// A change shows here as soon as it is applied, a moment before it is durable: whoever asked for it is told when it is. After
/// a failed commit it shows what the database has.
#[derive(Debug, Clone, Default)]
pub struct Directory(Arc<RwLock<Identity>>);

impl Directory {
    /// Who acts in a session; none if it has ended or nobody may act in it.
    pub fn session(&self, id: SessionId, at: Timestamp) -> Option<Caller> {
        self.read().caller(id, at)
    }

    /// For how many seconds no password is right for an address, in lower case.
    pub fn locked_for(&self, email: &str, at: Timestamp) -> Option<u32> {
        self.read().locked_for(email, at)
    }

    /// The user behind an address, in lower case, and the hash of the password.
    pub fn password(&self, email: &str) -> Option<(UserId, Secret)> {
        let identity = self.read();
        let user = identity.by_email.get(email)?;
        let hash = identity.people.get(user)?.password.clone()?;
        Some((*user, hash))
    }

    /// The user behind an address, in lower case.
    pub fn user_of(&self, email: &str) -> Option<UserId> {
        self.read().by_email.get(email).copied()
    }

    /// The address of a user, in lower case.
    pub fn email_of(&self, user: UserId) -> Option<String> {
        self.read().people.get(&user)?.email.clone()
    }

    /// A user with the person behind it; none beyond `reach`.
    pub fn user(&self, id: UserId, reach: Reach, at: Timestamp) -> Option<PersonView> {
        let identity = self.read();
        let user = identity.users.get(&id).filter(|user| reach.covers(user.profile.org))?;
        Some(PersonView::of(user, identity.people.get(&id), at))
    }

    /// Users within `reach`, by identifier.
    pub fn users(&self, page: UserPage, reach: Reach, at: Timestamp) -> Vec<PersonView> {
        let identity = self.read();
        let from = page.after.map_or(UserId(0), |after| UserId(after.0.saturating_add(1)));
        let view = |user: &User| PersonView::of(user, identity.people.get(&user.id), at);
        match reach.limit() {
            None => {
                let users = identity.users.range(from..).map(|(_, user)| user);
                users.take(page.limit).map(view).collect()
            }
            Some(org) => {
                let own = identity.users_of.range((org, from)..=(org, UserId(u64::MAX)));
                let users = own.filter_map(|(_, id)| identity.users.get(id));
                users.take(page.limit).map(view).collect()
            }
        }
    }

    /// Whether one person alone may make a change: it lets nobody move money who cannot already.
    ///
    /// The user may be changed before the change gets its turn. What is said here still holds then, since the change names the
    /// version that was looked at; so one that names another, or a user who is not here yet, is not for one person.
    pub fn is_for_one(&self, user: UserId, change: &UserChange) -> bool {
        let identity = self.read();
        let seen = identity.users.get(&user);
        let seen = seen.filter(|user| change.if_match == Some(user.version()));
        seen.is_some_and(|user| !change.gives_power(user))
    }

    /// API keys within `reach`, revoked ones too, the oldest first.
    pub fn keys(&self, reach: Reach) -> Vec<KeyView> {
        self.read().keys(reach.limit()).map(KeyView::from).collect()
    }

    /// The sessions of a person that can still be refreshed, the oldest first.
    pub fn sessions(&self, user: UserId, at: Timestamp) -> Vec<SessionView> {
        self.read().sessions_of(user, at).map(SessionView::from).collect()
    }

    /// Whether a new person could be the one behind a new user.
    pub(in crate::app) fn check_person(&self, person: &NewPerson) -> Result<(), Rejection> {
        self.read().check_person(person)
    }

    /// The last numbers given.
    pub(in crate::app) fn given(&self) -> NumbersGiven {
        self.read().given()
    }

    /// Follows what a command has done to users, which is rarely anything; its rows go into `batch`.
    pub(in crate::app) fn follow(
        &self,
        batch: &mut Batch,
        (events, person): (&[Event], Option<NewPerson>),
        at: Timestamp,
    ) {
        let concerns = |event: &Event| matches!(event, Event::UserRegistered(_) | Event::UserChanged(_));
        if events.iter().any(concerns) {
            self.change(batch, |identity| identity.follow(events, person, at));
        }
    }

    /// Changes it; its rows go into `batch`. For the sequencer's thread only.
    pub(in crate::app) fn change<T>(&self, batch: &mut Batch, change: impl FnOnce(&mut Identity) -> T) -> T {
        let mut identity = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let changed = change(&mut identity);
        identity.drain_into(batch);
        changed
    }

    /// Takes what the database has.
    pub(in crate::app) fn replace(&self, loaded: Identity) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = loaded;
    }

    fn read(&self) -> RwLockReadGuard<'_, Identity> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::permission::{ManageKeys, Permit};
    use crate::domain::id::OrgId;
    use crate::domain::user::{NewUser, Role};
    use crate::domain::version::Version;
    use crate::store::identity::Credentials;

    fn user(active: bool, roles: &[Role]) -> User {
        User {
            id: UserId(1),
            active,
            profile: NewUser {
                org: OrgId(1),
                roles: roles.to_vec(),
                identity: String::new(),
                dormant: false,
            },
        }
    }

    #[test]
    fn an_organisation_sees_its_own_users_page_by_page() {
        let of = |id: u64, org: u64| {
            let mut user = user(true, &[Role::Tenant]);
            (user.id, user.profile.org) = (UserId(id), OrgId(org));
            user
        };
        let users = (1..=9).map(|id| of(id, id % 3));
        let directory = Directory::default();
        directory.replace(Identity::load(users, Credentials::default(), NumbersGiven::default()));
        let mut batch = Batch::default();
        let at = Timestamp::from_micros(0);
        directory.change(&mut batch, |identity| identity.registered(&of(10, 1), None, at));
        directory.change(&mut batch, |identity| identity.changed(&of(4, 1), at));
        let reach = |role, org| {
            let caller = Caller {
                user: UserId(1),
                org: OrgId(org),
                roles: vec![role],
                session: SessionId(1),
                key: None,
            };
            Permit::<ManageKeys>::of(caller).unwrap().reach()
        };
        let seen = |reach, after, limit| {
            let page = UserPage {
                after: Some(UserId(after)),
                limit,
            };
            let users = directory.users(page, reach, at);
            users.iter().map(|user| user.user.id.0).collect::<Vec<_>>()
        };
        assert_eq!(seen(reach(Role::Tenant, 1), 0, 3), [1, 4, 7]);
        assert_eq!(seen(reach(Role::Tenant, 1), 7, 3), [10]);
        assert_eq!(seen(reach(Role::Tenant, 5), 0, 3), [0; 0]);
        assert_eq!(seen(reach(Role::Operator, 1), 8, 9), [9, 10]);
    }

    /// A version can be computed by anybody, also that of a user who will stand so in a moment.
    #[test]
    fn one_person_changes_only_what_is_there_to_be_judged() {
        let now = user(false, &[Role::Tenant]);
        let soon = user(false, &[Role::Tenant, Role::Operator]);
        let directory = Directory::default();
        let activate = |id: u64, if_match: Option<Version>| {
            let change = UserChange {
                roles: None,
                active: Some(true),
                if_match,
            };
            directory.is_for_one(UserId(id), &change)
        };
        assert!(!activate(1, Some(soon.version())), "nobody is there yet");
        let load = |user: &User| Identity::load([user.clone()], Credentials::default(), NumbersGiven::default());
        directory.replace(load(&now));
        assert!(activate(1, Some(now.version())));
        assert!(!activate(1, Some(soon.version())), "the user does not stand so yet");
        assert!(!activate(1, None));
        assert!(!activate(2, Some(now.version())));
        directory.replace(load(&soon));
        assert!(!activate(1, Some(soon.version())));
        assert!(!activate(1, Some(now.version())));
    }
}
