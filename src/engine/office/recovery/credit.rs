//! A part of what was settled of a lease goes back: to the tenant what the tenant has paid, to the treasuries what vouchers have, in
//! the proportion of what is left of both.

use super::clawback::{by_payer, lower_drawn, payers};
use super::made;
use super::redemption::{self, Redeemed};
use crate::domain::account::AccountKey;
use crate::domain::id::{OrgId, RecoveryId};
use crate::domain::money::Money;
use crate::domain::recovery::{
    ClosedLease, NamedTarget, NewCredit, Recovery, RecoveryKind, RecoveryState, TakenBack, Target,
};
use crate::domain::rounding::{self, Rounding};
use crate::domain::spending::Spending;
use crate::domain::time::Timestamp;
use crate::engine::event::Event;
use crate::engine::limits;
use crate::engine::posting::{self, expire_voucher};
use crate::engine::rejection::{FieldErrors, FieldRule, Rejection};
use crate::engine::state::State;
use crate::engine::timer::Due as Timer;
use crate::engine::voucher::spending;

/// What will happen.
pub(super) struct Plan {
    lease: ClosedLease,
    redeemed: Redeemed,
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
    errors.require(
        !new.reason.trim().is_empty(),
        "/reason",
        FieldRule::Empty,
        "must not be empty",
    );
    limits::note(&mut errors, "/reason", &new.reason);
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
    let redeemed = redemption::of(state, &NamedTarget::Lease(new.lease.clone()))?;
    let share = rounding::proportion(new.amount, subsidy_left.fen(), left.fen(), Rounding::HalfUp)?;
    let subsidy = share.min(subsidy_left);
    let parts = redeemed.take(state, subsidy)?;
    Ok(Plan {
        cash: new.amount.minus(subsidy)?,
        subsidy,
        parts,
        redeemed,
        lease,
    })
}

/// What a provider's accounts give, in order; the last one is what it owes from now on.
pub struct Given {
    /// By account.
    pub from: Vec<(AccountKey, Money)>,
    /// Out of what is still disputable.
    pub pending: Money,
    /// Out of all but the debt.
    pub at_once: Money,
}

/// Takes `wanted` out of a provider's accounts. `used` is what is taken of the collateral already.
///
/// # Errors
/// Only where amounts are beyond what the exchange can count.
pub fn give(
    state: &State,
    (keys, debt): (&[AccountKey], AccountKey),
    wanted: Money,
    used: Money,
) -> Result<Given, Rejection> {
    let mut given = Given {
        from: Vec::new(),
        pending: Money::ZERO,
        at_once: Money::ZERO,
    };
    let mut left = wanted;
    for &key in keys {
        let mut there = state.ledger.balance(key);
        if let AccountKey::Collateral(_) = key {
            there = there.minus(used)?;
        }
        let part = left.min(there).max(Money::ZERO);
        if let AccountKey::PendingCash(_) | AccountKey::PendingProgramme(_) = key {
            given.pending = part;
        }
        left = left.minus(part)?;
        given.at_once = given.at_once.plus(part)?;
        given.from.push((key, part));
    }
    given.from.push((debt, left));
    Ok(given)
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
    let (programme, provider) = (plan.redeemed.programme, plan.lease.provider);
    let debt = AccountKey::Debt(provider);
    let collateral = AccountKey::Collateral(provider);
    let of_cash = [
        AccountKey::PendingCash(provider),
        AccountKey::PayableCash(provider),
        collateral,
    ];
    let of_subsidy = [
        AccountKey::PendingProgramme(provider),
        AccountKey::PayableProgramme(provider),
        collateral,
    ];
    let cash = give(state, (&of_cash, debt), plan.cash, Money::ZERO)?;
    let used = cash
        .from
        .iter()
        .find(|(key, _)| *key == collateral)
        .map_or(Money::ZERO, |(_, used)| *used);
    let subsidy = give(state, (&of_subsidy, debt), plan.subsidy, used)?;
    let subsidy_to = payers(state, programme, plan.subsidy)?;
    let parts: Vec<TakenBack> = plan.parts.iter().map(|(part, _)| *part).collect();
    let due = posting::credit::Due {
        cash_to: vec![(AccountKey::Cash(plan.lease.tenant), plan.cash)],
        subsidy_to: subsidy_to.clone(),
        vouchers: entitlement(state, &parts, at)?,
        cash_from: cash.from,
        subsidy_from: subsidy.from,
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
            from_earnings: cash.at_once.plus(subsidy.at_once)?,
        },
        evidence: new.reason.clone(),
        lifted: None,
        created_at: at,
    };
    let group = plan.redeemed.group(state);
    let less = Spending {
        spent: Money::ZERO.minus(new.amount)?,
        declared: Money::ZERO,
    };
    posting::credit::post(state, events, (id, &due), at)
        .and_then(|()| lower_earnings(state, events, (provider, cash.pending, subsidy.pending)))
        .and_then(|()| lower_drawn(state, events, (programme, group), &plan.parts))
        .and_then(|()| spending::add(state, events, (plan.lease.tenant, at.year()), less))
        .and_then(|()| made(state, events, recovery))
        .map_err(Rejection::after_change)
}

