//! Wash trades: money that comes back to whoever paid it, over at most four owner groups, while a subsidy was paid on the way.

use std::collections::{BTreeMap, BTreeSet};

use super::fact::{Facts, FillFact};
use super::finding::{DAY_MICROS, about, evidence, finding, total};
use super::policy::IntegrityPolicy;
use crate::domain::flag::{Evidence, Finding, FlagAction, FlagRule, Subject};
use crate::domain::id::OrgId;
use crate::domain::money::Money;
use crate::domain::rounding::{self, Rounding};
use crate::domain::time::Timestamp;

/// Hops of a circle at most.
const HOPS_MAX: usize = 4;
/// Leases of a flag at most.
const LEASES_SHOWN: usize = 32;

/// What flowed between groups in a window: from whom to whom, the fills and their sum.
type Flows<'a> = BTreeMap<OrgId, BTreeMap<OrgId, (Money, Vec<&'a FillFact>)>>;

/// Looks, from every subsidised fill on, for a way by which the money came back. A circle that was found is not looked for again
/// within its window.
pub fn find(facts: &Facts, policy: &IntegrityPolicy) -> Vec<Finding> {
    let fills = both_sides(facts);
    let window = i64::from(policy.wash_days).saturating_mul(DAY_MICROS);
    let mut seen: BTreeMap<BTreeSet<OrgId>, Timestamp> = BTreeMap::new();
    let mut found = Vec::new();
    for (place, start) in fills.iter().enumerate() {
        if !start.voucher.is_positive() || start.programme.is_none() {
            continue;
        }
        let until = Timestamp::from_micros(start.at.micros().saturating_add(window));
        // Whatever began within the window before may close a circle with this fill as well.
        let since = Timestamp::from_micros(start.at.micros().saturating_sub(window));
        let first = fills.partition_point(|fill| fill.at < since).min(place);
        let inside = fills.iter().skip(first).take_while(|fill| fill.at <= until);
        let flows = flows(facts, inside.copied());
        let (from, to) = (facts.group(start.tenant), facts.group(start.provider));
        for circle in circles(&flows, (from, to), policy) {
            let members: BTreeSet<OrgId> = circle.iter().copied().collect();
            if seen.get(&members).is_none_or(|end| *end < start.at) {
                found.extend(report(&flows, (start, &circle), policy));
                seen.insert(members, until);
            }
        }
    }
    found
}

/// The fills whose parties are both on both sides of the market; only these can be in a circle.
fn both_sides(facts: &Facts) -> Vec<&FillFact> {
    let payers: BTreeSet<OrgId> = facts.fills.iter().map(|fill| facts.group(fill.tenant)).collect();
    let payees: BTreeSet<OrgId> = facts.fills.iter().map(|fill| facts.group(fill.provider)).collect();
    let both: BTreeSet<&OrgId> = payers.intersection(&payees).collect();
    let inside = |org: OrgId| both.contains(&facts.group(org));
    let fills = facts.fills.iter();
    fills
        .filter(|fill| inside(fill.tenant) && inside(fill.provider))
        .collect()
}

fn flows<'a>(facts: &Facts, fills: impl Iterator<Item = &'a FillFact>) -> Flows<'a> {
    let mut flows = Flows::new();
    for fill in fills {
        let (from, to) = (facts.group(fill.tenant), facts.group(fill.provider));
        let flow = flows.entry(from).or_default().entry(to).or_default();
        flow.0 = total([flow.0, fill.charge]);
        flow.1.push(fill);
    }
    flows
}

/// The circles of at most [`HOPS_MAX`] hops that begin with this one and around which about the same amount went.
fn circles(flows: &Flows<'_>, (from, to): (OrgId, OrgId), policy: &IntegrityPolicy) -> Vec<Vec<OrgId>> {
    let mut found = Vec::new();
    let mut paths = vec![vec![from, to]];
    while let Some(path) = paths.pop() {
        let onward = path.last().and_then(|last| flows.get(last)).into_iter().flatten();
        for (next, _) in onward {
            if *next == from {
                if is_even(flows, &path, policy) {
                    found.push(path.clone());
                }
            } else if path.len() < HOPS_MAX && !path.contains(next) {
                let mut longer = path.clone();
                longer.push(*next);
                paths.push(longer);
            }
        }
    }
    found.sort();
    found
}

/// The hops of a circle with what flowed.
fn hops<'a, 'b>(
    flows: &'a Flows<'b>,
    circle: &'a [OrgId],
) -> impl Iterator<Item = (OrgId, OrgId, &'a (Money, Vec<&'b FillFact>))> {
    let next = circle.iter().skip(1).chain(circle.first());
    let pairs = circle.iter().zip(next);
    pairs.filter_map(|(from, to)| Some((*from, *to, flows.get(from)?.get(to)?)))
}

fn is_even(flows: &Flows<'_>, circle: &[OrgId], policy: &IntegrityPolicy) -> bool {
    let amounts = || hops(flows, circle).map(|(_, _, flow)| flow.0);
    let (least, most) = (amounts().min(), amounts().max());
    let Some((least, most)) = least.zip(most) else {
        return false;
    };
    rounding::share(most, policy.wash_net_bps, Rounding::Floor).is_ok_and(|wanted| wanted <= least)
}

fn report(flows: &Flows<'_>, (start, circle): (&FillFact, &[OrgId]), policy: &IntegrityPolicy) -> Option<Finding> {
    let programme = start.programme?;
    let most = hops(flows, circle).map(|(_, _, flow)| flow.0).max()?;
    let least = rounding::share(most, policy.wash_net_bps, Rounding::Floor).unwrap_or(most);
    let flowed =
        hops(flows, circle).map(|(from, to, flow)| about(format!("{from} > {to}"), evidence("flow", flow.0, least)));
    let mut fills: Vec<&FillFact> = hops(flows, circle)
        .flat_map(|(_, _, flow)| flow.1.iter().copied())
        .collect();
    fills.sort_by_key(|fill| fill.lease);
    let at_stake = total(fills.iter().map(|fill| fill.voucher));
    let leases = fills.iter().take(LEASES_SHOWN);
    let leases = leases.map(|fill| about(fill.lease, evidence("charge", fill.charge, "")));
    let numbers: Vec<Evidence> = flowed.chain(leases).collect();
    // The parties and the first lease tell one circle from another; its leases may become more while it goes on.
    let orgs: BTreeSet<OrgId> = circle.iter().copied().collect();
    let subjects = std::iter::once(Subject::Lease(start.lease)).chain(orgs.into_iter().map(Subject::Org));
    let days = policy.wash_days;
    let hops = circle.len();
    let text = (
        format!("资金在{days}天内经{hops}方回流，其间支付了补贴"),
        format!("money came back over {hops} parties within {days} days while a subsidy was paid"),
    );
    Some(Finding {
        subjects: subjects.collect(),
        evidence: numbers,
        at_stake,
        ..finding(
            (FlagRule::Wash, FlagAction::Hold),
            policy,
            (programme, start.tenant),
            text,
        )
    })
}
