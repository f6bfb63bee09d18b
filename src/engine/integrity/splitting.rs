//! Splitting: several organisations that look like one, each just under a limit that all of them together would break. Within one
//! owner group a cap holds anyway; here are groups that relations connect, and new organisations that buy from one provider.

use std::collections::{BTreeMap, BTreeSet};

use super::fact::Facts;
use super::finding::{DAY_MICROS, about, evidence, finding, total};
use super::policy::IntegrityPolicy;
use crate::domain::flag::{Evidence, Finding, FlagAction, FlagRule, Subject};
use crate::domain::id::{OrgId, ProgrammeId};
use crate::domain::money::Money;
use crate::domain::programme::Programme;
use crate::domain::rounding::{self, Rounding};
use crate::domain::time::Timestamp;
use crate::engine::voucher::evaluate::cap_period;

/// Organisations of a flag at most; more are cut off in their order.
const ORGS_SHOWN: usize = 32;

/// What is counted against a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Measure {
    /// Subsidies against the cap of an entity.
    Cap,
    /// Charges against a threshold of the rates.
    Declared,
}

impl Measure {
    fn name(self) -> &'static str {
        match self {
            Self::Cap => "cap_per_entity",
            Self::Declared => "declared_total_up_to",
        }
    }
}

/// What an owner group has of a programme in a period.
#[derive(Debug, Clone, Default)]
struct Taken {
    subsidy: Vec<Money>,
    charge: Vec<Money>,
    orgs: BTreeSet<OrgId>,
    /// The first deal with each provider's group.
    first: BTreeMap<OrgId, Timestamp>,
    last: Timestamp,
}

impl Taken {
    fn amount(&self, measure: Measure) -> Money {
        match measure {
            Measure::Cap => total(self.subsidy.iter().copied()),
            Measure::Declared => total(self.charge.iter().copied()),
        }
    }
}

/// Owner groups by what they have of a programme in a period.
type Book = BTreeMap<(ProgrammeId, i32), BTreeMap<OrgId, Taken>>;

/// Looks at all who come near a limit of a programme in a period.
pub fn find(facts: &Facts, policy: &IntegrityPolicy) -> Vec<Finding> {
    let mut found = Vec::new();
    for ((id, period), groups) in book(facts) {
        let Some(programme) = facts.programmes.get(&id) else {
            continue;
        };
        for (measure, limit) in limits(programme) {
            let least = rounding::share(limit, policy.near_limit_bps, Rounding::Floor).unwrap_or(limit);
            let near: BTreeMap<OrgId, &Taken> = groups
                .iter()
                .filter(|(_, taken)| (least..=limit).contains(&taken.amount(measure)))
                .map(|(group, taken)| (*group, taken))
                .collect();
            for cluster in clusters(facts, (programme, &near), policy) {
                let members: Vec<&Taken> = cluster.iter().filter_map(|group| near.get(group).copied()).collect();
                let sum = total(members.iter().map(|taken| taken.amount(measure)));
                if limit < sum {
                    let case = Case {
                        programme,
                        period,
                        measure,
                        limit,
                        sum,
                    };
                    found.extend(case.finding(&members, policy));
                }
            }
        }
    }
    found
}

fn book(facts: &Facts) -> Book {
    let mut book = Book::new();
    for (fill, programme) in facts.subsidised() {
        let period = cap_period(&programme.rules, fill.at);
        let groups = book.entry((programme.id, period)).or_default();
        let taken = groups.entry(facts.group(fill.tenant)).or_default();
        taken.subsidy.push(fill.voucher);
        taken.charge.push(fill.charge);
        taken.orgs.insert(fill.tenant);
        taken.last = taken.last.max(fill.at);
        let first = taken.first.entry(facts.group(fill.provider)).or_insert(fill.at);
        *first = fill.at.min(*first);
    }
    book
}

/// The limits that splitting would evade.
fn limits(programme: &Programme) -> BTreeSet<(Measure, Money)> {
    let cap = programme.rules.cap_per_entity.map(|cap| (Measure::Cap, cap));
    let thresholds = programme.rules.rates.iter();
    let thresholds = thresholds.filter_map(|row| Some((Measure::Declared, row.when.declared_total_up_to?)));
    let all = cap.into_iter().chain(thresholds);
    all.filter(|(_, limit)| limit.is_positive()).collect()
}

