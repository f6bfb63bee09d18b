//! What one programme pays of one contract or fill, and how that was found.

use crate::domain::accelerator::Accelerator;
use crate::domain::bid::Purpose;
use crate::domain::code::Code;
use crate::domain::entity::EntityFacts;
use crate::domain::evaluation::{RefusalReason, Step};
use crate::domain::money::{Money, Overflow, Price};
use crate::domain::programme::ProgrammeRules;
use crate::domain::programme::limit::CapPeriod;
use crate::domain::programme::rate::{RateCondition, RateRow};
use crate::domain::rate::{BasisPoints, Fraction};
use crate::domain::rounding::{self, Rounding};
use crate::domain::time::Timestamp;

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
    /// The reference price of the model, if one is published.
    pub reference: Option<Price>,
    /// The price, for how many cards, for how many hours.
    pub terms: Option<(Price, u32, u32)>,
    /// The amount of which the rate is taken, before the reference price: of the items that count.
    pub base: Money,
    /// When it was agreed.
    pub at: Timestamp,
}

/// What counts already against limits.
#[derive(Debug, Clone, Copy, Default)]
pub struct SoFar<'a> {
    /// What the entity has spent or declared in the period, without this deal.
    pub spent: Money,
    /// What the entity has drawn of the programme in the period.
    pub drawn: Money,
    /// What other programmes pay of this deal.
    pub others: &'a [(Code, Money)],
}

/// Seconds by which Asia/Shanghai is ahead of UTC; no daylight saving since 1991.
const SHANGHAI_OFFSET_MICROS: i64 = 8 * 3_600 * 1_000_000;

/// The calendar year in Asia/Shanghai.
pub fn year(at: Timestamp) -> i32 {
    let local = chrono::DateTime::from_timestamp_micros(at.micros().saturating_add(SHANGHAI_OFFSET_MICROS));
    local.map_or(0, |local| chrono::Datelike::year(&local))
}

/// The period in which a cap counts: the calendar year in Asia/Shanghai, or 0 for the whole programme.
pub fn cap_period(rules: &ProgrammeRules, at: Timestamp) -> i32 {
    match rules.cap_period {
        CapPeriod::Programme => 0,
        CapPeriod::Year => year(at),
    }
}

/// What the rules give for a deal, before what vouchers and pots have left.
///
/// The base is min(charge, charge at reference price × cap): raising an ask above the cap gains nothing.
pub fn evaluate(case: &Case<'_>, trace: &mut impl Trace) -> Result<Money, Overflow> {
    let deal = &case.deal;
    let row = case
        .rates
        .iter()
        .position(|row| holds(&row.when, deal.accelerator, deal.site));
    let Some((row, rate_bps)) = row.and_then(|row| Some((row, case.rates.get(row)?.rate_bps))) else {
        trace.note(|| Step::Refused {
            reason: RefusalReason::NoRate,
        });
        return Ok(Money::ZERO);
    };
    trace.note(|| Step::Base { amount: deal.base });
    let base = match (case.rules.reference_price_cap, deal.reference, deal.terms) {
        (Some(cap), Some(reference), Some((price, cards, hours))) => {
            let capped = price.min(capped_price(reference, cap)?);
            let amount = deal.base.min(rounding::charge_for_hours(capped, cards, hours)?);
            trace.note(|| Step::ReferencePrice { reference, cap, amount });
            amount
        }
        (None, _, _) | (_, None, _) | (_, _, None) => deal.base,
    };
    let rounding = case.rules.rounding;
    let amount = rounding::share(base, rate_bps, rounding)?;
    trace.note(|| Step::Rate {
        row,
        rate_bps,
        rounding,
        amount,
    });
    Ok(amount)
}

fn holds(condition: &RateCondition, accelerator: Option<&Accelerator>, site: Option<&Code>) -> bool {
    let RateCondition { domestic, sites, .. } = condition;
    domestic.is_none_or(|domestic| accelerator.is_some_and(|accelerator| domestic == accelerator.domestic))
        && sites
            .as_ref()
            .is_none_or(|sites| site.is_some_and(|site| sites.contains(site)))
}

/// The highest share that `accelerator` can have at any site.
pub fn highest_rate(rules: &ProgrammeRules, accelerator: &Accelerator) -> BasisPoints {
    let may_hold = |row: &&RateRow| {
        row.when
            .domestic
            .is_none_or(|domestic| domestic == accelerator.domestic)
    };
    let rows = rules.rates.iter().filter(may_hold);
    rows.map(|row| row.rate_bps).max().unwrap_or(BasisPoints(0))
}

/// Reference price × cap, cut off to the micro-yuan.
fn capped_price(reference: Price, cap: Fraction) -> Result<Price, Overflow> {
    let micros = Money::from_fen(reference.micros());
    let whole = i64::from(Fraction::WHOLE_PPM);
    let capped = rounding::proportion(micros, i64::from(cap.ppm()), whole, Rounding::Floor)?;
    Ok(Price::from_micros(capped.fen()))
}
