//! What a token says.

use serde::{Deserialize, Serialize};

use super::{LEEWAY_SECONDS, LIFETIME_SECONDS_MAX, TokenError};
use crate::domain::id::{OrgId, SessionId};
use crate::domain::time::Timestamp;
use crate::domain::user::Role;

/// The claims of an access token. All are required; times are seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Who issued it.
    pub iss: String,
    /// For whom it is: one name, never a list.
    pub aud: String,
    /// The user or the API key.
    pub sub: String,
    /// For which organisation.
    pub org: OrgId,
    /// The roles at that time. Those of now count.
    pub roles: Vec<Role>,
    /// The session.
    pub sid: SessionId,
    /// When it stops to be good.
    pub exp: i64,
    /// When it begins to be good.
    pub nbf: i64,
    /// When it was issued.
    pub iat: i64,
    /// Its own number.
    pub jti: String,
}

impl Claims {
    /// Whether the token is good at an instant.
    pub(super) fn check_times(&self, at: Timestamp) -> Result<(), TokenError> {
        let now = at.micros().div_euclid(1_000_000);
        if self.jti.is_empty() || self.exp.saturating_sub(self.iat) > i64::from(LIFETIME_SECONDS_MAX) {
            return Err(TokenError::Wrong);
        }
        if now >= self.exp.saturating_add(LEEWAY_SECONDS) {
            return Err(TokenError::Expired);
        }
        if now.saturating_add(LEEWAY_SECONDS) < self.nbf.max(self.iat) {
            return Err(TokenError::NotYet);
        }
        Ok(())
    }
}
