//! How much a programme pays of a contract: its rules, then what other programmes have reserved for themselves.

use crate::domain::accelerator::Accelerator;
use crate::domain::bid::Purpose;
use crate::domain::code::Code;
use crate::domain::contract::{Contract, LeaseFacts};
use crate::domain::evaluation::{Cap, RefusalReason, Step};
use crate::domain::id::{ClaimId, OrgId, ProgrammeId};
use crate::domain::money::{Money, Overflow, Price};
use crate::domain::programme::eligibility::{EligibleEntity, ProviderRule};
use crate::domain::programme::limit::{CapPeriod, Stacking};
use crate::domain::programme::rate::{RateRow, TaxBasis, ThresholdMode};
use crate::domain::programme::{Programme, ProgrammeRules};
use crate::domain::rounding::Rounding;
use crate::domain::time::Timestamp;
use crate::engine::contract::{self, ContractUse};
use crate::engine::settlement::fees;
use crate::engine::state::State;
use crate::engine::voucher::evaluate::{self, Case, Deal, SoFar};
use crate::engine::voucher::related::related_groups;
use crate::engine::voucher::spending;

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
    /// For what the cards were used.
    pub purpose: Option<Purpose>,
    /// The claim itself where it is there already; it is not held against itself.
    pub claim: Option<ClaimId>,
    /// Of which expense.
    pub base: Money,
    /// In which year that counts.
    pub year: i32,
    /// What the owner group has declared in the year besides; none: what it has claimed.
    pub declared: Option<Money>,
}

/// An amount and how it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// The amount.
    pub amount: Money,
    /// The rules that spoke.
    pub steps: Vec<Step>,
}

/// What the programme pays, before what its vouchers and its pot have left.
pub(super) fn find(state: &State, question: &Question<'_>) -> Result<Found, Overflow> {
    let Question { rules, org, .. } = *question;
    let mut steps = Vec::new();
    if let Some(reason) = barred(state, question) {
        steps.push(Step::Refused { reason });
        let amount = Money::ZERO;
        return Ok(Found { amount, steps });
    }
    let made_up = made_up(question.contract);
    let uses = uses(state, question)?;
    let others = others(state, &uses, question.programme)?;
    let own = uses.iter().filter(|one| one.programme == question.programme.id);
    let declared = match question.declared {
        Some(declared) => declared,
        None => claimed(state, question, |_| true)?,
    };
    let case = Case {
        rules,
        rates: question.rates,
        entity: state.facts_of(org),
        uscc: state.orgs.get(&org).map(|org| org.profile.uscc),
        deal: deal(state, question, made_up.as_ref())?,
        so_far: SoFar {
            spent: spent(state, question)?,
            declared,
            drawn: drawn(state, (question.programme, rules), org, question.year),
            of_contract: Money::sum(own.map(|one| one.amount))?,
            others: &others,
            lifted: lifted(state, question.programme.id, org),
        },
    };
    let mut amount = evaluate::evaluate(&case, &mut steps)?;
    for (programme, ceiling, used) in ceilings_of_others(state, (question, &case), &uses)? {
        let left = ceiling.minus(used)?.max(Money::ZERO);
        amount = amount.min(left);
        steps.push(Step::Cap {
            cap: Cap::Other { programme },
            limit: ceiling,
            used,
            left,
            amount,
        });
    }
    Ok(Found { amount, steps })
}

/// Why the parties' relation stands outside of the programme, if it does. Who is banned is not asked again.
fn barred(state: &State, question: &Question<'_>) -> Option<RefusalReason> {
    let own = state.group_of(question.org);
    let other = state.group_of(provider(state, question.contract)?);
    let rule = &question.rules.related_party;
    let related = related_groups(state, own, rule, question.contract.signed_on());
    (own == other || related.contains(&other)).then_some(RefusalReason::RelatedParty)
}

/// The ceilings of other programmes that pay of the contract: they must hold after this claim as well. Each with what counts
/// against it already.
fn ceilings_of_others(
    state: &State,
    (question, case): (&Question<'_>, &Case<'_>),
    uses: &[ContractUse],
) -> Result<Vec<(ProgrammeId, Money, Money)>, Overflow> {
    let own = question.programme;
    let mut holders: Vec<&Programme> = uses
        .iter()
        .filter(|one| one.programme != own.id && one.amount.is_positive())
        .filter_map(|one| state.programmes.get(&one.programme))
        .collect();
    holders.sort_unstable_by_key(|programme| programme.id);
    holders.dedup_by_key(|programme| programme.id);
    let code_of = |id: ProgrammeId| state.programmes.get(&id).map(|programme| &programme.rules.id);
    let mut ceilings = Vec::new();
    for holder in holders {
        for stacking in &holder.rules.stacking {
            let counts = |id: ProgrammeId| match &stacking.with {
                None => true,
                Some(with) => id == holder.id || code_of(id).is_some_and(|code| with.contains(code)),
            };
            if counts(own.id)
                && let Some(ceiling) = ceiling(case, stacking)?
            {
                let counted = uses.iter().filter(|one| counts(one.programme));
                ceilings.push((holder.id, ceiling, Money::sum(counted.map(|one| one.amount))?));
            }
        }
    }
    Ok(ceilings)
}

