//! Disputes: the difference between what was reported and what the tenant says it got is frozen, and nothing else, until the provider
//! concedes, the tenant takes it back or two operators have decided. Nobody's silence decides.

use serde::{Deserialize, Serialize};

use super::event::Event;
use super::limits;
use super::rejection::{FieldErrors, FieldRule, Rejection, invalid};
use super::settlement;
use super::state::State;
use super::timer::Due;
use super::usage;
use crate::domain::dispute::{Dispute, DisputeState, NewDispute};
use crate::domain::id::{DisputeId, OrgId};
use crate::domain::lease::Lease;
use crate::domain::metering::{Entry, Step};
use crate::domain::time::Timestamp;
use crate::domain::user::Role;

/// What can be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisputeCommand {
    /// Dispute what was reported.
    Open {
        /// Who disputes: the tenant.
        tenant: OrgId,
        /// What.
        dispute: NewDispute,
    },
    /// Agree with the tenant.
    Concede {
        /// Who agrees: the provider.
        provider: OrgId,
        /// To which one.
        dispute: DisputeId,
    },
    /// Take a dispute back.
    Withdraw {
        /// Who takes it back: the tenant.
        tenant: OrgId,
        /// Which one.
        dispute: DisputeId,
    },
    /// Decide.
    Resolve {
        /// Which one.
        dispute: DisputeId,
        /// The card-seconds that count.
        card_seconds: i64,
        /// Why.
        reason: String,
    },
}

impl DisputeCommand {
    /// Its name in the journal.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Open { .. } => "open_dispute",
            Self::Concede { .. } => "concede_dispute",
            Self::Withdraw { .. } => "withdraw_dispute",
            Self::Resolve { .. } => "resolve_dispute",
        }
    }

    /// Which role decides on it as the second person; none: no second person is needed.
    pub fn decided_by(&self) -> Option<Role> {
        match self {
            Self::Resolve { .. } => Some(Role::Operator),
            Self::Open { .. } | Self::Concede { .. } | Self::Withdraw { .. } => None,
        }
    }
}

/// What is checked when two people are to decide on it; it changes nothing.
pub fn check(state: &State, command: &DisputeCommand) -> Result<(), Rejection> {
    match command {
        DisputeCommand::Resolve {
            dispute,
            card_seconds,
            reason,
        } => check_resolve(state, (*dispute, *card_seconds, reason)).map(|_| ()),
        DisputeCommand::Open { .. } | DisputeCommand::Concede { .. } | DisputeCommand::Withdraw { .. } => {
            Err(Rejection::NotForApproval(command.kind()))
        }
    }
}

/// Does it.
pub fn apply(
    state: &mut State,
    events: &mut Vec<Event>,
    command: DisputeCommand,
    at: Timestamp,
) -> Result<(), Rejection> {
    match command {
        DisputeCommand::Open { tenant, dispute } => open(state, events, (tenant, dispute), at),
        DisputeCommand::Concede { provider, dispute } => {
            let held = find(state, dispute, |known| known.provider == provider)?.held();
            decide(state, events, (dispute, held, DisputeState::Conceded { at }), at)
        }
        DisputeCommand::Withdraw { tenant, dispute } => {
            find(state, dispute, |known| known.tenant == tenant)?;
            decide(state, events, (dispute, 0, DisputeState::Withdrawn { at }), at)
        }
        DisputeCommand::Resolve {
            dispute,
            card_seconds,
            reason,
        } => {
            let reported = check_resolve(state, (dispute, card_seconds, &reason))?;
            let resolved = DisputeState::Resolved {
                at,
                decided: card_seconds,
                decision: reason,
            };
            decide(
                state,
                events,
                (dispute, reported.saturating_sub(card_seconds), resolved),
                at,
            )
        }
    }
}

/// A dispute that is not decided yet, of somebody who may touch it.
fn find(state: &State, id: DisputeId, is_theirs: impl Fn(&Dispute) -> bool) -> Result<&Dispute, Rejection> {
    let known = state.disputes.get(&id).filter(|dispute| is_theirs(dispute));
    let dispute = known.ok_or(Rejection::DisputeNotFound(id))?;
    if dispute.is_open() {
        Ok(dispute)
    } else {
        Err(Rejection::DisputeDecided(id))
    }
}

fn check_resolve(state: &State, (id, card_seconds, reason): (DisputeId, i64, &str)) -> Result<i64, Rejection> {
    let dispute = find(state, id, |_| true)?;
    let mut errors = FieldErrors::default();
    limits::reason(&mut errors, "/reason", reason);
    if !(dispute.card_seconds..=dispute.reported).contains(&card_seconds) {
        let detail = format!(
            "must lie between {}, which the tenant says, and {}, which were reported",
            dispute.card_seconds, dispute.reported
        );
        errors.add("/card_seconds", FieldRule::Exceeds, detail);
    }
    errors.check()?;
    Ok(dispute.reported)
}

/// What a dispute holds back: of what is settled, of the rest, and when each was used up.
struct Holds {
    reported: i64,
    settled: (i64, Timestamp),
    rest: (i64, Timestamp),
}

