//! Users as the API shows them.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::id::{OrgId, UserId};
use crate::domain::user::{Role, User};

/// What the exchange knows of a user. Names and addresses are not part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct UserView {
    /// The identifier.
    pub id: UserId,
    /// For whom the user acts.
    pub org: OrgId,
    /// As what.
    pub roles: Vec<Role>,
    /// Whether the user may act.
    pub active: bool,
}

impl From<&User> for UserView {
    fn from(user: &User) -> UserView {
        UserView {
            id: user.id,
            org: user.profile.org,
            roles: user.profile.roles.clone(),
            active: user.active,
        }
    }
}
