//! One contract claimed twice: the same document, or the same parties, place, time and cards under another document; or a lease of
//! the exchange, of which vouchers may have paid, as a contract from elsewhere.

use std::collections::BTreeMap;

use super::fact::{ClaimFact, Facts, FillFact};
use super::finding::{about, evidence, finding};
use super::likeness::{self, Likeness, Terms, likeness};
use super::policy::IntegrityPolicy;
use crate::domain::code::Code;
use crate::domain::flag::{Finding, FlagAction, FlagRule, Subject};
use crate::domain::id::{OrgId, ProgrammeId};
use crate::domain::time::Timestamp;
use crate::domain::uscc::Uscc;

/// By what two documents are seen to be of one contract.
type Parties<'a> = (OrgId, Uscc, Option<&'a Code>, (Timestamp, Timestamp), u32);

/// Compares every claim with all before it.
pub fn find(facts: &Facts, policy: &IntegrityPolicy) -> Vec<Finding> {
    let mut by_contract: BTreeMap<&str, Vec<&ClaimFact>> = BTreeMap::new();
    let mut by_terms: BTreeMap<Parties<'_>, Vec<&ClaimFact>> = BTreeMap::new();
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
    found.extend(leases(facts, policy));
    found
}

/// Claims of contracts from elsewhere that are like a lease between the same owner groups: the one that is most like it.
fn leases(facts: &Facts, policy: &IntegrityPolicy) -> Vec<Finding> {
    let mut by_groups: BTreeMap<(OrgId, OrgId), Vec<&FillFact>> = BTreeMap::new();
    for fill in &facts.fills {
        let groups = (facts.group(fill.tenant), facts.group(fill.provider));
        by_groups.entry(groups).or_default().push(fill);
    }
    let claims = facts.claims.iter().filter(|claim| claim.is_live && claim.is_external);
    let found = claims.filter_map(|claim| {
        let provider = facts.codes.get(&claim.counterparty?)?;
        let fills = by_groups.get(&(facts.group(claim.org), facts.group(*provider)))?;
        let alike = fills
            .iter()
            .filter_map(|fill| Some((alike(facts, claim, fill)?, fill.lease)));
        let (likeness, lease) = alike.min()?;
        Some(likeness::report(
            (claim.claim, lease),
            (claim.programme, claim.org),
            (likeness, claim.amount),
            policy,
        ))
    });
    found.collect()
}

fn alike(facts: &Facts, claim: &ClaimFact, fill: &FillFact) -> Option<Likeness> {
    let contract = Terms {
        site: claim.site.as_ref(),
        accelerator: claim.accelerator.as_ref(),
        cards: claim.cards,
        from: claim.from,
        until: claim.until,
    };
    let lease = Terms {
        site: facts.sites.get(usize::from(fill.site.0)),
        accelerator: facts.accelerators.get(usize::from(fill.accelerator.0)),
        cards: fill.cards,
        from: fill.from,
        until: fill.until,
    };
    likeness(&contract, &lease)
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
