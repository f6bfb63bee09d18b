//! Which rates of fees and of the VAT in them are in force.

use std::collections::BTreeMap;

use crate::domain::fees::{FeeSchedule, FeeTier, VatChange};
use crate::domain::id::OrgId;
use crate::domain::lease::Fill;
use crate::domain::money::{Money, Overflow};
use crate::domain::rate::BasisPoints;
use crate::domain::time::Timestamp;
use crate::engine::event::Event;
use crate::engine::limits;
use crate::engine::rejection::{FieldErrors, FieldRule, Rejection};
use crate::engine::state::State;

/// Charges of the fills that organisations have agreed in one calendar month: as tenants, as providers. It follows from the fills.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Traded {
    month: Timestamp,
    by: BTreeMap<OrgId, (Money, Money)>,
}

impl Traded {
    /// Adds a fill's charge. What was traded in another month is forgotten.
    ///
    /// # Errors
    /// A sum is beyond what the exchange can count.
    pub fn add(&mut self, (tenant, provider): (OrgId, OrgId), charge: Money, at: Timestamp) -> Result<(), Overflow> {
        let month = at.month_start();
        if self.month != month {
            self.by.clear();
            self.month = month;
        }
        let bought = &mut self.by.entry(tenant).or_default().0;
        *bought = bought.plus(charge)?;
        let sold = &mut self.by.entry(provider).or_default().1;
        *sold = sold.plus(charge)?;
        Ok(())
    }

    fn of(&self, org: OrgId, at: Timestamp) -> (Money, Money) {
        let known = self.by.get(&org).copied().unwrap_or_default();
        if self.month == at.month_start() {
            known
        } else {
            (Money::ZERO, Money::ZERO)
        }
    }
}

/// The schedule in force; none: the terms say the rates.
fn in_force(state: &State, at: Timestamp) -> Option<&FeeSchedule> {
    state.fees.range(..=at).next_back().map(|(_, schedule)| schedule)
}

/// The tenant's rate of a fill agreed now.
pub fn tenant_rate(state: &State, tenant: OrgId, at: Timestamp) -> BasisPoints {
    in_force(state, at).map_or(state.terms.tenant_fee_bps, |schedule| {
        FeeSchedule::rate(&schedule.tenant, state.traded.of(tenant, at).0)
    })
}

/// The provider's rate of a fill agreed now.
pub fn provider_rate(state: &State, provider: OrgId, at: Timestamp) -> BasisPoints {
    in_force(state, at).map_or(state.terms.provider_fee_bps, |schedule| {
        FeeSchedule::rate(&schedule.provider, state.traded.of(provider, at).1)
    })
}

/// The highest rate that a tenant may come to pay, as far as schedules are known: what is held for a bid must suffice.
pub fn highest_tenant_rate(state: &State, at: Timestamp) -> BasisPoints {
    let now = in_force(state, at);
    let terms = if now.is_none() {
        state.terms.tenant_fee_bps
    } else {
        BasisPoints(0)
    };
    let later = state.fees.range(at..).map(|(_, schedule)| schedule);
    let tiers = now.into_iter().chain(later).flat_map(|schedule| &schedule.tenant);
    tiers.map(|tier| tier.bps).fold(terms, BasisPoints::max)
}

/// The rate of VAT contained in fees of a fill agreed now.
pub fn vat_rate(state: &State, at: Timestamp) -> BasisPoints {
    let change = state.vat_changes.range(..=at).next_back();
    change.map_or(state.terms.vat_bps, |(_, rate)| *rate)
}

/// The rates of VAT that came into force after a fill was agreed and before `until`, each with its first instant and the next one's.
pub(super) fn later_rates(state: &State, fill: &Fill, until: Timestamp) -> Vec<(Timestamp, Timestamp, BasisPoints)> {
    let end = Timestamp::from_micros(i64::MAX);
    let mut rates: Vec<_> = state
        .vat_changes
        .range(fill.at..)
        .filter(|(from, _)| **from > fill.at && **from < until)
        .map(|(from, rate)| (*from, end, *rate))
        .collect();
    let starts: Vec<Timestamp> = rates.iter().skip(1).map(|(from, ..)| *from).collect();
    for (rate, next) in rates.iter_mut().zip(starts) {
        rate.1 = next;
    }
    rates
}

/// Whether a schedule could be put into force.
pub(super) fn check(schedule: &FeeSchedule, at: Timestamp) -> Result<(), Rejection> {
    let mut errors = FieldErrors::default();
    errors.require(
        schedule.from >= at,
        "/from",
        FieldRule::Past,
        "must not lie in the past",
    );
    for (pointer, tiers) in [("/tenant", &schedule.tenant), ("/provider", &schedule.provider)] {
        check_tiers(&mut errors, pointer, tiers);
    }
    errors.check()
}

fn check_tiers(errors: &mut FieldErrors, pointer: &str, tiers: &[FeeTier]) {
    let starts = tiers.first().is_some_and(|first| first.from_volume == Money::ZERO);
    errors.require(
        starts,
        pointer,
        FieldRule::Malformed,
        "must begin with a tier from 0.00 on",
    );
    let few = tiers.len() <= limits::FEE_TIERS_MAX;
    errors.require(few, pointer, FieldRule::TooMany, "must have at most 16 tiers");
    let rises = tiers.windows(2).all(|pair| pair[0].from_volume < pair[1].from_volume);
    errors.require(
        rises,
        pointer,
        FieldRule::Reversed,
        "must be in the order of from_volume",
    );
    for (index, tier) in tiers.iter().enumerate() {
        if tier.bps > BasisPoints::WHOLE {
            let detail = "must be at most 10000";
            errors.add(format!("{pointer}/{index}/bps"), FieldRule::TooLarge, detail);
        }
    }
}

/// Puts a schedule into force from its instant on; one of the same instant is replaced.
pub(super) fn set(
    state: &mut State,
    events: &mut Vec<Event>,
    schedule: FeeSchedule,
    at: Timestamp,
) -> Result<(), Rejection> {
    check(&schedule, at)?;
    if state.fees.len() >= limits::FEE_SCHEDULES_MAX {
        return Err(Rejection::Limit("at most 1000 schedules of fees are kept"));
    }
    events.push(Event::FeesSet(Box::new(schedule.clone())));
    state.fees.insert(schedule.from, schedule);
    Ok(())
}

/// Whether a rate of VAT could be put into force.
pub(super) fn check_vat(change: VatChange, at: Timestamp) -> Result<(), Rejection> {
    let mut errors = FieldErrors::default();
    errors.require(change.from >= at, "/from", FieldRule::Past, "must not lie in the past");
    let small = change.vat_bps <= BasisPoints::WHOLE;
    errors.require(small, "/vat_bps", FieldRule::TooLarge, "must be at most 10000");
    errors.check()
}

/// Puts a rate of VAT into force from its instant on.
pub(super) fn set_vat(
    state: &mut State,
    events: &mut Vec<Event>,
    change: VatChange,
    at: Timestamp,
) -> Result<(), Rejection> {
    check_vat(change, at)?;
    if state.vat_changes.len() >= limits::FEE_SCHEDULES_MAX {
        return Err(Rejection::Limit("at most 1000 changes of the VAT rate are kept"));
    }
    events.push(Event::VatSet(change));
    state.vat_changes.insert(change.from, change.vat_bps);
    Ok(())
}
