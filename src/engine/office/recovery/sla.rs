//! What a lease's schedule gives back for outages, in the movement of its settlement.

use super::clawback::{by_payer, lower_drawn};
use super::made;
use super::redemption::{self, Redeemed};
use crate::domain::account::AccountKey;
use crate::domain::id::{ProgrammeId, RecoveryId};
use crate::domain::lease::{Lease, Settled};
use crate::domain::money::Money;
use crate::domain::outage::SlaBasis;
use crate::domain::recovery::{ClosedLease, Recovery, RecoveryKind, RecoveryState, TakenBack, Target};
use crate::domain::rounding::{self, Rounding};
use crate::domain::spending::Spending;
use crate::domain::time::Timestamp;
use crate::engine::event::Event;
use crate::engine::ledger::Leg;
use crate::engine::office::claim::credited;
use crate::engine::posting;
use crate::engine::rejection::Rejection;
use crate::engine::remedy::{self, Earned, GivenBack};
use crate::engine::state::State;
use crate::engine::voucher::spending;

/// What a settlement gives back of a lease.
pub struct SlaCredit {
    /// What goes to the tenant.
    pub cash: Money,
    /// What goes to the programme.
    pub subsidy: Money,
    /// The legs of it, after those of the settlement.
    pub legs: Vec<Leg>,
    basis: SlaBasis,
    redeemed: Option<Redeemed>,
    given: GivenBack,
    parts: Vec<(TakenBack, i32)>,
    subsidy_to: Vec<(AccountKey, Money)>,
}

impl SlaCredit {
    /// Both together.
    ///
    /// # Errors
    /// Only where amounts are beyond what the exchange can count.
    pub fn amount(&self) -> Result<Money, Rejection> {
        Ok(self.cash.plus(self.subsidy)?)
    }
}

/// What is given back so that the lease has got `target` in all: its vouchers' share as they share the charge, the rest to the tenant; of
/// each no more than is left. `due` is what the same movement settles before.
///
/// # Errors
/// Only where amounts are beyond what the exchange can count, or the books contradict themselves.
pub fn plan(
    state: &State,
    (lease, total, due): (&Lease, &Settled, &posting::settle::Due),
    (target, basis): (Money, SlaBasis),
    at: Timestamp,
) -> Result<Option<SlaCredit>, Rejection> {
    let fill = &lease.fill;
    let (before, subsidy_before) = (state.recovered.sla(fill.lease), state.recovered.sla_subsidy(fill.lease));
    let more = target.minus(before)?;
    let (cash_left, subsidy_left) = redemption::left_of_lease(state, fill.lease, (total.charge, total.voucher))?;
    if !more.is_positive() {
        return Ok(None);
    }
    let share = rounding::proportion(fill.voucher, target.fen(), fill.charge.fen(), Rounding::HalfUp)?;
    let subsidy = within(share.minus(subsidy_before)?.min(more), subsidy_left);
    let cash = within(more.minus(subsidy)?, cash_left);
    if !cash.plus(subsidy)?.is_positive() {
        return Ok(None);
    }
    let settled = ClosedLease {
        tenant: fill.tenant,
        provider: fill.provider,
        agreed_at: fill.at,
        charge: total.charge,
        voucher: total.voucher,
        draws: fill.draws.clone(),
        until: Some(lease.ends.timestamp()),
    };
    let redeemed = redemption::of_settled(state, fill.lease, &settled)?;
    let (mut parts, mut subsidy_to) = (Vec::new(), Vec::new());
    if let Some(redeemed) = &redeemed {
        parts = redeemed.take(state, subsidy)?;
        subsidy_to = remedy::payers(
            state,
            redeemed.programme,
            (after(state, redeemed.programme, due)?, subsidy),
        )?;
    }
    let given = remedy::give_back(state, fill.provider, (cash, subsidy), earned(due)?)?;
    let moved = posting::credit::Due {
        cash_from: given.cash.from.clone(),
        cash_to: vec![(AccountKey::Cash(fill.tenant), cash)],
        subsidy_from: given.subsidy.from.clone(),
        subsidy_to: subsidy_to.clone(),
        vouchers: remedy::entitlement(state, parts.iter().map(|(part, _)| (part.voucher, part.amount)), at)?,
    };
    Ok(Some(SlaCredit {
        cash,
        subsidy,
        legs: posting::credit::legs(&moved)?,
        basis,
        redeemed,
        given,
        parts,
        subsidy_to,
    }))
}

fn within(amount: Money, left: Money) -> Money {
    amount.min(left).max(Money::ZERO)
}

/// What a programme has redeemed after the settlement.
fn after(state: &State, programme: ProgrammeId, due: &posting::settle::Due) -> Result<Money, Rejection> {
    let more = Money::sum(due.redeemed.iter().map(|(_, _, amount)| *amount))?;
    Ok(state.ledger.balance(AccountKey::Redeemed(programme)).plus(more)?)
}

/// What the provider has pending from the settlement.
fn earned(due: &posting::settle::Due) -> Result<Earned, Rejection> {
    let subsidy = Money::sum(due.subsidy.iter().map(|(_, amount)| *amount))?;
    Ok(Earned {
        cash: due.cash.minus(due.provider_fee_cash)?,
        programme: subsidy.minus(due.provider_fee_programme)?,
    })
}

/// Notes what was posted: what becomes payable, what counts against caps, what was spent, and the credit itself.
///
/// # Errors
/// Only where amounts are beyond what the exchange can count, or the books contradict themselves.
pub fn apply(
    state: &mut State,
    events: &mut Vec<Event>,
    (lease, credit): (&Lease, SlaCredit),
    at: Timestamp,
) -> Result<(), Rejection> {
    let fill = &lease.fill;
    let less = Spending {
        spent: Money::ZERO.minus(credit.amount()?)?,
        declared: Money::ZERO,
    };
    let SlaCredit {
        cash,
        subsidy,
        basis,
        redeemed,
        given,
        parts,
        subsidy_to,
        legs: _,
    } = credit;
    let pending = (fill.provider, given.cash.pending, given.subsidy.pending);
    remedy::lower_earnings(state, events, pending)?;
    if let Some(redeemed) = &redeemed {
        let group = redeemed.group(state);
        lower_drawn(state, events, (redeemed.programme, group), &parts)?;
    }
    // As with the operator's credits: in the year of the lease's last instant, or this one where that is still to come.
    let year = at.min(lease.ends.timestamp().just_before()).year();
    spending::add(state, events, (fill.tenant, year), less)?;
    let id = RecoveryId(state.counters.recovery);
    let recovery = Recovery {
        id,
        programme: redeemed.map(|redeemed| redeemed.programme),
        org: fill.tenant,
        state: RecoveryState::Made,
        target: Target::Lease(fill.lease),
        amount: subsidy,
        by_payer: by_payer(&subsidy_to),
        parts: parts.into_iter().map(|(part, _)| part).collect(),
        kind: RecoveryKind::Credit {
            provider: fill.provider,
            cash,
            from_earnings: given.at_once()?,
            sla: Some(basis),
        },
        evidence: format!(
            "{} of {} card-seconds were not there",
            basis.unavailable, basis.contracted
        ),
        lifted: None,
        created_at: at,
    };
    made(state, events, recovery)?;
    credited::lower(state, events, (id, fill.lease), at)
}
