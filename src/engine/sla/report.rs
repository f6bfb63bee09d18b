//! Outages that one side reports, and what the other side and the operator say to them.

use super::books;
use super::{answer_by, measures};
use crate::domain::id::{LeaseId, OrgId, OutageId};
use crate::domain::lease::Lease;
use crate::domain::outage::{NewOutage, Outage, OutageCause, OutageRuling, OutageSource, OutageState};
use crate::domain::time::Timestamp;
use crate::engine::event::Event;
use crate::engine::limits;
use crate::engine::rejection::{FieldErrors, FieldRule, Rejection, invalid};
use crate::engine::state::State;

/// A lease of which somebody is a party; another's is told to be nowhere.
fn lease_of(state: &State, org: OrgId, id: LeaseId) -> Result<&Lease, Rejection> {
    let Some(lease) = state.leases.get(&id) else {
        return Err(match id.0 > 0 && id.0 < state.counters.fill {
            true => Rejection::LeaseEnded(id),
            false => Rejection::LeaseNotFound(id),
        });
    };
    if org == lease.fill.tenant || org == lease.fill.provider {
        Ok(lease)
    } else {
        Err(Rejection::LeaseNotFound(id))
    }
}

/// An outage of one's own lease; another's is told to be nowhere.
fn outage_of(state: &State, org: OrgId, id: OutageId) -> Result<&Outage, Rejection> {
    let found = state.sla.find(id);
    let own = found.filter(|outage| org == outage.tenant || org == outage.provider);
    own.ok_or(Rejection::OutageNotFound(id))
}

fn check_new(state: &State, lease: &Lease, new: &NewOutage, at: Timestamp) -> Result<(), Rejection> {
    let mut errors = FieldErrors::default();
    let (starts, ends) = (lease.fill.window.from().timestamp(), lease.ends.timestamp());
    errors.require(
        starts <= new.from && new.from < ends,
        "/from",
        FieldRule::NotEligible,
        "must lie inside the lease",
    );
    errors.require(new.from <= at, "/from", FieldRule::Future, "must not lie in the future");
    if let Some(until) = new.until {
        errors.require(new.from < until, "/until", FieldRule::Reversed, "must come after from");
        errors.require(until <= at, "/until", FieldRule::Future, "must not lie in the future");
        errors.require(
            until <= ends,
            "/until",
            FieldRule::NotEligible,
            "must lie inside the lease",
        );
    }
    limits::count(&mut errors, "/cards_down", new.cards_down, lease.fill.cards);
    limits::note(&mut errors, "/note", &new.note);
    let claims = state.sla.of_lease(lease.id());
    let claims = claims.filter(|outage| outage.claimant().is_some());
    let few = claims.count() < limits::OUTAGES_OF_LEASE_MAX;
    errors.require(few, "/lease", FieldRule::TooMany, "has too many outages already");
    errors.check()
}

/// One side says that cards were not there.
pub(super) fn claim(
    state: &mut State,
    events: &mut Vec<Event>,
    (org, new): (OrgId, NewOutage),
    at: Timestamp,
) -> Result<(), Rejection> {
    if !measures(state) {
        return Err(invalid(
            "/lease",
            FieldRule::NotEligible,
            "is under terms that measure no outages",
        ));
    }
    let lease = lease_of(state, org, new.lease)?;
    check_new(state, lease, &new, at)?;
    let fill = &lease.fill;
    let outage = Outage {
        id: OutageId(state.counters.outage),
        lease: new.lease,
        tenant: fill.tenant,
        provider: fill.provider,
        from: new.from,
        until: new.until,
        cards_down: new.cards_down,
        card_seconds: None,
        cause: new.cause,
        source: if org == fill.tenant {
            OutageSource::Tenant
        } else {
            OutageSource::Provider
        },
        state: OutageState::Claimed,
        answer_by: answer_by(state, at),
        note: new.note,
        objection: None,
        decision: None,
        report: None,
        created_at: at,
    };
    state.counters.outage += 1;
    books::change(state, events, outage);
    Ok(())
}

fn require(holds: bool, outage: &Outage) -> Result<(), Rejection> {
    if holds {
        Ok(())
    } else {
        Err(Rejection::OutageNotInState {
            outage: outage.id,
            found: outage.state,
        })
    }
}

/// Who has claimed an outage says when it was over. The other side has its time again: only now it knows how long it was.
pub(super) fn end(
    state: &mut State,
    events: &mut Vec<Event>,
    (org, id, until): (OrgId, OutageId, Timestamp),
    at: Timestamp,
) -> Result<(), Rejection> {
    let outage = own_claim(state, org, id)?;
    let live = matches!(outage.state, OutageState::Claimed | OutageState::Confirmed);
    require(live && outage.until.is_none(), &outage)?;
    let ends = state.leases.get(&outage.lease).map(|lease| lease.ends.timestamp());
    let mut errors = FieldErrors::default();
    errors.require(
        outage.from < until,
        "/until",
        FieldRule::Reversed,
        "must come after from",
    );
    errors.require(until <= at, "/until", FieldRule::Future, "must not lie in the future");
    errors.require(
        ends.is_some_and(|ends| until <= ends),
        "/until",
        FieldRule::NotEligible,
        "must lie inside the lease",
    );
    errors.check()?;
    over(state, events, (outage, until), at);
    Ok(())
}

