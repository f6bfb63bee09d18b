//! Impossible volumes: more card-hours than the cards have hours. The exchange refuses such reports; that none is there is checked
//! all the same, on what the tables hold.

use super::fact::Facts;
use super::finding::{about, evidence, finding};
use super::policy::IntegrityPolicy;
use super::usage::Usage;
use crate::domain::flag::{Finding, FlagAction, FlagRule, Subject};

/// Looks at the use of every subsidised lease.
pub fn find(facts: &Facts, usage: &Usage<'_>, policy: &IntegrityPolicy) -> Vec<Finding> {
    let mut found = Vec::new();
    for (fill, programme) in facts.subsidised() {
        let Some(of_lease) = usage.by_lease.get(&fill.lease) else {
            continue;
        };
        let most = i128::from(fill.until.seconds_since(fill.from).max(0)) * i128::from(fill.cards);
        if of_lease.card_seconds <= most && of_lease.excess <= 0 {
            continue;
        }
        let text = (
            format!("{}上报的卡时超过其卡数与时长之积", fill.lease),
            format!("{} reports more card-hours than its cards have hours", fill.lease),
        );
        found.push(Finding {
            subjects: vec![
                Subject::Lease(fill.lease),
                Subject::Org(fill.tenant),
                Subject::Org(fill.provider),
            ],
            evidence: vec![about(fill.lease, evidence("card_seconds", of_lease.card_seconds, most))],
            at_stake: fill.voucher,
            ..finding(
                (FlagRule::ImpossibleVolume, FlagAction::Hold),
                policy,
                (programme.id, fill.tenant),
                text,
            )
        });
    }
    found
}
