//! The yearly assessment: what was declared in a year is looked at as a whole, granted and paid at once.

use std::collections::{BTreeMap, BTreeSet};

use super::amount::{self, Question};
use super::refusal::ClaimRefusal;
use super::{ENTITIES_MAX, decide, submit};
use crate::domain::account::AccountKey;
use crate::domain::claim::{Claim, ClaimState};
use crate::domain::evaluation::{Cap, Step};
use crate::domain::id::{ClaimId, OrgId, ProgrammeId, VoucherId};
use crate::domain::lease::VoucherDraw;
use crate::domain::money::{Money, Overflow};
use crate::domain::plan::{Plan, PlanDigest};
use crate::domain::programme::funding::PayMode;
use crate::domain::programme::limit::Allocation;
use crate::domain::programme::rate::ThresholdMode;
use crate::domain::programme::{Programme, ProgrammeRules, ProgrammeState};
use crate::domain::time::Timestamp;
use crate::domain::voucher::Voucher;
use crate::engine::event::Event;
use crate::engine::office::integrity::flag;
use crate::engine::office::{plan, sharing};
use crate::engine::posting;
use crate::engine::rejection::{FieldErrors, FieldRule, Rejection, invalid};
use crate::engine::state::State;
use crate::engine::voucher::{evaluate, grant};

/// What an entity gets for a year: its declared claims, each with its share.
#[derive(Debug, Clone)]
pub(super) struct Award {
    /// The entity.
    org: OrgId,
    /// Its claims, in their order.
    claims: Vec<Claim>,
}

impl Award {
    fn amount(&self) -> Result<Money, Overflow> {
        Money::sum(self.claims.iter().map(|claim| claim.amount))
    }
}

/// What an assessment would pay; it changes nothing.
pub(super) fn plan(
    state: &State,
    (programme, year): (ProgrammeId, i32),
    entities: &[OrgId],
    at: Timestamp,
) -> Result<Vec<Award>, Rejection> {
    let programme = check(state, programme, (year, entities), at)?;
    let mut awards = Vec::with_capacity(entities.len());
    // What a group has been awarded here counts against its cap for the next of its members.
    let mut drawn: BTreeMap<OrgId, Money> = BTreeMap::new();
    for &org in entities {
        let group = state.group_of(org);
        let before = drawn.get(&group).copied().unwrap_or_default();
        let award = award(state, programme, (org, year, before))?;
        drawn.insert(group, before.plus(award.amount()?)?);
        awards.push(award);
    }
    let pot = state.ledger.balance(AccountKey::Pot(programme.id));
    share_out(&programme.rules, &mut awards, pot)?;
    awards.retain(|award| award.claims.iter().any(|claim| claim.amount.is_positive()));
    if awards.is_empty() {
        return Err(ClaimRefusal::NothingLeft.into());
    }
    Ok(awards)
}

fn check<'a>(
    state: &'a State,
    id: ProgrammeId,
    (year, entities): (i32, &[OrgId]),
    at: Timestamp,
) -> Result<&'a Programme, Rejection> {
    let unknown = || invalid("/programme", FieldRule::Unknown, format!("names no programme: {id}"));
    let programme = state.programmes.get(&id).ok_or_else(unknown)?;
    let mode = programme.rules.pay_mode;
    if mode != PayMode::Assessment {
        return Err(ClaimRefusal::WrongPayMode { programme: id, mode }.into());
    }
    if programme.state != ProgrammeState::Open {
        return Err(ClaimRefusal::NotOpen(id).into());
    }
    let mut errors = FieldErrors::default();
    let over = year < at.year();
    errors.require(over, "/year", FieldRule::Future, "must be over in Asia/Shanghai");
    errors.require(
        !entities.is_empty(),
        "/entities",
        FieldRule::Empty,
        "must name an organisation",
    );
    let fits = entities.len() <= ENTITIES_MAX;
    errors.require(
        fits,
        "/entities",
        FieldRule::TooMany,
        "must name at most 1000 organisations",
    );
    let mut seen = BTreeSet::new();
    for (index, org) in entities.iter().take(ENTITIES_MAX).enumerate() {
        let pointer = format!("/entities/{index}");
        errors.require(seen.insert(*org), &pointer, FieldRule::Duplicate, "is named twice");
        let declared = !declared(state, id, (*org, year)).is_empty();
        errors.require(
            declared,
            &pointer,
            FieldRule::NotEligible,
            "has declared nothing of the year",
        );
    }
    errors.check()?;
    for &org in entities {
        grant::require_admitted(state, programme, org, at)?;
    }
    let claims = entities.iter().flat_map(|org| declared(state, id, (*org, year)));
    for claim in claims {
        flag::require_free(state, claim)?;
    }
    Ok(programme)
}

