//! Use that is too even to be real: a pair of tenant and provider whose leases are alike and never lost a second. Reports hold cards
//! and card-seconds and no utilisation, so that this sees made-up reports at best, and never that a real card was idle.

use std::collections::BTreeMap;

use super::fact::{Facts, FillFact};
use super::finding::{about, evidence, finding, total};
use super::policy::IntegrityPolicy;
use super::usage::Usage;
use crate::domain::flag::{Finding, FlagAction, FlagRule, Subject};
use crate::domain::id::{OrgId, ProgrammeId};

/// Leases of a flag at most.
const LEASES_SHOWN: usize = 32;
/// Micro-seconds of an hour.
const HOUR_MICROS: i128 = 3_600 * 1_000_000;

/// Leases of a programme between two owner groups that have the same cards.
type Alike<'a> = BTreeMap<(ProgrammeId, OrgId, OrgId, u32), Vec<&'a FillFact>>;

/// Looks at the subsidised leases of each pair, of the same number of cards each.
pub fn find(facts: &Facts, usage: &Usage<'_>, policy: &IntegrityPolicy) -> Vec<Finding> {
    let mut alike = Alike::new();
    for (fill, programme) in facts.subsidised() {
        let pair = (facts.group(fill.tenant), facts.group(fill.provider));
        let key = (programme.id, pair.0, pair.1, fill.cards);
        alike.entry(key).or_default().push(fill);
    }
    let mut found = Vec::new();
    for ((programme, _, _, cards), fills) in alike {
        let uses = fills.iter().filter_map(|fill| usage.by_lease.get(&fill.lease));
        let (mut leases, mut micros, mut reports, mut full) = (0_usize, 0_i128, 0_u64, 0_u64);
        for of_lease in uses {
            leases += 1;
            micros += of_lease.micros;
            reports += of_lease.reports;
            full += of_lease.full;
        }
        let hours = micros / HOUR_MICROS;
        let long = hours >= i128::from(policy.idle_hours_min) && leases >= policy.idle_leases_min;
        let Some(first) = fills.first().filter(|_| long && full == reports) else {
            continue;
        };
        let text = (
            format!("{leases}份{cards}卡租约连续{hours}小时分秒不差满负荷，须核实"),
            format!("{leases} leases of {cards} cards ran for {hours} hours without losing a second"),
        );
        let leases_shown = fills.iter().take(LEASES_SHOWN);
        let leases_shown = leases_shown.map(|fill| about(fill.lease, evidence("cards", fill.cards, "")));
        let mut numbers = vec![
            evidence("hours_without_outage", hours, policy.idle_hours_min),
            evidence("leases_alike", leases, policy.idle_leases_min),
            evidence("full_reports", full, reports),
        ];
        numbers.extend(leases_shown);
        found.push(Finding {
            subjects: vec![Subject::Org(first.tenant), Subject::Org(first.provider)],
            key: format!("cards/{cards}"),
            evidence: numbers,
            at_stake: total(fills.iter().map(|fill| fill.voucher)),
            ..finding(
                (FlagRule::IdleLoop, FlagAction::Review),
                policy,
                (programme, first.tenant),
                text,
            )
        });
    }
    found
}
