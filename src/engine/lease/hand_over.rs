//! Hand-over: what the provider gives, and whether the tenant takes it.

use super::refusal::LeaseRefusal;
use super::{let_by, not_in_state, note, replace, require_reason, taken_by};
use crate::domain::fingerprint::Fingerprint;
use crate::domain::id::{LeaseId, OrgId};
use crate::domain::lease::{Lease, LeaseState};
use crate::domain::life::access::{AccessKey, Recipient};
use crate::domain::life::{By, HandOver, StepKind};
use crate::domain::organisation::OrgKind;
use crate::domain::time::Timestamp;
use crate::engine::event::Event;
use crate::engine::rejection::{FieldRule, Rejection, invalid};
use crate::engine::state::State;

/// Hands a lease over. One that is handed over gets other access material.
pub(super) fn provision(
    state: &mut State,
    events: &mut Vec<Event>,
    (provider, id, access): (OrgId, LeaseId, Option<Fingerprint>),
    at: Timestamp,
) -> Result<(), Rejection> {
    let mut lease = let_by(state, provider, id)?.clone();
    let tenant = lease.fill.tenant;
    if access.is_some() && !state.access_keys.contains_key(&tenant) {
        return Err(Rejection::Lease(LeaseRefusal::NoAccessKey(tenant)));
    }
    let kind = match lease.state {
        LeaseState::Pending => StepKind::Provision,
        LeaseState::Provisioned | LeaseState::Active | LeaseState::Degraded if access.is_some() => StepKind::Rekey,
        LeaseState::Provisioned
        | LeaseState::Active
        | LeaseState::Degraded
        | LeaseState::Suspended
        | LeaseState::Ended
        | LeaseState::Closed => return Err(not_in_state(&lease)),
    };
    if access.is_some() {
        lease.change_life(|life| life.access = access);
    }
    if lease.state == LeaseState::Pending {
        give(&mut lease, at);
    }
    note(&mut lease, (kind, By::Provider), at, String::new());
    replace(state, events, lease);
    Ok(())
}

fn give(lease: &mut Lease, at: Timestamp) {
    let start = lease.fill.window.from().timestamp();
    let life = lease.life();
    let is_asked = matches!(life.hand_over, HandOver::Awaited { .. });
    match life.delivery.accept_hours.filter(|_| is_asked) {
        // The tenant cannot look at it before its start.
        Some(hours) => {
            let until = at.max(start).plus_hours(hours);
            lease.state = LeaseState::Provisioned;
            lease.change_life(|life| life.hand_over = HandOver::Given { at, until });
        }
        None => taken(lease, (at, at)),
    }
}

/// What was given at one instant is accepted at another.
fn taken(lease: &mut Lease, (given_at, at): (Timestamp, Timestamp)) {
    let started = lease.fill.window.from().timestamp() <= at;
    lease.state = if started {
        LeaseState::Active
    } else {
        LeaseState::Provisioned
    };
    lease.change_life(|life| life.hand_over = HandOver::Accepted { given_at });
}

/// What waits to be accepted: when it was given.
fn given(lease: &Lease) -> Result<Timestamp, Rejection> {
    match (lease.state, lease.life().hand_over) {
        (LeaseState::Provisioned, HandOver::Given { at, .. }) => Ok(at),
        _ => Err(not_in_state(lease)),
    }
}

/// The tenant accepts.
pub(super) fn accept(
    state: &mut State,
    events: &mut Vec<Event>,
    (tenant, id): (OrgId, LeaseId),
    at: Timestamp,
) -> Result<(), Rejection> {
    let lease = taken_by(state, tenant, id)?.clone();
    given(&lease)?;
    accept_by(state, events, (lease, By::Tenant), at);
    Ok(())
}

/// Somebody, or time, accepts what was given.
pub(super) fn accept_by(state: &mut State, events: &mut Vec<Event>, (mut lease, by): (Lease, By), at: Timestamp) {
    let Ok(given_at) = given(&lease) else { return };
    taken(&mut lease, (given_at, at));
    note(&mut lease, (StepKind::Accept, by), at, String::new());
    replace(state, events, lease);
}

/// The tenant refuses: the provider has its time once more.
pub(super) fn refuse(
    state: &mut State,
    events: &mut Vec<Event>,
    (tenant, id, reason): (OrgId, LeaseId, String),
    at: Timestamp,
) -> Result<(), Rejection> {
    let mut lease = taken_by(state, tenant, id)?.clone();
    given(&lease)?;
    require_reason(&reason)?;
    let start = lease.fill.window.from().timestamp();
    let hours = lease.life().delivery.provision_hours.unwrap_or(0);
    let until = at.max(start).plus_hours(hours);
    lease.state = LeaseState::Pending;
    lease.change_life(|life| life.hand_over = HandOver::Awaited { until });
    note(&mut lease, (StepKind::Refuse, By::Tenant), at, reason);
    replace(state, events, lease);
    Ok(())
}

/// Notes to whom access material of an organisation is to be encrypted. What was encrypted before stays as it is.
pub(super) fn set_access_key(
    state: &mut State,
    events: &mut Vec<Event>,
    (org, recipient): (OrgId, Recipient),
    at: Timestamp,
) -> Result<(), Rejection> {
    let is_tenant = state.orgs.get(&org).is_some_and(|org| org.is(OrgKind::Tenant));
    if !is_tenant {
        let detail = "is not registered as a tenant";
        return Err(invalid("/org", FieldRule::NotEligible, detail));
    }
    let key = AccessKey {
        org,
        recipient,
        since: at,
    };
    events.push(Event::AccessKeySet(Box::new(key.clone())));
    state.access_keys.insert(org, key);
    Ok(())
}
