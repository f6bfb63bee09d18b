//! Which rows of a rate table can ever count. Each condition is a box: along each property of a deal and its entity the set of
//! values that fulfil it. A row is reached unless the boxes of the rows before it, together, cover its own.

use std::collections::BTreeSet;

use crate::domain::bid::Purpose;
use crate::domain::code::Code;
use crate::domain::entity::{EntityKind, EntitySize, ProjectGrade};
use crate::domain::money::Money;
use crate::domain::programme::eligibility::EligibleEntity;
use crate::domain::programme::rate::{RateCondition, RateRow};
use crate::domain::time::Timestamp;

/// Steps after which a search gives up and takes the row for reachable: no table that anybody would write comes near.
const STEPS_MAX: u32 = 20_000;

const KINDS: [EntityKind; 4] = [
    EntityKind::Firm,
    EntityKind::University,
    EntityKind::Institute,
    EntityKind::Maker,
];
const SIZES: [EntitySize; 4] = [
    EntitySize::Micro,
    EntitySize::Small,
    EntitySize::Medium,
    EntitySize::Large,
];
const PURPOSES: [Purpose; 6] = [
    Purpose::Pretrain,
    Purpose::Finetune,
    Purpose::Inference,
    Purpose::Research,
    Purpose::Maas,
    Purpose::Agent,
];
const GRADES: [ProjectGrade; 3] = [
    ProjectGrade::National,
    ProjectGrade::Provincial,
    ProjectGrade::Municipal,
];

/// Values of one property that behave alike under every condition of the table, by number.
type Values = BTreeSet<usize>;
/// The values of each property that fulfil a condition.
type Region = Vec<Values>;

/// Why a row never counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Blocked {
    /// No entity for which the programme is fulfils its condition.
    NotEligible,
    /// Whatever fulfils its condition fulfils that of one of these rows before it.
    Covered(Vec<usize>),
}

/// For each row that never counts, its place and why.
pub fn blocked(rows: &[RateRow], eligible: &EligibleEntity) -> Vec<(usize, Blocked)> {
    let space = Space::of(rows);
    let everybody = space.eligible(eligible);
    let boxes: Vec<Region> = rows.iter().map(|row| space.condition(&row.when)).collect();
    let mut found = Vec::new();
    for (index, own) in boxes.iter().enumerate() {
        let own = meet(own, &everybody);
        if is_empty(&own) {
            found.push((index, Blocked::NotEligible));
            continue;
        }
        let earlier: Vec<&Region> = boxes[..index]
            .iter()
            .filter(|earlier| !is_empty(&meet(earlier, &own)))
            .collect();
        if covered(&own, &earlier, &mut STEPS_MAX.clone()) {
            let meets = |earlier: &usize| !is_empty(&meet(&boxes[*earlier], &own));
            found.push((index, Blocked::Covered((0..index).filter(meets).collect())));
        }
    }
    found
}

/// The row of another table that counts for whatever fulfils `row`, if one row counts for all of that.
pub fn counterpart(row: &RateRow, table: &[RateRow]) -> Option<usize> {
    let all: Vec<RateRow> = table.iter().chain([row]).cloned().collect();
    let space = Space::of(&all);
    let own = space.condition(&row.when);
    let boxes = table.iter().map(|other| space.condition(&other.when));
    let (place, first) = boxes.enumerate().find(|(_, other)| !is_empty(&meet(other, &own)))?;
    let whole = own.iter().zip(&first).all(|(own, other)| own.is_subset(other));
    whole.then_some(place)
}

fn meet(a: &Region, b: &Region) -> Region {
    a.iter()
        .zip(b)
        .map(|(a, b)| a.intersection(b).copied().collect())
        .collect()
}

fn is_empty(space: &Region) -> bool {
    space.iter().any(BTreeSet::is_empty)
}

/// Whether the boxes together cover `own`: what of it lies outside of the first one must be covered by the others.
fn covered(own: &Region, boxes: &[&Region], steps: &mut u32) -> bool {
    let Some((first, others)) = boxes.split_first() else {
        return false;
    };
    let Some(left) = steps.checked_sub(1) else {
        return false;
    };
    *steps = left;
    let mut inside = own.clone();
    for (place, values) in first.iter().enumerate() {
        let outside: Values = inside[place].difference(values).copied().collect();
        if !outside.is_empty() {
            let mut rest = inside.clone();
            rest[place] = outside;
            if !covered(&rest, others, steps) {
                return false;
            }
        }
        inside[place] = inside[place].intersection(values).copied().collect();
        if inside[place].is_empty() {
            return true;
        }
    }
    true
}

/// What the conditions of a table tell apart.
struct Space {
    sites: Vec<Code>,
    facilities: Vec<Code>,
    ages: Vec<u32>,
    totals: Vec<Money>,
    instants: Vec<Timestamp>,
}

