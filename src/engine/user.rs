//! Registering users, and changing what they may do.

use super::event::Event;
use super::limits;
use super::rejection::{FieldErrors, FieldRule, Rejection, require_version};
use super::state::State;
use crate::domain::id::UserId;
use crate::domain::organisation::Organisation;
use crate::domain::user::{NewUser, ROLES_APART, Role, User};
use crate::domain::version::Version;

/// Registers a user.
pub fn register(state: &mut State, events: &mut Vec<Event>, profile: NewUser) -> Result<(), Rejection> {
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
    let user = User {
        id,
        active: true,
        profile,
    };
    events.push(Event::UserRegistered(Box::new(user.clone())));
    state.users.insert(id, user);
    Ok(())
}

/// What may be changed of a user; what is none stays.
#[derive(Debug, Clone)]
pub struct UserChange {
    /// All roles from now on.
    pub roles: Option<Vec<Role>>,
    /// Whether the user may act.
    pub active: Option<bool>,
    /// The version that was seen.
    pub if_match: Option<Version>,
}

/// Changes what a user may do.
pub fn amend(state: &mut State, events: &mut Vec<Event>, (id, change): (UserId, UserChange)) -> Result<(), Rejection> {
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
    events.push(Event::UserChanged(Box::new(new.clone())));
    state.users.insert(id, new);
    Ok(())
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
