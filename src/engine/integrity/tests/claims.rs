//! The rules that look at claims.

use super::{day, found, look, market, programme, relate, yuan};
use crate::domain::flag::{FlagRule, Subject};
use crate::domain::id::{ClaimId, OrgId, ProgrammeId};
use crate::domain::relation::RelationKind;
use crate::domain::uscc::Uscc;
use crate::engine::integrity::fact::{ClaimFact, Facts};

/// A claim of 500 yuan of an organisation under a programme.
pub fn claim(id: u64, (org, programme): (u64, u64), contract: &str) -> ClaimFact {
    ClaimFact {
        claim: ClaimId(id),
        programme: ProgrammeId(programme),
        org: OrgId(org),
        contract: contract.to_owned(),
        counterparty: Uscc::from_stem("91330100MA0000001").ok(),
        is_external: true,
        site: None,
        accelerator: None,
        cards: 8,
        from: day(0),
        until: day(30),
        signed_at: day(-1),
        amount: yuan(500),
        is_live: true,
        at: day(40),
    }
}

/// What is found beside that the provider is new.
fn duplicates(facts: &mut Facts) -> Vec<(FlagRule, i64)> {
    let all = found(facts, &[]).into_iter();
    all.filter(|(rule, _)| *rule != FlagRule::NewProvider).collect()
}

#[test]
fn a_contract_is_claimed_once() {
    let stacking =
        |with: &str, bps: u32| serde_json::json!({"stacking": [{"with": [with], "ceilings": [{"rate_bps": bps}]}]});
    let hit = vec![(FlagRule::Duplicate, 50_000)];
    let second = |org, programme, contract: &str| claim(2, (org, programme), contract);
    let other_cards = ClaimFact {
        cards: 16,
        ..second(1, 1, "b")
    };
    let dead = ClaimFact {
        is_live: false,
        ..second(1, 1, "a")
    };
    for (other, rules, expect) in [
        (second(1, 1, "a"), serde_json::json!({}), hit.clone()),
        (second(2, 1, "a"), serde_json::json!({}), hit.clone()),
        (second(1, 1, "b"), serde_json::json!({}), hit.clone()),
        (second(1, 2, "a"), serde_json::json!({}), hit.clone()),
        (second(1, 2, "a"), stacking("p1", 6_000), vec![]),
        (second(1, 2, "a"), stacking("p1", 0), hit.clone()),
        (second(1, 2, "a"), stacking("p3", 6_000), hit.clone()),
        (second(2, 1, "b"), serde_json::json!({}), vec![]),
        (other_cards, serde_json::json!({}), vec![]),
        (dead, serde_json::json!({}), vec![]),
    ] {
        let mut facts = market();
        facts.programmes.insert(ProgrammeId(2), programme(2, &rules));
        facts.claims = vec![claim(1, (1, 1), "a"), other.clone()];
        assert_eq!(duplicates(&mut facts), expect, "{other:?} {rules}");
    }
}

#[test]
fn a_relation_dated_back_finds_claims_too() {
    for (from, is_found) in [(-1, true), (0, false)] {
        let mut facts = market();
        let known = claim(1, (1, 1), "a");
        facts.codes.extend(known.counterparty.map(|code| (code, OrgId(2))));
        facts.claims.push(known);
        relate(&mut facts, (1, 2), RelationKind::Declared, (from, 20));
        let expect = if is_found {
            vec![(FlagRule::RelatedParty, 50_000)]
        } else {
            vec![]
        };
        assert_eq!(duplicates(&mut facts), expect, "{from}");
    }
}

#[test]
fn the_first_three_claims_on_a_provider_are_looked_at() {
    let mut facts = market();
    for id in 1..=5 {
        let of_its_own = ClaimFact {
            cards: u32::try_from(id).unwrap(),
            at: day(50 - i64::try_from(id).unwrap()),
            ..claim(id, (1, 1), &id.to_string())
        };
        facts.claims.push(of_its_own);
    }
    let findings = look(&mut facts, &[]);
    let subjects: Vec<&Subject> = findings.iter().flat_map(|finding| &finding.subjects).collect();
    let wanted = [3, 4, 5].map(|id| Subject::Claim(ClaimId(id)));
    assert_eq!(subjects, wanted.iter().collect::<Vec<_>>(), "in the order of claiming");
}
