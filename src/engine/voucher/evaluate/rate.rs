//! The rate table: which row counts, and for which slice of the contract.

use super::{Case, Trace, eligible};
use crate::domain::accelerator::Accelerator;
use crate::domain::evaluation::Step;
use crate::domain::money::{Money, Overflow};
use crate::domain::programme::rate::{RateCondition, RateRow, TaxBasis, ThresholdMode};
use crate::domain::rate::BasisPoints;
use crate::domain::rounding::{self, Rounding};

/// What the rates give of the base, rounded once; none if no row fits.
pub(super) fn subsidy(case: &Case<'_>, base: Money, trace: &mut impl Trace) -> Result<Option<Money>, Overflow> {
    let sum = match case.rules.threshold_mode {
        ThresholdMode::Cliff => cliff(case, base, trace)?,
        ThresholdMode::Marginal => marginal(case, base, trace)?,
    };
    let Some(Exact { numerator, denominator }) = sum else {
        return Ok(None);
    };
    let rounding = case.rules.rounding;
    let amount = rounding::divide(numerator, denominator, rounding)?;
    if numerator.checked_rem(denominator).is_some_and(|rest| rest != 0) {
        trace.note(|| Step::Rounded { rounding, amount });
    }
    Ok(Some(amount))
}

/// An amount in fen before it is rounded.
#[derive(Debug, Clone, Copy)]
struct Exact {
    numerator: i128,
    denominator: i128,
}

/// The whole contract has the rate of the total with it.
fn cliff(case: &Case<'_>, base: Money, trace: &mut impl Trace) -> Result<Option<Exact>, Overflow> {
    let total = case.so_far.declared.plus(case.deal.whole())?;
    let fits = |row: &&(usize, &RateRow)| {
        let threshold = row.1.when.declared_total_up_to;
        threshold.is_none_or(|threshold| total <= threshold) && holds(&row.1.when, case)
    };
    let rows = || case.rates.iter().enumerate();
    let Some((place, row)) = rows().find(|row| fits(&row)) else {
        return Ok(None);
    };
    let slice = Slice {
        part: 1,
        whole: 1,
        rate: row.rate_bps,
    };
    note_tax(case, base, trace);
    let exact = slice.of(case, base)?;
    note_rate(case, (place, slice, exact), base, trace);
    Ok(Some(exact))
}

/// What lies below a threshold has its row's rate, the rest that of the rows after it. A slice of the contract is the same
/// share of the base.
fn marginal(case: &Case<'_>, base: Money, trace: &mut impl Trace) -> Result<Option<Exact>, Overflow> {
    let whole = case.deal.whole();
    let end = case.so_far.declared.plus(whole)?;
    let mut from = case.so_far.declared;
    let mut sum: Option<Exact> = None;
    for (place, row) in case.rates.iter().enumerate() {
        let until = row
            .when
            .declared_total_up_to
            .map_or(end, |threshold| threshold.min(end));
        if until <= from || !holds(&row.when, case) {
            continue;
        }
        let slice = Slice {
            part: until.minus(from)?.fen(),
            whole: whole.fen(),
            rate: row.rate_bps,
        };
        if sum.is_none() {
            note_tax(case, base, trace);
        }
        let exact = slice.of(case, base)?;
        let before = sum.map_or(0, |sum| sum.numerator);
        let total = Exact {
            numerator: before.checked_add(exact.numerator).ok_or(Overflow)?,
            ..exact
        };
        note_rate(case, (place, slice, total), base, trace);
        sum = Some(total);
        from = until;
        if from == end {
            break;
        }
    }
    Ok(sum)
}

/// A slice of the contract with its rate.
#[derive(Debug, Clone, Copy)]
struct Slice {
    part: i64,
    whole: i64,
    rate: BasisPoints,
}

impl Slice {
    /// The slice of the base, without VAT where the programme takes it so.
    fn of_base(self, case: &Case<'_>, base: Money) -> Result<Exact, Overflow> {
        let (ten_thousand, with_vat) = tax(case);
        let part = i128::from(base.fen()).checked_mul(i128::from(self.part));
        let denominator = i128::from(self.whole).checked_mul(with_vat);
        Ok(Exact {
            numerator: part.and_then(|part| part.checked_mul(ten_thousand)).ok_or(Overflow)?,
            denominator: denominator.ok_or(Overflow)?,
        })
    }

