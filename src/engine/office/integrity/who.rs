//! Who acts for a programme.

use crate::domain::id::{ProgrammeId, UserId};
use crate::domain::programme::Programme;
use crate::domain::user::{Role, User};
use crate::engine::rejection::Rejection;
use crate::engine::state::State;

/// A programme, for which `user` may act; none: an operator's own script acts.
pub fn issuing(state: &State, user: Option<UserId>, id: ProgrammeId) -> Result<&Programme, Rejection> {
    let programme = state.programmes.get(&id).ok_or(Rejection::ProgrammeNotFound(id))?;
    if let Some(id) = user {
        let user = active(state, id)?;
        if !user.is(Role::Issuer) {
            return Err(Rejection::RoleMissing {
                user: id,
                role: Role::Issuer,
            });
        }
        if programme.issuer.is_some_and(|issuer| issuer != user.profile.org) {
            return Err(Rejection::OtherIssuer(id));
        }
    }
    Ok(programme)
}

/// A user who may act.
pub fn active(state: &State, id: UserId) -> Result<&User, Rejection> {
    let user = state.users.get(&id).ok_or(Rejection::UserNotFound(id))?;
    if user.active {
        Ok(user)
    } else {
        Err(Rejection::UserInactive(id))
    }
}