impl Space {
    fn of(rows: &[RateRow]) -> Space {
        let sorted = |codes: fn(&RateCondition) -> &Option<Vec<Code>>| {
            let named = rows.iter().flat_map(|row| codes(&row.when).iter().flatten().cloned());
            named.collect::<BTreeSet<Code>>().into_iter().collect()
        };
        let ages: BTreeSet<u32> = rows.iter().filter_map(|row| row.when.entity_age_below_months).collect();
        let totals: BTreeSet<Money> = rows.iter().filter_map(|row| row.when.declared_total_up_to).collect();
        let ends = rows.iter().flat_map(|row| [row.when.from, row.when.until]);
        let instants: BTreeSet<Timestamp> = ends.flatten().collect();
        Space {
            sites: sorted(|when| &when.sites),
            facilities: sorted(|when| &when.facilities),
            ages: ages.into_iter().collect(),
            totals: totals.into_iter().collect(),
            instants: instants.into_iter().collect(),
        }
    }

    /// What fulfils a condition. What is not known of an entity or a deal fulfils no condition that asks for it, so that there
    /// is one value more than a property can have, but for what is always known.
    fn condition(&self, when: &RateCondition) -> Region {
        let RateCondition {
            domestic,
            sites,
            facilities,
            workloads,
            entity_kinds,
            entity_sizes,
            entity_age_below_months,
            declared_total_up_to,
            filed_model,
            projects,
            from,
            until,
        } = when;
        let place = |found: Option<usize>| found.unwrap_or(usize::MAX);
        vec![
            either(*domestic),
            named(&self.sites, sites.as_deref()),
            named(&self.facilities, facilities.as_deref()),
            named(&PURPOSES, workloads.as_deref()),
            named(&KINDS, entity_kinds.as_deref()),
            named(&SIZES, entity_sizes.as_deref()),
            // Thresholds cut a line into pieces; "below" holds for those up to its own.
            pieces(
                self.ages.len(),
                0,
                place(entity_age_below_months.and_then(|age| position(&self.ages, &age))),
            ),
            pieces(
                self.totals.len(),
                0,
                place(declared_total_up_to.and_then(|total| position(&self.totals, &total))),
            ),
            either(*filed_model),
            carried(projects.as_deref()),
            pieces(
                self.instants.len(),
                from.and_then(|from| position(&self.instants, &from))
                    .map_or(0, |from| from + 1),
                place(until.and_then(|until| position(&self.instants, &until))),
            ),
        ]
    }

    /// Those for whom a programme is.
    fn eligible(&self, eligible: &EligibleEntity) -> Region {
        // The pieces that end at the least age or below are too young, those that begin at the other limit or above too old.
        let younger = |limit: u32, ages: &[u32]| ages.iter().filter(|&&age| age <= limit).count();
        let from = eligible.age_min_months.map_or(0, |least| younger(least, &self.ages));
        let below = eligible.age_below_months.and_then(|below| below.checked_sub(1));
        let until = below.map_or(usize::MAX, |last| younger(last, &self.ages));
        let ages = pieces(self.ages.len(), from, until);
        let mut everybody = self.condition(&RateCondition {
            entity_kinds: eligible.kinds.clone(),
            entity_sizes: eligible.sizes.clone(),
            ..RateCondition::default()
        });
        if let Some(own) = everybody.get_mut(AGES) {
            *own = ages;
        }
        everybody
    }
}

/// The place of ages in [`Space::condition`].
const AGES: usize = 6;

fn position<T: PartialEq>(items: &[T], item: &T) -> Option<usize> {
    items.iter().position(|known| known == item)
}

/// Yes is 1 and no is 0; both where it does not matter.
fn either(asked: Option<bool>) -> Values {
    asked.map_or(Values::from([0, 1]), |yes| Values::from([usize::from(yes)]))
}

/// The places of those that are asked for; all of them and one for whatever has no name here, where it does not matter.
fn named<T: PartialEq>(known: &[T], asked: Option<&[T]>) -> Values {
    match asked {
        None => (0..=known.len()).collect(),
        Some(asked) => asked.iter().filter_map(|item| position(known, item)).collect(),
    }
}

/// The pieces `from..=until` of a line with so many cuts.
fn pieces(cuts: usize, from: usize, until: usize) -> Values {
    (from..=until.min(cuts)).collect()
}

/// The sets of grades, as bits, that have one of those asked for. An entity may carry projects of several grades or none.
fn carried(asked: Option<&[ProjectGrade]>) -> Values {
    let bits = |grades: &[ProjectGrade]| {
        let places = GRADES.iter().enumerate().filter(|(_, grade)| grades.contains(grade));
        places.fold(0_usize, |bits, (place, _)| bits | 1 << place)
    };
    let all = 0..1_usize << GRADES.len();
    match asked {
        None => all.collect(),
        Some(asked) => all.filter(|set| set & bits(asked) != 0).collect(),
    }
}
