//! What must always hold of recoveries.

use std::collections::BTreeMap;

use crate::domain::account::AccountKey;
use crate::domain::id::ProgrammeId;
use crate::domain::money::Money;
use crate::domain::recovery::{RecoveryKind, RedeemedBy};
use crate::domain::treasury::TreasuryRequestState;
use crate::engine::invariants::Findings;
use crate::engine::state::State;

/// 3: what was recovered and fined is what recoveries say, the treasuries' parts add up to each, and nothing live has less than was
/// taken back of it.
pub fn check(state: &State, findings: &mut Findings) {
    each_adds_up(state, findings);
    programmes_add_up(state, findings);
    nothing_is_taken_twice(state, findings);
}

fn each_adds_up(state: &State, findings: &mut Findings) {
    for recovery in state.recoveries.values() {
        let id = recovery.id;
        let parts = Money::sum(recovery.parts.iter().map(|part| part.amount));
        findings.check(3, parts == Ok(recovery.amount), || {
            format!("{id}: its vouchers' parts are {parts:?}, not {}", recovery.amount)
        });
        let payers = Money::sum(recovery.by_payer.iter().copied());
        let is_whole = recovery.by_payer.is_empty() || payers == Ok(recovery.amount);
        findings.check(3, is_whole, || {
            format!("{id}: its treasuries' parts are {payers:?}, not {}", recovery.amount)
        });
    }
}

fn programmes_add_up(state: &State, findings: &mut Findings) {
    let mut sums: BTreeMap<ProgrammeId, (i128, i128)> = BTreeMap::new();
    for recovery in state.recoveries.values() {
        if let RecoveryKind::Clawback { fine, .. } = recovery.kind
            && let Some(programme) = recovery.programme
        {
            let (amount, fines) = sums.entry(programme).or_default();
            *amount += i128::from(recovery.amount.fen());
            *fines += i128::from(fine.fen());
        }
    }
    // What went to its treasury is in none of its accounts any more.
    for request in state.treasury_requests.values() {
        if request.state == TreasuryRequestState::FinesRemitted {
            sums.entry(request.programme).or_default().1 -= i128::from(request.amount.fen());
        }
    }
    for &id in state.programmes.keys() {
        let (amount, fines) = sums.get(&id).copied().unwrap_or_default();
        let of = |key| i128::from(state.ledger.balance(key).fen());
        let (recovered, fined) = (of(AccountKey::Recovered(id)), of(AccountKey::TreasuryFine(id)));
        findings.check(3, (recovered, fined) == (amount, fines), || {
            format!("{id}: recovered {recovered} fen and fined {fined}, its recoveries say {amount} and, less what was remitted, {fines}")
        });
    }
}

fn nothing_is_taken_twice(state: &State, findings: &mut Findings) {
    for lease in state.leases.values() {
        let id = lease.id();
        let taken = state.recovered.taken_of(RedeemedBy::Lease(id)).unwrap_or_default();
        let cash = state.recovered.cash(id);
        let paid = lease.settled.charge.minus(lease.settled.voucher).unwrap_or_default();
        let within = taken <= lease.settled.voucher && cash <= paid;
        findings.check(3, within, || {
            format!(
                "{id}: {taken} and {cash} CNY were taken back of {} and {paid}",
                lease.settled.voucher
            )
        });
    }
}
