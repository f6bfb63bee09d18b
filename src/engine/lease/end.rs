//! The end of a lease: by time, and before its time.

use super::refusal::LeaseRefusal;
use super::{change, check_reason, find, forget_timers, note, note_time, own, replace, was_never_there};
use crate::domain::id::{LeaseId, OrgId};
use crate::domain::lease::{Lease, LeaseState};
use crate::domain::life::close_code::{CloseCode, GivenBy};
use crate::domain::life::{By, Ending, StepKind};
use crate::domain::time::{Hour, Timestamp, Window};
use crate::engine::event::Event;
use crate::engine::lease::Giver;
use crate::engine::rejection::{FieldRule, Rejection, invalid};
use crate::engine::settlement;
use crate::engine::state::State;
use crate::engine::supply;

/// A lease's last hour is over.
///
/// # Errors
/// Only where the books contradict themselves.
pub fn finish(state: &mut State, events: &mut Vec<Event>, id: LeaseId, at: Timestamp) -> Result<(), Rejection> {
    let Some(lease) = state.leases.get(&id) else {
        return Ok(());
    };
    let mut lease = lease.clone();
    change::lapse_all(events, &mut lease, at);
    let never = was_never_there(&lease);
    if never && lease.life().ending.is_none() {
        let (code, by, until) = (CloseCode::NOT_HANDED_OVER, By::Time, lease.fill.window.until());
        let reason = String::new();
        lease.change_life(|life| {
            life.ending = Some(Ending {
                code,
                by,
                at,
                until,
                reason,
            })
        });
        // No hour of it was there, so that all of it remains.
        lease.ends = lease.fill.window.from();
    }
    lease.state = LeaseState::Ended;
    lease.change_life(|life| life.trouble = None);
    note_time(&mut lease, StepKind::End, at);
    if !never {
        replace(state, events, lease);
        return Ok(());
    }
    close_now(state, events, lease, at)
}

/// Closes a lease of which nothing can be reported any more.
fn close_now(state: &mut State, events: &mut Vec<Event>, mut lease: Lease, at: Timestamp) -> Result<(), Rejection> {
    forget_timers(state, lease.id());
    settlement::close(state, events, &mut lease, at)?;
    events.push(Event::LeaseChanged(Box::new(lease)));
    Ok(())
}

/// How somebody wants a lease to end.
pub(super) struct Wish {
    /// By whose fault.
    pub code: Option<CloseCode>,
    /// When.
    pub when: Option<Hour>,
    /// Why, in words.
    pub reason: String,
}

/// Ends a lease before its time.
pub(super) fn terminate(
    state: &mut State,
    events: &mut Vec<Event>,
    (giver, id): (Giver, LeaseId),
    wish: Wish,
    at: Timestamp,
) -> Result<(), Rejection> {
    let (lease, by) = match giver {
        Giver::Org(org) => own(state, org, id)?,
        Giver::Operator => (find(state, id)?, By::Operator),
    };
    let lease = lease.clone();
    check_reason(&wish.reason)?;
    let code = code_of(by, wish.code)?;
    let soonest = at.hour_ceil().max(lease.fill.window.from());
    let cut = wish.when.unwrap_or(soonest).max(lease.fill.window.from());
    if lease.state.is_over() || soonest >= lease.ends {
        return Err(Rejection::LeaseEnded(id));
    }
    if cut < soonest {
        return Err(invalid("/at", FieldRule::Past, "has passed already"));
    }
    if cut >= lease.ends {
        let detail = format!("must lie before {}, when it ends by itself", lease.ends);
        return Err(invalid("/at", FieldRule::Exceeds, detail));
    }
    let ending = Ending {
        code,
        by,
        at,
        until: lease.ends,
        reason: wish.reason,
    };
    let listing = lease.fill.listing;
    cut_at(state, events, (lease, cut), Some(ending), at)
        .and_then(|_| supply::serve(state, events, listing, at))
        .map_err(Rejection::after_change)
}

/// The code, if this side may give it; the early end of that side where it gives none.
fn code_of(by: By, code: Option<CloseCode>) -> Result<CloseCode, Rejection> {
    let (may, own) = match by {
        By::Tenant => (GivenBy::Tenant, Some(CloseCode::TENANT_EARLY)),
        By::Provider => (GivenBy::Provider, Some(CloseCode::PROVIDER_EARLY)),
        By::Operator => (GivenBy::Operator, None),
        By::Time | By::Agreement => (GivenBy::Exchange, None),
    };
    let needed = || invalid("/code", FieldRule::Empty, "is needed");
    let code = code.or(own).ok_or_else(needed)?;
    if code.rule().is_some_and(|rule| rule.given_by == may) {
        Ok(code)
    } else {
        Err(Rejection::Lease(LeaseRefusal::CodeNotGiven(code)))
    }
}

/// Ends a lease at the end of the running hour, or before it has begun. The cards freed are new supply.
///
/// # Errors
/// There is no such lease of the organisation, or it is over.
pub fn end_early(
    state: &mut State,
    events: &mut Vec<Event>,
    (org, id): (OrgId, LeaseId),
    at: Timestamp,
) -> Result<(), Rejection> {
    let (lease, by) = own(state, org, id)?;
    let lease = lease.clone();
    let cut = at.hour_ceil().max(lease.fill.window.from());
    if lease.state.is_over() || cut >= lease.ends {
        return Err(Rejection::LeaseEnded(id));
    }
    // Journals from before close codes say nothing of whose fault it was, and nobody pays a penalty then.
    let ending = (!lease.life().is_plain()).then(|| Ending {
        code: code_of(by, None).unwrap_or(CloseCode::AGREED),
        by,
        at,
        until: lease.ends,
        reason: String::new(),
    });
    let listing = lease.fill.listing;
    cut_at(state, events, (lease, cut), ending, at)
        .and_then(|_| supply::serve(state, events, listing, at))
        .map_err(Rejection::after_change)
}

/// Sets a lease's end to an earlier hour, at which or after which it is not closed yet; its cards are free from there on. Where nothing
/// is left of it, it closes at once. The lease as it is now, unless it is closed.
pub(super) fn cut_at(
    state: &mut State,
    events: &mut Vec<Event>,
    (mut lease, cut): (Lease, Hour),
    ending: Option<Ending>,
    at: Timestamp,
) -> Result<Option<Lease>, Rejection> {
    let fault = Rejection::Fault("a lease frees cards that it does not have");
    for (window, islands) in lease.occupied() {
        // Nobody can take hours that have begun.
        let from = window.from().max(cut).max(at.hour_ceil());
        let freed = Window::new(from, window.until());
        let vacated = freed.map(|freed| state.book.vacate(lease.fill.listing, freed, islands));
        vacated.transpose().map_err(|_| fault.clone())?;
    }
    lease.ends = cut;
    if let Some(ending) = ending {
        let (by, reason) = (ending.by, ending.reason.clone());
        lease.change_life(|life| {
            life.moves.retain(|moved| moved.from < cut);
            life.ending = Some(ending);
        });
        change::lapse_all(events, &mut lease, at);
        note(&mut lease, (StepKind::Terminate, by), at, reason);
    }
    if cut == lease.fill.window.from() {
        // Nothing can be reported of it, so that nothing keeps it open.
        lease.change_life(|life| life.trouble = None);
        close_now(state, events, lease, at)?;
        return Ok(None);
    }
    replace(state, events, lease.clone());
    Ok(Some(lease))
}
