//! Bans: who broke a programme's rules is kept out of the issuer's programmes for a while, its owner group with it.

use crate::domain::id::{OrgId, RecoveryId};
use crate::domain::recovery::{Recovery, RecoveryState};
use crate::domain::time::Timestamp;
use crate::engine::event::Event;
use crate::engine::limits;
use crate::engine::rejection::{FieldErrors, FieldRule, Rejection};
use crate::engine::state::State;

/// A ban that holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Banned {
    /// The recovery that it came with.
    pub recovery: RecoveryId,
    /// The first instant at which it does not hold any more.
    pub until: Timestamp,
}

/// Whether an owner group is kept out of an issuer's programmes at an instant: the ban that holds longest. `issuer` is the
/// programme's; none: it belongs to no issuer in particular, and bans of such programmes count.
pub fn is_banned(state: &State, group: OrgId, issuer: Option<OrgId>, at: Timestamp) -> Option<Banned> {
    let bans = state.recovered.bans.get(&(group, issuer))?;
    let longest = bans.iter().max_by_key(|(id, until)| (**until, **id))?;
    let (&recovery, &until) = longest;
    (at < until).then_some(Banned { recovery, until })
}

/// Refuses who is kept out of an issuer's programmes.
///
/// # Errors
/// [`Rejection::Banned`].
pub fn require_not_banned(state: &State, org: OrgId, issuer: Option<OrgId>, at: Timestamp) -> Result<(), Rejection> {
    match is_banned(state, state.group_of(org), issuer, at) {
        None => Ok(()),
        Some(Banned { recovery, until }) => Err(Rejection::Banned { org, recovery, until }),
    }
}

/// The recovery whose ban can be lifted.
pub(super) fn check_lift<'a>(state: &'a State, (id, reason): (RecoveryId, &str)) -> Result<&'a Recovery, Rejection> {
    let recovery = state.recoveries.get(&id).ok_or(Rejection::RecoveryNotFound(id))?;
    let mut errors = FieldErrors::default();
    limits::reason(&mut errors, "/reason", reason);
    errors.require(
        recovery.ban().is_some(),
        "/recovery",
        FieldRule::NotEligible,
        "keeps nobody out, or not any more",
    );
    errors.check()?;
    Ok(recovery)
}

/// Lifts the ban of a recovery.
pub(super) fn lift(
    state: &mut State,
    events: &mut Vec<Event>,
    (id, reason): (RecoveryId, String),
) -> Result<(), Rejection> {
    let mut recovery = check_lift(state, (id, &reason))?.clone();
    if let Some(ban) = recovery.ban()
        && let Some(bans) = state.recovered.bans.get_mut(&(ban.group, ban.issuer))
    {
        bans.remove(&id);
        if bans.is_empty() {
            state.recovered.bans.remove(&(ban.group, ban.issuer));
        }
    }
    recovery.state = RecoveryState::Lifted;
    recovery.lifted = Some(reason);
    events.push(Event::RecoveryMade(Box::new(recovery.clone())));
    state.recoveries.insert(id, recovery);
    Ok(())
}
