//! People, sessions and keys as the API shows them.

use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use crate::app::answer::user::UserView;
use crate::domain::credential::{ApiKey, Person, Session};
use crate::domain::id::{KeyId, OrgId, SessionId, UserId};
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use crate::domain::user::{Role, User};
use crate::domain::version::Version;

/// What a log-in or a refresh gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TokenAnswer {
    /// A JWT to send with every request.
    #[serde(serialize_with = "exposed")]
    #[schema(value_type = String)]
    pub access_token: Secret,
    /// How to send it.
    #[schema(value_type = String)]
    pub token_type: &'static str,
    /// How long it is good, in seconds.
    pub expires_in: u32,
    /// What gives the next one; good once.
    #[serde(serialize_with = "exposed")]
    #[schema(value_type = String)]
    pub refresh_token: Secret,
}

/// A session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SessionView {
    /// The identifier.
    pub id: SessionId,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When its refresh token stops to be good.
    pub refresh_until: Timestamp,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
}

/// An API key, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct KeyView {
    /// The identifier.
    pub id: KeyId,
    /// For which organisation.
    pub org: OrgId,
    /// Who made it.
    pub maker: UserId,
    /// What it is for.
    pub name: String,
    /// As what it acts, as far as its maker still may.
    pub roles: Vec<Role>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops to be good.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// A new API key. Its secret is shown this once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MadeKeyView {
    /// The key.
    #[serde(flatten)]
    pub key: KeyView,
    /// What a machine logs in with.
    #[serde(serialize_with = "exposed")]
    #[schema(value_type = String)]
    pub api_key: Secret,
}

/// A user and the person behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PersonView {
    /// The user.
    #[serde(flatten)]
    pub user: UserView,
    /// The name; none where it is not known or was erased.
    pub name: Option<String>,
    /// The e-mail address; none where it is not known or was erased.
    pub email: Option<String>,
    /// Until when wrong passwords lock the user out.
    pub locked_until: Option<Timestamp>,
    /// What to name when the user is changed.
    #[serde(skip)]
    pub version: Version,
}

impl PersonView {
    pub(super) fn of(user: &User, person: Option<&Person>, at: Timestamp) -> PersonView {
        let known = person.filter(|person| person.email.is_some());
        PersonView {
            user: UserView::from(user),
            name: known.map(|person| person.name.clone()),
            email: known.and_then(|person| person.email.clone()),
            locked_until: known.and_then(|person| person.locked_until).filter(|end| *end > at),
            version: user.version(),
        }
    }
}

impl From<&Session> for SessionView {
    fn from(session: &Session) -> SessionView {
        SessionView {
            id: session.id,
            created_at: session.created_at,
            refresh_until: session.refresh_until,
            expires_at: session.expires_at,
        }
    }
}

impl From<&ApiKey> for KeyView {
    fn from(key: &ApiKey) -> KeyView {
        KeyView {
            id: key.id,
            org: key.org,
            maker: key.maker,
            name: key.name.clone(),
            roles: key.roles.clone(),
            created_at: key.created_at,
            expires_at: key.expires_at,
            revoked_at: key.revoked_at,
        }
    }
}

fn exposed<S: Serializer>(secret: &Secret, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose())
}
