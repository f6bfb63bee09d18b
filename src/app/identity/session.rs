//! Sessions: opened by a log-in, kept by refresh tokens each of which is good once.

use super::state::{Holder, Identity};
use crate::app::permission::Caller;
use crate::domain::credential::{Digest, Session};
use crate::domain::id::{KeyId, SessionId, UserId};
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use crate::domain::user::Role;

/// Most sessions of one person or one API key; a further one ends the oldest.
pub const SESSIONS_MAX: usize = 100;
/// How long a session lasts at most, in hours.
pub const SESSION_HOURS_MAX: u32 = 720;
/// How long a refresh token is good, in hours.
pub const REFRESH_HOURS: u32 = 24;
/// Expired sessions forgotten at each log-in.
const FORGOTTEN_AT_ONCE: usize = 16;

/// Why nobody is let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LogInError {
    /// The address, the password or the key is wrong, or whoever has it may not act.
    #[error("the credentials are wrong")]
    InvalidCredentials,
    /// Too many wrong passwords.
    #[error("too many wrong passwords: try again in {seconds} seconds")]
    Locked {
        /// For how long.
        seconds: u32,
    },
}

/// Why a refresh token is not good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RefreshError {
    /// Not one of ours, expired, or its session has ended.
    #[error("the refresh token is not good")]
    Invalid,
    /// It was used before. Somebody else may have it, so that its session has ended.
    #[error("the refresh token was used before; its session has ended")]
    Reused {
        /// The session that has ended.
        session: SessionId,
    },
}

/// The hashes of a new session's refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opening {
    /// SHA-256 of the part that stays.
    pub family: Digest,
    /// SHA-256 of the part that changes.
    pub refresh: Digest,
}

impl Identity {
    /// Somebody has shown the password whose hash is `shown`.
    ///
    /// # Errors
    /// Meanwhile the password was changed, the address locked or the user stopped.
    pub fn log_in(
        &mut self,
        user: UserId,
        shown: &Secret,
        opening: Opening,
        at: Timestamp,
    ) -> Result<Caller, LogInError> {
        let person = self.people.get(&user).ok_or(LogInError::InvalidCredentials)?;
        if person.password.as_ref() != Some(shown) {
            return Err(LogInError::InvalidCredentials);
        }
        let locked = person.email.as_deref().and_then(|email| self.locked_for(email, at));
        if let Some(seconds) = locked {
            return Err(LogInError::Locked { seconds });
        }
        if person.failures > 0 {
            let mut person = person.clone();
            person.failures = 0;
            person.locked_until = None;
            self.put_person(person);
        }
        self.open(user, None, opening, at)
    }

    /// A machine has shown the secret of a key whose hash is `shown`.
    ///
    /// # Errors
    /// There is no such key, or it is good no more.
    pub fn log_in_key(
        &mut self,
        key: KeyId,
        shown: &Digest,
        opening: Opening,
        at: Timestamp,
    ) -> Result<Caller, LogInError> {
        let found = self.keys.get(&key).filter(|key| key.is_live(at) && key.hash == *shown);
        let maker = found.ok_or(LogInError::InvalidCredentials)?.maker;
        self.open(maker, Some(key), opening, at)
    }

    /// Gives the next refresh token of a session for the latest one.
    ///
    /// # Errors
    /// See [`RefreshError`]. A token that was used before ends the session.
    pub fn refresh(
        &mut self,
        id: SessionId,
        shown: Opening,
        next: Digest,
        at: Timestamp,
    ) -> Result<Caller, RefreshError> {
        let found = self.sessions.get(&id).filter(|session| session.family == shown.family);
        let mut session = found.cloned().ok_or(RefreshError::Invalid)?;
        if session.refresh != shown.refresh {
            self.end_session(id, at);
            return Err(RefreshError::Reused { session: id });
        }
        let caller = self.caller(id, at).ok_or(RefreshError::Invalid)?;
        if at >= session.refresh_until {
            return Err(RefreshError::Invalid);
        }
        session.refresh = next;
        session.refresh_until = at.plus_hours(REFRESH_HOURS).min(session.expires_at);
        self.put_session(session);
        Ok(caller)
    }

