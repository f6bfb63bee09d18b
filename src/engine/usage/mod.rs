//! Usage: each event of a batch is accepted, known already, or refused by itself; the tenant accepts; agents' keys.

mod check;
mod key;
mod outage;
pub mod taken;

use serde::{Deserialize, Serialize};

use self::check::Refused;
pub use self::check::may_lower;
pub use self::key::keys_of;
use self::taken::{AcceptedUsage, SteppedUsage, TakenEvent, TakenUsage};
use super::event::Event;
use super::limits;
use super::rejection::{FieldErrors, FieldRule, Rejection, invalid};
use super::state::State;
use crate::domain::id::{LeaseId, OrgId, UsageKeyId};
use crate::domain::metering::{Outcome, Step, Taken};
use crate::domain::time::Timestamp;
use crate::domain::usage::{ReportKey, UsageEvent, UsageEvents, UsageRefusal, UsageReport};

/// What can be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UsageCommand {
    /// Take a batch of events. Signatures were verified before.
    Report {
        /// Who reports.
        provider: OrgId,
        /// The events that could be read.
        events: UsageEvents,
        /// Those that could not, by their places in the batch.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        refused: Vec<UsageRefusal>,
    },
    /// Accept what was used before an instant.
    Accept {
        /// Who accepts.
        tenant: OrgId,
        /// Of which lease.
        lease: LeaseId,
        /// That instant.
        until: Timestamp,
    },
    /// Register the public key of an agent.
    AddKey {
        /// Whose agent it is.
        provider: OrgId,
        /// What the provider calls it.
        name: String,
        /// Ed25519, 32 bytes in base64.
        public_key: String,
        /// From now on unsigned events are refused.
        required: bool,
    },
    /// Take nothing any more that a key signs.
    RevokeKey {
        /// Who asks.
        provider: OrgId,
        /// Which one.
        key: UsageKeyId,
    },
}

impl UsageCommand {
    /// Its name in the journal.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Report { .. } => "take_usage",
            Self::Accept { .. } => "accept_usage",
            Self::AddKey { .. } => "add_usage_key",
            Self::RevokeKey { .. } => "revoke_usage_key",
        }
    }
}

/// Does it.
pub fn apply(
    state: &mut State,
    events: &mut Vec<Event>,
    command: UsageCommand,
    at: Timestamp,
) -> Result<(), Rejection> {
    match command {
        UsageCommand::Report {
            provider,
            events: reported,
            refused,
        } => take(state, events, (provider, reported, refused), at),
        UsageCommand::Accept { tenant, lease, until } => accept(state, events, (tenant, lease, until), at),
        UsageCommand::AddKey {
            provider,
            name,
            public_key,
            required,
        } => key::add(state, events, (provider, name, public_key, required), at),
        UsageCommand::RevokeKey { provider, key } => key::revoke(state, events, (provider, key), at),
    }
}

/// Whether usage that ended by an instant is in a closed period: then nothing changes it any more.
pub fn period_closed(state: &State, until: Timestamp) -> bool {
    until <= state.closed_until
}

/// Takes a batch of plain reports. It is what journals of before hold.
pub fn report(
    state: &mut State,
    events: &mut Vec<Event>,
    (provider, reports): (OrgId, Vec<UsageReport>),
    at: Timestamp,
) -> Result<(), Rejection> {
    require_few(reports.len())?;
    let mut duplicates = 0;
    let mut refused = Vec::new();
    let taken = taken(state, at);
    for (index, report) in reports.into_iter().enumerate() {
        let key = report.key();
        match check::report(state, (provider, key), &report, at) {
            Ok(step) => {
                let place = next_place(state);
                let outcome = happen(state, report.lease, (key, step, taken));
                outage::tell(state, events, (report.lease, key, step), at);
                events.push(Event::UsageAccepted(AcceptedUsage {
                    place,
                    report,
                    taken,
                    outcome,
                }));
            }
            Err(Refused::Duplicate) => duplicates += 1,
            Err(Refused::Rule(code, detail)) => refused.push(refusal(index, (code, detail))),
        }
    }
    if duplicates > 0 || !refused.is_empty() {
        events.push(Event::UsageRefused { duplicates, refused });
    }
    Ok(())
}

