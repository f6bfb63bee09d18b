//! API keys.

use super::person::check_name;
use super::state::{Holder, Identity};
use crate::app::permission::{Caller, Reach};
use crate::domain::credential::{ApiKey, Digest};
use crate::domain::id::{KeyId, OrgId};
use crate::domain::time::Timestamp;
use crate::domain::user::Role;
use crate::engine::rejection::{FieldErrors, FieldRule, Rejection};

/// Most live API keys of an organisation.
pub const KEYS_OF_ORG_MAX: usize = 100;
/// Most API keys of an organisation with those that have ended and are not forgotten yet.
pub const KEYS_KNOWN_MAX: usize = 1_000;

/// What is said of a new API key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyOrder {
    /// What it is for.
    pub name: String,
    /// As what it acts; of the maker's roles.
    pub roles: Vec<Role>,
    /// When it stops to be good; none: never by itself.
    pub expires_at: Option<Timestamp>,
    /// SHA-256 of its secret.
    pub hash: Digest,
}

/// Why a key is not made or revoked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Fields break rules, or the organisation has too many keys.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// Machines make no keys.
    #[error("only people make API keys")]
    PeopleOnly,
    /// No such key, or that of another organisation.
    #[error("there is no API key {0}")]
    NotFound(KeyId),
}

impl Identity {
    /// Makes an API key for the maker's organisation.
    ///
    /// # Errors
    /// See [`KeyError`].
    pub fn make_key(&mut self, maker: &Caller, order: KeyOrder, at: Timestamp) -> Result<ApiKey, KeyError> {
        if maker.key.is_some() {
            return Err(KeyError::PeopleOnly);
        }
        let mut errors = FieldErrors::default();
        check_name(&mut errors, &order.name);
        errors.require(
            !order.roles.is_empty(),
            "/roles",
            FieldRule::Empty,
            "must name at least one role",
        );
        let has = |role: &Role| maker.roles.contains(role);
        errors.require(
            order.roles.iter().all(has),
            "/roles",
            FieldRule::NotEligible,
            "must be roles that you have",
        );
        errors.require(
            order.expires_at.is_none_or(|end| end > at),
            "/expires_at",
            FieldRule::Past,
            "must lie in the future",
        );
        self.forget_keys(maker.org, at);
        let live = || self.keys_of(maker.org).filter(|key| key.is_live(at));
        // A request that is sent again must not make a second key: its secret could not be shown again.
        let is_taken = live().any(|key| key.name == order.name);
        errors.require(!is_taken, "/name", FieldRule::Taken, "is the name of another good key");
        errors.check()?;
        if live().count() >= KEYS_OF_ORG_MAX {
            return Err(Rejection::Limit("an organisation has at most 100 API keys; revoke one first").into());
        }
        if self.keys_of(maker.org).count() >= KEYS_KNOWN_MAX {
            return Err(
                Rejection::Limit("an organisation has at most 1000 API keys, those revoked lately included").into(),
            );
        }
        let mut roles = order.roles;
        roles.sort_unstable();
        roles.dedup();
        self.given.key += 1;
        let key = ApiKey {
            id: KeyId(self.given.key),
            org: maker.org,
            maker: maker.user,
            name: order.name,
            roles,
            hash: order.hash,
            created_at: at,
            expires_at: order.expires_at,
            revoked_at: None,
        };
        self.put_key(key.clone());
        Ok(key)
    }

    /// Revokes an API key and ends its sessions. A second time changes nothing.
    ///
    /// # Errors
    /// [`KeyError::NotFound`], also for a key beyond `reach`.
    pub fn revoke_key(&mut self, id: KeyId, reach: Reach, at: Timestamp) -> Result<ApiKey, KeyError> {
        let found = self.keys.get(&id).filter(|key| reach.covers(key.org));
        found.ok_or(KeyError::NotFound(id))?;
        self.revoke(id, at);
        self.keys.get(&id).cloned().ok_or(KeyError::NotFound(id))
    }

    /// The API keys of an organisation or of all, revoked ones too, the oldest first.
    pub fn keys(&self, org: Option<OrgId>) -> impl Iterator<Item = &ApiKey> {
        let all = org.is_none().then(|| self.keys.values());
        let own = org.map(|org| self.keys_of(org));
        all.into_iter().flatten().chain(own.into_iter().flatten())
    }

    pub(super) fn revoke(&mut self, id: KeyId, at: Timestamp) {
        let live = self.keys.get(&id).filter(|key| key.revoked_at.is_none());
        if let Some(key) = live {
            let revoked_at = Some(at);
            self.put_key(ApiKey {
                revoked_at,
                ..key.clone()
            });
        }
        self.end_held(Holder::Machine(id), None, at);
    }
}
