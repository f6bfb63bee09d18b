//! Registering users, and changing what they may do.

use super::Command;
use super::event::Event;
use super::limits;
use super::rejection::{FieldErrors, FieldRule, Rejection, require_version};
use super::state::State;
use crate::domain::id::UserId;
use crate::domain::organisation::Organisation;
use crate::domain::user::{NewUser, ROLES_APART, Role, User, is_privileged};
use crate::domain::version::Version;

/// Registers a user.
pub fn register(state: &mut State, events: &mut Vec<Event>, mut profile: NewUser) -> Result<(), Rejection> {
    let mut errors = FieldErrors::default();
    let org = state.orgs.get(&profile.org);
    if org.is_none() {
        let detail = format!("names no organisation: {}", profile.org);
        errors.add("/org", FieldRule::Unknown, detail);
    }
    check_roles(&mut errors, org, &profile.roles);
    let is_hash = profile.identity.len() == limits::IDENTITY_DIGITS
        && profile.identity.bytes().all(|byte| byte.is_ascii_hexdigit());
    errors.require(is_hash, "/identity", FieldRule::Malformed, "must be 64 digits in hex");
    errors.check()?;
    let id = UserId(state.counters.user);
    state.counters.user += 1;
    let active = !std::mem::take(&mut profile.dormant);
    let user = User { id, active, profile };
    events.push(Event::UserRegistered(Box::new(user.clone())));
    state.users.insert(id, user);
    Ok(())
}

/// What may be changed of a user; what is none stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserChange {
    /// All roles from now on.
    pub roles: Option<Vec<Role>>,
    /// Whether the user may act.
    pub active: Option<bool>,
    /// The version that was seen.
    pub if_match: Option<Version>,
}

impl UserChange {
    /// The command that makes it.
    pub fn command(self, user: UserId) -> Command {
        let UserChange {
            roles,
            active,
            if_match,
        } = self;
        Command::AmendUser {
            user,
            roles,
            active,
            if_match,
        }
    }

    /// Whether it lets a user move money in a way in which this one cannot: by activating them, or by another role. One person
    /// alone must not do that.
    pub fn gives_power(&self, old: &User) -> bool {
        let will_act = self.active.unwrap_or(old.active);
        let roles = self.roles.as_ref().unwrap_or(&old.profile.roles);
        let is_new = |role: Role| is_privileged(role) && !(old.active && old.is(role));
        will_act && roles.iter().copied().any(is_new)
    }
}

/// Changes what a user may do.
pub fn amend(state: &mut State, events: &mut Vec<Event>, (id, change): (UserId, UserChange)) -> Result<(), Rejection> {
    let new = check_amend(state, id, change)?;
    events.push(Event::UserChanged(Box::new(new.clone())));
    state.users.insert(id, new);
    Ok(())
}

/// How a user would stand after a change.
pub fn check_amend(state: &State, id: UserId, change: UserChange) -> Result<User, Rejection> {
    let old = state.users.get(&id).ok_or(Rejection::UserNotFound(id))?;
    require_version(change.if_match, || old.version())?;
    let mut new = old.clone();
    if let Some(roles) = change.roles {
        let mut errors = FieldErrors::default();
        check_roles(&mut errors, state.orgs.get(&old.profile.org), &roles);
        errors.check()?;
        new.profile.roles = roles;
    }
    new.active = change.active.unwrap_or(old.active);
    Ok(new)
}

/// Some of what the organisation is, nothing twice, and no two roles that exclude each other.
fn check_roles(errors: &mut FieldErrors, org: Option<&Organisation>, roles: &[Role]) {
    errors.require(
        !roles.is_empty(),
        "/roles",
        FieldRule::Empty,
        "must name at least one role",
    );
    for (index, &role) in roles.iter().enumerate() {
        let pointer = format!("/roles/{index}");
        let before = roles.get(..index).unwrap_or_default();
        if before.contains(&role) {
            errors.add(pointer, FieldRule::Duplicate, format!("names {role} again"));
        } else if let Some(other) = before.iter().find(|other| are_apart(role, **other)) {
            let detail = format!("cannot be {role} where the user is {other}");
            errors.add(pointer, FieldRule::NotEligible, detail);
        } else if org.is_some_and(|org| !org.is(role)) {
            let detail = format!("cannot be {role}: the organisation is none");
            errors.add(pointer, FieldRule::NotEligible, detail);
        }
    }
}

fn are_apart(one: Role, other: Role) -> bool {
    ROLES_APART
        .iter()
        .any(|&pair| pair == (one, other) || pair == (other, one))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::OrgId;

    #[test]
    fn a_change_gives_power_where_somebody_can_move_money_who_could_not() {
        let (operator, issuer, tenant, auditor) = (Role::Operator, Role::Issuer, Role::Tenant, Role::Auditor);
        for ((active, roles), change, expected) in [
            // Dormant or stopped.
            ((false, vec![operator]), (None, Some(true)), true),
            ((false, vec![issuer]), (None, Some(true)), true),
            ((false, vec![tenant]), (None, Some(true)), false),
            ((false, vec![auditor]), (None, Some(true)), false),
            ((false, vec![tenant]), (Some(vec![tenant, operator]), None), false),
            ((false, vec![tenant]), (Some(vec![issuer]), Some(true)), true),
            ((false, vec![operator]), (Some(vec![tenant]), Some(true)), false),
            ((false, vec![operator]), (None, Some(false)), false),
            // Active.
            ((true, vec![tenant]), (Some(vec![tenant, operator]), None), true),
            ((true, vec![tenant]), (Some(vec![issuer]), Some(true)), true),
            ((true, vec![tenant]), (Some(vec![operator]), Some(false)), false),
            ((true, vec![operator]), (Some(vec![issuer]), None), true),
            ((true, vec![operator]), (Some(vec![operator, tenant]), None), false),
            ((true, vec![operator, tenant]), (Some(vec![operator]), None), false),
            ((true, vec![operator]), (Some(vec![tenant]), None), false),
            ((true, vec![operator]), (None, Some(true)), false),
            ((true, vec![operator]), (None, Some(false)), false),
            ((true, vec![operator]), (None, None), false),
        ] {
            let told = format!("{active} {roles:?} {change:?}");
            let user = User {
                id: UserId(1),
                active,
                profile: NewUser {
                    org: OrgId(1),
                    roles,
                    identity: String::new(),
                    dormant: false,
                },
            };
            let (roles, active) = change;
            let change = UserChange {
                roles,
                active,
                if_match: None,
            };
            assert_eq!(change.gives_power(&user), expected, "{told}");
        }
    }
}
