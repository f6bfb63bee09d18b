//! Use cases about people: who they are, and their passwords. They hash passwords, so that they block.

use sha2::{Digest as _, Sha256};

use super::error::AccessError;
use super::key::KeyError;
use super::password::Passwords;
use super::person::{check_email, check_name, check_password, identity_hash, normal};
use crate::app::exchange::Handle;
use crate::app::permission::Caller;
use crate::app::random;
use crate::app::request::{Reply, Request, SubmitError};
use crate::domain::credential::NewPerson;
use crate::domain::id::{OrgId, UserId};
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use crate::domain::user::{NewUser, Role};
use crate::engine::Command;
use crate::engine::rejection::FieldErrors;

/// What is said of a new user and the person behind it.
#[derive(Debug, Clone)]
pub struct Registration {
    /// For whom the user acts.
    pub org: OrgId,
    /// As what.
    pub roles: Vec<Role>,
    /// The e-mail address; kept in lower case.
    pub email: String,
    /// The name.
    pub name: String,
    /// The password; none: somebody sets it later.
    pub password: Option<Secret>,
    /// Whether the user may not act yet.
    pub dormant: bool,
}

/// At whose word somebody else's password is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authority {
    /// Whoever owns the machine, and could as well write into the database.
    Machine,
    /// One person, who must not become another one that can move money.
    OnePerson,
}

/// Registers people and changes their passwords.
pub struct People {
    pub(super) handle: Handle,
    pub(super) passwords: Passwords,
}

impl People {
    /// On a running exchange.
    pub fn new(handle: Handle, passwords: Passwords) -> People {
        People { handle, passwords }
    }

    /// Registers a user and the person behind it, as one. `request` says who asks, for the journal. The reply is the
    /// exchange's, refused ones too.
    ///
    /// What an idempotency key keeps of the body is never deleted, and a plain hash of it would let anybody who has the
    /// database try passwords at speed; so only organisation and roles count, and the address is compared with what the person
    /// has.
    ///
    /// # Errors
    /// [`AccessError::Rejected`], [`AccessError::Password`], [`AccessError::Submit`].
    pub fn register(
        &self,
        asked: Registration,
        request: impl FnOnce(Command) -> Request,
    ) -> Result<Reply, AccessError> {
        let email = normal(&asked.email);
        let name = asked.name.trim().to_owned();
        let mut errors = FieldErrors::default();
        check_email(&mut errors, &email);
        check_name(&mut errors, &name);
        if let Some(password) = &asked.password {
            check_password(&mut errors, "/password", (password, &email));
        }
        errors.check()?;
        let password = match &asked.password {
            Some(password) => Some(self.passwords.hash(password)?),
            None => None,
        };
        let salt = random::secret()?;
        let told = serde_json::to_vec(&(asked.org, &asked.roles)).ok();
        let body_hash = told.map(|told| Sha256::digest(told).into());
        let command = Command::RegisterUser(NewUser {
            org: asked.org,
            roles: asked.roles,
            identity: identity_hash(&salt, &email, &name),
            dormant: asked.dormant,
        });
        let mut request = request(command);
        if let (Some(key), Some(body_hash)) = (&mut request.key, body_hash) {
            key.body_hash = body_hash;
        }
        let person = NewPerson {
            email: email.clone(),
            name,
            salt,
            password,
        };
        let reply = self.handle.call_person(request, person)?;
        if reply.replayed && reply.accepted && self.registered(&reply) != Some(email) {
            return Err(SubmitError::KeyReused.into());
        }
        Ok(reply)
    }

    /// The address of the user that an accepted reply names.
    fn registered(&self, reply: &Reply) -> Option<String> {
        let answer: serde_json::Value = serde_json::from_str(&reply.answer).ok()?;
        let user = answer.get("id")?.as_str()?.parse().ok()?;
        self.handle.directory().email_of(user)
    }

    /// Changes one's own password, and ends one's other sessions.
    ///
    /// # Errors
    /// [`AccessError::WrongPassword`], which counts as a failed log-in, [`AccessError::LogIn`] where these have locked it,
    /// [`AccessError::Rejected`], [`AccessError::Password`], [`AccessError::Submit`].
    pub fn change_password(
        &self,
        caller: &Caller,
        (old, new): (&Secret, &Secret),
        at: Timestamp,
    ) -> Result<(), AccessError> {
        if caller.key.is_some() {
            return Err(KeyError::PeopleOnly.into());
        }
        let directory = self.handle.directory();
        let user = caller.user;
        let email = directory.email_of(user).ok_or(AccessError::UserNotFound(user))?;
        let mut errors = FieldErrors::default();
        check_password(&mut errors, "/new", (new, &email));
        errors.check()?;
        if let Some(seconds) = directory.locked_for(&email, at) {
            return Err(super::LogInError::Locked { seconds }.into());
        }
        let shown = directory.password(&email).map(|(_, hash)| hash);
        if !self.passwords.matches(old, shown.as_ref())? {
            let failed = move |identity: &mut super::Identity, at| identity.log_in_failed(&email, at);
            self.handle.identify(Some(at), failed)?;
            return Err(AccessError::WrongPassword);
        }
        let hash = self.passwords.hash(new)?;
        let kept = caller.session;
        let changed = self.handle.identify(Some(at), move |identity, at| {
            identity.has_password(user, shown.as_ref()) && identity.set_password(user, hash, Some(kept), at)
        })?;
        // Somebody else has changed it meanwhile.
        changed.then_some(()).ok_or(AccessError::WrongPassword)
    }

    /// Sets somebody's password without the old one, and ends their sessions.
    ///
    /// # Errors
    /// [`AccessError::TwoPeopleNeeded`], [`AccessError::UserNotFound`], [`AccessError::Rejected`], [`AccessError::Password`],
    /// [`AccessError::Submit`].
    pub fn reset_password(
        &self,
        user: UserId,
        new: &Secret,
        authority: Authority,
        at: Timestamp,
    ) -> Result<(), AccessError> {
        let none = || AccessError::UserNotFound(user);
        let email = self.handle.directory().email_of(user).ok_or_else(none)?;
        let mut errors = FieldErrors::default();
        check_password(&mut errors, "/password", (new, &email));
        errors.check()?;
        let hash = self.passwords.hash(new)?;
        // Asked where users change, so that nobody is activated in between.
        let set = move |identity: &mut super::Identity, at| match authority {
            Authority::OnePerson if identity.is_powerful(user) => Err(AccessError::TwoPeopleNeeded(user)),
            Authority::OnePerson | Authority::Machine => Ok(identity.set_password(user, hash, None, at)),
        };
        let is_set = self.handle.identify(Some(at), set)??;
        is_set.then_some(()).ok_or_else(none)
    }

    /// Stops a user and overwrites who the person behind it is; only a hash that nobody can reverse is left. `request` says
    /// who asks, for the journal.
    ///
    /// # Errors
    /// [`AccessError::UserNotFound`], [`AccessError::Submit`].
    pub fn erase(
        &self,
        user: UserId,
        at: Timestamp,
        request: impl FnOnce(Command) -> Request,
    ) -> Result<Reply, AccessError> {
        let stopped = self.handle.call(request(Command::AmendUser {
            user,
            roles: None,
            active: Some(false),
            if_match: None,
        }))?;
        let is_erased = self
            .handle
            .identify(Some(at), move |identity, at| identity.erase(user, at))?;
        is_erased.then_some(stopped).ok_or(AccessError::UserNotFound(user))
    }

    /// The exchange.
    pub fn handle(&self) -> &Handle {
        &self.handle
    }
}
