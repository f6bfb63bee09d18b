//! Use cases of letting people and machines in. Those that look at passwords or wait for a commit block.

use std::sync::Arc;

use super::directory::Directory;
use super::error::AccessError;
use super::key::KeyOrder;
use super::people::People;
use super::person::normal;
use super::secret::{ApiKeyText, RefreshText};
use super::session::{LogInError, RefreshError};
use super::view::{KeyView, MadeKeyView, SessionView, TokenAnswer};
use crate::app::exchange::Handle;
use crate::app::permission::{Caller, Reach};
use crate::app::token::Tokens;
use crate::domain::id::{KeyId, SessionId, UserId};
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use crate::domain::user::Role;

/// What is said of a new API key.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// What it is for.
    pub name: String,
    /// As what it acts; of the maker's roles.
    pub roles: Vec<Role>,
    /// When it stops to be good; none: never by itself.
    pub expires_at: Option<Timestamp>,
}

/// Lets people and machines in.
pub struct Access {
    people: People,
    tokens: Arc<Tokens>,
}

impl Access {
    /// With the keys that sign tokens.
    pub fn new(people: People, tokens: Arc<Tokens>) -> Access {
        Access { people, tokens }
    }

    /// Who sends a request with this access token. Never blocks.
    ///
    /// # Errors
    /// [`AccessError::Token`], [`AccessError::SessionEnded`].
    pub fn authenticate(&self, token: &str, at: Timestamp) -> Result<Caller, AccessError> {
        let claims = self.tokens.verify(token, at)?;
        let caller = self.directory().session(claims.sid, at);
        let same = |caller: &Caller| caller.actor() == claims.sub && caller.org == claims.org;
        caller.filter(same).ok_or(AccessError::SessionEnded)
    }

    /// Lets a person in. An address that nobody has and a wrong password look alike, and both are hashed.
    ///
    /// # Errors
    /// [`AccessError::LogIn`], [`AccessError::Password`], [`AccessError::Issue`], [`AccessError::Submit`].
    pub fn log_in(&self, email: &str, password: &Secret, at: Timestamp) -> Result<TokenAnswer, AccessError> {
        let email = normal(email);
        let refused = Err(LogInError::InvalidCredentials.into());
        // Nobody has such, and nothing that long is worth hashing or keeping.
        if email.len() > LONGEST || password.expose().len() > LONGEST * 4 {
            return refused;
        }
        let directory = self.directory();
        if let Some(seconds) = directory.locked_for(&email, at) {
            return Err(LogInError::Locked { seconds }.into());
        }
        let found = directory.password(&email);
        let hash = found.as_ref().map(|(_, hash)| hash);
        let is_right = self.people.passwords.matches(password, hash)?;
        let Some((user, hash)) = found.filter(|_| is_right) else {
            let failed = move |identity: &mut super::Identity, at| identity.log_in_failed(&email, at);
            return Err(self.handle().identify(Some(at), failed)?.into());
        };
        let first = RefreshText::first()?;
        let opening = first.hashes();
        let caller = self
            .handle()
            .identify(Some(at), move |identity, at| identity.log_in(user, &hash, opening, at))??;
        self.answer(&caller, &first, at)
    }

    /// Lets a machine in.
    ///
    /// # Errors
    /// [`AccessError::LogIn`], [`AccessError::Issue`], [`AccessError::Submit`].
    pub fn log_in_key(&self, api_key: &Secret, at: Timestamp) -> Result<TokenAnswer, AccessError> {
        let parsed = ApiKeyText::parse(api_key.expose());
        let (key, shown) = parsed.ok_or(LogInError::InvalidCredentials)?;
        let first = RefreshText::first()?;
        let (hash, opening) = (shown.hash(), first.hashes());
        let caller = self.handle().identify(Some(at), move |identity, at| {
            identity.log_in_key(key, &hash, opening, at)
        })??;
        self.answer(&caller, &first, at)
    }

    /// Gives the next tokens for a refresh token, which is good once: a second use ends the session.
    ///
    /// # Errors
    /// [`AccessError::Refresh`], [`AccessError::Issue`], [`AccessError::Submit`].
    pub fn refresh(&self, token: &Secret, at: Timestamp) -> Result<TokenAnswer, AccessError> {
        let (session, shown) = RefreshText::parse(token.expose()).ok_or(RefreshError::Invalid)?;
        let next = shown.next()?;
        let (hashes, hash) = (shown.hashes(), next.hashes().refresh);
        let refreshed = self.handle().identify(Some(at), move |identity, at| {
            identity.refresh(session, hashes, hash, at)
        })?;
        if let Err(RefreshError::Reused { session }) = refreshed {
            tracing::warn!(%session, "a refresh token was used twice; the session has ended");
        }
        self.answer(&refreshed?, &next, at)
    }

