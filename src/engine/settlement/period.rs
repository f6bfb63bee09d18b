//! Closing of periods: calendar months in Asia/Shanghai.

use crate::domain::metering::Metering;
use crate::domain::time::Timestamp;
use crate::engine::event::Event;
use crate::engine::rejection::{FieldErrors, FieldRule, Rejection};
use crate::engine::state::State;

/// Whether months up to an instant could be closed: all of them are over and settled.
pub(super) fn check(state: &State, until: Timestamp, at: Timestamp) -> Result<(), Rejection> {
    let mut errors = FieldErrors::default();
    errors.require(
        until.month_start() == until,
        "/until",
        FieldRule::Malformed,
        "must be the first instant of a month in Asia/Shanghai",
    );
    errors.require(until <= at, "/until", FieldRule::Future, "must not lie in the future");
    errors.require(
        until > state.closed_until,
        "/until",
        FieldRule::Past,
        "must come after the period that was closed last",
    );
    errors.check()?;
    if let Some(run) = &state.run {
        return Err(Rejection::SettlementOpen(run.id));
    }
    if state.settled_until < until {
        return Err(Rejection::PeriodNotSettled("it was not settled up to its end"));
    }
    let mut meterings = state.leases.values().map(|lease| &lease.metering);
    meterings.try_for_each(|metering| settled(metering, until, at))
}

/// Whether all that was reported of a lease before an instant is settled, and nobody disputes it or still may.
fn settled(metering: &Metering, until: Timestamp, at: Timestamp) -> Result<(), Rejection> {
    if metering.is_due(until) {
        return Err(Rejection::PeriodNotSettled(
            "usage of it was reported and is not settled: settle again",
        ));
    }
    if metering.held().iter().any(|held| held.is_open && held.from < until) {
        return Err(Rejection::PeriodNotSettled("a dispute about usage of it is open"));
    }
    if metering.acceptance().first_open(at).is_some_and(|from| from < until) {
        return Err(Rejection::PeriodNotSettled("usage of it may still be disputed"));
    }
    Ok(())
}

/// Closes them. What was counted of them is forgotten, because nothing can change it any more.
pub(super) fn close(
    state: &mut State,
    events: &mut Vec<Event>,
    until: Timestamp,
    at: Timestamp,
) -> Result<(), Rejection> {
    check(state, until, at)?;
    state.closed_until = until;
    for lease in state.leases.values_mut() {
        lease.metering.forget(until);
    }
    events.push(Event::PeriodClosed { until });
    Ok(())
}

/// Refuses what would count at an instant of a closed period.
///
/// # Errors
/// [`Rejection::PeriodClosed`].
pub fn require_open(state: &State, from: Timestamp) -> Result<(), Rejection> {
    if from < state.closed_until {
        return Err(Rejection::PeriodClosed(state.closed_until));
    }
    Ok(())
}
