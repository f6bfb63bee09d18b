//! Subsidies between parties of whom it became known later that they were related. While a relation is known no subsidy flows; so
//! whatever is found here was noted, or dated back, after the fill or the contract.

use super::fact::Facts;
use super::finding::{about, evidence, finding};
use super::policy::IntegrityPolicy;
use crate::domain::flag::{Evidence, Finding, FlagAction, FlagRule, Subject};
use crate::domain::id::OrgId;
use crate::domain::money::Money;
use crate::domain::programme::Programme;
use crate::domain::time::Timestamp;

/// Numbers of one finding that name relations.
const RELATIONS_SHOWN: usize = 8;

/// A subsidy between two parties, on the day that counts.
struct Deal<'a> {
    subject: Subject,
    programme: &'a Programme,
    org: OrgId,
    provider: OrgId,
    at: Timestamp,
    subsidy: Money,
}

/// Looks at every subsidised fill and every claim with the relations that are known now.
pub fn find(facts: &Facts, policy: &IntegrityPolicy) -> Vec<Finding> {
    let fills = facts.subsidised().map(|(fill, programme)| Deal {
        subject: Subject::Lease(fill.lease),
        programme,
        org: fill.tenant,
        provider: fill.provider,
        at: fill.at,
        subsidy: fill.voucher,
    });
    let claims = facts.claims.iter().filter(|claim| claim.is_live);
    let claims = claims.filter_map(|claim| {
        Some(Deal {
            subject: Subject::Claim(claim.claim),
            programme: facts.programmes.get(&claim.programme)?,
            org: claim.org,
            provider: *facts.codes.get(&claim.counterparty?)?,
            at: claim.signed_at,
            subsidy: claim.amount,
        })
    });
    let related = |deal: &Deal<'_>| {
        let (org, provider) = (facts.group(deal.org), facts.group(deal.provider));
        org != provider && facts.related(deal.programme, org, deal.at).contains(&provider)
    };
    let related = fills.chain(claims).filter(related);
    related.map(|deal| report(facts, &deal, policy)).collect()
}

fn report(facts: &Facts, deal: &Deal<'_>, policy: &IntegrityPolicy) -> Finding {
    let (org, provider) = (deal.org, deal.provider);
    let text = (
        format!("{org}与{provider}在签约之日有关联关系，补贴不应支付"),
        format!("{org} and {provider} were related on the day of the contract"),
    );
    Finding {
        subjects: vec![deal.subject, Subject::Org(org), Subject::Org(provider)],
        evidence: relations(facts, deal),
        at_stake: deal.subsidy,
        ..finding(
            (FlagRule::RelatedParty, FlagAction::Hold),
            policy,
            (deal.programme.id, org),
            text,
        )
    }
}

/// The relations of either side that became known after that day.
fn relations(facts: &Facts, deal: &Deal<'_>) -> Vec<Evidence> {
    let sides = [facts.group(deal.org), facts.group(deal.provider)];
    let edges = facts.relations.edges().filter(|edge| {
        let ends = [facts.group(edge.said.a), facts.group(edge.said.b)];
        let touches = ends.iter().any(|end| sides.contains(end));
        touches && deal.at < edge.recorded_at && edge.relates(&deal.programme.rules.related_party, deal.at)
    });
    let shown = edges.take(RELATIONS_SHOWN).map(|edge| {
        let observed = edge.recorded_at.to_string();
        about(edge.id, evidence("relation_recorded_at", observed, deal.at))
    });
    shown.collect()
}
