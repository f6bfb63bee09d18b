//! Corrections of closed periods: they are counted by the next settlement, in the open one.

use crate::domain::lease::Lease;
use crate::domain::settlement::{Correction, NewCorrection};
use crate::domain::time::Timestamp;
use crate::domain::usage::UsageReport;
use crate::engine::event::Event;
use crate::engine::limits;
use crate::engine::rejection::{FieldErrors, FieldRule, Rejection};
use crate::engine::state::State;
use crate::engine::usage::may_lower;

/// What stands in for the source of a report; no source of a provider has a line break.
const SOURCE: &str = "\ncorrection";

/// Whether a correction could be made.
pub(super) fn check(state: &State, asked: &NewCorrection, _at: Timestamp) -> Result<(), Rejection> {
    let lease = state
        .leases
        .get(&asked.lease)
        .ok_or(match asked.lease.0 < state.counters.fill {
            true => Rejection::LeaseEnded(asked.lease),
            false => Rejection::LeaseNotFound(asked.lease),
        })?;
    let mut errors = FieldErrors::default();
    limits::name(&mut errors, "/corrects", &asked.corrects);
    limits::reason(&mut errors, "/reason", &asked.reason);
    errors.require(
        asked.from < asked.until,
        "/until",
        FieldRule::Reversed,
        "must come after from",
    );
    let inside = lease.fill.window.from().timestamp() <= asked.from && asked.until <= lease.ends.timestamp();
    errors.require(
        inside,
        "/from",
        FieldRule::Exceeds,
        "must, with until, lie inside the lease",
    );
    errors.require(
        asked.until <= state.closed_until,
        "/until",
        FieldRule::Exceeds,
        "must not lie after the last closed period: what is open is reported again",
    );
    errors.require(
        asked.card_seconds != 0,
        "/card_seconds",
        FieldRule::Empty,
        "must not be 0",
    );
    let span = asked.until.seconds_since(asked.from).max(0);
    let most = span.saturating_mul(i64::from(lease.fill.cards));
    errors.require(
        asked.card_seconds.unsigned_abs() <= most.unsigned_abs(),
        "/card_seconds",
        FieldRule::TooLarge,
        "must be at most cards × seconds",
    );
    let counted = lease.settled.card_seconds;
    let all = counted.saturating_add(lease.metering.due_by(Timestamp::from_micros(i64::MAX)));
    let after = all.saturating_add(asked.card_seconds);
    let agreed = i64::from(lease.fill.window.hours()).saturating_mul(3_600 * i64::from(lease.fill.cards));
    errors.require(
        (0..=agreed).contains(&after),
        "/card_seconds",
        FieldRule::Exceeds,
        "must leave the lease between nothing and all that was agreed",
    );
    let less = asked.card_seconds.saturating_neg();
    errors.require(
        less <= 0 || may_lower(state, lease, less),
        "/card_seconds",
        FieldRule::Exceeds,
        "must leave of the lease what was credited or taken back of it",
    );
    errors.check()
}

/// Makes it.
pub(super) fn make(
    state: &mut State,
    events: &mut Vec<Event>,
    asked: NewCorrection,
    at: Timestamp,
) -> Result<(), Rejection> {
    check(state, &asked, at)?;
    let correction = Correction {
        place: state.counters.report,
        asked,
        made_at: at,
    };
    let lease = state.leases.get_mut(&correction.asked.lease);
    restore(
        lease.ok_or(Rejection::Fault("a lease to correct is gone"))?,
        &correction,
    );
    state.counters.report += 1;
    events.push(Event::UsageCorrected(Box::new(correction)));
    Ok(())
}

/// Notes a correction that was made, at its place; as counted where a settlement has reached it.
pub fn restore(lease: &mut Lease, correction: &Correction) {
    let NewCorrection {
        from,
        until,
        card_seconds,
        ..
    } = correction.asked;
    let mark = lease.metering.mark;
    let is_counted = correction.place < mark.place && until <= mark.until;
    let named = UsageReport {
        source: SOURCE.to_owned(),
        id: correction.place.to_string(),
        lease: correction.asked.lease,
        from,
        until,
        cards_up: 0,
        card_seconds,
    };
    let counted = if is_counted { card_seconds } else { 0 };
    lease.metering.adjust(named.key(), until, (card_seconds, counted));
}
