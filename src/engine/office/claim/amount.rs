//! How much a programme pays of a contract: its rules, then what other programmes have reserved for themselves.

use crate::domain::accelerator::Accelerator;
use crate::domain::code::Code;
use crate::domain::contract::Contract;
use crate::domain::entity::EntityFacts;
use crate::domain::evaluation::{Cap, RefusalReason, Step};
use crate::domain::id::{ClaimId, OrgId, ProgrammeId};
use crate::domain::money::{Money, Overflow};
use crate::domain::programme::limit::{CapPeriod, Stacking};
use crate::domain::programme::rate::{RateRow, TaxBasis, ThresholdMode};
use crate::domain::programme::{Programme, ProgrammeRules};
use crate::domain::rounding::Rounding;
use crate::domain::time::Timestamp;
use crate::engine::contract::{self, ContractUse, group_of};
use crate::engine::state::State;
use crate::engine::voucher::evaluate::{self, Case, Deal, SoFar};

/// What an amount is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question<'a> {
    /// The programme.
    pub programme: &'a Programme,
    /// The rules of the version that counts.
    pub rules: &'a ProgrammeRules,
    /// The rate table.
    pub rates: &'a [RateRow],
    /// Who claims.
    pub org: OrgId,
    /// Of which contract.
    pub contract: &'a Contract,
    /// The claim itself where it is there already; it is not held against itself.
    pub claim: Option<ClaimId>,
    /// Of which expense.
    pub base: Money,
    /// In which year that counts.
    pub year: i32,
    /// What the owner group has spent in the year besides; none: what it has claimed.
    pub spent: Option<Money>,
}

/// An amount and how it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// The amount.
    pub amount: Money,
    /// The rules that spoke.
    pub steps: Vec<Step>,
}

/// An entity of which nothing is known.
static UNKNOWN: EntityFacts = EntityFacts::NOTHING;

/// What the programme pays, before what its vouchers and its pot have left.
pub(super) fn find(state: &State, question: &Question<'_>) -> Result<Found, Overflow> {
    let Question { rules, org, base, .. } = *question;
    let mut steps = Vec::new();
    if is_related(state, org, question.contract) {
        let reason = RefusalReason::RelatedParty;
        return Ok(Found {
            amount: Money::ZERO,
            steps: vec![Step::Refused { reason }],
        });
    }
    let made_up = made_up(question.contract);
    let spent = match question.spent {
        Some(spent) => spent,
        None => claimed(state, question)?,
    };
    let uses = uses(state, question)?;
    let others = others(state, &uses, question.programme)?;
    let drawn = drawn(state, (question.programme, rules), org, question.year);
    let case = Case {
        rules,
        rates: question.rates,
        entity: state.facts.get(&org).unwrap_or(&UNKNOWN),
        deal: deal(state, question.contract, &made_up, base),
        so_far: SoFar {
            spent,
            drawn,
            others: &others,
        },
    };
    let mut amount = evaluate::evaluate(&case, &mut steps)?;
    let mut cap = |cap: Cap, left: Money| {
        let left = left.max(Money::ZERO);
        amount = amount.min(left);
        steps.push(Step::Cap { cap, left, amount });
    };
    if let Some(of_contract) = rules.cap_per_contract {
        cap(Cap::Contract, of_contract);
    }
    if let Some(of_entity) = rules.cap_per_entity {
        cap(Cap::Entity, of_entity.minus(drawn)?);
    }
    for (stacking, used) in stackings(state, question, &uses)? {
        let ceiling = ceiling(&case, &stacking)?;
        cap(Cap::Stacking, ceiling.minus(used)?);
    }
    Ok(Found { amount, steps })
}

/// The ceilings that hold for the contract, with what counts against each already: those of the programme itself, and those
/// of the others that pay of it, for these must hold after this claim as well.
fn stackings(state: &State, question: &Question<'_>, uses: &[ContractUse]) -> Result<Vec<(Stacking, Money)>, Overflow> {
    let own = question.programme;
    let code_of = |id: ProgrammeId| state.programmes.get(&id).map(|programme| &programme.rules.id);
    let mut all = Vec::new();
    let holders = uses.iter().filter_map(|one| state.programmes.get(&one.programme));
    let mut holders: Vec<&Programme> = holders.filter(|programme| programme.id != own.id).collect();
    holders.sort_unstable_by_key(|programme| programme.id);
    holders.dedup_by_key(|programme| programme.id);
    holders.insert(0, own);
    for holder in holders {
        let rules = if holder.id == own.id {
            question.rules
        } else {
            &holder.rules
        };
        for stacking in &rules.stacking {
            let counts = |id: ProgrammeId| match &stacking.with {
                None => true,
                Some(with) => id == holder.id || code_of(id).is_some_and(|code| with.contains(code)),
            };
            if counts(own.id) {
                let counted = uses.iter().filter(|one| counts(one.programme));
                all.push((stacking.clone(), Money::sum(counted.map(|one| one.amount))?));
            }
        }
    }
    Ok(all)
}

