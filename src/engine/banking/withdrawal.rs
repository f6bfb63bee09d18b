//! What organisations want out of their cash.

use super::event::BankingEvent;
use super::refusal::BankingRefusal;
use crate::domain::account::AccountKey;
use crate::domain::banking::account::BankAccount;
use crate::domain::banking::payout::{Withdrawal, WithdrawalState};
use crate::domain::id::{OrgId, SuspenseId, WithdrawalId};
use crate::domain::money::{Money, Overflow};
use crate::domain::time::Timestamp;
use crate::engine::event::Event;
use crate::engine::limits;
use crate::engine::posting;
use crate::engine::rejection::{FieldErrors, FieldRule, Rejection};
use crate::engine::state::State;

/// Most withdrawals of one organisation that wait.
const WAITING_MAX: usize = 20;

fn waiting(state: &State, org: OrgId) -> impl Iterator<Item = &Withdrawal> {
    let all = state.banking.withdrawals.values();
    all.filter(move |one| one.org == Some(org) && one.state == WithdrawalState::Waiting)
}

/// What an organisation could withdraw: its cash, less what it owes and what waits to be withdrawn.
pub fn available(state: &State, org: OrgId) -> Result<Money, Overflow> {
    let cash = state.ledger.balance(AccountKey::Cash(org));
    let owed = state.ledger.balance(AccountKey::Debt(org)).max(Money::ZERO);
    let waits = Money::sum(waiting(state, org).map(|one| one.amount))?;
    Ok(cash.minus(owed)?.minus(waits)?.max(Money::ZERO))
}

/// Whether an organisation could withdraw so much.
pub(super) fn check(state: &State, org: OrgId, amount: Money) -> Result<(), Rejection> {
    let mut errors = FieldErrors::default();
    let known = state.orgs.contains_key(&org);
    errors.require(known, "/org", FieldRule::Unknown, "names no organisation");
    limits::amount(&mut errors, "/amount", amount);
    errors.check()?;
    if !state.banking.accounts.contains_key(&org) {
        return Err(BankingRefusal::AccountMissing(org).into());
    }
    if waiting(state, org).count() >= WAITING_MAX {
        return Err(Rejection::Limit("at most 20 withdrawals of an organisation wait"));
    }
    let available = available(state, org)?;
    if amount > available {
        let wanted = amount;
        return Err(BankingRefusal::CashShort { wanted, available }.into());
    }
    Ok(())
}

/// Lets it wait for the next batch. Who owes something pays that first.
pub(super) fn ask(
    state: &mut State,
    events: &mut Vec<Event>,
    (org, amount): (OrgId, Money),
    at: Timestamp,
) -> Result<(), Rejection> {
    check(state, org, amount)?;
    let cash = state.ledger.balance(AccountKey::Cash(org));
    posting::collect::post(state, events, (org, cash), at).map_err(Rejection::after_change)?;
    let withdrawal = Withdrawal {
        id: next(state),
        org: Some(org),
        suspense: None,
        account: None,
        amount,
        state: WithdrawalState::Waiting,
        payout: None,
        created_at: at,
    };
    change(state, events, withdrawal);
    Ok(())
}

/// Lets money of nobody known wait to be sent back.
pub(super) fn give_back(
    state: &mut State,
    events: &mut Vec<Event>,
    (suspense, account, amount): (SuspenseId, BankAccount, Money),
    at: Timestamp,
) {
    let withdrawal = Withdrawal {
        id: next(state),
        org: None,
        suspense: Some(suspense),
        account: Some(account),
        amount,
        state: WithdrawalState::Waiting,
        payout: None,
        created_at: at,
    };
    change(state, events, withdrawal);
}

fn next(state: &mut State) -> WithdrawalId {
    let id = WithdrawalId(state.banking.counters.withdrawal);
    state.banking.counters.withdrawal += 1;
    id
}

/// Notes where a withdrawal stands. Those that are over are kept in the store alone.
pub(super) fn change(state: &mut State, events: &mut Vec<Event>, withdrawal: Withdrawal) {
    events.push(Event::Banking(Box::new(BankingEvent::WithdrawalChanged(
        withdrawal.clone(),
    ))));
    match withdrawal.state {
        WithdrawalState::Waiting | WithdrawalState::InFlight | WithdrawalState::Paid => {
            state.banking.withdrawals.insert(withdrawal.id, withdrawal);
        }
        WithdrawalState::Returned | WithdrawalState::Cancelled => {
            state.banking.withdrawals.remove(&withdrawal.id);
        }
    }
}

/// Takes one back that waits.
pub(super) fn cancel(
    state: &mut State,
    events: &mut Vec<Event>,
    (org, id): (OrgId, WithdrawalId),
) -> Result<(), Rejection> {
    let known = state.banking.withdrawals.get(&id);
    let known = known.filter(|known| known.org == Some(org));
    let known = known.ok_or(BankingRefusal::WithdrawalNotFound(id))?;
    let in_batch = state.banking.waiting_batch(None, Some(id)).is_some();
    if known.state != WithdrawalState::Waiting || in_batch {
        return Err(BankingRefusal::WithdrawalNotWaiting(id).into());
    }
    let cancelled = Withdrawal {
        state: WithdrawalState::Cancelled,
        ..known.clone()
    };
    change(state, events, cancelled);
    Ok(())
}
