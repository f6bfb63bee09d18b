//! Users: the people who act for organisations. Who they are is kept outside the journal.

use serde::{Deserialize, Serialize};

use super::id::{OrgId, UserId};
use super::organisation::OrgKind;
use super::version::Version;

/// What a user may be: one of the things that the organisation is.
pub type Role = OrgKind;

/// Pairs of roles that nobody may have at once: the operator cannot issue, and whoever audits does nothing else.
pub const ROLES_APART: [(Role, Role); 5] = [
    (Role::Operator, Role::Issuer),
    (Role::Auditor, Role::Operator),
    (Role::Auditor, Role::Issuer),
    (Role::Auditor, Role::Provider),
    (Role::Auditor, Role::Tenant),
];

/// Roles that can move money. It takes two people to make a user with one of them able to act.
pub const PRIVILEGED: [Role; 2] = [Role::Operator, Role::Issuer];

/// Whether a role can move money.
pub fn is_privileged(role: Role) -> bool {
    PRIVILEGED.contains(&role)
}

/// What is said of a new user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewUser {
    /// For whom the user acts.
    pub org: OrgId,
    /// As what.
    pub roles: Vec<Role>,
    /// SHA-256 in hex of a salt and of who the user is: names and addresses stay outside the journal, where they can be
    /// erased.
    pub identity: String,
    /// Whether the user may not act yet. It says how a user begins, and is false of every user that is registered:
    /// [`User::active`] says how they stand.
    #[serde(default, skip_serializing_if = "is_false")]
    pub dormant: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The identifier.
    pub id: UserId,
    /// Whether the user may act. Nobody is ever deleted: history names them.
    pub active: bool,
    /// What was said of the user.
    #[serde(flatten)]
    pub profile: NewUser,
}

impl User {
    /// Changes whenever the user's roles or leave to act do.
    pub fn version(&self) -> Version {
        Version::of(&(self.id, self.active, &self.profile.roles))
    }

    /// Whether the user has a role.
    pub fn is(&self, role: Role) -> bool {
        self.profile.roles.contains(&role)
    }

    /// Whether the user can move money now: active, with a role for it.
    pub fn is_powerful(&self) -> bool {
        self.active && self.profile.roles.iter().copied().any(is_privileged)
    }
}