fn require_few(count: usize) -> Result<(), Rejection> {
    let mut errors = FieldErrors::default();
    let few = count <= limits::REPORTS_MAX;
    errors.require(few, "", FieldRule::TooMany, "must be at most 10000 reports");
    errors.check()
}

fn refusal(index: usize, (code, detail): (&'static str, &'static str)) -> UsageRefusal {
    UsageRefusal {
        index,
        code: code.into(),
        detail: detail.into(),
    }
}

/// From when on what is reported now counts as accepted.
fn taken(state: &State, at: Timestamp) -> Taken {
    let deadline = at.plus_hours(state.terms.acceptance_hours);
    Taken { at, deadline }
}

fn next_place(state: &mut State) -> u64 {
    let place = state.counters.report;
    state.counters.report += 1;
    place
}

/// Takes a batch of events.
fn take(
    state: &mut State,
    events: &mut Vec<Event>,
    (provider, reported, mut refused): (OrgId, UsageEvents, Vec<UsageRefusal>),
    at: Timestamp,
) -> Result<(), Rejection> {
    require_few(reported.len().saturating_add(refused.len()))?;
    refused.sort_by_key(|refusal| refusal.index);
    let unread: Vec<usize> = refused.iter().map(|refusal| refusal.index).collect();
    let mut unread = unread.into_iter().peekable();
    let mut index = 0;
    let taken = taken(state, at);
    let signing = key::Signing::of(state, provider);
    let first = state.counters.report;
    let mut rows = Vec::with_capacity(reported.len());
    let mut duplicates = 0;
    for (place, event) in reported.iter().enumerate() {
        while unread.next_if(|one| *one <= index).is_some() {
            index += 1;
        }
        let key = event.key();
        match take_one(state, events, (provider, &signing), (event, key, taken)) {
            Ok(outcome) => rows.push(TakenEvent { place, outcome }),
            Err(Refused::Duplicate) => duplicates += 1,
            Err(Refused::Rule(code, detail)) => refused.push(refusal(index, (code, detail))),
        }
        index += 1;
    }
    refused.sort_by_key(|refusal| refusal.index);
    events.push(Event::UsageTaken(Box::new(TakenUsage {
        first,
        accepted: rows.len(),
        duplicates,
        refused,
        taken,
        rows,
        events: reported,
    })));
    Ok(())
}

fn take_one(
    state: &mut State,
    events: &mut Vec<Event>,
    (provider, signing): (OrgId, &key::Signing),
    (event, key, taken): (&UsageEvent, ReportKey, Taken),
) -> Result<Outcome, Refused> {
    let step = check::event(state, (provider, key, signing), event, taken.at)?;
    next_place(state);
    let outcome = happen(state, event.lease, (key, step, taken));
    outage::tell(state, events, (event.lease, key, step), taken.at);
    Ok(outcome)
}

/// Lets a step that was checked happen.
fn happen(state: &mut State, lease: LeaseId, (key, step, taken): (ReportKey, Step, Taken)) -> Outcome {
    let lease = state.leases.get_mut(&lease);
    lease.map_or_else(Outcome::default, |lease| lease.metering.take(key, step, taken))
}

/// Takes a step that no provider's event brings, under a name of its own.
pub fn step(state: &mut State, events: &mut Vec<Event>, (lease, name, step): (LeaseId, String, Step), at: Timestamp) {
    let taken = taken(state, at);
    let place = next_place(state);
    let outcome = happen(state, lease, (ReportKey::of("", &name), step, taken));
    events.push(Event::UsageStepped(Box::new(SteppedUsage {
        place,
        lease,
        name,
        counts: outcome.counts,
        step,
        taken,
        outcome,
    })));
}

/// The tenant accepts.
fn accept(
    state: &mut State,
    events: &mut Vec<Event>,
    (tenant, id, until): (OrgId, LeaseId, Timestamp),
    at: Timestamp,
) -> Result<(), Rejection> {
    let lease = state.leases.get(&id).filter(|lease| lease.fill.tenant == tenant);
    if lease.is_none() {
        return Err(Rejection::LeaseNotFound(id));
    }
    if until > at {
        return Err(invalid("/until", FieldRule::Future, "must not lie in the future"));
    }
    let name = format!("{id}/accepted/{until}");
    step(state, events, (id, name, Step::Acceptance { until }), at);
    Ok(())
}