    /// Its rate of that.
    fn of(self, case: &Case<'_>, base: Money) -> Result<Exact, Overflow> {
        let (_, with_vat) = tax(case);
        let part = i128::from(base.fen()).checked_mul(i128::from(self.part));
        let numerator = part.and_then(|part| part.checked_mul(i128::from(self.rate.0)));
        Ok(Exact {
            numerator: numerator.ok_or(Overflow)?,
            denominator: i128::from(self.whole).checked_mul(with_vat).ok_or(Overflow)?,
        })
    }
}

/// 10,000, and what of it an amount is with the VAT that is to be taken out.
fn tax(case: &Case<'_>) -> (i128, i128) {
    let whole = i128::from(BasisPoints::WHOLE.0);
    match case.rules.tax_basis {
        TaxBasis::Included => (whole, whole),
        TaxBasis::Excluded => (whole, whole + i128::from(case.deal.vat.0)),
    }
}

fn rounded(exact: Result<Exact, Overflow>, rounding: Rounding) -> Money {
    let amount = exact.and_then(|exact| rounding::divide(exact.numerator, exact.denominator, rounding));
    amount.unwrap_or_default()
}

fn note_tax(case: &Case<'_>, base: Money, trace: &mut impl Trace) {
    if case.rules.tax_basis == TaxBasis::Excluded {
        let whole = Slice {
            part: 1,
            whole: 1,
            rate: BasisPoints::WHOLE,
        };
        trace.note(|| Step::Tax {
            vat_bps: case.deal.vat,
            amount: rounded(whole.of_base(case, base), Rounding::HalfUp),
        });
    }
}

fn note_rate(case: &Case<'_>, (row, slice, sum): (usize, Slice, Exact), base: Money, trace: &mut impl Trace) {
    trace.note(|| {
        let matched = case.rules.upper_match.as_ref();
        Step::Rate {
            row,
            matched: matched.is_some_and(|upper| std::ptr::eq(upper.rates.as_slice(), case.rates)),
            rate_bps: slice.rate,
            of: rounded(slice.of_base(case, base), Rounding::HalfUp),
            amount: rounded(Ok(sum), case.rules.rounding),
        }
    });
}

/// Whether a condition holds, its threshold of declared totals aside.
pub(super) fn holds(when: &RateCondition, case: &Case<'_>) -> bool {
    let deal = &case.deal;
    may_hold(when, case)
        && when
            .domestic
            .is_none_or(|domestic| deal.accelerator.is_some_and(|known| known.domestic == domestic))
        && when
            .sites
            .as_ref()
            .is_none_or(|sites| deal.site.is_some_and(|site| sites.contains(site)))
        && when.facilities.as_ref().is_none_or(|classes| {
            let places = deal.provider.iter().filter(|place| place.counts_at(deal.at));
            let mut facilities = places.filter_map(|place| place.facility.as_ref());
            facilities.any(|facility| classes.contains(facility))
        })
}

/// Whether what is asked of entity, purpose and day holds, whatever is bought and where.
fn may_hold(when: &RateCondition, case: &Case<'_>) -> bool {
    let (entity, at) = (case.entity, case.deal.at);
    when.from.is_none_or(|from| from <= at)
        && when.until.is_none_or(|until| at < until)
        && when
            .workloads
            .as_ref()
            .is_none_or(|purposes| case.deal.purpose.is_some_and(|purpose| purposes.contains(&purpose)))
        && when
            .entity_kinds
            .as_ref()
            .is_none_or(|kinds| entity.kind.is_some_and(|kind| kinds.contains(&kind)))
        && when
            .entity_sizes
            .as_ref()
            .is_none_or(|sizes| entity.size.is_some_and(|size| sizes.contains(&size)))
        && when
            .entity_age_below_months
            .is_none_or(|months| eligible::is_younger(entity.founded, months, at))
        && when.filed_model.is_none_or(|filed| entity.filed_model == filed)
        && when
            .projects
            .as_ref()
            .is_none_or(|grades| entity.projects.iter().any(|grade| grades.contains(grade)))
}

/// The highest share that `accelerator` can have at any site, whoever lets it: an upper bound for the search. Of the case's
/// deal only purpose and day count.
pub fn highest_rate(case: &Case<'_>, accelerator: &Accelerator) -> BasisPoints {
    let fits = |row: &&RateRow| {
        let domestic = row.when.domestic;
        domestic.is_none_or(|domestic| domestic == accelerator.domestic) && may_hold(&row.when, case)
    };
    let rows = case.rates.iter().filter(fits);
    rows.map(|row| row.rate_bps).max().unwrap_or(BasisPoints(0))
}
