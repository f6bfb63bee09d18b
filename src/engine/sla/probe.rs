//! The operator's probes: what they find missing twice in a row is an outage, until they find it again.

use std::collections::BTreeMap;

use super::books::{self, Probed};
use super::report::over;
use super::{answer_by, measures};
use crate::domain::id::{LeaseId, OutageId};
use crate::domain::lease::LeaseState;
use crate::domain::outage::{Outage, OutageCause, OutageSource, OutageState, ProbeResult};
use crate::domain::time::Timestamp;
use crate::engine::event::Event;
use crate::engine::limits;
use crate::engine::rejection::{FieldErrors, FieldRule, Rejection, invalid};
use crate::engine::state::State;

/// Takes what probes have found; all of it or nothing.
pub(super) fn take(
    state: &mut State,
    events: &mut Vec<Event>,
    results: &[ProbeResult],
    at: Timestamp,
) -> Result<(), Rejection> {
    check(state, results, at)?;
    for result in results {
        one(state, events, result, at);
    }
    Ok(())
}

fn check(state: &State, results: &[ProbeResult], at: Timestamp) -> Result<(), Rejection> {
    if !measures(state) {
        return Err(invalid("", FieldRule::NotEligible, "the terms measure no outages"));
    }
    if results.len() > limits::PROBES_MAX {
        return Err(invalid("/probes", FieldRule::TooMany, "must be at most 10000 probes"));
    }
    let mut errors = FieldErrors::default();
    let mut last: BTreeMap<LeaseId, Timestamp> = BTreeMap::new();
    for (place, result) in results.iter().enumerate() {
        let pointer = |field: &str| format!("/probes/{place}/{field}");
        let Some(lease) = state.leases.get(&result.lease) else {
            let detail = format!("names no open lease: {}", result.lease);
            errors.add(pointer("lease"), FieldRule::Unknown, detail);
            continue;
        };
        let inside = lease.fill.window.from().timestamp() <= result.at && result.at <= lease.ends.timestamp();
        errors.require(
            inside,
            &pointer("at"),
            FieldRule::NotEligible,
            "must lie inside the lease",
        );
        errors.require(
            result.at <= at,
            &pointer("at"),
            FieldRule::Future,
            "must not lie in the future",
        );
        errors.require(
            result.cards_down <= lease.fill.cards,
            &pointer("cards_down"),
            FieldRule::TooLarge,
            "must be at most the cards of the lease",
        );
        let stored = state.sla.probes().get(&result.lease).map(|known| known.at);
        let before = last.insert(result.lease, result.at).max(stored);
        errors.require(
            before.is_none_or(|before| before < result.at),
            &pointer("at"),
            FieldRule::Past,
            "must come after the probe before",
        );
    }
    errors.check()
}

fn one(state: &mut State, events: &mut Vec<Event>, result: &ProbeResult, at: Timestamp) {
    let before = state.sla.probes().get(&result.lease).copied();
    let running = before.and_then(|before| before.outage);
    let running = running.and_then(|id| state.sla.find(id)).cloned();
    let same = before.is_some_and(|before| before.cards_down == result.cards_down);
    let mut outage = before.and_then(|before| before.outage);
    if !same || result.cards_down == 0 {
        if let Some(open) = running.filter(|outage| outage.until.is_none()) {
            over(state, events, (open, result.at), at);
        }
        outage = None;
    }
    let twice = before.filter(|before| before.cards_down > 0 && result.cards_down > 0);
    if let (None, Some(before)) = (outage, twice) {
        // Where fewer or more are down than before, it is another outage, known from the probe at hand.
        let from = if same { before.at } else { result.at };
        outage = open(state, events, (result, from), at);
    }
    let probed = Probed {
        at: result.at,
        cards_down: result.cards_down,
        outage,
    };
    state.sla.set_probe(result.lease, probed);
    events.push(Event::LeaseProbed {
        lease: result.lease,
        probed,
    });
}

fn open(
    state: &mut State,
    events: &mut Vec<Event>,
    (result, from): (&ProbeResult, Timestamp),
    at: Timestamp,
) -> Option<OutageId> {
    let lease = state.leases.get(&result.lease)?;
    if lease.state == LeaseState::Closed || from >= lease.ends.timestamp() {
        return None;
    }
    let id = OutageId(state.counters.outage);
    let outage = Outage {
        id,
        lease: result.lease,
        tenant: lease.fill.tenant,
        provider: lease.fill.provider,
        from,
        until: None,
        cards_down: result.cards_down,
        card_seconds: None,
        cause: OutageCause::Provider,
        source: OutageSource::Probe,
        state: OutageState::Claimed,
        answer_by: answer_by(state, at),
        note: String::new(),
        objection: None,
        decision: None,
        report: None,
        created_at: at,
    };
    state.counters.outage += 1;
    books::change(state, events, outage);
    Some(id)
}
