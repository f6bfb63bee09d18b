//! A rule file tried on examples that its own rules suggest: who fits each rate, and amounts around thresholds and caps.

use serde::Serialize;

use crate::domain::accelerator::Accelerator;
use crate::domain::code::Code;
use crate::domain::entity::EntityFacts;
use crate::domain::evaluation::{Step, decided_by};
use crate::domain::money::{Money, Overflow};
use crate::domain::programme::ProgrammeRules;
use crate::domain::programme::rate::{RateCondition, RateRow, ServiceItem};
use crate::domain::provider_list::ListedProvider;
use crate::domain::rate::BasisPoints;
use crate::domain::rounding::{self, Rounding};
use crate::domain::time::Timestamp;
use crate::engine::voucher::evaluate::{Case, Deal, SoFar, cap_in_force, evaluate};

/// Most examples.
const EXAMPLES_MAX: usize = 12;
/// What a contract comes to where no rule suggests another amount: 100,000 CNY.
const USUAL: Money = Money::from_fen(10_000_000);
/// One fen.
const FEN: Money = Money::from_fen(1);
/// VAT on computing services: 6 %.
const VAT: BasisPoints = BasisPoints(600);
/// Seconds in thirty days.
const MONTH_SECONDS: u32 = 30 * 24 * 3_600;

/// An example and what came of it.
#[derive(Debug, Clone, Serialize)]
pub struct Example {
    /// What it is an example of: a name in the words.
    pub of: &'static str,
    /// What is known of the entity.
    pub entity: EntityFacts,
    /// Whether the accelerator is domestic.
    pub domestic: bool,
    /// The contract, all of which counts.
    pub contract: Money,
    /// What came of it.
    pub subsidy: Money,
    /// The rule that decided, as a JSON pointer.
    pub decided_by: String,
    /// Every rule that spoke.
    pub steps: Vec<Step>,
}

/// What is tried.
#[derive(Clone)]
struct Trial {
    of: &'static str,
    entity: EntityFacts,
    row: RateCondition,
    contract: Money,
    listed: bool,
    others: Money,
}

/// The examples that the rules suggest, with what the exchange's own evaluation says of them.
pub fn examples(rules: &ProgrammeRules) -> Result<Vec<Example>, Overflow> {
    let mut trials = trials(rules)?;
    trials.truncate(EXAMPLES_MAX);
    trials.into_iter().map(|trial| play(rules, trial)).collect()
}

fn trials(rules: &ProgrammeRules) -> Result<Vec<Trial>, Overflow> {
    let fits = |row: &RateRow| Trial {
        of: "row fits",
        entity: entity(rules, &row.when, at(rules, &row.when)),
        row: row.when.clone(),
        contract: amount(rules, &row.when),
        listed: true,
        others: Money::ZERO,
    };
    let mut trials: Vec<Trial> = rules.rates.iter().take(5).map(fits).collect();
    let Some(row) = rules.rates.last() else {
        return Ok(trials);
    };
    let usual = fits(row);
    if let Some(threshold) = rules.rates.iter().find(|row| row.when.declared_total_up_to.is_some()) {
        let most = threshold.when.declared_total_up_to.unwrap_or_default();
        trials.push(Trial {
            of: "over the threshold",
            contract: most.plus(FEN)?,
            ..fits(threshold)
        });
    }
    if let Some(least) = rules.min_spend {
        trials.push(Trial {
            of: "under the minimum",
            contract: least.minus(FEN)?,
            ..usual.clone()
        });
    }
    if let (Some((_, cap)), true) = (cap_in_force(rules, &usual.entity, None), row.rate_bps > BasisPoints(0)) {
        let (whole, rate) = (i64::from(BasisPoints::WHOLE.0), i64::from(row.rate_bps.0));
        let just = rounding::proportion(cap, whole, rate, Rounding::Floor)?;
        for (of, contract) in [("at the cap", just), ("over the cap", just.plus(USUAL)?)] {
            trials.push(Trial {
                of,
                contract,
                ..usual.clone()
            });
        }
    }
    if rules.provider_rule.listed {
        trials.push(Trial {
            of: "not listed",
            listed: false,
            ..usual.clone()
        });
    }
    if !rules.stacking.is_empty() {
        trials.push(Trial {
            of: "other money",
            others: rounding::share(usual.contract, BasisPoints(1_000), Rounding::Floor)?,
            ..usual.clone()
        });
    }
    trials.push(Trial {
        of: "unknown entity",
        entity: EntityFacts::NOTHING,
        ..usual
    });
    Ok(trials)
}

/// A contract that reaches the minimum spend and stays within the row's threshold.
fn amount(rules: &ProgrammeRules, row: &RateCondition) -> Money {
    let least = rules.min_spend.unwrap_or(USUAL).max(USUAL);
    row.declared_total_up_to.map_or(least, |most| most.min(least))
}

