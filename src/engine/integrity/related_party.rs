//! Subsidies between parties of whom it became known later that they were related. While a relation is known no subsidy flows; so
//! whatever is found here was noted, or dated back, after the fill.

use super::fact::{Facts, FillFact};
use super::finding::{about, evidence, finding};
use super::policy::IntegrityPolicy;
use crate::domain::flag::{Evidence, Finding, FlagAction, FlagRule, Subject};
use crate::domain::programme::Programme;

/// Numbers of one finding that name relations.
const RELATIONS_SHOWN: usize = 8;

/// Looks at every subsidised fill with the relations that are known now.
pub fn find(facts: &Facts, policy: &IntegrityPolicy) -> Vec<Finding> {
    let mut found = Vec::new();
    for (fill, programme) in facts.subsidised() {
        let (tenant, provider) = (facts.group(fill.tenant), facts.group(fill.provider));
        if tenant == provider || !facts.related(programme, tenant, fill.at).contains(&provider) {
            continue;
        }
        let text = (
            format!("{}与{}在成交之日有关联关系，补贴不应支付", fill.tenant, fill.provider),
            format!(
                "{} and {} were related on the day of the fill",
                fill.tenant, fill.provider
            ),
        );
        let subjects = vec![
            Subject::Lease(fill.lease),
            Subject::Org(fill.tenant),
            Subject::Org(fill.provider),
        ];
        found.push(Finding {
            subjects,
            evidence: relations(facts, (fill, programme)),
            at_stake: fill.voucher,
            ..finding(
                (FlagRule::RelatedParty, FlagAction::Hold),
                policy,
                (programme.id, fill.tenant),
                text,
            )
        });
    }
    found
}

/// The relations of either side that became known after the fill.
fn relations(facts: &Facts, (fill, programme): (&FillFact, &Programme)) -> Vec<Evidence> {
    let sides = [facts.group(fill.tenant), facts.group(fill.provider)];
    let edges = facts.relations.edges().filter(|edge| {
        let ends = [facts.group(edge.said.a), facts.group(edge.said.b)];
        let touches = ends.iter().any(|end| sides.contains(end));
        touches && fill.at < edge.recorded_at && edge.relates(&programme.rules.related_party, fill.at)
    });
    let shown = edges.take(RELATIONS_SHOWN).map(|edge| {
        let observed = edge.recorded_at.to_string();
        about(edge.id, evidence("relation_recorded_at", observed, fill.at))
    });
    shown.collect()
}
