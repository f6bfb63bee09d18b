//! Out of which vouchers a claim is paid: those that were granted, or one of its own.

use super::amount::Found;
use super::refusal::ClaimRefusal;
use crate::domain::account::AccountKey;
use crate::domain::claim::Claim;
use crate::domain::evaluation::{Cap, Step};
use crate::domain::id::{OrgId, ProgrammeId, VoucherId};
use crate::domain::lease::VoucherDraw;
use crate::domain::money::Money;
use crate::domain::programme::funding::ClaimsFrom;
use crate::domain::programme::{Programme, ProgrammeRules};
use crate::domain::time::Timestamp;
use crate::domain::voucher::Voucher;
use crate::engine::rejection::Rejection;
use crate::engine::state::State;

/// Finds the vouchers out of which the claim is paid, and cuts it to what they have. Where the programme grants none, it is
/// one of the claim's own, out of the pot: what is promised to one claim is gone for the next.
pub(super) fn fund(
    state: &State,
    (programme, rules): (&Programme, &ProgrammeRules),
    (claim, found): (&mut Claim, Found),
    at: Timestamp,
) -> Result<Option<Voucher>, Rejection> {
    let Found { amount, mut steps } = found;
    let grants = grants_vouchers(state, (programme, rules));
    let purse = if grants {
        granted(state, (claim, rules, amount), at)
    } else {
        let pot = state.ledger.balance(AccountKey::Pot(programme.id));
        vec![(VoucherId(state.counters.voucher), pot)]
    };
    let left = Money::sum(purse.iter().map(|(_, left)| *left))?;
    let amount = amount.min(left);
    steps.push(Step::Cap {
        cap: if grants { Cap::Voucher } else { Cap::Pot },
        limit: left,
        used: Money::ZERO,
        left,
        amount,
    });
    if !amount.is_positive() {
        return Err(ClaimRefusal::NothingLeft.into());
    }
    let mut missing = amount;
    for (voucher, left) in purse {
        let part = missing.min(left);
        if part.is_positive() {
            missing = missing.minus(part)?;
            claim.draws.push(VoucherDraw { voucher, amount: part });
        }
    }
    claim.amount = amount;
    claim.own_voucher = !grants;
    claim.evaluation = steps;
    Ok((!grants).then(|| Voucher {
        id: VoucherId(state.counters.voucher),
        programme: programme.id,
        version: claim.version,
        org: claim.org,
        amount,
        valid_from: at,
        valid_until: rules.valid_until.max(at),
        application: None,
        ended: None,
    }))
}

/// Whether the programme's vouchers are granted: it says so, or where it says nothing it reviews applications, or somebody was
/// granted one.
fn grants_vouchers(state: &State, (programme, rules): (&Programme, &ProgrammeRules)) -> bool {
    match rules.claims_from {
        Some(ClaimsFrom::Vouchers) => return true,
        Some(ClaimsFrom::Pot) => return false,
        None => {}
    }
    if !programme.rules.review_chain.is_empty() {
        return true;
    }
    let claims = state.claims.values().filter(|claim| claim.own_voucher);
    let own: std::collections::BTreeSet<VoucherId> = claims
        .flat_map(|claim| claim.draws.iter().map(|draw| draw.voucher))
        .collect();
    let mut vouchers = state.vouchers.values();
    vouchers.any(|voucher| voucher.programme == programme.id && !own.contains(&voucher.id))
}

/// What the claimant's vouchers have left, in the order of burning: soonest expiry, then the oldest.
fn granted(
    state: &State,
    (claim, rules, amount): (&Claim, &ProgrammeRules, Money),
    at: Timestamp,
) -> Vec<(VoucherId, Money)> {
    let usable = usable(state, (claim.programme, claim.org), at).into_iter();
    let mut own = usable
        .filter(|(voucher, _)| voucher.version == claim.version)
        .map(|(voucher, left)| (voucher.id, left));
    if rules.divisible {
        own.collect()
    } else {
        own.find(|(_, left)| amount <= *left).into_iter().collect()
    }
}

/// An organisation's vouchers of a programme that have something left, in the order of burning.
fn usable(state: &State, (programme, org): (ProgrammeId, OrgId), at: Timestamp) -> Vec<(&Voucher, Money)> {
    let ids = state.vouchers_of.get(&org).into_iter().flatten();
    let vouchers = ids.filter_map(|id| state.vouchers.get(id));
    let mut usable: Vec<(&Voucher, Money)> = vouchers
        .filter(|voucher| voucher.programme == programme)
        .filter(|voucher| voucher.valid_from <= at && at < voucher.valid_until)
        .map(|voucher| (voucher, state.ledger.balance(AccountKey::VoucherAvailable(voucher.id))))
        .filter(|(_, left)| left.is_positive())
        .collect();
    usable.sort_unstable_by_key(|(voucher, _)| (voucher.valid_until, voucher.id));
    usable
}

/// The rules that govern a claim: those under which the voucher that burns first was granted, else the newest.
pub(super) fn governing<'a>(state: &State, programme: &'a Programme, org: OrgId, at: Timestamp) -> &'a ProgrammeRules {
    let vouchers = usable(state, (programme.id, org), at);
    let version = vouchers.first().map(|(voucher, _)| voucher.version);
    let rules = version.and_then(|version| programme.rules_of(version));
    rules.unwrap_or(&programme.rules)
}
