//! Use against electricity: what the leases at a site should have drawn while a meter counted, against what it counted. A meter
//! counts cooling and other loads as well, so that too little says much, and far too much says only that the use explains little.

use std::collections::BTreeMap;

use super::fact::{Facts, FillFact, PowerFact};
use super::finding::{about, evidence, finding, total};
use super::policy::IntegrityPolicy;
use super::usage::{ReadingUse, Usage};
use crate::domain::flag::{Finding, FlagAction, FlagRule, Subject};
use crate::domain::id::{LeaseId, ProgrammeId};
use crate::domain::power::Energy;
use crate::domain::rate::BasisPoints;

/// Leases of a flag at most.
const SHOWN: usize = 24;
/// Watt-micro-seconds in a watt-hour.
const WATT_HOUR: i128 = 3_600 * 1_000_000;

/// Looks at every reading.
pub fn find(facts: &Facts, usage: &Usage<'_>, policy: &IntegrityPolicy) -> Vec<Finding> {
    let fills: BTreeMap<LeaseId, &FillFact> = facts.fills.iter().map(|fill| (fill.lease, fill)).collect();
    let mut found = Vec::new();
    for (place, power) in facts.power.iter().enumerate() {
        let Some(drawn) = usage.by_reading.get(&place) else {
            continue;
        };
        let Some(rule) = judge(power, drawn, policy) else {
            continue;
        };
        let subsidised = drawn.by_lease.keys().filter_map(|lease| fills.get(lease).copied());
        let mut by_programme: BTreeMap<ProgrammeId, Vec<&FillFact>> = BTreeMap::new();
        for fill in subsidised.filter(|fill| fill.voucher.is_positive()) {
            if let Some(programme) = fill.programme {
                by_programme.entry(programme).or_default().push(fill);
            }
        }
        for (programme, fills) in by_programme {
            found.extend(report((power, drawn), rule, (programme, &fills), policy));
        }
    }
    found
}

fn watt_hours(drawn: &ReadingUse) -> i128 {
    drawn.watt_micros / WATT_HOUR
}

/// A share of an amount of energy.
fn share(watt_hours: i128, of: BasisPoints) -> i128 {
    watt_hours * i128::from(of.0) / i128::from(BasisPoints::WHOLE.0)
}

fn judge(power: &PowerFact, drawn: &ReadingUse, policy: &IntegrityPolicy) -> Option<FlagRule> {
    let counted = i128::from(power.reading.energy.watt_hours());
    let expected = watt_hours(drawn);
    if counted < share(expected, policy.power_short_bps) {
        return Some(FlagRule::PowerShort);
    }
    // Where the watts of a model are not known, the use may explain more.
    let explains_little = expected < share(counted, policy.power_excess_bps);
    (explains_little && !drawn.is_partial).then_some(FlagRule::PowerExcess)
}

fn report(
    (power, drawn): (&PowerFact, &ReadingUse),
    rule: FlagRule,
    (programme, fills): (ProgrammeId, &[&FillFact]),
    policy: &IntegrityPolicy,
) -> Option<Finding> {
    let reading = &power.reading;
    let first = fills.first()?;
    let expected = watt_hours(drawn);
    let (action, threshold, text) = if rule == FlagRule::PowerShort {
        let threshold = share(expected, policy.power_short_bps);
        let text = (
            "上报用量应耗电量明显高于计量电量".to_owned(),
            "the reported use should have drawn far more electricity than the meter counted".to_owned(),
        );
        (FlagAction::Hold, threshold, text)
    } else {
        let threshold = share(i128::from(reading.energy.watt_hours()), policy.power_excess_bps);
        let text = (
            "上报用量只能说明计量电量的极小部分".to_owned(),
            "the reported use explains very little of what the meter counted".to_owned(),
        );
        (FlagAction::Review, threshold, text)
    };
    let kwh = |watt_hours: i128| Energy::from_watt_hours(i64::try_from(watt_hours).unwrap_or(i64::MAX));
    let mut numbers = vec![
        about(power.seq, evidence("kwh_counted", reading.energy, "")),
        evidence("kwh_of_use", kwh(expected), ""),
        evidence("kwh_threshold", kwh(threshold), ""),
        evidence("reading_from", reading.from, reading.until),
    ];
    let leases = fills.iter().take(SHOWN);
    numbers.extend(leases.map(|fill| {
        let of_lease = drawn.by_lease.get(&fill.lease).copied().unwrap_or(0) / WATT_HOUR;
        about(fill.lease, evidence("kwh_of_lease", kwh(of_lease), ""))
    }));
    Some(Finding {
        subjects: vec![Subject::Org(reading.provider)],
        // Usage that is reported late changes the numbers, not the reading.
        key: format!("reading/{}", power.seq),
        evidence: numbers,
        at_stake: total(fills.iter().map(|fill| fill.voucher)),
        ..finding((rule, action), policy, (programme, first.tenant), text)
    })
}