/// What an organisation has declared of a year and was not assessed yet.
fn declared(state: &State, programme: ProgrammeId, (org, year): (OrgId, i32)) -> Vec<&Claim> {
    let group = state.group_of(org);
    let ids = state.contracts.of_group(programme, group).iter();
    let claims = ids.filter_map(|id| state.claims.get(id));
    let wanted = |claim: &&Claim| claim.org == org && claim.year == year && claim.state == ClaimState::Declared;
    claims.filter(wanted).collect()
}

/// What the rules give an entity for the year, before the pot: thresholds and the least spending look at the total of its owner
/// group, and the cap is the group's.
fn award(state: &State, programme: &Programme, (org, year, before): (OrgId, i32, Money)) -> Result<Award, Rejection> {
    let ids = state.contracts.of_group(programme.id, state.group_of(org)).iter();
    let of_year: Vec<&Claim> = ids
        .filter_map(|id| state.claims.get(id))
        .filter(|claim| claim.year == year)
        .collect();
    let total = Money::sum(of_year.iter().map(|claim| claim.base))?;
    let rules = &programme.rules;
    let enough = rules.min_spend.is_none_or(|least| total >= least);
    // The total was held against the least spending as a whole; no contract is by itself.
    let each = ProgrammeRules {
        min_spend: None,
        ..rules.clone()
    };
    let mut left = cap_left(state, (programme, org, year), before)?;
    let mut award = Award {
        org,
        claims: Vec::new(),
    };
    for claim in declared(state, programme.id, (org, year)) {
        let earlier = of_year.iter().filter(|other| other.id < claim.id);
        let before_it = match rules.threshold_mode {
            ThresholdMode::Cliff => total.minus(claim.base)?,
            ThresholdMode::Marginal => Money::sum(earlier.map(|other| other.base))?,
        };
        let mut claim = claim.clone();
        if enough {
            let question = Question {
                programme,
                rules: &each,
                rates: submit::rates(rules, claim.matches.is_some()),
                org,
                contract: &claim.contract,
                purpose: claim.purpose,
                claim: Some(claim.id),
                base: claim.base,
                year,
                declared: Some(before_it),
            };
            let found = amount::find(state, &question)?;
            claim.amount = found.amount;
            claim.evaluation = found.steps;
            if let Some((cap, limit, left)) = &mut left {
                claim.amount = claim.amount.min(*left);
                claim.evaluation.push(Step::Cap {
                    cap: *cap,
                    limit: *limit,
                    used: limit.minus(*left)?,
                    left: *left,
                    amount: claim.amount,
                });
                *left = left.minus(claim.amount)?;
            }
        }
        award.claims.push(claim);
    }
    Ok(award)
}

/// An owner group's cap and what it leaves in the year after `before` of this assessment; none: there is no cap.
fn cap_left(
    state: &State,
    (programme, org, year): (&Programme, OrgId, i32),
    before: Money,
) -> Result<Option<(Cap, Money, Money)>, Overflow> {
    let entity = state.facts_of(org);
    let lifted = amount::lifted(state, programme.id, org);
    let Some((cap, limit)) = evaluate::cap_in_force(&programme.rules, entity, lifted) else {
        return Ok(None);
    };
    let drawn = amount::drawn(state, (programme, &programme.rules), org, year);
    let left = limit.minus(drawn)?.minus(before)?.max(Money::ZERO);
    Ok(Some((cap, limit, left)))
}