/// The most that programmes together may pay, by a table of ceilings; none of its rows fits: there is no ceiling.
fn ceiling(case: &Case<'_>, stacking: &Stacking) -> Result<Money, Overflow> {
    let bare = ProgrammeRules {
        reference_price_cap: None,
        cap_per_entity: None,
        cap_rows: Vec::new(),
        cap_per_contract: None,
        min_spend: None,
        stacking: Vec::new(),
        contract_signed: None,
        threshold_mode: ThresholdMode::Cliff,
        rounding: Rounding::Floor,
        tax_basis: TaxBasis::Included,
        ..case.rules.clone()
    };
    let mut steps = Vec::new();
    let case = Case {
        rules: &bare,
        rates: &stacking.ceilings,
        ..*case
    };
    let amount = evaluate::evaluate(&case, &mut steps)?;
    let refused = steps.iter().any(|step| matches!(step, Step::Refused { .. }));
    Ok(if refused { Money::from_fen(i64::MAX) } else { amount })
}

/// What other programmes, and this one by other claims, pay of the contract.
fn uses(state: &State, question: &Question<'_>) -> Result<Vec<ContractUse>, Overflow> {
    let mut uses = contract::uses(state, question.org, question.contract)?;
    uses.retain(|one| one.claim.is_none() || one.claim != question.claim);
    Ok(uses)
}

fn others(state: &State, uses: &[ContractUse], own: &Programme) -> Result<Vec<(Code, Money)>, Overflow> {
    let mut others: Vec<(Code, Money)> = Vec::new();
    for one in uses.iter().filter(|one| one.programme != own.id) {
        let Some(programme) = state.programmes.get(&one.programme) else {
            continue;
        };
        let code = &programme.rules.id;
        match others.iter_mut().find(|(known, _)| known == code) {
            Some((_, sum)) => *sum = sum.plus(one.amount)?,
            None => others.push((code.clone(), one.amount)),
        }
    }
    Ok(others)
}

/// What the owner group has claimed or declared of the year under the programme, without this claim.
pub(super) fn claimed(state: &State, question: &Question<'_>) -> Result<Money, Overflow> {
    let group = group_of(state, question.org);
    let ids = state.contracts.of_group(question.programme.id, group).iter();
    let claims = ids.filter_map(|id| state.claims.get(id));
    let counted = claims.filter(|claim| Some(claim.id) != question.claim && claim.year == question.year);
    Money::sum(counted.map(|claim| claim.base))
}

/// The period of an entity's cap in which a year counts.
pub(super) fn period(rules: &ProgrammeRules, year: i32) -> i32 {
    match rules.cap_period {
        CapPeriod::Programme => 0,
        CapPeriod::Year => year,
    }
}

/// What the owner group has drawn of the programme in the period.
pub(super) fn drawn(state: &State, (programme, rules): (&Programme, &ProgrammeRules), org: OrgId, year: i32) -> Money {
    let key = (programme.id, group_of(state, org), period(rules, year));
    state.drawn.get(&key).copied().unwrap_or_default()
}

/// A model that the exchange does not know, of which only that it is (not) domestic is said.
fn made_up(contract: &Contract) -> Option<Accelerator> {
    let Contract::External(external) = contract else {
        return None;
    };
    let domestic = external.domestic?;
    let code: Code = "unlisted".parse().ok()?;
    Some(Accelerator {
        model: code.to_string(),
        code,
        vendor: String::new(),
        domestic,
        memory_gb: 0,
        fp16_dense_gflops: None,
        cards_per_node: 1,
    })
}

/// The contract as the rules look at it. Prices of contracts signed elsewhere are for more than card-hours, and what a lease
/// came to has been held against the reference price when it was agreed.
fn deal<'a>(state: &'a State, contract: &'a Contract, made_up: &'a Option<Accelerator>, base: Money) -> Deal<'a> {
    let known = contract
        .accelerator()
        .and_then(|code| state.catalogue.accelerator_id(code));
    let known = known.and_then(|id| state.catalogue.accelerator(id));
    Deal {
        accelerator: known.or(made_up.as_ref()),
        site: contract.site(),
        purpose: None,
        reference: None,
        terms: None,
        base,
        at: contract.signed_on(),
    }
}

/// The other party, if it is an organisation of the exchange.
pub(super) fn provider(state: &State, contract: &Contract) -> Option<OrgId> {
    match contract {
        Contract::Lease(facts) => Some(facts.provider),
        Contract::External(external) => state.org_by_uscc.get(&external.counterparty).copied(),
    }
}

fn is_related(state: &State, org: OrgId, contract: &Contract) -> bool {
    let Some(provider) = provider(state, contract) else {
        return false;
    };
    let (own, other) = (group_of(state, org), group_of(state, provider));
    let pairs = state
        .related
        .iter()
        .map(|(a, b)| (group_of(state, *a), group_of(state, *b)));
    own == other
        || pairs
            .into_iter()
            .any(|pair| pair == (own, other) || pair == (other, own))
}

/// The year in Asia/Shanghai in which a contract's expense counts: that of its last instant.
pub(super) fn year_of(contract: &Contract) -> i32 {
    let (_, until) = contract.window();
    evaluate::year(Timestamp::from_micros(until.micros().saturating_sub(1)))
}