/// Owner groups that look like one.
fn clusters(
    facts: &Facts,
    (programme, near): (&Programme, &BTreeMap<OrgId, &Taken>),
    policy: &IntegrityPolicy,
) -> BTreeSet<BTreeSet<OrgId>> {
    let mut clusters = BTreeSet::new();
    for (group, taken) in near {
        let related = facts.related(programme, *group, taken.last);
        let mut cluster: BTreeSet<OrgId> = related.into_iter().filter(|other| near.contains_key(other)).collect();
        cluster.insert(*group);
        if cluster.len() > 1 {
            clusters.insert(cluster);
        }
    }
    clusters.extend(newcomers(facts, near, policy));
    clusters
}

/// New organisations whose first deals with one provider lie close together, by the first of these.
fn newcomers(facts: &Facts, near: &BTreeMap<OrgId, &Taken>, policy: &IntegrityPolicy) -> Vec<BTreeSet<OrgId>> {
    let (new, close) = (days(policy.new_org_days), days(policy.split_days));
    let mut by_provider: BTreeMap<OrgId, Vec<(Timestamp, OrgId)>> = BTreeMap::new();
    for (group, taken) in near {
        for (provider, first) in &taken.first {
            let founded = taken.orgs.iter().filter_map(|org| facts.orgs.get(org)?.founded).min();
            if founded.is_some_and(|founded| first.micros().saturating_sub(founded.micros()) < new) {
                by_provider.entry(*provider).or_default().push((*first, *group));
            }
        }
    }
    let mut found = Vec::new();
    for mut firsts in by_provider.into_values() {
        firsts.sort_unstable();
        let mut rest = firsts.as_slice();
        while let Some((start, _)) = rest.first() {
            let length = rest.partition_point(|(first, _)| first.micros().saturating_sub(start.micros()) <= close);
            let (together, later) = rest.split_at(length);
            if together.len() >= policy.split_orgs_min {
                found.push(together.iter().map(|(_, group)| *group).collect());
            }
            rest = later;
        }
    }
    found
}

fn days(days: u32) -> i64 {
    i64::from(days).saturating_mul(DAY_MICROS)
}

/// A limit that several together break.
struct Case<'a> {
    programme: &'a Programme,
    period: i32,
    measure: Measure,
    limit: Money,
    sum: Money,
}

impl Case<'_> {
    fn finding(&self, members: &[&Taken], policy: &IntegrityPolicy) -> Option<Finding> {
        let orgs: BTreeSet<OrgId> = members.iter().flat_map(|taken| taken.orgs.iter().copied()).collect();
        let first = *orgs.first()?;
        let count = members.len();
        let text = (
            format!("{count}个关联或新设主体各自略低于{}元，合计{}元", self.limit, self.sum),
            format!(
                "{count} entities each just under {} come to {} together",
                self.limit, self.sum
            ),
        );
        let numbers = members.iter().take(ORGS_SHOWN).filter_map(|taken| {
            let org = *taken.orgs.first()?;
            Some(about(
                org,
                evidence(self.measure.name(), taken.amount(self.measure), self.limit),
            ))
        });
        let numbers: Vec<Evidence> = numbers.collect();
        let at_stake = match self.measure {
            Measure::Cap => self.sum.minus(self.limit).unwrap_or(self.sum),
            // Over the threshold the better rate would not have been given to any of them.
            Measure::Declared => total(members.iter().map(|taken| taken.amount(Measure::Cap))),
        };
        Some(Finding {
            subjects: orgs.into_iter().take(ORGS_SHOWN).map(Subject::Org).collect(),
            key: format!("{}/{}/{}", self.measure.name(), self.limit, self.period),
            evidence: numbers,
            at_stake,
            ..finding(
                (FlagRule::Splitting, FlagAction::Hold),
                policy,
                (self.programme.id, first),
                text,
            )
        })
    }
}
