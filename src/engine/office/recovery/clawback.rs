//! A subsidy is taken back: limits, fine and ban by the rules under which it was granted.

use std::collections::BTreeMap;

use super::made;
use super::redemption::{self, Redeemed};
use crate::domain::account::AccountKey;
use crate::domain::claim::Claim;
use crate::domain::flag::{Finding, FlagAction, FlagRule, Subject};
use crate::domain::id::{ClaimId, OrgId, ProgrammeId, RecoveryId};
use crate::domain::money::Money;
use crate::domain::programme::process::ClawbackReason;
use crate::domain::programme::{Programme, ProgrammeRules};
use crate::domain::rate::BasisPoints;
use crate::domain::recovery::{
    Ban, NewRecovery, Practice, Recovery, RecoveryKind, RecoveryState, RedeemedBy, TakenBack,
};
use crate::domain::rounding::{self, Rounding};
use crate::domain::time::Timestamp;
use crate::engine::contract;
use crate::engine::event::Event;
use crate::engine::integrity::finding::{about, evidence, finding};
use crate::engine::integrity::policy::IntegrityPolicy;
use crate::engine::limits;
use crate::engine::office::integrity::flag;
use crate::engine::posting;
use crate::engine::rejection::{FieldErrors, FieldRule, Rejection, invalid};
use crate::engine::remedy;
use crate::engine::state::State;

/// What will happen.
pub(super) struct Plan {
    redeemed: Redeemed,
    amount: Money,
    fine: Money,
    parts: Vec<(TakenBack, i32)>,
    ban: Option<Ban>,
}

/// What would happen, if it may.
pub(super) fn plan(state: &State, new: &NewRecovery, at: Timestamp) -> Result<Plan, Rejection> {
    let mut errors = FieldErrors::default();
    let told = !new.evidence.trim().is_empty();
    errors.require(told, "/evidence", FieldRule::Empty, "must say what proves it");
    limits::note(&mut errors, "/evidence", &new.evidence);
    errors.check()?;
    let redeemed = redemption::of(state, (&new.target, new.practice))?;
    let (programme, rules) = rules(state, &redeemed)?;
    check_rules(rules, new)?;
    let amount = amount(new.amount, redeemed.left(state)?)?;
    let parts = redeemed.take(state, amount)?;
    let months = match (new.reason, &rules.clawback) {
        (ClawbackReason::Error, _) | (_, None) => 0,
        (_, Some(clawback)) => clawback.ban_months,
    };
    let ban = match months {
        0 => None,
        months => Some(Ban {
            group: redeemed.group(state),
            issuer: programme.issuer,
            until: at.plus_months(months).ok_or(Rejection::Overflow)?,
        }),
    };
    Ok(Plan {
        amount,
        fine: rounding::share(amount, new.fine_bps, Rounding::HalfUp)?,
        parts,
        ban,
        redeemed,
    })
}

/// The amount that is taken back: what was asked for, or all that is left.
pub(super) fn amount(asked: Option<Money>, left: Money) -> Result<Money, Rejection> {
    let mut errors = FieldErrors::default();
    errors.require(
        left.is_positive(),
        "/target",
        FieldRule::Exceeds,
        "has nothing left to be taken back",
    );
    let amount = asked.unwrap_or(left);
    errors.require(
        asked.is_none() || amount.is_positive(),
        "/amount",
        FieldRule::TooSmall,
        "must be more than 0.00",
    );
    if left.is_positive() && amount > left {
        errors.add(
            "/amount",
            FieldRule::Exceeds,
            format!("is more than the {left} CNY that are left"),
        );
    }
    errors.check()?;
    Ok(amount)
}

fn rules<'a>(state: &'a State, redeemed: &Redeemed) -> Result<(&'a Programme, &'a ProgrammeRules), Rejection> {
    let programme = state.programmes.get(&redeemed.programme);
    let found = programme.and_then(|programme| Some((programme, programme.rules_of(redeemed.version)?)));
    found.ok_or(Rejection::Fault("a voucher without the rules that govern it"))
}

/// The reason must be one of the programme's, and the fine within its bounds. What was paid by mistake is taken back in any case, and
/// costs no fine.
fn check_rules(rules: &ProgrammeRules, new: &NewRecovery) -> Result<(), Rejection> {
    let none = BasisPoints(0);
    let (least, most) = match (new.reason, &rules.clawback) {
        (ClawbackReason::Error, _) | (_, None) => (none, none),
        (reason, Some(clawback)) if clawback.reasons.contains(&reason) => {
            (clawback.fine_min_bps, clawback.fine_max_bps)
        }
        (_, Some(_)) => {
            let detail = "is none for which the programme takes back (/clawback/reasons)";
            return Err(invalid("/reason", FieldRule::NotEligible, detail));
        }
    };
    let bounds = |code| {
        let detail = format!(
            "must be from {} to {} by the programme's rules (/clawback)",
            least.0, most.0
        );
        Err(invalid("/fine_bps", code, detail))
    };
    if new.fine_bps < least {
        bounds(FieldRule::TooSmall)
    } else if new.fine_bps > most {
        bounds(FieldRule::TooLarge)
    } else {
        Ok(())
    }
}

/// Where a subsidy that is taken back now goes.
pub(super) fn payers(
    state: &State,
    programme: ProgrammeId,
    amount: Money,
) -> Result<Vec<(AccountKey, Money)>, Rejection> {
    let now = state.ledger.balance(AccountKey::Redeemed(programme));
    remedy::payers(state, programme, (now, amount))
}