    /// Who acts in a session, and as what, at an instant; none if the session has ended or nobody may act in it.
    pub fn caller(&self, id: SessionId, at: Timestamp) -> Option<Caller> {
        let session = self.sessions.get(&id).filter(|session| session.is_live(at))?;
        self.acting(session.user, session.key, id, at)
    }

    /// The sessions of a person that can still be refreshed, the oldest first.
    pub fn sessions_of(&self, user: UserId, at: Timestamp) -> impl Iterator<Item = &Session> {
        let held = self.sessions_of.get(&Holder::Person(user)).into_iter().flatten();
        held.filter_map(|id| self.sessions.get(id))
            .filter(move |session| at < session.refresh_until)
    }

    /// Ends a session. False if it has ended already.
    pub fn end_session(&mut self, id: SessionId, at: Timestamp) -> bool {
        let Some(session) = self.sessions.get(&id) else {
            return false;
        };
        self.put_session(Session {
            revoked_at: Some(at),
            ..session.clone()
        });
        true
    }

    /// Ends the sessions of a person, but for `kept`. Says how many.
    pub fn end_sessions(&mut self, user: UserId, kept: Option<SessionId>, at: Timestamp) -> usize {
        self.end_held(Holder::Person(user), kept, at)
    }

    /// Ends the sessions of a person and of the keys that the person made.
    pub(super) fn end_all(&mut self, user: UserId, at: Timestamp) {
        self.end_sessions(user, None, at);
        let made: Vec<KeyId> = self.made_by(user).collect();
        for key in made {
            self.end_held(Holder::Machine(key), None, at);
        }
    }

    pub(super) fn end_held(&mut self, holder: Holder, kept: Option<SessionId>, at: Timestamp) -> usize {
        let held = self.sessions_of.get(&holder).into_iter().flatten().copied();
        let ended: Vec<SessionId> = held.filter(|id| Some(*id) != kept).collect();
        for id in &ended {
            self.end_session(*id, at);
        }
        ended.len()
    }

    fn open(
        &mut self,
        user: UserId,
        key: Option<KeyId>,
        opening: Opening,
        at: Timestamp,
    ) -> Result<Caller, LogInError> {
        let id = SessionId(self.given.session + 1);
        let caller = self.acting(user, key, id, at).ok_or(LogInError::InvalidCredentials)?;
        self.forget_expired(at);
        let holder = Holder::of(user, key);
        while let Some(held) = self.sessions_of.get(&holder)
            && held.len() >= SESSIONS_MAX
            && let Some(oldest) = held.first().copied()
        {
            self.end_session(oldest, at);
        }
        self.given.session = id.0;
        let expires_at = at.plus_hours(SESSION_HOURS_MAX);
        self.put_session(Session {
            id,
            user,
            key,
            family: opening.family,
            refresh: opening.refresh,
            created_at: at,
            refresh_until: at.plus_hours(REFRESH_HOURS),
            expires_at,
            revoked_at: None,
        });
        Ok(caller)
    }

    fn acting(&self, id: UserId, key: Option<KeyId>, session: SessionId, at: Timestamp) -> Option<Caller> {
        let user = self.users.get(&id).filter(|user| user.active)?;
        let roles: Vec<Role> = match key {
            None => user.profile.roles.clone(),
            Some(key) => {
                let key = self.keys.get(&key).filter(|key| key.is_live(at))?;
                let both = key.roles.iter().filter(|role| user.is(**role));
                both.copied().collect()
            }
        };
        Some(Caller {
            user: user.id,
            org: user.profile.org,
            roles,
            session,
            key,
        })
    }

    fn forget_expired(&mut self, at: Timestamp) {
        for _ in 0..FORGOTTEN_AT_ONCE {
            let Some((expires_at, id)) = self.expiring.first().copied() else {
                return;
            };
            if at < expires_at {
                return;
            }
            if let Some(session) = self.sessions.get(&id).cloned() {
                self.forget_session(&session);
            }
            self.expiring.remove(&(expires_at, id));
        }
    }
}
