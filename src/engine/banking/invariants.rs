//! What must always hold of money on its way in and out.

use std::collections::BTreeMap;

use super::{account, funding};
use crate::domain::account::AccountKey;
use crate::domain::banking::payout::WithdrawalState;
use crate::domain::banking::statement::StatementEntry;
use crate::domain::banking::suspense::{SuspenseItem, SuspenseState};
use crate::domain::id::{ProgrammeId, WithdrawalId};
use crate::domain::money::Money;
use crate::engine::invariants::Findings;
use crate::engine::state::State;

/// Checks them.
pub(in crate::engine) fn check(state: &State, findings: &mut Findings) {
    in_flight_adds_up(state, findings);
    suspense_adds_up(state, findings);
    bank_is_explained(state, findings);
    treasuries_fund(state, findings);
    nobody_is_paid_twice(state, findings);
}

/// 2: `payout_in_flight` is what payouts in flight come to. Without a custody account there are none, and what is there was posted
/// by hand.
fn in_flight_adds_up(state: &State, findings: &mut Findings) {
    let sum = Money::sum(state.banking.in_flight().map(|payout| payout.line.amount));
    let held = state.ledger.balance(AccountKey::PayoutInFlight);
    let fits = state.banking.custody.is_empty() || sum == Ok(held);
    findings.check(2, fits, || format!("in flight are {held}, payouts say {sum:?}"));
}

/// 2: `suspense` is what nobody has resolved.
fn suspense_adds_up(state: &State, findings: &mut Findings) {
    let held = state.ledger.balance(AccountKey::Suspense);
    let kept = |item: &&SuspenseItem| match item.state {
        SuspenseState::Open => true,
        SuspenseState::Returning => !is_sent(state, item),
        SuspenseState::GoneBack | SuspenseState::Resolved => false,
    };
    let open = state.banking.suspense.values().filter(kept);
    let sum = Money::sum(open.map(|item| StatementEntry::signed(&item.entry)));
    let fits = state.banking.custody.is_empty() || sum == Ok(held);
    findings.check(2, fits, || format!("suspense holds {held}, its list {sum:?}"));
}

fn is_sent(state: &State, item: &SuspenseItem) -> bool {
    let mut withdrawals = state.banking.withdrawals.values();
    withdrawals.any(|one| one.suspense == Some(item.id) && one.state == WithdrawalState::InFlight)
}

/// 2: `bank` is what the last statements end with, and what is booked and on none yet.
fn bank_is_explained(state: &State, findings: &mut Findings) {
    if state.banking.custody.is_empty() {
        return;
    }
    let bank = state.ledger.balance(AccountKey::Bank);
    let explained = account::explained(state);
    findings.check(2, explained == Ok(bank), || {
        format!("bank holds {bank}, statements and what is awaited say {explained:?}")
    });
}

/// 2: what is not funded under a programme is what its treasuries owe.
fn treasuries_fund(state: &State, findings: &mut Findings) {
    let mut sums: BTreeMap<ProgrammeId, i128> = BTreeMap::new();
    for ((programme, org), amount) in &state.banking.unfunded {
        *sums.entry(*programme).or_default() += i128::from(amount.fen());
        findings.check(2, amount.is_positive(), || {
            format!("{programme}: {amount} of {org} are not funded")
        });
    }
    for id in state.programmes.keys() {
        let unfunded = sums.get(id).copied().unwrap_or_default();
        let owed = funding::owed(state, *id);
        let same = owed.is_ok_and(|owed| i128::from(owed.fen()) == unfunded);
        findings.check(2, same, || {
            format!("{id}: treasuries owe {owed:?}, {unfunded} fen are not funded")
        });
    }
}

/// 2: a payout is of one batch and of what was agreed there, and a withdrawal has one payout.
fn nobody_is_paid_twice(state: &State, findings: &mut Findings) {
    let mut seen: BTreeMap<WithdrawalId, _> = BTreeMap::new();
    for payout in state.banking.payouts.values() {
        let batch = state.banking.batches.get(&payout.batch);
        let of_batch = batch.is_some_and(|batch| batch.payouts.contains(&payout.id));
        let agreed = batch.is_some_and(|batch| batch.lines.contains(&payout.line));
        findings.check(2, of_batch && agreed, || {
            format!("{} is not what was agreed on in {}", payout.id, payout.batch)
        });
        if let Some(id) = payout.line.withdrawal {
            let twice = seen.insert(id, payout.id);
            findings.check(2, twice.is_none(), || {
                format!("{id} is paid by {twice:?} and {}", payout.id)
            });
        }
    }
}
