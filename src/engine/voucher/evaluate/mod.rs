//! What one programme pays of one contract or fill, and how that was found.

mod base;
mod eligible;
mod limit;
mod rate;
#[cfg(test)]
mod tests;

use crate::domain::accelerator::Accelerator;
use crate::domain::bid::Purpose;
use crate::domain::code::Code;
use crate::domain::entity::EntityFacts;
use crate::domain::evaluation::{RefusalReason, Step};
use crate::domain::money::{Money, Overflow, Price};
use crate::domain::programme::ProgrammeRules;
use crate::domain::programme::limit::CapPeriod;
use crate::domain::programme::rate::RateRow;
use crate::domain::provider_list::ListedProvider;
use crate::domain::rate::BasisPoints;
use crate::domain::time::Timestamp;
use crate::domain::uscc::Uscc;

pub use self::eligible::entity_refusal;
pub use self::limit::cap_in_force;
pub(super) use self::limit::cut;
pub use self::rate::highest_rate;

/// Takes the rules that speak, in order. The search for a cover looks at amounts only and gives `()`.
pub trait Trace {
    /// A rule spoke.
    fn note(&mut self, step: impl FnOnce() -> Step);
}

impl Trace for () {
    fn note(&mut self, _step: impl FnOnce() -> Step) {}
}

impl Trace for Vec<Step> {
    fn note(&mut self, step: impl FnOnce() -> Step) {
        self.push(step());
    }
}

/// One question: what does a programme pay this entity of this deal?
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// The rules of the programme's version that counts.
    pub rules: &'a ProgrammeRules,
    /// The rate table: the programme's own, or that of its upper match.
    pub rates: &'a [RateRow],
    /// What is known of the entity.
    pub entity: &'a EntityFacts,
    /// The entity's social credit code; none: not known.
    pub uscc: Option<Uscc>,
    /// What is bought.
    pub deal: Deal<'a>,
    /// What counts already.
    pub so_far: SoFar<'a>,
}

/// What is bought. What is none is not known, and fulfils no condition that asks for it.
#[derive(Debug, Clone, Copy)]
pub struct Deal<'a> {
    /// The model.
    pub accelerator: Option<&'a Accelerator>,
    /// The site.
    pub site: Option<&'a Code>,
    /// For what.
    pub purpose: Option<Purpose>,
    /// The provider's places in the programme's list, of any day; empty: it is not listed.
    pub provider: &'a [ListedProvider],
    /// The reference price of the model, if one is published.
    pub reference: Option<Price>,
    /// The price, for how many cards, for how many hours.
    pub terms: Option<(Price, u32, u32)>,
    /// The amount of which the rate is taken, before the reference price and with VAT: of the items that count. Zero where
    /// nothing of the deal counts.
    pub base: Money,
    /// What of the contract is bought or claimed, with VAT: what thresholds and minimum spends count. At least the base.
    pub contract: Money,
    /// The whole contract, with VAT, also what does not count of it and what nobody claims: ceilings are shares of this.
    pub all: Money,
    /// The VAT in its amounts.
    pub vat: BasisPoints,
    /// When it was agreed.
    pub at: Timestamp,
}

/// What counts already against limits.
#[derive(Debug, Clone, Copy, Default)]
pub struct SoFar<'a> {
    /// What the entity has spent in the period, without this deal: for minimum spends.
    pub spent: Money,
    /// What the entity has agreed in the calendar year, spent or not, without this deal: for declared totals.
    pub declared: Money,
    /// What the entity has drawn of the programme in the period.
    pub drawn: Money,
    /// What the programme has paid of this very contract before.
    pub of_contract: Money,
    /// What other programmes pay of this contract.
    pub others: &'a [(Code, Money)],
    /// The entity's cap, where two people have lifted it.
    pub lifted: Option<Money>,
}

/// The period in which a cap counts: the calendar year in Asia/Shanghai, or 0 for the whole programme.
pub fn cap_period(rules: &ProgrammeRules, at: Timestamp) -> i32 {
    match rules.cap_period {
        CapPeriod::Programme => 0,
        CapPeriod::Year => at.year(),
    }
}

/// What the rules give for a deal, before what vouchers, pots and reserves have left. Rounded once, as the programme says;
/// limits come after that, in the order contract, other programmes, entity.
///
/// # Errors
/// Only where amounts are beyond what the exchange can count.
pub fn evaluate(case: &Case<'_>, trace: &mut impl Trace) -> Result<Money, Overflow> {
    if let Some(reason) = eligible::refusal(case) {
        trace.note(|| Step::Refused { reason });
        return Ok(Money::ZERO);
    }
    if !reaches_min_spend(case, trace)? {
        return Ok(refused(RefusalReason::MinSpend, trace));
    }
    if !case.deal.base.is_positive() {
        return Ok(refused(RefusalReason::NothingCounts, trace));
    }
    let base = base::of(case, trace)?;
    let Some(amount) = rate::subsidy(case, base, trace)? else {
        return Ok(refused(RefusalReason::NoRate, trace));
    };
    limit::apply(case, amount, trace)
}

pub(super) fn refused(reason: RefusalReason, trace: &mut impl Trace) -> Money {
    trace.note(|| Step::Refused { reason });
    Money::ZERO
}

fn reaches_min_spend(case: &Case<'_>, trace: &mut impl Trace) -> Result<bool, Overflow> {
    let Some(least) = case.rules.min_spend else {
        return Ok(true);
    };
    let spent = case.so_far.spent.plus(case.deal.whole())?;
    trace.note(|| Step::MinSpend { least, spent });
    Ok(least <= spent)
}

impl Deal<'_> {
    /// All that is bought or claimed.
    fn whole(&self) -> Money {
        self.contract.max(self.base)
    }

    /// All of it, counted or not.
    fn everything(&self) -> Money {
        self.all.max(self.whole())
    }
}
