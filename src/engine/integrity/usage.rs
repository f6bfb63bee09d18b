//! What usage comes to, folded as it is read: by lease, and by the readings of meters that its time falls into.

use std::collections::BTreeMap;

use super::fact::{Facts, FillFact, UseFact, UseKind};
use super::policy::IntegrityPolicy;
use crate::domain::id::{LeaseId, OrgId, SiteId};
use crate::domain::time::Timestamp;

/// Micro-seconds of a second.
const SECOND_MICROS: i128 = 1_000_000;

/// What was reported of one lease.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LeaseUse {
    /// Reports.
    pub reports: u64,
    /// Reports in which every card was up in every second.
    pub full: u64,
    /// Card-seconds delivered.
    pub card_seconds: i128,
    /// Micro-seconds for which was reported.
    pub micros: i128,
    /// The most card-seconds by which a single report is more than its cards have seconds.
    pub excess: i128,
}

/// What leases drew in the time of one reading, as far as their models' watts are known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadingUse {
    /// Watt × micro-seconds of all leases.
    pub watt_micros: i128,
    /// Of each lease.
    pub by_lease: BTreeMap<LeaseId, i128>,
    /// Whether the watts of a model are not known: then it says too little.
    pub is_partial: bool,
}

/// From when until when a meter counted, and the place of the reading in the facts.
type Counted = (Timestamp, Timestamp, usize);

/// The fold.
#[derive(Debug)]
pub struct Usage<'a> {
    leases: BTreeMap<LeaseId, (&'a FillFact, Option<u32>)>,
    meters: BTreeMap<(OrgId, SiteId), Vec<Counted>>,
    /// By lease.
    pub by_lease: BTreeMap<LeaseId, LeaseUse>,
    /// By the place of the reading in the facts.
    pub by_reading: BTreeMap<usize, ReadingUse>,
}

impl<'a> Usage<'a> {
    /// Nothing yet.
    pub fn new(facts: &'a Facts, policy: &IntegrityPolicy) -> Usage<'a> {
        let watts = |fill: &FillFact| {
            let code = facts.accelerators.get(usize::from(fill.accelerator.0))?;
            policy.watts.get(code).copied()
        };
        let mut meters: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (place, power) in facts.power.iter().enumerate() {
            let reading = &power.reading;
            let of_meter = meters.entry((reading.provider, reading.site)).or_default();
            of_meter.push((reading.from, reading.until, place));
        }
        Usage {
            leases: facts
                .fills
                .iter()
                .map(|fill| (fill.lease, (fill, watts(fill))))
                .collect(),
            meters,
            by_lease: BTreeMap::new(),
            by_reading: BTreeMap::new(),
        }
    }

    /// Adds a report.
    pub fn add(&mut self, report: &UseFact) {
        let Some((fill, watts)) = self.leases.get(&report.lease).copied() else {
            return;
        };
        let micros = i128::from(report.until.micros()) - i128::from(report.from.micros());
        let most = micros * i128::from(fill.cards) / SECOND_MICROS;
        let card_seconds = i128::from(report.card_seconds);
        let of_lease = self.by_lease.entry(report.lease).or_default();
        of_lease.card_seconds += card_seconds;
        match report.kind {
            UseKind::Report => {
                of_lease.reports += 1;
                of_lease.full += u64::from(most <= card_seconds);
                of_lease.micros += micros;
                of_lease.excess = of_lease.excess.max(card_seconds - most);
            }
            UseKind::Correction => {}
            UseKind::Withdrawal => {
                of_lease.reports = of_lease.reports.saturating_sub(1);
                of_lease.full = of_lease.full.saturating_sub(u64::from(most <= -card_seconds));
                of_lease.micros -= micros;
            }
        }
        let meter = self.meters.get(&(fill.provider, fill.site));
        for (from, until, place) in meter.into_iter().flatten() {
            let overlap =
                i128::from((*until).min(report.until).micros()) - i128::from((*from).max(report.from).micros());
            if overlap > 0 && micros > 0 {
                let reading = self.by_reading.entry(*place).or_default();
                // Spread evenly over the time of the report.
                let part = card_seconds * overlap * SECOND_MICROS / micros;
                let drawn = part * i128::from(watts.unwrap_or(0));
                reading.watt_micros += drawn;
                *reading.by_lease.entry(report.lease).or_default() += drawn;
                reading.is_partial |= watts.is_none();
            }
        }
    }
}
