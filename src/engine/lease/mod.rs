//! The life of leases: what time, the two sides and the operator do to them.

mod change;
mod end;
mod hand_over;
mod penalty;
mod plan;
pub mod refusal;
mod succeed;
mod trouble;
mod wait;

use serde::{Deserialize, Serialize};

pub use self::end::{end_early, finish};
pub use self::penalty::settle as settle_penalty;
use self::refusal::LeaseRefusal;
pub use self::wait::pass;
use super::event::Event;
use super::limits;
use super::rejection::{FieldErrors, Rejection};
use super::state::State;
use super::timer;
use crate::domain::fingerprint::Fingerprint;
use crate::domain::id::{LeaseId, OrgId};
use crate::domain::lease::{Lease, LeaseState};
use crate::domain::life::access::Recipient;
use crate::domain::life::change::Change;
use crate::domain::life::close_code::CloseCode;
use crate::domain::life::{Because, By, HandOver, Step, StepKind};
use crate::domain::time::{Hour, Timestamp, Window};
use crate::domain::user::Role;

/// Who gives a command on a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Giver {
    /// An organisation: the tenant, the provider, or whoever shall become the tenant.
    Org(OrgId),
    /// The operator.
    Operator,
}

/// How a change is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It shall be done.
    Accept,
    /// It shall not.
    Refuse,
    /// Who asked has thought better of it.
    Withdraw,
}

/// What can be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeaseCommand {
    /// Hand a lease over, or hand in other access material for one that is.
    ProvisionLease {
        /// Who.
        provider: OrgId,
        /// Which one.
        lease: LeaseId,
        /// What stands beside the journal as the way in, encrypted to the tenant.
        access: Option<Fingerprint>,
    },
    /// Accept what was handed over.
    AcceptLease {
        /// Who.
        tenant: OrgId,
        /// Which one.
        lease: LeaseId,
    },
    /// Refuse it: it is not what was agreed.
    RefuseLease {
        /// Who.
        tenant: OrgId,
        /// Which one.
        lease: LeaseId,
        /// Why.
        reason: String,
    },
    /// Say that less works than was promised.
    DegradeLease {
        /// Who: its tenant or its provider.
        org: OrgId,
        /// Which one.
        lease: LeaseId,
        /// How many cards work, if that is known.
        cards_up: Option<u32>,
        /// What is wrong.
        reason: String,
    },
    /// Say that it works again.
    RestoreLease {
        /// Who: its tenant or its provider.
        org: OrgId,
        /// Which one.
        lease: LeaseId,
    },
    /// Suspend it.
    SuspendLease {
        /// Which one.
        lease: LeaseId,
        /// Because of what.
        because: Because,
        /// Why, in words.
        reason: String,
    },
    /// Let it go on.
    ResumeLease {
        /// Which one.
        lease: LeaseId,
    },
    /// End it before its time.
    TerminateLease {
        /// Who.
        by: Giver,
        /// Which one.
        lease: LeaseId,
        /// By whose fault; none: the early end of the side that asks.
        code: Option<CloseCode>,
        /// When; none: with the running hour.
        at: Option<Hour>,
        /// Why, in words.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reason: String,
    },
    /// Announce maintenance.
    AnnounceMaintenance {
        /// Who.
        provider: OrgId,
        /// Of which lease.
        lease: LeaseId,
        /// When.
        window: Window,
        /// What for.
        reason: String,
    },
    /// Ask for a change.
    AskChange {
        /// Who: its tenant or its provider.
        org: OrgId,
        /// Of which lease.
        lease: LeaseId,
        /// What.
        change: Change,
    },
    /// Answer what was asked for.
    AnswerChange {
        /// Who.
        org: OrgId,
        /// Of which lease.
        lease: LeaseId,
        /// Which change.
        number: u32,
        /// How.
        answer: Answer,
        /// Why, in words.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reason: String,
    },
    /// Say to whom access material is to be encrypted from now on.
    SetAccessKey {
        /// Whose.
        org: OrgId,
        /// To whom.
        recipient: Recipient,
    },
}

