//! Leases by time, and their early end.

use super::event::Event;
use super::rejection::Rejection;
use super::settlement;
use super::state::State;
use super::supply;
use super::timer::{self, Due};
use crate::domain::id::{LeaseId, OrgId};
use crate::domain::lease::LeaseState;
use crate::domain::time::{Timestamp, Window};

/// A lease's first hour begins.
pub fn start(state: &mut State, events: &mut Vec<Event>, id: LeaseId) {
    change(state, events, id, LeaseState::Active);
}

/// A lease's last hour is over.
pub fn finish(state: &mut State, events: &mut Vec<Event>, id: LeaseId) {
    change(state, events, id, LeaseState::Ended);
}

fn change(state: &mut State, events: &mut Vec<Event>, id: LeaseId, to: LeaseState) {
    let Some(lease) = state.leases.get_mut(&id) else { return };
    lease.state = to;
    events.push(Event::LeaseChanged(Box::new(lease.clone())));
    if let Some((at, due)) = timer::of_lease(lease) {
        state.timers.set(at, due);
    }
}

/// Ends a lease at the end of the running hour, or before it has begun. The cards freed are new supply.
pub fn end_early(
    state: &mut State,
    events: &mut Vec<Event>,
    (org, id): (OrgId, LeaseId),
    at: Timestamp,
) -> Result<(), Rejection> {
    let lease = state.leases.get(&id).ok_or(match id.0 < state.counters.fill {
        true => Rejection::LeaseEnded(id),
        false => Rejection::LeaseNotFound(id),
    })?;
    if org != lease.fill.tenant && org != lease.fill.provider {
        return Err(Rejection::LeaseNotFound(id));
    }
    let mut lease = lease.clone();
    let starts = lease.fill.window.from();
    let cut = at.hour_ceil().max(starts);
    let freed = match lease.state {
        LeaseState::Pending | LeaseState::Active => Window::new(cut, lease.ends),
        LeaseState::Ended | LeaseState::Closed => None,
    };
    let freed = freed.ok_or(Rejection::LeaseEnded(id))?;
    if let Some((due_at, due)) = timer::of_lease(&lease) {
        state.timers.clear(due_at, due);
    }
    lease.ends = cut;
    let vacated = state.book.vacate(lease.fill.listing, freed, &lease.fill.islands);
    vacated.map_err(|_| Rejection::Fault("a lease frees cards that it does not have"))?;
    let listing = lease.fill.listing;
    if cut == starts {
        // Nothing can be reported of it, so that nothing keeps it open.
        settlement::close(state, events, &mut lease, at).map_err(Rejection::after_change)?;
        events.push(Event::LeaseChanged(Box::new(lease)));
    } else {
        events.push(Event::LeaseChanged(Box::new(lease.clone())));
        state.timers.set(cut.timestamp(), Due::LeaseEnd(id));
        state.leases.insert(id, lease);
    }
    supply::serve(state, events, listing, at).map_err(Rejection::after_change)
}
