//! What must always hold of limits, and of what counts against them, as far as a state alone can tell.

use std::collections::BTreeMap;

use super::evaluate;
use crate::domain::account::AccountKey;
use crate::domain::id::{OrgId, ProgrammeId};
use crate::domain::lease::Lease;
use crate::domain::programme::ProgrammeRules;
use crate::engine::invariants::Findings;
use crate::engine::state::State;

/// 3: no limit is broken, and what counts against limits is what leases and vouchers say.
pub fn check(state: &State, findings: &mut Findings) {
    live_leases_count(state, findings);
    reserves_match(state, findings);
}

/// The rules under which vouchers pay of a lease, with their programme.
fn rules_of<'a>(state: &'a State, lease: &Lease) -> Option<(ProgrammeId, &'a ProgrammeRules)> {
    let draw = lease.fill.draws.first()?;
    let voucher = state.vouchers.get(&draw.voucher)?;
    let programme = state.programmes.get(&voucher.programme)?;
    Some((programme.id, programme.rules_of(voucher.version)?))
}

/// No fill draws more than a contract may, and all that live leases may still draw counts.
fn live_leases_count(state: &State, findings: &mut Findings) {
    let mut drawing: BTreeMap<(ProgrammeId, OrgId, i32), i128> = BTreeMap::new();
    let mut agreed: BTreeMap<(OrgId, i32), i128> = BTreeMap::new();
    for lease in state.leases.values() {
        let (id, fill) = (lease.id(), &lease.fill);
        let group = state.group_of(fill.tenant);
        *agreed.entry((group, fill.at.year())).or_default() += i128::from(fill.charge.fen());
        if let Some((programme, rules)) = rules_of(state, lease) {
            let cap = rules.cap_per_contract;
            findings.check(3, cap.is_none_or(|cap| fill.voucher <= cap), || {
                format!(
                    "{id}: vouchers pay {}, over the cap of {programme} for a contract",
                    fill.voucher
                )
            });
            let key = (programme, group, evaluate::cap_period(rules, fill.at));
            let open = i128::from(fill.voucher.fen()) - i128::from(lease.settled.voucher.fen());
            *drawing.entry(key).or_default() += open;
        }
    }
    for ((programme, group, period), open) in drawing {
        let drawn = state
            .drawn
            .get(&(programme, group, period))
            .copied()
            .unwrap_or_default();
        findings.check(3, open <= i128::from(drawn.fen()), || {
            format!("{group} has drawn {drawn} of {programme} in {period}, its live leases may draw {open} fen more")
        });
    }
    for ((group, year), charges) in agreed {
        let known = state.spent.get(&(group, year)).copied().unwrap_or_default();
        findings.check(3, charges <= i128::from(known.declared.fen()), || {
            format!(
                "{group} has declared {} in {year}, its live leases {charges} fen",
                known.declared
            )
        });
    }
}

/// What a programme has reserved for leases is what its vouchers have, without what waits for claims.
fn reserves_match(state: &State, findings: &mut Findings) {
    let mut reserved: BTreeMap<ProgrammeId, i128> = BTreeMap::new();
    for voucher in state.vouchers.values() {
        let of_voucher = state.ledger.balance(AccountKey::VoucherReserved(voucher.id));
        *reserved.entry(voucher.programme).or_default() += i128::from(of_voucher.fen());
    }
    let submitted = crate::domain::claim::ClaimState::Submitted;
    for claim in state.claims.values().filter(|claim| claim.state == submitted) {
        *reserved.entry(claim.programme).or_default() -= i128::from(claim.amount.fen());
    }
    for id in state.programmes.keys() {
        let expect = reserved.get(id).copied().unwrap_or_default();
        let known = state.reserved_of.get(id).copied().unwrap_or_default();
        findings.check(3, i128::from(known.fen()) == expect, || {
            format!("{id}: {known} is said to be reserved, its vouchers say {expect} fen")
        });
    }
}
