//! Changes of a lease: one side asks, the others accept or refuse, and what is agreed happens at once.

use super::end::cut_at;
use super::plan::{Plan, plan};
use super::refusal::LeaseRefusal;
use super::{Answer, check_reason, find, note, own, replace, succeed};
use crate::domain::id::{LeaseId, OrgId};
use crate::domain::lease::Lease;
use crate::domain::life::change::{Change, ChangeImage, ChangeRequest, ChangeState, Party};
use crate::domain::life::{By, Ending, StepKind};
use crate::domain::time::{Timestamp, Window};
use crate::engine::event::Event;
use crate::engine::limits;
use crate::engine::rejection::Rejection;
use crate::engine::state::State;
use crate::engine::supply;

/// One side asks for a change.
pub(super) fn ask(
    state: &mut State,
    events: &mut Vec<Event>,
    (org, id, change): (OrgId, LeaseId, Change),
    at: Timestamp,
) -> Result<(), Rejection> {
    let (lease, by) = own(state, org, id)?;
    let mut lease = lease.clone();
    if lease.life().changes.len() >= limits::LEASE_CHANGES_MAX {
        return Err(Rejection::Limit("at most 8 changes of a lease wait for an answer"));
    }
    let planned = plan(state, &lease, (&change, by), at);
    match planned {
        // Whether the tenant can pay is the tenant's affair until it has accepted.
        Err(Rejection::Lease(LeaseRefusal::CashMissing { .. })) if by == By::Provider => {}
        planned => drop(planned?),
    }
    let hours = lease.life().delivery.hours_to_answer();
    let request = ChangeRequest {
        number: lease.life().asked + 1,
        by,
        at,
        until: at.plus_hours(hours).min(change.from(lease.ends).timestamp()),
        change,
        accepted: Vec::new(),
    };
    tell(events, (id, &request), (ChangeState::Open, None, at), String::new());
    lease.change_life(|life| {
        life.asked = request.number;
        life.changes.push(request);
    });
    note(&mut lease, (StepKind::Change, by), at, String::new());
    replace(state, events, lease);
    Ok(())
}

/// Somebody answers.
pub(super) fn answer(
    state: &mut State,
    events: &mut Vec<Event>,
    (org, id, number): (OrgId, LeaseId, u32),
    (answer, reason): (Answer, String),
    at: Timestamp,
) -> Result<(), Rejection> {
    let lease = find(state, id)?.clone();
    let found = lease.life().changes.iter().find(|request| request.number == number);
    let transferee = found.is_some_and(|request| request.new_tenant() == Some(org));
    let party = match own(state, org, id) {
        Ok((_, By::Tenant)) => Party::Tenant,
        Ok(_) => Party::Provider,
        Err(_) if transferee => Party::NewTenant,
        Err(rejection) => return Err(rejection),
    };
    check_reason(&reason)?;
    let lease_id = id;
    let missing = if (1..=lease.life().asked).contains(&number) {
        LeaseRefusal::ChangeAnswered { lease: id, number }
    } else {
        LeaseRefusal::ChangeNotFound { lease: id, number }
    };
    let request = found.cloned().ok_or(Rejection::Lease(missing))?;
    let asks = match request.by {
        By::Provider => Party::Provider,
        By::Tenant | By::Time | By::Agreement | By::Operator => Party::Tenant,
    };
    let may = match answer {
        Answer::Withdraw => party == asks,
        Answer::Accept => request.asked().contains(&party) && !request.accepted.contains(&party),
        Answer::Refuse => request.asked().contains(&party),
    };
    if !may {
        let lease = lease_id;
        return Err(Rejection::Lease(LeaseRefusal::NotAsked { lease, number }));
    }
    match answer {
        Answer::Accept => accept(state, events, (lease, request, party), reason, at),
        Answer::Refuse => {
            settle(state, events, (lease, request), (ChangeState::Refused, reason), at);
            Ok(())
        }
        Answer::Withdraw => {
            settle(state, events, (lease, request), (ChangeState::Withdrawn, reason), at);
            Ok(())
        }
    }
}

/// Which side a party of a change is, for the history.
fn side(party: Party) -> By {
    match party {
        Party::Tenant => By::Tenant,
        Party::Provider => By::Provider,
        Party::NewTenant => By::Agreement,
    }
}