/// Cuts awards to what the pot has, as the programme says.
fn share_out(rules: &ProgrammeRules, awards: &mut [Award], pot: Money) -> Result<(), Overflow> {
    let due: Vec<Money> = awards.iter().map(Award::amount).collect::<Result<_, _>>()?;
    let mut order: Vec<usize> = (0..awards.len()).collect();
    match rules.allocation_when_short {
        Allocation::FirstCome | Allocation::ProRata => order.sort_by_key(|&index| first_claim(awards.get(index))),
        // The list that is assessed is the ranking.
        Allocation::Ranked => {}
    }
    let ordered: Vec<Money> = order.iter().filter_map(|&index| due.get(index).copied()).collect();
    let parts = sharing::share(&ordered, pot, (rules.allocation_when_short, true))?;
    for (&index, part) in order.iter().zip(parts) {
        if let Some(award) = awards.get_mut(index) {
            cut(award, part)?;
        }
    }
    Ok(())
}

fn first_claim(award: Option<&Award>) -> Option<ClaimId> {
    award.and_then(|award| award.claims.first()).map(|claim| claim.id)
}

/// Cuts an award to `part`, each of its claims alike.
fn cut(award: &mut Award, part: Money) -> Result<(), Overflow> {
    let due: Vec<Money> = award.claims.iter().map(|claim| claim.amount).collect();
    for (claim, amount) in award.claims.iter_mut().zip(sharing::pro_rata(&due, part)?) {
        let used = claim.amount.minus(amount)?;
        claim.evaluation.push(Step::Cap {
            cap: Cap::Pot,
            limit: claim.amount,
            used,
            left: amount,
            amount,
        });
        claim.amount = amount;
    }
    Ok(())
}

/// What tells an assessment apart: its claims, each with its amount.
pub(super) fn digest(awards: &[Award]) -> Result<PlanDigest, Rejection> {
    let claims = awards.iter().flat_map(|award| &award.claims);
    plan::digest(claims.map(|claim| (claim.id.to_string(), claim.amount)))
}

/// Assesses a year: one voucher and one movement for each entity.
pub(super) fn assess(
    state: &mut State,
    events: &mut Vec<Event>,
    ((programme, year), entities, agreed): ((ProgrammeId, i32), &[OrgId], Plan),
    at: Timestamp,
) -> Result<(), Rejection> {
    let awards = plan(state, (programme, year), entities, at)?;
    plan::require_same(agreed, digest(&awards)?)?;
    awards
        .into_iter()
        .try_for_each(|award| pay(state, events, (programme, award), at))
        .map_err(Rejection::after_change)
}

fn pay(
    state: &mut State,
    events: &mut Vec<Event>,
    (programme, award): (ProgrammeId, Award),
    at: Timestamp,
) -> Result<(), Rejection> {
    let found = state.programmes.get(&programme);
    let rules = &found.ok_or(Rejection::Fault("an assessment of no programme"))?.rules;
    let voucher = Voucher {
        id: VoucherId(state.counters.voucher),
        programme,
        version: rules.version,
        org: award.org,
        amount: award.amount()?,
        valid_from: at,
        valid_until: rules.valid_until.max(at),
        application: None,
        ended: None,
    };
    state.counters.voucher += 1;
    let mut ahead = Money::ZERO;
    let mut paid = Vec::with_capacity(award.claims.len());
    for mut claim in award.claims {
        let parts = decide::parts(state, programme, (ahead, claim.amount))?;
        ahead = ahead.plus(claim.amount)?;
        claim.state = ClaimState::Approved;
        claim.version = voucher.version;
        claim.decided_at = Some(at);
        claim.own_voucher = true;
        if claim.amount.is_positive() {
            claim.draws.push(VoucherDraw {
                voucher: voucher.id,
                amount: claim.amount,
            });
        }
        claim.parts.clone_from(&parts);
        paid.push((claim, parts));
    }
    events.push(Event::VoucherGranted(Box::new(voucher.clone())));
    posting::assess::post(state, events, (&voucher, &paid), at)?;
    posting::collect::post(state, events, (award.org, voucher.amount), at)?;
    grant::restore(state, voucher, at);
    for (claim, _) in paid {
        submit::draw(state, events, (&claim, claim.amount))?;
        super::change(state, events, claim);
    }
    Ok(())
}
