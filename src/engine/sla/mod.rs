//! What providers promise of how often cards are there: outages, the fault rate, and credits by the schedule of the lease.
//!
//! An outage is claimed by usage, by one side or by the operator's probes; the side that has not claimed it confirms it, or contests it
//! within `outage_hours` of the terms, after which silence confirms it. On what is contested the operator decides. Only what is confirmed
//! or upheld, and over, counts.

pub mod books;
pub mod credit;
pub mod measure;
mod probe;
mod report;
pub mod usage;

use serde::{Deserialize, Serialize};

pub use self::books::{Probed, SlaBooks, restore, restore_probe};
pub use self::report::time_out;
use super::event::Event;
use super::rejection::Rejection;
use super::state::State;
use crate::domain::id::{LeaseId, OrgId, OutageId};
use crate::domain::outage::{NewOutage, Outage, OutageRuling, ProbeResult};
use crate::domain::time::Timestamp;

/// What can be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SlaCommand {
    /// One side says that cards were not there.
    ClaimOutage {
        /// Who: the tenant or the provider of the lease.
        org: OrgId,
        /// What.
        new: NewOutage,
    },
    /// Who has claimed an outage says when it was over.
    EndOutage {
        /// Who.
        org: OrgId,
        /// Which one.
        outage: OutageId,
        /// When it was over.
        until: Timestamp,
    },
    /// Who has claimed an outage takes it back.
    WithdrawOutage {
        /// Who.
        org: OrgId,
        /// Which one.
        outage: OutageId,
    },
    /// The other side agrees.
    ConfirmOutage {
        /// Who.
        org: OrgId,
        /// To which one.
        outage: OutageId,
    },
    /// The other side sees it differently.
    ContestOutage {
        /// Who.
        org: OrgId,
        /// Which one.
        outage: OutageId,
        /// Why.
        reason: String,
    },
    /// The operator decides on what is contested.
    DecideOutage {
        /// On which one.
        outage: OutageId,
        /// How.
        ruling: OutageRuling,
    },
    /// The operator's probes have found this.
    Probe {
        /// By lease, in the order of time.
        results: Vec<ProbeResult>,
    },
}

impl SlaCommand {
    /// Its name in the journal.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::ClaimOutage { .. } => "claim_outage",
            Self::EndOutage { .. } => "end_outage",
            Self::WithdrawOutage { .. } => "withdraw_outage",
            Self::ConfirmOutage { .. } => "confirm_outage",
            Self::ContestOutage { .. } => "contest_outage",
            Self::DecideOutage { .. } => "decide_outage",
            Self::Probe { .. } => "probe",
        }
    }
}

/// Does it.
///
/// # Errors
/// The lease or outage is not there for whoever asks, stands elsewhere in its life, or fields break rules.
pub fn apply(state: &mut State, events: &mut Vec<Event>, command: SlaCommand, at: Timestamp) -> Result<(), Rejection> {
    match command {
        SlaCommand::ClaimOutage { org, new } => report::claim(state, events, (org, new), at),
        SlaCommand::EndOutage { org, outage, until } => report::end(state, events, (org, outage, until), at),
        SlaCommand::WithdrawOutage { org, outage } => report::withdraw(state, events, (org, outage)),
        SlaCommand::ConfirmOutage { org, outage } => report::confirm(state, events, (org, outage)),
        SlaCommand::ContestOutage { org, outage, reason } => report::contest(state, events, (org, outage, reason)),
        SlaCommand::DecideOutage { outage, ruling } => report::decide(state, events, (outage, ruling)),
        SlaCommand::Probe { results } => probe::take(state, events, &results, at),
    }
}

/// Whether the terms in force measure outages at all.
pub fn measures(state: &State) -> bool {
    state.terms.outage_hours > 0
}

/// Until when an outage that becomes known now can be contested.
fn answer_by(state: &State, at: Timestamp) -> Timestamp {
    at.plus_hours(state.terms.outage_hours.max(1))
}

/// Ends the outages of a lease that is over, which nobody has said to be over: with the lease.
pub fn end_with_lease(state: &mut State, events: &mut Vec<Event>, lease: LeaseId, at: Timestamp) {
    let Some(ends) = state.leases.get(&lease).map(|known| known.ends.timestamp()) else {
        return;
    };
    let open = state.sla.of_lease(lease).filter(|outage| outage.until.is_none());
    let open: Vec<Outage> = open.filter(|outage| outage.from < ends).cloned().collect();
    for outage in open.into_iter().filter(|_| ends <= at) {
        report::over(state, events, (outage, ends), at);
    }
}