fn accept(
    state: &mut State,
    events: &mut Vec<Event>,
    (mut lease, mut request, party): (Lease, ChangeRequest, Party),
    reason: String,
    at: Timestamp,
) -> Result<(), Rejection> {
    let id = lease.id();
    let plan = plan(state, &lease, (&request.change, request.by), at)?;
    request.accepted.push(party);
    if !request.is_agreed() {
        tell(events, (id, &request), (ChangeState::Open, None, at), reason.clone());
        lease.change_life(|life| {
            life.changes.retain(|other| other.number != request.number);
            life.changes.push(request);
            life.changes.sort_by_key(|request| request.number);
        });
        note(&mut lease, (StepKind::Change, side(party)), at, reason);
        replace(state, events, lease);
        return Ok(());
    }
    lease.change_life(|life| life.changes.retain(|other| other.number != request.number));
    note(&mut lease, (StepKind::Change, side(party)), at, reason.clone());
    replace(state, events, lease);
    let successor = carry_out(state, events, (id, plan), at).map_err(Rejection::after_change)?;
    tell(events, (id, &request), (ChangeState::Accepted, successor, at), reason);
    Ok(())
}

/// Does what was agreed; the lease that goes on, if one does.
fn carry_out(
    state: &mut State,
    events: &mut Vec<Event>,
    (id, plan): (LeaseId, Plan),
    at: Timestamp,
) -> Result<Option<LeaseId>, Rejection> {
    match plan {
        Plan::Succeed(planned) => succeed::apply(state, events, (id, *planned), at).map(Some),
        Plan::End(cut, code) => {
            let lease = find(state, id)?.clone();
            let listing = lease.fill.listing;
            let ending = Ending {
                code,
                by: By::Agreement,
                at,
                until: lease.ends,
                reason: String::new(),
            };
            cut_at(state, events, (lease, cut), Some(ending), at)?;
            supply::serve(state, events, listing, at)?;
            Ok(None)
        }
        Plan::Move(moved) => {
            let mut lease = find(state, id)?.clone();
            let listing = lease.fill.listing;
            let window = Window::new(moved.from, lease.ends).ok_or(Rejection::Fault("a move after the end"))?;
            let fault = Rejection::Fault("a move takes cards that are not free");
            let vacated = state.book.vacate(listing, window, lease.islands());
            vacated.map_err(|_| fault.clone())?;
            state.book.occupy(listing, window, &moved.islands).map_err(|_| fault)?;
            lease.change_life(|life| life.moves.push(moved));
            note(&mut lease, (StepKind::Change, By::Agreement), at, String::new());
            replace(state, events, lease);
            supply::serve(state, events, listing, at)?;
            Ok(None)
        }
    }
}

/// Takes a request off a lease.
fn settle(
    state: &mut State,
    events: &mut Vec<Event>,
    (mut lease, request): (Lease, ChangeRequest),
    (end, reason): (ChangeState, String),
    at: Timestamp,
) {
    tell(events, (lease.id(), &request), (end, None, at), reason.clone());
    lease.change_life(|life| life.changes.retain(|other| other.number != request.number));
    note(&mut lease, (StepKind::Change, By::Agreement), at, reason);
    replace(state, events, lease);
}

/// Lets those requests lapse whose time is over.
pub(super) fn lapse(state: &mut State, events: &mut Vec<Event>, id: LeaseId, at: Timestamp) {
    let Ok(lease) = find(state, id) else { return };
    let due = lease.life().changes.iter().filter(|request| request.until <= at);
    let due: Vec<ChangeRequest> = due.cloned().collect();
    if due.is_empty() {
        return;
    }
    let mut lease = lease.clone();
    for request in &due {
        tell(events, (id, request), (ChangeState::Lapsed, None, at), String::new());
    }
    lease.change_life(|life| life.changes.retain(|request| request.until > at));
    note(&mut lease, (StepKind::Change, By::Time), at, String::new());
    replace(state, events, lease);
}

/// Lets all requests of a lease lapse that comes to its end.
pub(super) fn lapse_all(events: &mut Vec<Event>, lease: &mut Lease, at: Timestamp) {
    if lease.life().changes.is_empty() {
        return;
    }
    let id = lease.id();
    for request in &lease.life().changes {
        tell(events, (id, request), (ChangeState::Lapsed, None, at), String::new());
    }
    lease.change_life(|life| life.changes.clear());
}

fn tell(
    events: &mut Vec<Event>,
    (lease, request): (LeaseId, &ChangeRequest),
    (state, successor, at): (ChangeState, Option<LeaseId>, Timestamp),
    reason: String,
) {
    events.push(Event::LeaseChangeSet(Box::new(ChangeImage {
        lease,
        request: request.clone(),
        state,
        successor,
        told_at: at,
        reason,
    })));
}
