//! How people and machines prove who they are. None of it is in the journal.

use super::id::{KeyId, OrgId, SessionId, UserId};
use super::secret::Secret;
use super::time::Timestamp;
use super::user::Role;

/// SHA-256 of something.
pub type Digest = [u8; 32];

/// Who a new user is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPerson {
    /// The e-mail address, in lower case.
    pub email: String,
    /// The name.
    pub name: String,
    /// What is hashed with both, so that the journal's hash of them tells nobody who that is.
    pub salt: Secret,
    /// The password's argon2id hash (a PHC string); none: no password opens a session yet.
    pub password: Option<Secret>,
}

/// The person behind a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The user.
    pub user: UserId,
    /// The e-mail address, in lower case; none once the person is erased.
    pub email: Option<String>,
    /// The name; empty once the person is erased.
    pub name: String,
    /// What is hashed with both.
    pub salt: Secret,
    /// The password's argon2id hash (a PHC string).
    pub password: Option<Secret>,
    /// Wrong passwords since the last right one.
    pub failures: u32,
    /// Until when no password is right.
    pub locked_until: Option<Timestamp>,
    /// Since when the password is this one.
    pub password_changed_at: Timestamp,
}

/// What a log-in opened: a family of refresh tokens, of which only the latest is good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The identifier.
    pub id: SessionId,
    /// Who logged in; of a machine, whoever made its key.
    pub user: UserId,
    /// The API key, if a machine logged in.
    pub key: Option<KeyId>,
    /// SHA-256 of the part that all refresh tokens of the session share: whoever shows it had one of them.
    pub family: Digest,
    /// SHA-256 of the part that only the latest one has.
    pub refresh: Digest,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When the latest refresh token stops to be good.
    pub refresh_until: Timestamp,
    /// When the session ends at the latest.
    pub expires_at: Timestamp,
    /// When it was ended before that.
    pub revoked_at: Option<Timestamp>,
}

/// An API key, by which a machine acts for an organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// The identifier.
    pub id: KeyId,
    /// For which organisation.
    pub org: OrgId,
    /// Who made it. It never may more than that user may.
    pub maker: UserId,
    /// What it is for.
    pub name: String,
    /// As what.
    pub roles: Vec<Role>,
    /// SHA-256 of its secret.
    pub hash: Digest,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops to be good; none: never by itself.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl ApiKey {
    /// Whether it opens sessions at an instant.
    pub fn is_live(&self, at: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| at < end)
    }
}

impl Session {
    /// Whether its access tokens are good at an instant.
    pub fn is_live(&self, at: Timestamp) -> bool {
        self.revoked_at.is_none() && at < self.expires_at
    }
}