/// The parts of the treasuries among [`payers`].
pub(super) fn by_payer(payers: &[(AccountKey, Money)]) -> Vec<Money> {
    let treasuries = payers
        .iter()
        .filter(|(key, _)| matches!(key, AccountKey::TreasuryReceivable(..)));
    treasuries.map(|(_, amount)| *amount).collect()
}

/// What an owner group has drawn becomes less by what is taken back.
pub(super) fn lower_drawn(
    state: &mut State,
    events: &mut Vec<Event>,
    (programme, group): (ProgrammeId, OrgId),
    parts: &[(TakenBack, i32)],
) -> Result<(), Rejection> {
    for (part, period) in parts {
        let drawn = state.drawn.entry((programme, group, *period)).or_default();
        *drawn = drawn.minus(part.amount)?;
        if *drawn < Money::ZERO {
            return Err(Rejection::Fault("more is taken back than was drawn"));
        }
        events.push(Event::EntityDrawn {
            programme,
            org: group,
            period: *period,
            drawn: *drawn,
        });
    }
    Ok(())
}

/// Claims that were paid say what was taken back of them.
fn note_on_claims(
    state: &mut State,
    events: &mut Vec<Event>,
    (id, practice): (RecoveryId, Practice),
    (parts, at): (&[TakenBack], Timestamp),
) -> Result<(), Rejection> {
    let mut taken: BTreeMap<ClaimId, Money> = BTreeMap::new();
    for part in parts {
        match part.by {
            RedeemedBy::Lease(_) => {}
            RedeemedBy::Claim(claim) => {
                let sum = taken.entry(claim).or_default();
                *sum = sum.plus(part.amount)?;
            }
        }
    }
    for (claim, amount) in taken {
        let known = state
            .claims
            .get_mut(&claim)
            .ok_or(Rejection::Fault("a claim is gone"))?;
        known.recovered = known.recovered.plus(amount)?;
        events.push(Event::ClaimChanged(Box::new(known.clone())));
        match practice {
            Practice::First => {}
            Practice::Second => flag_followers(state, events, (id, claim, amount), at)?,
        }
    }
    Ok(())
}

/// Flags the claims that follow one of which a subsidy was taken back. Whether theirs must go back too is for their own authority to
/// say: at stake is the same share of it.
fn flag_followers(
    state: &mut State,
    events: &mut Vec<Event>,
    (id, followed, amount): (RecoveryId, ClaimId, Money),
    at: Timestamp,
) -> Result<(), Rejection> {
    let whole = state.claims.get(&followed).map_or(Money::ZERO, |claim| claim.amount);
    let follows = |claim: &&Claim| claim.matches == Some(followed) && claim.state.is_live();
    let followers: Vec<Claim> = state.claims.values().filter(follows).cloned().collect();
    for claim in followers {
        let left = contract::left_of(state, &claim)?;
        let share = match whole {
            Money::ZERO => left,
            whole => rounding::proportion(claim.amount, amount.fen(), whole.fen(), Rounding::HalfUp)?,
        };
        let text = (
            format!("{}依据的{}已被追回{amount}元", claim.id, followed),
            format!("{} follows {followed}, of which {amount} CNY were taken back", claim.id),
        );
        let found = Finding {
            subjects: vec![Subject::Claim(claim.id), Subject::Claim(followed)],
            key: id.to_string(),
            evidence: vec![about(followed, evidence("taken_back", amount, ""))],
            at_stake: share.min(left),
            ..finding(
                (FlagRule::FollowedRecovered, FlagAction::Hold),
                &IntegrityPolicy::default(),
                (claim.programme, claim.org),
                text,
            )
        };
        flag::notice(state, events, found, at);
    }
    Ok(())
}

/// Takes it back.
pub(super) fn apply(
    state: &mut State,
    events: &mut Vec<Event>,
    new: &NewRecovery,
    at: Timestamp,
) -> Result<(), Rejection> {
    let plan = plan(state, new, at)?;
    let id = RecoveryId(state.counters.recovery);
    let (programme, org) = (plan.redeemed.programme, plan.redeemed.org);
    let subsidy = payers(state, programme, plan.amount)?;
    let whole = plan.amount.plus(plan.fine)?;
    let from_cash = state.ledger.balance(AccountKey::Cash(org)).min(whole);
    let parts: Vec<TakenBack> = plan.parts.iter().map(|(part, _)| *part).collect();
    let due = posting::recover::Due {
        programme,
        org,
        subsidy: subsidy.clone(),
        fine: plan.fine,
        from_cash,
        owed: whole.minus(from_cash)?,
        parts: &parts,
    };
    let recovery = Recovery {
        id,
        programme: Some(programme),
        org,
        state: RecoveryState::Made,
        target: new.target.target(),
        amount: plan.amount,
        by_payer: by_payer(&subsidy),
        parts: parts.clone(),
        kind: RecoveryKind::Clawback {
            reason: new.reason,
            fine: plan.fine,
            from_cash,
            ban: plan.ban,
        },
        evidence: new.evidence.clone(),
        lifted: None,
        created_at: at,
    };
    let group = plan.redeemed.group(state);
    posting::recover::post(state, events, (id, &due), at)
        .and_then(|()| lower_drawn(state, events, (programme, group), &plan.parts))
        .and_then(|()| made(state, events, recovery))
        .and_then(|()| note_on_claims(state, events, (id, new.practice), (&parts, at)))
        .map_err(Rejection::after_change)
}
