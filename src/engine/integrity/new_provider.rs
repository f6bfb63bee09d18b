//! The first claims on a provider are looked at by people, whatever they say.

use std::collections::BTreeMap;

use super::fact::Facts;
use super::finding::{about, evidence, finding};
use super::policy::IntegrityPolicy;
use crate::domain::flag::{Finding, FlagAction, FlagRule, Subject};
use crate::domain::uscc::Uscc;

/// Counts the claims on each provider, in the order in which they were made.
pub fn find(facts: &Facts, policy: &IntegrityPolicy) -> Vec<Finding> {
    let mut counts: BTreeMap<Uscc, usize> = BTreeMap::new();
    let mut found = Vec::new();
    for claim in &facts.claims {
        let Some(counterparty) = claim.counterparty else {
            continue;
        };
        let count = counts.entry(counterparty).or_default();
        *count += 1;
        if *count > policy.first_claims {
            continue;
        }
        let text = (
            format!("对服务商{counterparty}的第{count}笔申报，须人工复核"),
            format!("claim number {count} on the provider {counterparty}: to be looked at"),
        );
        found.push(Finding {
            subjects: vec![Subject::Claim(claim.claim)],
            evidence: vec![about(
                counterparty,
                evidence("claims_on_provider", *count, policy.first_claims),
            )],
            at_stake: claim.amount,
            ..finding(
                (FlagRule::NewProvider, FlagAction::Review),
                policy,
                (claim.programme, claim.org),
                text,
            )
        });
    }
    found
}
