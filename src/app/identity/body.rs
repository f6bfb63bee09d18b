//! What people and machines send to be let in, and what is said of users and keys.

use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::access::NewKey;
use super::people::Registration;
use crate::app::body;
use crate::domain::id::OrgId;
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use crate::domain::user::{Role, is_privileged};
use crate::domain::version::Version;
use crate::engine::Rejection;
use crate::engine::user::UserChange;

/// The body of `POST /v1/auth/token`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "grant_type", rename_all = "snake_case", deny_unknown_fields)]
pub enum TokenBody {
    /// A person.
    Password {
        /// The e-mail address.
        email: String,
        /// The password.
        #[schema(value_type = String)]
        password: Secret,
    },
    /// A machine.
    ApiKey {
        /// The key, as it was shown.
        #[schema(value_type = String)]
        api_key: Secret,
    },
    /// Either, again.
    RefreshToken {
        /// The token that came with the last answer.
        #[schema(value_type = String)]
        refresh_token: Secret,
    },
}

/// The body of `POST /v1/auth/password`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordChangeBody {
    /// The password so far.
    #[schema(value_type = String)]
    pub old: Secret,
    /// The password from now on: 12 to 128 characters.
    #[schema(value_type = String)]
    pub new: Secret,
}

/// The body of `POST /v1/users/{id}/password`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordBody {
    /// The password from now on: 12 to 128 characters.
    #[schema(value_type = String)]
    pub password: Secret,
}

/// The body of `POST /v1/users`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserBody {
    org: OrgId,
    roles: Vec<Role>,
    email: String,
    name: String,
    /// 12 to 128 characters; left out, nobody can log in until one is set.
    #[schema(value_type = Option<String>)]
    password: Option<Secret>,
}

/// The body of `PATCH /v1/users/{id}`; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserChangeBody {
    /// All roles from now on.
    roles: Option<Vec<Role>>,
    /// Whether the user may act.
    active: Option<bool>,
}

/// The body of `POST /v1/api-keys`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyBody {
    /// What it is for; no two good keys of an organisation have the same name.
    name: String,
    /// As what it acts: some of the caller's roles.
    roles: Vec<Role>,
    /// When it stops to be good; left out, never by itself.
    expires_at: Option<Timestamp>,
}

/// `POST /v1/users`. Whoever could move money waits until two people activate them.
pub fn registration(body: Value) -> Result<Registration, Rejection> {
    let UserBody {
        org,
        roles,
        email,
        name,
        password,
    } = body::parse(body)?;
    let dormant = roles.iter().copied().any(is_privileged);
    Ok(Registration {
        dormant,
        org,
        roles,
        email,
        name,
        password,
    })
}

/// `PATCH /v1/users/{id}`.
pub fn amendment(body: Value, version: Version) -> Result<UserChange, Rejection> {
    let UserChangeBody { roles, active } = body::parse(body)?;
    Ok(UserChange {
        roles,
        active,
        if_match: Some(version),
    })
}

/// `POST /v1/api-keys`.
pub fn new_key(body: Value) -> Result<NewKey, Rejection> {
    let KeyBody {
        name,
        roles,
        expires_at,
    } = body::parse(body)?;
    Ok(NewKey {
        name,
        roles,
        expires_at,
    })
}
