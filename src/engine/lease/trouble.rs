//! Trouble: what works less than promised, what is suspended, and what was announced.

use super::refusal::LeaseRefusal;
use super::{find, let_by, not_in_state, note, own, replace, require_reason};
use crate::domain::id::{LeaseId, OrgId};
use crate::domain::lease::LeaseState;
use crate::domain::life::{Because, By, Maintenance, StepKind, Trouble};
use crate::domain::time::{Timestamp, Window};
use crate::engine::event::Event;
use crate::engine::limits;
use crate::engine::rejection::{FieldErrors, FieldRule, Rejection};
use crate::engine::state::State;

/// Somebody says that less works than was promised.
pub(super) fn degrade(
    state: &mut State,
    events: &mut Vec<Event>,
    (org, id): (OrgId, LeaseId),
    (cards_up, reason): (Option<u32>, String),
    at: Timestamp,
) -> Result<(), Rejection> {
    let (lease, by) = own(state, org, id)?;
    let mut lease = lease.clone();
    if lease.state != LeaseState::Active {
        return Err(not_in_state(&lease));
    }
    require_reason(&reason)?;
    let mut errors = FieldErrors::default();
    let fewer = cards_up.is_none_or(|up| up < lease.fill.cards);
    errors.require(
        fewer,
        "/cards_up",
        FieldRule::TooLarge,
        "must be fewer than the cards of the lease",
    );
    errors.check()?;
    lease.state = LeaseState::Degraded;
    let since = at;
    lease.change_life(|life| life.trouble = Some(Trouble::Degraded { since, by, cards_up }));
    note(&mut lease, (StepKind::Degrade, by), at, reason);
    replace(state, events, lease);
    Ok(())
}

/// Somebody says that it works again.
pub(super) fn restore(
    state: &mut State,
    events: &mut Vec<Event>,
    (org, id): (OrgId, LeaseId),
    at: Timestamp,
) -> Result<(), Rejection> {
    let (lease, by) = own(state, org, id)?;
    if lease.state != LeaseState::Degraded {
        return Err(not_in_state(lease));
    }
    let mut lease = lease.clone();
    lease.state = LeaseState::Active;
    lease.change_life(|life| life.trouble = None);
    note(&mut lease, (StepKind::Restore, by), at, String::new());
    replace(state, events, lease);
    Ok(())
}

/// The operator suspends a lease.
pub(super) fn suspend(
    state: &mut State,
    events: &mut Vec<Event>,
    (id, because, reason): (LeaseId, Because, String),
    at: Timestamp,
) -> Result<(), Rejection> {
    let mut lease = find(state, id)?.clone();
    if !matches!(lease.state, LeaseState::Active | LeaseState::Degraded) {
        return Err(not_in_state(&lease));
    }
    require_reason(&reason)?;
    lease.state = LeaseState::Suspended;
    let until = lease.life().delivery.suspend_hours.map(|hours| at.plus_hours(hours));
    let trouble = Trouble::Suspended {
        since: at,
        because,
        until,
    };
    lease.change_life(|life| life.trouble = Some(trouble));
    note(&mut lease, (StepKind::Suspend, By::Operator), at, reason);
    replace(state, events, lease);
    Ok(())
}

/// The operator lets a lease go on.
pub(super) fn resume(state: &mut State, events: &mut Vec<Event>, id: LeaseId, at: Timestamp) -> Result<(), Rejection> {
    let lease = find(state, id)?;
    if lease.state != LeaseState::Suspended {
        return Err(not_in_state(lease));
    }
    let mut lease = lease.clone();
    lease.state = LeaseState::Active;
    lease.change_life(|life| life.trouble = None);
    note(&mut lease, (StepKind::Resume, By::Operator), at, String::new());
    replace(state, events, lease);
    Ok(())
}

/// The provider announces maintenance.
pub(super) fn announce(
    state: &mut State,
    events: &mut Vec<Event>,
    (provider, id): (OrgId, LeaseId),
    (window, reason): (Window, String),
    at: Timestamp,
) -> Result<(), Rejection> {
    let mut lease = let_by(state, provider, id)?.clone();
    if lease.state.is_over() {
        return Err(not_in_state(&lease));
    }
    let what = "announce maintenance";
    let notice = lease.life().delivery.maintenance_notice_hours;
    let notice = notice.ok_or(Rejection::Lease(LeaseRefusal::NotInTerms { lease: id, what }))?;
    require_reason(&reason)?;
    let mut errors = FieldErrors::default();
    if window.from().timestamp() < at.plus_hours(notice) {
        let detail = format!("must lie at least {notice} hours ahead");
        errors.add("/from", FieldRule::TooSmall, detail);
    }
    let whole = Window::new(lease.fill.window.from(), lease.ends);
    errors.require(
        whole.is_some_and(|whole| whole.contains(window)),
        "/until",
        FieldRule::Exceeds,
        "must lie inside the lease",
    );
    let known = &lease.life().maintenance;
    let few = known.len() < limits::MAINTENANCE_MAX;
    errors.require(few, "", FieldRule::TooMany, "at most 64 windows may be announced");
    let apart = !known.iter().any(|known| known.window.overlaps(window));
    errors.require(
        apart,
        "/from",
        FieldRule::Overlaps,
        "must not overlap what was announced",
    );
    errors.check()?;
    let announced = Maintenance {
        window,
        announced_at: at,
        reason: reason.clone(),
    };
    lease.change_life(|life| {
        let place = life
            .maintenance
            .partition_point(|known| known.window.from() < window.from());
        life.maintenance.insert(place, announced);
    });
    note(&mut lease, (StepKind::Announce, By::Provider), at, reason);
    replace(state, events, lease);
    Ok(())
}