fn open(
    state: &mut State,
    events: &mut Vec<Event>,
    (tenant, new): (OrgId, NewDispute),
    at: Timestamp,
) -> Result<(), Rejection> {
    let holds = check_open(state, (tenant, &new), at)?;
    let lease = state.leases.get(&new.lease);
    let (provider, mark) = lease
        .map(|lease| (lease.fill.provider, lease.metering.mark.until))
        .ok_or(Rejection::LeaseNotFound(new.lease))?;
    let id = DisputeId(state.counters.dispute);
    state.counters.dispute += 1;
    let dispute = Dispute {
        id,
        lease: new.lease,
        tenant,
        provider,
        from: new.from,
        until: new.until,
        reported: holds.reported,
        card_seconds: new.card_seconds,
        reason: new.reason,
        state: DisputeState::Open { overdue: false },
        decide_by: at.plus_hours(limits::DISPUTE_HOURS),
        created_at: at,
    };
    state.timers.set(dispute.decide_by, Due::Dispute(id));
    events.push(Event::DisputeChanged(Box::new(dispute.clone())));
    state.disputes.insert(id, dispute);
    let parts = [holds.settled, holds.rest];
    for (part, (card_seconds, counts_at)) in parts.into_iter().enumerate().filter(|(_, (held, _))| *held > 0) {
        let step = Step::Hold {
            dispute: id,
            from: new.from,
            until: new.until,
            counts_at,
            card_seconds,
        };
        usage::step(state, events, (new.lease, format!("{id}/{part}"), step), at);
    }
    if holds.settled.0 > 0 {
        // What was settled of it goes back into the escrow at once: it would become payable otherwise.
        settlement::settle_lease(state, events, (new.lease, mark), at).map_err(Rejection::after_change)?;
    }
    Ok(())
}

fn check_open(state: &State, (tenant, new): (OrgId, &NewDispute), at: Timestamp) -> Result<Holds, Rejection> {
    let lease = state.leases.get(&new.lease).filter(|lease| lease.fill.tenant == tenant);
    let lease = lease.ok_or(Rejection::LeaseNotFound(new.lease))?;
    let mut errors = FieldErrors::default();
    limits::reason(&mut errors, "/reason", &new.reason);
    errors.require(
        new.from < new.until,
        "/until",
        FieldRule::Reversed,
        "must come after from",
    );
    errors.check()?;
    let open = lease.metering.acceptance().first_open(at);
    if open.is_none_or(|first| new.from < first) || usage::period_closed(state, new.until) {
        return Err(invalid("/from", FieldRule::Past, "was accepted already"));
    }
    if lease.metering.is_disputed_in((new.from, new.until)) {
        let detail = "was disputed already, or a dispute has decided on it";
        return Err(invalid("/from", FieldRule::Overlaps, detail));
    }
    if lease.metering.held().len() >= limits::DISPUTES_MAX {
        return Err(Rejection::Limit("at most 1000 disputes of a lease"));
    }
    let reports = lease.metering.reports_in((new.from, new.until));
    let reports = reports.ok_or_else(|| {
        let detail = "must be where reports begin or end: one of them crosses it";
        invalid("/from", FieldRule::Unaligned, detail)
    })?;
    holds(state, (lease, &reports), new.card_seconds)
}

fn holds(state: &State, (lease, reports): (&Lease, &[Entry]), says: i64) -> Result<Holds, Rejection> {
    let mark = lease.metering.mark.until;
    let sum = |wanted: &dyn Fn(&Entry) -> bool| {
        let some = reports.iter().filter(|entry| wanted(entry));
        some.fold((0_i64, Timestamp::default()), |(sum, last), entry| {
            (sum.saturating_add(entry.card_seconds), last.max(entry.until))
        })
    };
    let (all, last) = sum(&|_| true);
    let (settled, last_settled) = sum(&|entry| entry.until <= mark);
    if !(0..all).contains(&says) {
        let detail = format!("must be at least 0 and less than the {all} that were reported");
        return Err(invalid("/card_seconds", FieldRule::Exceeds, detail));
    }
    let held = all.saturating_sub(says);
    let of_settled = held.min(settled);
    if of_settled > 0 && !usage::may_lower(state, lease, of_settled) {
        let detail = "is less than what credits and recoveries have left of the lease";
        return Err(invalid("/card_seconds", FieldRule::Exceeds, detail));
    }
    Ok(Holds {
        reported: all,
        settled: (of_settled, last_settled),
        rest: (held.saturating_sub(of_settled), last),
    })
}

/// Ends a dispute: `stays` of what it holds back stays so for good; the next settlement counts the rest.
fn decide(
    state: &mut State,
    events: &mut Vec<Event>,
    (id, stays, decided): (DisputeId, i64, DisputeState),
    at: Timestamp,
) -> Result<(), Rejection> {
    let dispute = state.disputes.get_mut(&id).ok_or(Rejection::DisputeNotFound(id))?;
    dispute.state = decided;
    let (lease, decide_by) = (dispute.lease, dispute.decide_by);
    events.push(Event::DisputeChanged(Box::new(dispute.clone())));
    state.timers.clear(decide_by, Due::Dispute(id));
    let step = Step::Release {
        dispute: id,
        card_seconds: stays,
    };
    usage::step(state, events, (lease, id.to_string(), step), at);
    Ok(())
}

/// The operator should have decided by now.
pub fn overdue(state: &mut State, events: &mut Vec<Event>, id: DisputeId) {
    let Some(dispute) = state.disputes.get_mut(&id).filter(|dispute| dispute.is_open()) else {
        return;
    };
    dispute.state = DisputeState::Open { overdue: true };
    events.push(Event::DisputeChanged(Box::new(dispute.clone())));
}

/// Puts a dispute among the others.
pub fn restore(state: &mut State, dispute: Dispute) {
    if dispute.state == (DisputeState::Open { overdue: false }) {
        state.timers.set(dispute.decide_by, Due::Dispute(dispute.id));
    }
    state.disputes.insert(dispute.id, dispute);
}