/// The most that programmes together may pay, by a table of ceilings; none where no row of it fits.
fn ceiling(case: &Case<'_>, stacking: &Stacking) -> Result<Option<Money>, Overflow> {
    let bare = ProgrammeRules {
        reference_price_cap: None,
        cap_per_entity: None,
        cap_rows: Vec::new(),
        cap_per_contract: None,
        min_spend: None,
        eligible_entity: EligibleEntity::default(),
        provider_rule: ProviderRule::default(),
        stacking: Vec::new(),
        contract_signed: None,
        threshold_mode: ThresholdMode::Cliff,
        rounding: Rounding::Floor,
        tax_basis: TaxBasis::Included,
        ..case.rules.clone()
    };
    let mut steps = Vec::new();
    let all = case.deal.all.max(case.deal.base);
    let case = Case {
        rules: &bare,
        rates: &stacking.ceilings,
        // A ceiling is a share of the whole contract, whatever is claimed of it.
        deal: Deal {
            base: all,
            contract: all,
            ..case.deal
        },
        so_far: SoFar {
            lifted: None,
            ..case.so_far
        },
        ..*case
    };
    let amount = evaluate::evaluate(&case, &mut steps)?;
    let refused = steps.iter().any(|step| matches!(step, Step::Refused { .. }));
    Ok((!refused).then_some(amount))
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

/// What the owner group has claimed or declared of the year under the programme, without this claim, as far as it counts.
fn claimed(state: &State, question: &Question<'_>, counts: impl Fn(&Contract) -> bool) -> Result<Money, Overflow> {
    let group = state.group_of(question.org);
    let ids = state.contracts.of_group(question.programme.id, group).iter();
    let claims = ids.filter_map(|id| state.claims.get(id));
    let counted = claims
        .filter(|claim| Some(claim.id) != question.claim && claim.year == question.year)
        .filter(|claim| counts(&claim.contract));
    Money::sum(counted.map(|claim| claim.base))
}

/// What the owner group has spent in the period, without this contract: on leases of the exchange, claimed or not, and on
/// contracts from elsewhere that it has claimed here.
fn spent(state: &State, question: &Question<'_>) -> Result<Money, Overflow> {
    if question.rules.min_spend.is_none() {
        return Ok(Money::ZERO);
    }
    let elsewhere = claimed(state, question, |contract| matches!(contract, Contract::External(_)))?;
    let group = state.group_of(question.org);
    let last = last_instant(question.contract);
    let leases = spending::spent(state, group, question.rules, last)?;
    let this = match question.contract {
        Contract::Lease(facts) => facts.settled,
        Contract::External(_) => Money::ZERO,
    };
    leases.minus(this)?.max(Money::ZERO).plus(elsewhere)
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
    let key = (programme.id, state.group_of(org), period(rules, year));
    state.drawn.get(&key).copied().unwrap_or_default()
}

/// The owner group's cap under a programme, where two people have lifted it.
pub(super) fn lifted(state: &State, programme: ProgrammeId, org: OrgId) -> Option<Money> {
    state.cap_lifts.get(&(programme, state.group_of(org))).copied()
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

/// The contract as the rules look at it. A lease is held against the reference price of the day of the claim; prices of contracts
/// signed elsewhere are for more than card-hours, and whoever reviews them looks at them.
fn deal<'a>(state: &'a State, question: &Question<'a>, made_up: Option<&'a Accelerator>) -> Result<Deal<'a>, Overflow> {
    let contract = question.contract;
    let known = contract
        .accelerator()
        .and_then(|code| state.catalogue.accelerator_id(code));
    let (terms, reference) = match contract {
        Contract::Lease(facts) => (
            card_hours(facts),
            known.and_then(|id| state.catalogue.reference_price(id)),
        ),
        Contract::External(_) => (None, None),
    };
    let known = known.and_then(|id| state.catalogue.accelerator(id));
    let provider = provider(state, contract);
    let listed = provider.and_then(|org| state.provider_lists.get(&(question.programme.id, org)));
    Ok(Deal {
        accelerator: known.or(made_up),
        site: contract.site(),
        purpose: question.purpose,
        provider: listed.map_or(&[], Vec::as_slice),
        reference,
        terms,
        base: question.base,
        contract: question.base,
        all: whole(state, question)?,
        vat: fees::vat_rate(state, state.now),
        at: contract.signed_on(),
    })
}

/// The whole contract, claimed or not, without what credits gave back of it: ceilings are shares of this.
fn whole(state: &State, question: &Question<'_>) -> Result<Money, Overflow> {
    let all = question.contract.whole(question.rules.rate_base)?;
    match question.contract {
        Contract::External(_) => Ok(all),
        Contract::Lease(facts) => {
            let back = state.recovered.cash(facts.lease);
            let back = back.plus(state.recovered.credited_subsidy(facts.lease))?;
            Ok(all.minus(back)?.max(Money::ZERO))
        }
    }
}

/// At which price, how many cards, for how many hours.
fn card_hours(facts: &LeaseFacts) -> Option<(Price, u32, u32)> {
    let hours = facts.until.seconds_since(facts.from).div_euclid(3_600);
    Some((facts.price, facts.cards, u32::try_from(hours).ok()?))
}

/// The other party, if it is an organisation of the exchange.
pub(super) fn provider(state: &State, contract: &Contract) -> Option<OrgId> {
    match contract {
        Contract::Lease(facts) => Some(facts.provider),
        Contract::External(external) => state.org_by_uscc.get(&external.counterparty).copied(),
    }
}

/// The year in Asia/Shanghai in which a contract's expense counts: that of its last instant.
pub(super) fn year_of(contract: &Contract) -> i32 {
    last_instant(contract).year()
}

fn last_instant(contract: &Contract) -> Timestamp {
    let (_, until) = contract.window();
    Timestamp::from_micros(until.micros().saturating_sub(1))
}
