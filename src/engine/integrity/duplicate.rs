//! One contract claimed twice: the same document, or the same parties, place, time and cards under another document.

use std::collections::BTreeMap;

use super::fact::{ClaimFact, Facts};
use super::finding::{about, evidence, finding};
use super::policy::IntegrityPolicy;
use crate::domain::code::Code;
use crate::domain::flag::{Finding, FlagAction, FlagRule, Subject};
use crate::domain::id::{OrgId, ProgrammeId};
use crate::domain::time::Timestamp;
use crate::domain::uscc::Uscc;

/// By what two documents are seen to be of one contract.
type Terms<'a> = (OrgId, Uscc, Option<&'a Code>, (Timestamp, Timestamp), u32);

/// Compares every claim with all before it.
pub fn find(facts: &Facts, policy: &IntegrityPolicy) -> Vec<Finding> {
    let mut by_contract: BTreeMap<&str, Vec<&ClaimFact>> = BTreeMap::new();
    let mut by_terms: BTreeMap<Terms<'_>, Vec<&ClaimFact>> = BTreeMap::new();
    let mut found = Vec::new();
    for claim in facts.claims.iter().filter(|claim| claim.is_live) {
        let same_contract = by_contract.entry(&claim.contract).or_default();
        let earlier = same_contract.iter().copied();
        let clash = earlier.clone().find(|other| !may_both(facts, claim, other));
        let mut hit = clash.map(|other| (other, "contract"));
        same_contract.push(claim);
        if let Some(counterparty) = claim.counterparty {
            let group = facts.group(claim.org);
            let site = claim.site.as_ref();
            let terms = (group, counterparty, site, (claim.from, claim.until), claim.cards);
            let same_terms = by_terms.entry(terms).or_default();
            let other_paper = same_terms.iter().find(|other| other.contract != claim.contract);
            hit = hit.or(other_paper.map(|other| (*other, "parties_site_time_cards")));
            same_terms.push(claim);
        }
        if let Some((other, what)) = hit {
            found.push(report((claim, other), what, policy));
        }
    }
    found
}

/// Whether two programmes may both pay of one contract: where one says how they go together, and where one follows the other.
fn may_both(facts: &Facts, one: &ClaimFact, other: &ClaimFact) -> bool {
    if one.programme == other.programme {
        return false;
    }
    says(facts, one.programme, other.programme) || says(facts, other.programme, one.programme)
}

fn says(facts: &Facts, one: ProgrammeId, other: ProgrammeId) -> bool {
    let programmes = facts.programmes.get(&one).zip(facts.programmes.get(&other));
    programmes.is_some_and(|(one, other)| {
        let code = &other.rules.id;
        let stacks = one.rules.stacking.iter().any(|stacking| {
            let with_it = stacking.with.as_ref().is_none_or(|with| with.contains(code));
            with_it && stacking.ceilings.iter().any(|row| row.rate_bps.0 > 0)
        });
        let follows = one.rules.upper_match.as_ref();
        stacks || follows.is_some_and(|upper| upper.programmes.contains(code))
    })
}

fn report((claim, other): (&ClaimFact, &ClaimFact), what: &str, policy: &IntegrityPolicy) -> Finding {
    let text = (
        format!("{}与{}申报同一合同", claim.claim, other.claim),
        format!("{} claims the contract of {}", claim.claim, other.claim),
    );
    Finding {
        subjects: vec![
            Subject::Claim(claim.claim),
            Subject::Claim(other.claim),
            Subject::Org(claim.org),
        ],
        evidence: vec![
            about(claim.claim, evidence(what, &claim.contract, &other.contract)),
            about(other.claim, evidence("amount", other.amount, "")),
        ],
        at_stake: claim.amount,
        ..finding(
            (FlagRule::Duplicate, FlagAction::Hold),
            policy,
            (claim.programme, claim.org),
            text,
        )
    }
}
