//! Claims of what was paid, and yearly assessments.

mod amount;
mod assess;
pub mod credited;
mod decide;
mod elsewhere;
mod fund;
pub mod refusal;
mod submit;
mod workload;

use serde::{Deserialize, Serialize};

use crate::domain::claim::{Claim, NewClaim};
use crate::domain::id::{ClaimId, OrgId, ProgrammeId, UserId};
use crate::domain::plan::{Plan, PlanDigest};
use crate::domain::time::Timestamp;
use crate::domain::user::Role;
use crate::engine::event::Event;
use crate::engine::rejection::Rejection;
use crate::engine::state::State;

/// Most documents of a claim.
pub const DOCUMENTS_MAX: usize = 64;
/// Most items of a contract.
pub const ITEMS_MAX: usize = 16;
/// Most entities of one assessment.
pub const ENTITIES_MAX: usize = 1_000;

/// What can be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimCommand {
    /// Claim a subsidy of what was paid, or declare it for the assessment of its year.
    SubmitClaim {
        /// Who claims.
        org: OrgId,
        /// What.
        claim: Box<NewClaim>,
    },
    /// Take a claim back that is not decided.
    WithdrawClaim {
        /// Whose it is.
        org: OrgId,
        /// Which one.
        claim: ClaimId,
    },
    /// Refuse a claim.
    RejectClaim {
        /// Who refuses, for the issuer.
        user: UserId,
        /// Which one.
        claim: ClaimId,
        /// Why.
        reason: String,
    },
    /// Pay a claim.
    ApproveClaim {
        /// Which one.
        claim: ClaimId,
    },
    /// Pay what was declared in a year.
    Assess {
        /// Under which programme.
        programme: ProgrammeId,
        /// The year in Asia/Shanghai.
        year: i32,
        /// Of whom; where the pot is shared by rank, the best first.
        entities: Vec<OrgId>,
        /// The amounts that are agreed on.
        #[serde(default, skip_serializing_if = "Plan::is_open")]
        plan: Plan,
    },
}

impl ClaimCommand {
    /// Its name in the journal.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::SubmitClaim { .. } => "submit_claim",
            Self::WithdrawClaim { .. } => "withdraw_claim",
            Self::RejectClaim { .. } => "reject_claim",
            Self::ApproveClaim { .. } => "approve_claim",
            Self::Assess { .. } => "assess",
        }
    }

    /// Which role decides on it as the second person; none: no second person is needed.
    pub fn decided_by(&self) -> Option<Role> {
        match self {
            Self::ApproveClaim { .. } | Self::Assess { .. } => Some(Role::Issuer),
            Self::SubmitClaim { .. } | Self::WithdrawClaim { .. } | Self::RejectClaim { .. } => None,
        }
    }

    /// The programme whose issuer decides on it.
    pub fn programme(&self, state: &State) -> Option<ProgrammeId> {
        match self {
            Self::SubmitClaim { claim, .. } => Some(claim.programme),
            Self::Assess { programme, .. } => Some(*programme),
            Self::WithdrawClaim { claim, .. } | Self::RejectClaim { claim, .. } | Self::ApproveClaim { claim } => {
                state.claims.get(claim).map(|claim| claim.programme)
            }
        }
    }
}

/// What is checked when two people are to decide on it; it changes nothing.
pub fn check(state: &State, command: &ClaimCommand, at: Timestamp) -> Result<(), Rejection> {
    match command {
        ClaimCommand::ApproveClaim { claim } => decide::check_approve(state, *claim, at).map(|_| ()),
        ClaimCommand::Assess {
            programme,
            year,
            entities,
            plan: _,
        } => assess::plan(state, (*programme, *year), entities, at).map(|_| ()),
        ClaimCommand::SubmitClaim { .. } | ClaimCommand::WithdrawClaim { .. } | ClaimCommand::RejectClaim { .. } => {
            Err(Rejection::NotForApproval(command.kind()))
        }
    }
}

/// Does it.
pub fn apply(
    state: &mut State,
    events: &mut Vec<Event>,
    command: ClaimCommand,
    at: Timestamp,
) -> Result<(), Rejection> {
    match command {
        ClaimCommand::SubmitClaim { org, claim } => submit::submit(state, events, (org, *claim), at),
        ClaimCommand::WithdrawClaim { org, claim } => decide::withdraw(state, events, (org, claim), at),
        ClaimCommand::RejectClaim { user, claim, reason } => decide::reject(state, events, (user, claim, reason), at),
        ClaimCommand::ApproveClaim { claim } => decide::approve(state, events, claim, at),
        ClaimCommand::Assess {
            programme,
            year,
            entities,
            plan,
        } => assess::assess(state, events, ((programme, year), &entities, plan), at),
    }
}

/// What an assessment would pay now, by what tells it apart.
///
/// # Errors
/// Those of the assessment.
pub fn digest(
    state: &State,
    of: (ProgrammeId, i32),
    entities: &[OrgId],
    at: Timestamp,
) -> Result<PlanDigest, Rejection> {
    assess::digest(&assess::plan(state, of, entities, at)?)
}

/// Puts a changed claim into the state and says so.
fn change(state: &mut State, events: &mut Vec<Event>, claim: Claim) {
    events.push(Event::ClaimChanged(Box::new(claim.clone())));
    crate::engine::contract::restore(state, claim);
}

#[cfg(test)]
mod tests;
