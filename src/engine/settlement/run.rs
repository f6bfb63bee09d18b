//! Runs: a settlement of many leases is several commands, so that nobody waits long in between and no commit grows without bounds.

use std::collections::BTreeSet;

use super::{is_due, settle_lease};
use crate::domain::id::{LeaseId, OrgId, ProgrammeId, SettlementId};
use crate::domain::settlement::{RunTotals, SettlementRun};
use crate::domain::time::Timestamp;
use crate::engine::event::Event;
use crate::engine::limits;
use crate::engine::rejection::{FieldErrors, FieldRule, Rejection, invalid};
use crate::engine::sla;
use crate::engine::state::State;

/// Leases looked at for each that may be settled: few are due where one settles often, and a command must not look through all.
const LOOKED_AT: usize = 64;

/// Settles all usage accepted so far that ended by `until`, and closes leases that are over and fully reported, or whose
/// grace period has passed: `most` leases now and the others by [`go_on`], or without it all at once.
pub fn settle(
    state: &mut State,
    events: &mut Vec<Event>,
    (until, most): (Timestamp, Option<u32>),
    at: Timestamp,
) -> Result<(), Rejection> {
    check(state, (until, most), at)?;
    let id = SettlementId(state.counters.settlement);
    state.settled_until = until;
    state.counters.settlement += 1;
    let Some(most) = most else {
        let all = due(state, (LeaseId(0), until), None, at).0;
        let settled = all.into_iter().try_for_each(|lease| {
            settle_lease(state, events, (lease, until), at)?;
            Ok(())
        });
        return settled.map_err(Rejection::after_change);
    };
    let run = SettlementRun {
        id,
        until,
        began_at: at,
        next: Some(LeaseId(0)),
        totals: RunTotals::default(),
    };
    part(state, events, (run, LeaseId(0), most), at).map_err(Rejection::after_change)
}

fn check(state: &State, (until, most): (Timestamp, Option<u32>), at: Timestamp) -> Result<(), Rejection> {
    if let Some(run) = &state.run {
        return Err(Rejection::SettlementOpen(run.id));
    }
    if until > at {
        return Err(invalid("/until", FieldRule::Future, "must not lie in the future"));
    }
    if until < state.settled_until {
        let detail = format!(
            "must not lie before {}, up to which was settled last",
            state.settled_until
        );
        return Err(invalid("/until", FieldRule::Past, detail));
    }
    most.map_or(Ok(()), check_most)
}

fn check_most(most: u32) -> Result<(), Rejection> {
    let mut errors = FieldErrors::default();
    limits::count(&mut errors, "/most", most, limits::SETTLED_AT_ONCE_MAX);
    errors.check()
}

/// Goes on with the run that is open.
pub(super) fn go_on(
    state: &mut State,
    events: &mut Vec<Event>,
    (id, from, most): (SettlementId, LeaseId, u32),
    at: Timestamp,
) -> Result<(), Rejection> {
    let open = state.run.as_ref();
    let here = open.filter(|run| run.id == id && run.next == Some(from));
    let run = here.ok_or(Rejection::SettlementMovedOn(id))?.clone();
    check_most(most)?;
    part(state, events, (run, from, most), at).map_err(Rejection::after_change)
}

/// Settles the next leases of a run.
fn part(
    state: &mut State,
    events: &mut Vec<Event>,
    (mut run, from, most): (SettlementRun, LeaseId, u32),
    at: Timestamp,
) -> Result<(), Rejection> {
    let first = events.len();
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let (due, next) = due(state, (from, run.until), Some(most), at);
    for lease in due {
        let more = settle_lease(state, events, (lease, run.until), at)?;
        run.totals = run.totals.plus(more)?;
    }
    keep_last(events, first);
    run.next = next;
    events.push(Event::SettlementChanged(Box::new(run.clone())));
    state.run = Some(run).filter(|run| run.next.is_some());
    Ok(())
}

/// The first leases from one on that have something to settle, and the lease from which one would go on to look; none at the end.
pub(super) fn due(
    state: &State,
    (from, until): (LeaseId, Timestamp),
    most: Option<usize>,
    at: Timestamp,
) -> (Vec<LeaseId>, Option<LeaseId>) {
    let grace = state.terms.usage_grace_hours;
    let looked_at = most.map(|most| most.saturating_mul(LOOKED_AT));
    let mut found = Vec::new();
    for (looked, (id, lease)) in state.leases.range(from..).enumerate() {
        if most.is_some_and(|most| found.len() >= most) || looked_at.is_some_and(|most| looked >= most) {
            return (found, Some(*id));
        }
        if is_due(lease, grace, (until, at)) || sla::credit::is_due(state, lease, until) {
            found.push(*id);
        }
    }
    (found, None)
}

/// Events that say how much there is now of something: of several in one command only the last one counts.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    Earnings(OrgId, Timestamp),
    Spent(OrgId, i32),
    Drawn(ProgrammeId, OrgId, i32),
}

fn standing(event: &Event) -> Option<Standing> {
    match event {
        Event::EarningsPending { org, release_at, .. } => Some(Standing::Earnings(*org, *release_at)),
        Event::EntitySpent { org, year, .. } => Some(Standing::Spent(*org, *year)),
        Event::EntityDrawn {
            programme, org, period, ..
        } => Some(Standing::Drawn(*programme, *org, *period)),
        _ => None,
    }
}

/// Leaves of events from `first` on that say where something stands only the last one of each: a provider of ten thousand leases has
/// one line of earnings, not ten thousand.
fn keep_last(events: &mut Vec<Event>, first: usize) {
    let mut seen = BTreeSet::new();
    let mut kept: Vec<Event> = events
        .drain(first..)
        .rev()
        .filter(|event| standing(event).is_none_or(|standing| seen.insert(standing)))
        .collect();
    kept.reverse();
    events.append(&mut kept);
}
