//! Limits of what the rates give: of the contract, together with other programmes, of the entity.

use super::{Case, Trace, rate, refused};
use crate::domain::code::Code;
use crate::domain::entity::EntityFacts;
use crate::domain::evaluation::{Cap, RefusalReason, Step};
use crate::domain::money::{Money, Overflow};
use crate::domain::programme::ProgrammeRules;
use crate::domain::programme::limit::{CapRow, Stacking};
use crate::domain::rounding::{self, Rounding};

/// What the limits leave of an amount.
pub(super) fn apply(case: &Case<'_>, amount: Money, trace: &mut impl Trace) -> Result<Money, Overflow> {
    let mut amount = amount;
    if let Some(limit) = case.rules.cap_per_contract {
        amount = cut(amount, (Cap::Contract, limit, case.so_far.of_contract), trace)?;
    }
    for (place, stacking) in case.rules.stacking.iter().enumerate() {
        let Some(row) = stacking.ceilings.iter().position(|row| row_holds(case, row)) else {
            continue;
        };
        let Some(ceiling) = stacking.ceilings.get(row).map(|row| row.rate_bps) else {
            continue;
        };
        let others = others(stacking, case.so_far.others)?;
        if ceiling.0 == 0 {
            if others.is_positive() {
                return Ok(refused(RefusalReason::OtherSubsidy, trace));
            }
            continue;
        }
        let limit = rounding::share(case.deal.everything(), ceiling, Rounding::Floor)?;
        let used = others.plus(case.so_far.of_contract)?;
        amount = cut(amount, (Cap::Stacking { place, row }, limit, used), trace)?;
    }
    if let Some((cap, limit)) = cap_in_force(case.rules, case.entity, case.so_far.lifted) {
        amount = cut(amount, (cap, limit, case.so_far.drawn), trace)?;
    }
    Ok(amount)
}

/// A ceiling's row counts by all of its conditions; a threshold of declared totals is met by the total with this contract.
fn row_holds(case: &Case<'_>, row: &crate::domain::programme::rate::RateRow) -> bool {
    let threshold = row.when.declared_total_up_to;
    let total = case.so_far.declared.plus(case.deal.whole());
    threshold.is_none_or(|threshold| total.is_ok_and(|total| total <= threshold)) && rate::holds(&row.when, case)
}

/// What other programmes of a rule pay of the contract.
fn others(stacking: &Stacking, others: &[(Code, Money)]) -> Result<Money, Overflow> {
    let counts = |code: &Code| stacking.with.as_ref().is_none_or(|with| with.contains(code));
    Money::sum(
        others
            .iter()
            .filter(|(code, _)| counts(code))
            .map(|(_, amount)| *amount),
    )
}

/// What a limit leaves of an amount, given what counts against it already.
pub(in crate::engine::voucher) fn cut(
    amount: Money,
    (cap, limit, used): (Cap, Money, Money),
    trace: &mut impl Trace,
) -> Result<Money, Overflow> {
    let left = limit.minus(used)?.max(Money::ZERO);
    let amount = amount.min(left);
    trace.note(|| Step::Cap {
        cap,
        limit,
        used,
        left,
        amount,
    });
    Ok(amount)
}

/// The cap that counts for an entity in a period: the first row that fits, else the general one; a lifted one where that is
/// higher, so that lifting takes nothing from anybody.
pub fn cap_in_force(rules: &ProgrammeRules, entity: &EntityFacts, lifted: Option<Money>) -> Option<(Cap, Money)> {
    let fits = |row: &CapRow| {
        let carries = |grades: &Vec<_>| entity.projects.iter().any(|grade| grades.contains(grade));
        let is = |kinds: &Vec<_>| entity.kind.is_some_and(|kind| kinds.contains(&kind));
        row.projects.as_ref().is_none_or(carries) && row.entity_kinds.as_ref().is_none_or(is)
    };
    let mut rows = rules.cap_rows.iter().enumerate();
    let special = rows.find(|(_, row)| fits(row));
    let special = special.map(|(row, found)| (Cap::EntityRow { row }, found.cap));
    let own = special.or_else(|| rules.cap_per_entity.map(|cap| (Cap::Entity, cap)))?;
    match lifted {
        Some(lifted) if lifted > own.1 => Some((Cap::EntityLifted, lifted)),
        Some(_) | None => Some(own),
    }
}
