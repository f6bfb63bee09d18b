//! What becomes of the claims of a lease when a part of it is given back: nobody is subsidised for what was not spent.

use super::amount::{self, Found, Question};
use super::{decide, submit};
use crate::domain::claim::{Claim, ClaimState};
use crate::domain::contract::ContractKey;
use crate::domain::evaluation::{Cap, Step};
use crate::domain::flag::{Finding, FlagAction, FlagRule, Subject};
use crate::domain::id::{ClaimId, LeaseId, RecoveryId};
use crate::domain::lease::VoucherDraw;
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::engine::contract;
use crate::engine::event::Event;
use crate::engine::integrity::finding::{about, evidence, finding};
use crate::engine::integrity::policy::IntegrityPolicy;
use crate::engine::office::integrity::flag;
use crate::engine::posting;
use crate::engine::rejection::Rejection;
use crate::engine::state::State;

/// Why a claim ends of which nothing is left.
const CREDITED: &str = "what it claims was given back";

/// Lowers the claims of a lease to what is left of it: those that wait get less at once, what was paid too much is flagged.
///
/// # Errors
/// Only where amounts are beyond what the exchange can count, or the books contradict themselves.
pub fn lower(
    state: &mut State,
    events: &mut Vec<Event>,
    (credit, lease): (RecoveryId, LeaseId),
    at: Timestamp,
) -> Result<(), Rejection> {
    // In their order: who follows another claim comes after it and takes its base.
    let ids = state.contracts.of_key(ContractKey::Lease(lease)).to_vec();
    for id in ids {
        let Some(claim) = state.claims.get(&id).cloned() else {
            continue;
        };
        let base = base(state, &claim)?;
        if base == claim.base {
            continue;
        }
        match claim.state {
            ClaimState::Declared => super::change(state, events, Claim { base, ..claim }),
            ClaimState::Submitted => shrink(state, events, (claim, base), at)?,
            ClaimState::Approved => flag_paid(state, events, (credit, lease), (claim, base), at)?,
            ClaimState::Rejected | ClaimState::Withdrawn => {}
        }
    }
    Ok(())
}

/// The expense that a claim may still have.
fn base(state: &State, claim: &Claim) -> Result<Money, Rejection> {
    let followed = claim.matches.and_then(|id: ClaimId| state.claims.get(&id));
    if let Some(followed) = followed {
        return Ok(claim.base.min(followed.base));
    }
    let programme = state.programmes.get(&claim.programme);
    let rules = programme.and_then(|programme| programme.rules_of(claim.version));
    let rules = rules.ok_or(Rejection::Fault("a claim under rules that are not kept"))?;
    let (counts, paid) = submit::kept(state, rules, &claim.contract)?;
    Ok(claim.base.min(counts).min(paid))
}

/// What the rules give of another base, as if the claim had drawn nothing yet.
fn entitled(state: &mut State, claim: &Claim, base: Money) -> Result<Found, Rejection> {
    let own = contract::left_of(state, claim)?;
    let key = (claim.programme, state.group_of(claim.org), claim.period);
    let before = state.drawn.get(&key).copied();
    if let Some(before) = before {
        state.drawn.insert(key, before.minus(own)?);
    }
    let found = find(state, claim, base);
    if let Some(before) = before {
        state.drawn.insert(key, before);
    }
    found
}

fn find(state: &State, claim: &Claim, base: Money) -> Result<Found, Rejection> {
    let programme = state.programmes.get(&claim.programme);
    let programme = programme.ok_or(Rejection::Fault("a claim without a programme"))?;
    let rules = programme.rules_of(claim.version).unwrap_or(&programme.rules);
    let question = Question {
        programme,
        rules,
        rates: submit::rates(rules, claim.matches.is_some()),
        org: claim.org,
        contract: &claim.contract,
        purpose: claim.purpose,
        claim: Some(claim.id),
        base,
        year: claim.year,
        declared: None,
    };
    Ok(amount::find(state, &question)?)
}

/// A claim that waits gets what its new base gives; the rest of what was reserved for it is free again.
fn shrink(
    state: &mut State,
    events: &mut Vec<Event>,
    (mut claim, base): (Claim, Money),
    at: Timestamp,
) -> Result<(), Rejection> {
    let Found { amount, mut steps } = entitled(state, &claim, base)?;
    claim.base = base;
    let amount = amount.min(claim.amount);
    if !amount.is_positive() {
        claim.reason = Some(CREDITED.to_owned());
        return decide::give_back(state, events, (claim, ClaimState::Rejected), at);
    }
    let cut = claim.amount.minus(amount)?;
    if cut.is_positive() {
        let released = Claim {
            draws: take_draws(&mut claim.draws, cut)?,
            ..claim.clone()
        };
        let homes = decide::homes(state, &released, at)?;
        submit::draw(state, events, (&claim, Money::ZERO.minus(cut)?))?;
        posting::claim::release(state, events, (&released, &homes), at)?;
    }
    steps.push(Step::Cap {
        cap: if claim.own_voucher { Cap::Pot } else { Cap::Voucher },
        limit: claim.amount,
        used: Money::ZERO,
        left: claim.amount,
        amount,
    });
    claim.amount = amount;
    claim.evaluation = steps;
    super::change(state, events, claim);
    Ok(())
}

/// Takes `cut` out of draws, what burns last first.
fn take_draws(draws: &mut Vec<VoucherDraw>, cut: Money) -> Result<Vec<VoucherDraw>, Rejection> {
    let mut missing = cut;
    let mut taken = Vec::new();
    for draw in draws.iter_mut().rev() {
        let part = missing.min(draw.amount);
        if part.is_positive() {
            missing = missing.minus(part)?;
            draw.amount = draw.amount.minus(part)?;
            taken.push(VoucherDraw { amount: part, ..*draw });
        }
    }
    draws.retain(|draw| draw.amount.is_positive());
    Ok(taken)
}

/// A claim that was paid has a lower base from now on; where it got more than that gives, a flag says how much can be recovered.
fn flag_paid(
    state: &mut State,
    events: &mut Vec<Event>,
    (credit, lease): (RecoveryId, LeaseId),
    (claim, base): (Claim, Money),
    at: Timestamp,
) -> Result<(), Rejection> {
    let found = entitled(state, &claim, base)?;
    let over = contract::left_of(state, &claim)?.minus(found.amount)?;
    if over.is_positive() {
        let text = (
            format!("{}已支付，其合同{lease}后来退款，多付{over}元", claim.id),
            format!(
                "{} was paid, and {lease} was credited since: {over} CNY too much",
                claim.id
            ),
        );
        let found = Finding {
            subjects: vec![Subject::Claim(claim.id), Subject::Lease(lease)],
            key: credit.to_string(),
            evidence: vec![
                about(claim.id, evidence("base", claim.base, base)),
                about(claim.id, evidence("amount", claim.amount, found.amount)),
            ],
            at_stake: over,
            ..finding(
                (FlagRule::Overpaid, FlagAction::Review),
                &IntegrityPolicy::default(),
                (claim.programme, claim.org),
                text,
            )
        };
        flag::notice(state, events, found, at);
    }
    super::change(state, events, Claim { base, ..claim });
    Ok(())
}