impl LeaseCommand {
    /// Its name in the journal.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::ProvisionLease { .. } => "provision_lease",
            Self::AcceptLease { .. } => "accept_lease",
            Self::RefuseLease { .. } => "refuse_lease",
            Self::DegradeLease { .. } => "degrade_lease",
            Self::RestoreLease { .. } => "restore_lease",
            Self::SuspendLease { .. } => "suspend_lease",
            Self::ResumeLease { .. } => "resume_lease",
            Self::TerminateLease { .. } => "terminate_lease",
            Self::AnnounceMaintenance { .. } => "announce_maintenance",
            Self::AskChange { .. } => "ask_change",
            Self::AnswerChange { .. } => "answer_change",
            Self::SetAccessKey { .. } => "set_access_key",
        }
    }

    /// The lease that it is about, if it is about one.
    pub fn lease(&self) -> Option<LeaseId> {
        match self {
            Self::ProvisionLease { lease, .. }
            | Self::AcceptLease { lease, .. }
            | Self::RefuseLease { lease, .. }
            | Self::DegradeLease { lease, .. }
            | Self::RestoreLease { lease, .. }
            | Self::SuspendLease { lease, .. }
            | Self::ResumeLease { lease }
            | Self::TerminateLease { lease, .. }
            | Self::AnnounceMaintenance { lease, .. }
            | Self::AskChange { lease, .. }
            | Self::AnswerChange { lease, .. } => Some(*lease),
            Self::SetAccessKey { .. } => None,
        }
    }

    /// Whether it asks for a change or answers one.
    pub fn is_change(&self) -> bool {
        matches!(self, Self::AskChange { .. } | Self::AnswerChange { .. })
    }

    /// The number of the change that it answers.
    pub fn change(&self) -> Option<u32> {
        match self {
            Self::AnswerChange { number, .. } => Some(*number),
            _ => None,
        }
    }

    /// Which role decides on it as the second person: none. Each side speaks for itself, and what the operator does can be undone or is
    /// for an end that the table of close codes has.
    pub fn decided_by(&self) -> Option<Role> {
        None
    }
}

/// Does what was asked.
///
/// # Errors
/// A rule says no; then nothing has changed.
pub fn apply(
    state: &mut State,
    events: &mut Vec<Event>,
    command: LeaseCommand,
    at: Timestamp,
) -> Result<(), Rejection> {
    match command {
        LeaseCommand::ProvisionLease {
            provider,
            lease,
            access,
        } => hand_over::provision(state, events, (provider, lease, access), at),
        LeaseCommand::AcceptLease { tenant, lease } => hand_over::accept(state, events, (tenant, lease), at),
        LeaseCommand::RefuseLease { tenant, lease, reason } => {
            hand_over::refuse(state, events, (tenant, lease, reason), at)
        }
        LeaseCommand::DegradeLease {
            org,
            lease,
            cards_up,
            reason,
        } => trouble::degrade(state, events, (org, lease), (cards_up, reason), at),
        LeaseCommand::RestoreLease { org, lease } => trouble::restore(state, events, (org, lease), at),
        LeaseCommand::SuspendLease { lease, because, reason } => {
            trouble::suspend(state, events, (lease, because, reason), at)
        }
        LeaseCommand::ResumeLease { lease } => trouble::resume(state, events, lease, at),
        LeaseCommand::TerminateLease {
            by,
            lease,
            code,
            at: when,
            reason,
        } => end::terminate(state, events, (by, lease), end::Wish { code, when, reason }, at),
        LeaseCommand::AnnounceMaintenance {
            provider,
            lease,
            window,
            reason,
        } => trouble::announce(state, events, (provider, lease), (window, reason), at),
        LeaseCommand::AskChange { org, lease, change } => change::ask(state, events, (org, lease, change), at),
        LeaseCommand::AnswerChange {
            org,
            lease,
            number,
            answer,
            reason,
        } => change::answer(state, events, (org, lease, number), (answer, reason), at),
        LeaseCommand::SetAccessKey { org, recipient } => hand_over::set_access_key(state, events, (org, recipient), at),
    }
}

/// A lease's first hour begins.
pub fn start(state: &mut State, events: &mut Vec<Event>, id: LeaseId) {
    let Some(lease) = state.leases.get(&id) else { return };
    let mut lease = lease.clone();
    lease.state = LeaseState::Active;
    let at = lease.fill.window.from().timestamp();
    note_time(&mut lease, StepKind::Start, at);
    replace(state, events, lease);
}

