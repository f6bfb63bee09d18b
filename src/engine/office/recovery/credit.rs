//! A part of what was settled of a lease goes back: to the tenant what the tenant has paid, to the treasuries what vouchers have, in
//! the proportion of what is left of both.

use super::clawback::{by_payer, lower_drawn, payers};
use super::made;
use super::redemption::{self, Redeemed};
use crate::domain::account::AccountKey;
use crate::domain::id::RecoveryId;
use crate::domain::money::Money;
use crate::domain::recovery::{
    ClosedLease, NamedTarget, NewCredit, Practice, Recovery, RecoveryKind, RecoveryState, TakenBack, Target,
};
use crate::domain::rounding::{self, Rounding};
use crate::domain::spending::Spending;
use crate::domain::time::Timestamp;
use crate::engine::event::Event;
use crate::engine::limits;
use crate::engine::office::claim::credited;
use crate::engine::posting;
use crate::engine::rejection::{FieldErrors, FieldRule, Rejection};
use crate::engine::remedy;
use crate::engine::state::State;
use crate::engine::voucher::spending;

/// What will happen.
pub(super) struct Plan {
    lease: ClosedLease,
    /// What vouchers have redeemed; none: it was paid in cash alone.
    redeemed: Option<Redeemed>,
    /// What goes to the tenant.
    cash: Money,
    /// What goes to the treasuries.
    subsidy: Money,
    parts: Vec<(TakenBack, i32)>,
}

/// What would happen, if it may.
pub(super) fn plan(state: &State, new: &NewCredit, _at: Timestamp) -> Result<Plan, Rejection> {
    let lease = redemption::lease(state, &new.lease)?.into_owned();
    let (cash_left, subsidy_left) = redemption::left_of_lease(state, new.lease.lease, (lease.charge, lease.voucher))?;
    let left = cash_left.plus(subsidy_left)?;
    let mut errors = FieldErrors::default();
    limits::reason(&mut errors, "/reason", &new.reason);
    errors.require(
        new.amount.is_positive(),
        "/amount",
        FieldRule::TooSmall,
        "must be more than 0.00",
    );
    if new.amount > left {
        let detail = format!("is more than the {left} CNY that are left of what was settled");
        errors.add("/amount", FieldRule::Exceeds, detail);
    }
    errors.check()?;
    let redeemed = if lease.voucher.is_positive() {
        let target = NamedTarget::Lease(new.lease.clone());
        Some(redemption::of(state, (&target, new.practice))?)
    } else {
        None
    };
    let share = rounding::proportion(new.amount, subsidy_left.fen(), left.fen(), Rounding::HalfUp)?;
    let subsidy = share.min(subsidy_left);
    let parts = match &redeemed {
        Some(redeemed) => redeemed.take(state, subsidy)?,
        None => Vec::new(),
    };
    Ok(Plan {
        cash: new.amount.minus(subsidy)?,
        subsidy,
        parts,
        redeemed,
        lease,
    })
}

/// Gives it back.
pub(super) fn apply(
    state: &mut State,
    events: &mut Vec<Event>,
    new: &NewCredit,
    at: Timestamp,
) -> Result<(), Rejection> {
    let plan = plan(state, new, at)?;
    let id = RecoveryId(state.counters.recovery);
    let programme = plan.redeemed.as_ref().map(|redeemed| redeemed.programme);
    let provider = plan.lease.provider;
    let given = remedy::give_back(state, provider, (plan.cash, plan.subsidy), remedy::Earned::default())?;
    let subsidy_to = match programme {
        Some(programme) => payers(state, programme, plan.subsidy)?,
        None => Vec::new(),
    };
    let parts: Vec<TakenBack> = plan.parts.iter().map(|(part, _)| *part).collect();
    let due = posting::credit::Due {
        cash_to: vec![(AccountKey::Cash(plan.lease.tenant), plan.cash)],
        subsidy_to: subsidy_to.clone(),
        vouchers: remedy::entitlement(state, parts.iter().map(|part| (part.voucher, part.amount)), at)?,
        cash_from: given.cash.from.clone(),
        subsidy_from: given.subsidy.from.clone(),
    };
    let recovery = Recovery {
        id,
        programme,
        org: plan.lease.tenant,
        state: RecoveryState::Made,
        target: Target::Lease(new.lease.lease),
        amount: plan.subsidy,
        by_payer: by_payer(&subsidy_to),
        parts,
        kind: RecoveryKind::Credit {
            provider,
            cash: plan.cash,
            from_earnings: given.at_once()?,
            sla: None,
        },
        evidence: new.reason.clone(),
        lifted: None,
        created_at: at,
    };
    let group = state.group_of(plan.lease.tenant);
    let year = year(&plan.lease, new.practice, at);
    let less = Spending {
        spent: Money::ZERO.minus(new.amount)?,
        declared: Money::ZERO,
    };
    posting::credit::post(state, events, (id, &due), at)
        .and_then(|()| remedy::lower_earnings(state, events, (provider, given.cash.pending, given.subsidy.pending)))
        .and_then(|()| match programme {
            Some(programme) => lower_drawn(state, events, (programme, group), &plan.parts),
            None => Ok(()),
        })
        .and_then(|()| spending::add(state, events, (plan.lease.tenant, year), less))
        .and_then(|()| made(state, events, recovery))
        .and_then(|()| match new.practice {
            Practice::First => Ok(()),
            Practice::Second => credited::lower(state, events, (id, new.lease.lease), at),
        })
        .map_err(Rejection::after_change)
}

/// The year whose spending becomes less: that of the lease's last instant, or this one where that is still to come.
fn year(lease: &ClosedLease, practice: Practice, at: Timestamp) -> i32 {
    match (practice, lease.until) {
        (Practice::First, _) | (Practice::Second, None) => at.year(),
        (Practice::Second, Some(until)) => at.min(until.just_before()).year(),
    }
}