    /// Ends the caller's session.
    ///
    /// # Errors
    /// [`AccessError::Submit`].
    pub fn log_out(&self, caller: &Caller, at: Timestamp) -> Result<(), AccessError> {
        let session = caller.session;
        self.handle()
            .identify(Some(at), move |identity, at| identity.end_session(session, at))?;
        Ok(())
    }

    /// Ends one of the caller's own sessions.
    ///
    /// # Errors
    /// [`AccessError::SessionNotFound`], also for a session of somebody else; [`AccessError::Submit`].
    pub fn end_session(&self, caller: &Caller, session: SessionId, at: Timestamp) -> Result<(), AccessError> {
        let (user, key) = (caller.user, caller.key);
        let ended = self.handle().identify(Some(at), move |identity, at| {
            // A key acts for whoever made it; the log-ins of that person are not its own.
            let same = |found: Caller| (found.user, found.key) == (user, key);
            let is_own = identity.caller(session, at).is_some_and(same);
            is_own && identity.end_session(session, at)
        })?;
        ended.then_some(()).ok_or(AccessError::SessionNotFound(session))
    }

    /// Ends all sessions of a person, and says how many there were.
    ///
    /// # Errors
    /// [`AccessError::Submit`].
    pub fn end_sessions(&self, user: UserId, at: Timestamp) -> Result<usize, AccessError> {
        let ended = self
            .handle()
            .identify(Some(at), move |identity, at| identity.end_sessions(user, None, at))?;
        Ok(ended)
    }

    /// The caller's sessions, the oldest first; none for machines, whose sessions belong to their keys.
    pub fn sessions(&self, caller: &Caller, at: Timestamp) -> Vec<SessionView> {
        match caller.key {
            None => self.directory().sessions(caller.user, at),
            Some(_) => Vec::new(),
        }
    }

    /// Makes an API key for the caller's organisation, with roles that the caller has.
    ///
    /// # Errors
    /// [`AccessError::Key`], [`AccessError::Issue`], [`AccessError::Submit`].
    pub fn make_key(&self, caller: &Caller, new: NewKey, at: Timestamp) -> Result<MadeKeyView, AccessError> {
        let secret = ApiKeyText::new()?;
        let order = KeyOrder {
            name: new.name.trim().to_owned(),
            roles: new.roles,
            expires_at: new.expires_at,
            hash: secret.hash(),
        };
        let maker = caller.clone();
        let key = self
            .handle()
            .identify(Some(at), move |identity, at| identity.make_key(&maker, order, at))??;
        Ok(MadeKeyView {
            key: KeyView::from(&key),
            api_key: secret.text(key.id),
        })
    }

    /// Revokes an API key and ends its sessions.
    ///
    /// # Errors
    /// [`AccessError::Key`], [`AccessError::Submit`].
    pub fn revoke_key(&self, key: KeyId, reach: Reach, at: Timestamp) -> Result<KeyView, AccessError> {
        let revoked = self
            .handle()
            .identify(Some(at), move |identity, at| identity.revoke_key(key, reach, at))??;
        Ok(KeyView::from(&revoked))
    }

    /// API keys within reach, revoked ones too, the oldest first.
    pub fn keys(&self, reach: Reach) -> Vec<KeyView> {
        self.directory().keys(reach)
    }

    /// Who is who.
    pub fn directory(&self) -> &Directory {
        self.handle().directory()
    }

    /// Use cases about people.
    pub fn people(&self) -> &People {
        &self.people
    }

    /// What makes tokens.
    pub fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    fn handle(&self) -> &Handle {
        self.people.handle()
    }

    fn answer(&self, caller: &Caller, refresh: &RefreshText, at: Timestamp) -> Result<TokenAnswer, AccessError> {
        Ok(TokenAnswer {
            access_token: self.tokens.issue(caller, at)?,
            token_type: "Bearer",
            expires_in: self.tokens.lifetime_seconds(),
            refresh_token: refresh.text(caller.session),
        })
    }
}

/// No address is longer, in bytes, and no password has more characters.
const LONGEST: usize = 254;