/// Notes what time does; of a lease of which only the hours come and go it says nothing new.
fn note_time(lease: &mut Lease, kind: StepKind, at: Timestamp) {
    if !lease.life().is_plain() {
        note(lease, (kind, By::Time), at, String::new());
    }
}

/// Notes what was done.
fn note(lease: &mut Lease, (kind, by): (StepKind, By), at: Timestamp, reason: String) {
    lease.change_life(|life| life.last = Some(Step { kind, by, at, reason }));
}

/// Puts a lease in the place of what it was before; its timers follow.
fn replace(state: &mut State, events: &mut Vec<Event>, lease: Lease) {
    forget_timers(state, lease.id());
    for (at, due) in timer::of_lease(&lease) {
        state.timers.set(at, due);
    }
    events.push(Event::LeaseChanged(Box::new(lease.clone())));
    state.leases.insert(lease.id(), lease);
}

fn forget_timers(state: &mut State, id: LeaseId) {
    let timers: Vec<_> = state
        .leases
        .get(&id)
        .map(timer::of_lease)
        .into_iter()
        .flatten()
        .collect();
    for (at, due) in timers {
        state.timers.clear(at, due);
    }
}

/// A lease that is not closed.
fn find(state: &State, id: LeaseId) -> Result<&Lease, Rejection> {
    let gone = || match id.0 < state.counters.fill {
        true => Rejection::LeaseEnded(id),
        false => Rejection::LeaseNotFound(id),
    };
    state.leases.get(&id).ok_or_else(gone)
}

/// A lease of an organisation, and on which side that stands.
fn own(state: &State, org: OrgId, id: LeaseId) -> Result<(&Lease, By), Rejection> {
    let lease = find(state, id)?;
    if org == lease.fill.tenant {
        Ok((lease, By::Tenant))
    } else if org == lease.fill.provider {
        Ok((lease, By::Provider))
    } else {
        Err(Rejection::LeaseNotFound(id))
    }
}

/// The lease of which an organisation is the tenant.
fn taken_by(state: &State, tenant: OrgId, id: LeaseId) -> Result<&Lease, Rejection> {
    match own(state, tenant, id)? {
        (lease, By::Tenant) => Ok(lease),
        (_, By::Time | By::Provider | By::Agreement | By::Operator) => Err(Rejection::LeaseNotFound(id)),
    }
}

/// The lease of which an organisation is the provider.
fn let_by(state: &State, provider: OrgId, id: LeaseId) -> Result<&Lease, Rejection> {
    match own(state, provider, id)? {
        (lease, By::Provider) => Ok(lease),
        (_, By::Time | By::Tenant | By::Agreement | By::Operator) => Err(Rejection::LeaseNotFound(id)),
    }
}

fn not_in_state(lease: &Lease) -> Rejection {
    Rejection::Lease(LeaseRefusal::NotInState {
        lease: lease.id(),
        found: lease.state,
    })
}

/// A reason that must be given.
fn require_reason(reason: &str) -> Result<(), Rejection> {
    let mut errors = FieldErrors::default();
    limits::reason(&mut errors, "/reason", reason);
    errors.check()
}

/// A reason that may be given.
fn check_reason(reason: &str) -> Result<(), Rejection> {
    if reason.is_empty() {
        Ok(())
    } else {
        require_reason(reason)
    }
}

/// Whether nothing was ever there for the tenant, and nothing can come of it any more.
fn was_never_there(lease: &Lease) -> bool {
    let metering = &lease.metering;
    let nothing = metering.covered().is_empty() && metering.is_counted() && lease.settled.card_seconds == 0;
    nothing && matches!(lease.life().hand_over, HandOver::Awaited { .. })
}

/// When a lease closes early that went on in the place of another which still lives, the way in is that other's again.
pub fn hand_back_access(state: &mut State, events: &mut Vec<Event>, lease: &mut Lease) {
    let Some(access) = lease.life().access else { return };
    let before = lease.fill.origin.predecessor().and_then(|of| state.leases.get(&of));
    let Some(mut before) = before.filter(|before| before.fill.tenant == lease.fill.tenant).cloned() else {
        return;
    };
    lease.change_life(|life| life.access = None);
    before.change_life(|life| life.access = Some(access));
    replace(state, events, before);
}
