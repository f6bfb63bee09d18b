//! What is known of outages, and what must always hold of it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::domain::id::{LeaseId, OutageId};
use crate::domain::outage::{Outage, OutageState};
use crate::domain::time::Timestamp;
use crate::domain::usage::ReportKey;
use crate::engine::event::Event;
use crate::engine::invariants::Findings;
use crate::engine::state::State;
use crate::engine::timer::{Due, Timers};

/// What the operator's probes have found of a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probed {
    /// The last probe.
    pub at: Timestamp,
    /// What did not answer then.
    pub cards_down: u32,
    /// The outage that the probes have made and that is not over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outage: Option<OutageId>,
}

/// Outages and probes of leases that are not closed.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct SlaBooks {
    outages: BTreeMap<OutageId, Outage>,
    of_lease: BTreeMap<LeaseId, BTreeSet<OutageId>>,
    of_report: BTreeMap<(LeaseId, ReportKey), OutageId>,
    probes: BTreeMap<LeaseId, Probed>,
}

impl SlaBooks {
    /// One of them.
    pub fn find(&self, id: OutageId) -> Option<&Outage> {
        self.outages.get(&id)
    }

    /// All, in the order of their identifiers.
    pub fn all(&self) -> impl Iterator<Item = &Outage> {
        self.outages.values()
    }

    /// Those of one lease.
    pub fn of_lease(&self, lease: LeaseId) -> impl Iterator<Item = &Outage> {
        let ids = self.of_lease.get(&lease).into_iter().flatten();
        ids.filter_map(|id| self.outages.get(id))
    }

    /// Whether a lease has any.
    pub fn has(&self, lease: LeaseId) -> bool {
        self.of_lease.contains_key(&lease)
    }

    /// Whether somebody still has to say something to an outage of a lease.
    pub fn is_pending(&self, lease: LeaseId) -> bool {
        self.of_lease(lease).any(|outage| outage.state.is_pending())
    }

    /// The outage that a usage report says.
    pub fn of_report(&self, lease: LeaseId, key: ReportKey) -> Option<&Outage> {
        let id = self.of_report.get(&(lease, key))?;
        self.outages.get(id)
    }

    /// What probes have found last, by lease.
    pub fn probes(&self) -> &BTreeMap<LeaseId, Probed> {
        &self.probes
    }

    /// Notes what a probe has found.
    pub(super) fn set_probe(&mut self, lease: LeaseId, probed: Probed) {
        self.probes.insert(lease, probed);
    }

    fn put(&mut self, outage: Outage) {
        self.of_lease.entry(outage.lease).or_default().insert(outage.id);
        if let Some(key) = outage.report {
            self.of_report.insert((outage.lease, key), outage.id);
        }
        self.outages.insert(outage.id, outage);
    }

    /// Forgets a lease that is closed.
    pub fn forget(&mut self, lease: LeaseId) {
        self.probes.remove(&lease);
        for id in self.of_lease.remove(&lease).unwrap_or_default() {
            let report = self.outages.remove(&id).and_then(|outage| outage.report);
            if let Some(key) = report {
                self.of_report.remove(&(lease, key));
            }
        }
    }
}

/// When silence confirms an outage.
fn timer(outage: &Outage) -> Option<(Timestamp, Due)> {
    match outage.state {
        OutageState::Claimed => Some((outage.answer_by, Due::Outage(outage.id))),
        OutageState::Confirmed
        | OutageState::Contested
        | OutageState::Upheld
        | OutageState::Dismissed
        | OutageState::Withdrawn => None,
    }
}

fn time(timers: &mut Timers, (before, now): (Option<&Outage>, &Outage)) {
    if let Some((at, due)) = before.and_then(timer) {
        timers.clear(at, due);
    }
    if let Some((at, due)) = timer(now) {
        timers.set(at, due);
    }
}

/// Puts an outage in its place, new or changed, and tells of it.
pub(super) fn change(state: &mut State, events: &mut Vec<Event>, outage: Outage) {
    time(&mut state.timers, (state.sla.find(outage.id), &outage));
    events.push(Event::OutageChanged(Box::new(outage.clone())));
    state.sla.put(outage);
}

/// Puts a stored outage of a lease that is not closed among the others.
pub fn restore(state: &mut State, outage: Outage) {
    time(&mut state.timers, (None, &outage));
    state.sla.put(outage);
}

/// Puts what probes have found last in its place.
pub fn restore_probe(state: &mut State, lease: LeaseId, probed: Probed) {
    state.sla.set_probe(lease, probed);
}

/// 4: outages are of leases that are not closed, between the same parties; only one is said by each report, and none takes more than
/// its lease has. What was credited of a lease is no more than what is left shows.
pub fn check(state: &State, findings: &mut Findings) {
    for outage in state.sla.all() {
        let id = outage.id;
        let lease = state.leases.get(&outage.lease);
        let fits = lease.is_some_and(|lease| {
            let fill = &lease.fill;
            (fill.tenant, fill.provider) == (outage.tenant, outage.provider)
                && (1..=fill.cards).contains(&outage.cards_down)
                && fill.window.from().timestamp() <= outage.from
        });
        findings.check(4, fits, || format!("{id}: does not fit its lease {}", outage.lease));
        let ordered = outage.until.is_none_or(|until| outage.from < until);
        findings.check(4, ordered, || format!("{id}: ends before it begins"));
        let said = outage.report.is_none_or(|key| {
            let found = state.sla.of_report(outage.lease, key);
            found.is_some_and(|found| found.id == id)
        });
        findings.check(4, said, || format!("{id}: its report says another outage"));
    }
    for (lease, probed) in state.sla.probes() {
        let open = probed.outage.is_none_or(|id| {
            let outage = state.sla.find(id);
            outage.is_some_and(|outage| outage.lease == *lease)
        });
        findings.check(4, open && state.leases.contains_key(lease), || {
            format!("{lease}: its probes tell of an outage that there is not")
        });
    }
    for lease in state.leases.values() {
        let credited = state.recovered.sla(lease.id());
        let within = credited <= lease.settled.charge;
        findings.check(4, within, || {
            format!(
                "{}: {credited} CNY were credited of {}",
                lease.id(),
                lease.settled.charge
            )
        });
    }
}