type Entitlement = (AccountKey, AccountKey, Option<AccountKey>, Money);

/// Where entitlement goes that is not redeemed any more: back to its voucher, or where that cannot pay any more, wherever its rest
/// has gone.
fn entitlement(state: &State, parts: &[TakenBack], at: Timestamp) -> Result<Vec<Entitlement>, Rejection> {
    let fault = || Rejection::Fault("a redemption of no voucher");
    let of_part = |part: &TakenBack| {
        let voucher = state.vouchers.get(&part.voucher).ok_or_else(fault)?;
        let programme = state.programmes.get(&voucher.programme).ok_or_else(fault)?;
        let redeemed = AccountKey::Redeemed(programme.id);
        Ok(if voucher.is_live(at) {
            (redeemed, AccountKey::VoucherAvailable(voucher.id), None, part.amount)
        } else {
            let target = expire_voucher::target(voucher, programme);
            (
                redeemed,
                AccountKey::VoucherReserved(voucher.id),
                Some(target),
                part.amount,
            )
        })
    };
    parts.iter().map(of_part).collect()
}

/// Takes what is given back out of what will become payable: out of what becomes so last.
///
/// # Errors
/// Only where the books contradict themselves.
pub fn lower_earnings(
    state: &mut State,
    events: &mut Vec<Event>,
    (org, mut cash, mut programme): (OrgId, Money, Money),
) -> Result<(), Rejection> {
    let lots = state.earnings.iter().rev().filter(|((_, whose), _)| *whose == org);
    let lots: Vec<_> = lots.map(|(key, earnings)| (*key, *earnings)).collect();
    for ((release_at, _), earnings) in lots {
        let (of_cash, of_programme) = (cash.min(earnings.0), programme.min(earnings.1));
        if of_cash == Money::ZERO && of_programme == Money::ZERO {
            continue;
        }
        (cash, programme) = (cash.minus(of_cash)?, programme.minus(of_programme)?);
        let left = (earnings.0.minus(of_cash)?, earnings.1.minus(of_programme)?);
        if left == (Money::ZERO, Money::ZERO) {
            state.earnings.remove(&(release_at, org));
            state.timers.clear(release_at, Timer::Earnings(org));
        } else {
            state.earnings.insert((release_at, org), left);
        }
        events.push(Event::EarningsPending {
            org,
            release_at,
            cash: left.0,
            programme: left.1,
        });
    }
    if cash == Money::ZERO && programme == Money::ZERO {
        Ok(())
    } else {
        Err(Rejection::Fault("what is pending is not what becomes payable"))
    }
}