/// A day on which vouchers pay, contracts may be signed and the row is in force.
fn at(rules: &ProgrammeRules, row: &RateCondition) -> Timestamp {
    let signed = rules.contract_signed.and_then(|signed| signed.from);
    let from = signed.max(row.from);
    from.map_or(rules.valid_from, |from| from.max(rules.valid_from))
}

/// An entity for which the programme is and that fulfils a row's condition; nothing is said that neither asks for.
fn entity(rules: &ProgrammeRules, row: &RateCondition, at: Timestamp) -> EntityFacts {
    let asked = &rules.eligible_entity;
    let months_ago = |months: u32| {
        let seconds = i64::from(months) * i64::from(MONTH_SECONDS);
        Timestamp::from_micros(at.micros().saturating_sub(seconds.saturating_mul(1_000_000)).max(0))
    };
    let youngest = row
        .entity_age_below_months
        .into_iter()
        .chain(asked.age_below_months)
        .min();
    // Thirteen times thirty days are more than a year, so that an age that is asked for is certainly reached.
    let oldest = asked
        .age_min_months
        .map(|months| months_ago(months.saturating_add(months / 12 + 1)));
    let eligible_kind = |kind: &&_| asked.kinds.as_ref().is_none_or(|kinds| kinds.contains(kind));
    let eligible_size = |size: &&_| asked.sizes.as_ref().is_none_or(|sizes| sizes.contains(size));
    let kinds = row.entity_kinds.as_ref().or(asked.kinds.as_ref());
    let sizes = row.entity_sizes.as_ref().or(asked.sizes.as_ref());
    EntityFacts {
        kind: kinds.and_then(|kinds| kinds.iter().find(eligible_kind).copied()),
        size: sizes.and_then(|sizes| sizes.iter().find(eligible_size).copied()),
        founded: oldest.or(youngest.map(|months| months_ago(months / 2))),
        area: asked
            .areas
            .as_ref()
            .and_then(|areas| areas.first())
            .map(|area| format!("{area:0<6}")),
        industries: asked.industries.iter().flatten().take(1).cloned().collect(),
        clean_since: asked.clean_years.map(|years| months_ago(years.saturating_mul(13))),
        filed_model: row.filed_model.unwrap_or(false),
        projects: row.projects.iter().flatten().take(1).copied().collect(),
    }
}

fn play(rules: &ProgrammeRules, trial: Trial) -> Result<Example, Overflow> {
    let Trial {
        of,
        entity,
        row,
        contract,
        listed,
        others,
    } = trial;
    let domestic = row
        .domestic
        .unwrap_or(of != "row fits" || rules.rates.iter().all(|row| row.when.domestic.is_none()));
    let at = at(rules, &row);
    let accelerator = accelerator(domestic);
    let places = listed.then(|| place(rules, &row, at));
    let site = row.sites.as_ref().and_then(|sites| sites.first());
    let other: Option<Code> = "another".parse().ok();
    let other: Vec<(Code, Money)> = other.into_iter().map(|code| (code, others)).collect();
    let case = Case {
        rules,
        rates: &rules.rates,
        entity: &entity,
        uscc: None,
        deal: Deal {
            accelerator: accelerator.as_ref(),
            site,
            purpose: row.workloads.as_ref().and_then(|workloads| workloads.first().copied()),
            provider: places.as_slice(),
            reference: None,
            terms: None,
            base: contract,
            contract,
            all: contract,
            vat: VAT,
            at,
        },
        so_far: SoFar {
            others: &other,
            ..SoFar::default()
        },
    };
    let mut steps = Vec::new();
    let subsidy = evaluate(&case, &mut steps)?;
    let decided_by = decided_by(&steps).map(Step::pointer).unwrap_or_default();
    Ok(Example {
        of,
        domestic,
        contract,
        subsidy,
        decided_by,
        steps,
        entity,
    })
}

/// A card that is domestic or not; nothing else of it matters to a rule.
fn accelerator(domestic: bool) -> Option<Accelerator> {
    Some(Accelerator {
        code: "example".parse().ok()?,
        vendor: String::new(),
        model: String::new(),
        domestic,
        memory_gb: 64,
        fp16_dense_gflops: None,
        cards_per_node: 8,
    })
}

/// A place in the list that the programme and the row ask for.
fn place(rules: &ProgrammeRules, row: &RateCondition, at: Timestamp) -> ListedProvider {
    ListedProvider {
        batch: "1".to_owned(),
        items: vec![rules.provider_rule.item.unwrap_or(ServiceItem::Compute)],
        facility: row.facilities.as_ref().and_then(|classes| classes.first().cloned()),
        capacity_p: rules.provider_rule.capacity_min_p,
        from: at,
        until: None,
    }
}