/// An outage is over, and the other side has its time to say that it was not so.
pub(super) fn over(state: &mut State, events: &mut Vec<Event>, (outage, until): (Outage, Timestamp), at: Timestamp) {
    let answer_by = answer_by(state, at);
    let claimed = match outage.state {
        OutageState::Claimed | OutageState::Confirmed => OutageState::Claimed,
        OutageState::Contested => OutageState::Contested,
        OutageState::Upheld => OutageState::Upheld,
        OutageState::Dismissed => OutageState::Dismissed,
        OutageState::Withdrawn => OutageState::Withdrawn,
    };
    let outage = Outage {
        until: Some(until),
        state: claimed,
        answer_by,
        ..outage
    };
    books::change(state, events, outage);
}

/// Who has claimed an outage takes that back.
pub(super) fn withdraw(
    state: &mut State,
    events: &mut Vec<Event>,
    (org, id): (OrgId, OutageId),
) -> Result<(), Rejection> {
    let outage = own_claim(state, org, id)?;
    require(outage.state.is_pending(), &outage)?;
    let withdrawn = OutageState::Withdrawn;
    books::change(
        state,
        events,
        Outage {
            state: withdrawn,
            ..outage
        },
    );
    Ok(())
}

/// An outage that an organisation has claimed itself.
fn own_claim(state: &State, org: OrgId, id: OutageId) -> Result<Outage, Rejection> {
    let outage = outage_of(state, org, id)?;
    if outage.claimant() == Some(org) {
        Ok(outage.clone())
    } else {
        let detail = "was not claimed by this organisation";
        Err(invalid("/outage", FieldRule::NotEligible, detail))
    }
}

fn to_answer(state: &State, org: OrgId, id: OutageId) -> Result<Outage, Rejection> {
    let outage = outage_of(state, org, id)?.clone();
    if outage.answers() != org {
        return Err(invalid(
            "/outage",
            FieldRule::NotEligible,
            "is for the other side to answer",
        ));
    }
    require(outage.state == OutageState::Claimed, &outage)?;
    Ok(outage)
}

/// The other side agrees.
pub(super) fn confirm(
    state: &mut State,
    events: &mut Vec<Event>,
    (org, id): (OrgId, OutageId),
) -> Result<(), Rejection> {
    let outage = to_answer(state, org, id)?;
    let confirmed = OutageState::Confirmed;
    books::change(
        state,
        events,
        Outage {
            state: confirmed,
            ..outage
        },
    );
    Ok(())
}

fn reason(reason: &str) -> Result<(), Rejection> {
    let mut errors = FieldErrors::default();
    limits::reason(&mut errors, "/reason", reason);
    errors.check()
}

/// The other side sees it differently.
pub(super) fn contest(
    state: &mut State,
    events: &mut Vec<Event>,
    (org, id, why): (OrgId, OutageId, String),
) -> Result<(), Rejection> {
    let outage = to_answer(state, org, id)?;
    reason(&why)?;
    let contested = OutageState::Contested;
    books::change(
        state,
        events,
        Outage {
            state: contested,
            objection: Some(why),
            ..outage
        },
    );
    Ok(())
}

/// The operator decides on what is contested.
pub(super) fn decide(
    state: &mut State,
    events: &mut Vec<Event>,
    (id, ruling): (OutageId, OutageRuling),
) -> Result<(), Rejection> {
    let outage = state.sla.find(id).ok_or(Rejection::OutageNotFound(id))?.clone();
    require(outage.state == OutageState::Contested, &outage)?;
    reason(&ruling.reason)?;
    let cause: OutageCause = ruling.cause.unwrap_or(outage.cause);
    let decided = if ruling.upheld {
        OutageState::Upheld
    } else {
        OutageState::Dismissed
    };
    books::change(
        state,
        events,
        Outage {
            state: decided,
            cause,
            decision: Some(ruling.reason),
            ..outage
        },
    );
    Ok(())
}

/// Nobody has contested an outage in time.
pub fn time_out(state: &mut State, events: &mut Vec<Event>, id: OutageId) {
    let claimed = state.sla.find(id).filter(|outage| outage.state == OutageState::Claimed);
    if let Some(outage) = claimed.cloned() {
        let confirmed = OutageState::Confirmed;
        books::change(
            state,
            events,
            Outage {
                state: confirmed,
                ..outage
            },
        );
    }
}
