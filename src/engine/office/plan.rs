//! Binding what a second person agrees to: who shares a pot among many agrees to the amounts.

use sha2::{Digest, Sha256};

use super::application::ApplicationCommand;
use super::claim::ClaimCommand;
use crate::domain::fingerprint::Fingerprint;
use crate::domain::money::Money;
use crate::domain::plan::{Plan, PlanDigest};
use crate::domain::time::Timestamp;
use crate::engine::Command;
use crate::engine::rejection::Rejection;
use crate::engine::state::State;

/// What tells a list of amounts apart.
///
/// # Errors
/// Only where amounts are beyond what the exchange can count.
pub(super) fn digest(lines: impl IntoIterator<Item = (String, Money)>) -> Result<PlanDigest, Rejection> {
    let mut hasher = Sha256::new();
    let (mut count, mut total) = (0_u32, Money::ZERO);
    for (id, amount) in lines {
        hasher.update(format!("{id} {amount}\n"));
        count = count.saturating_add(1);
        total = total.plus(amount)?;
    }
    Ok(PlanDigest {
        sha256: Fingerprint(hasher.finalize().into()),
        lines: count,
        total,
    })
}

/// Refuses amounts that are not those that were asked for.
pub(super) fn require_same(plan: Plan, found: PlanDigest) -> Result<(), Rejection> {
    match plan {
        Plan::Open | Plan::ToBind => Ok(()),
        Plan::Bound(agreed) if agreed == found => Ok(()),
        Plan::Bound(agreed) => Err(Rejection::PlanChanged { agreed, found }),
    }
}

/// Binds a command that is asked for to the amounts that it would come to now.
///
/// # Errors
/// Those of the command.
pub fn bind(state: &State, command: &mut Command, at: Timestamp) -> Result<(), Rejection> {
    if let Command::Claim(ClaimCommand::Assess {
        programme,
        year,
        entities,
        plan: plan @ Plan::ToBind,
    }) = command
    {
        *plan = Plan::Bound(super::claim::digest(state, (*programme, *year), entities, at)?);
    } else if let Command::Application(ApplicationCommand::Allocate {
        programme,
        plan: plan @ Plan::ToBind,
    }) = command
    {
        *plan = Plan::Bound(super::application::digest(state, *programme, at)?);
    }
    Ok(())
}
