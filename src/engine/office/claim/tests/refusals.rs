//! What is refused; that nothing has changed then is checked wherever something is said.

use serde_json::json;

use super::desk::{self, DAUGHTER, Desk, PROVIDER, STRANGER, TENANT, external, fen, lease, of, paid};
use crate::domain::contract::Contract;
use crate::domain::id::{OrgId, ProgrammeId};
use crate::domain::relation::{NewRelation, RelationKind};
use crate::engine::Command;
use crate::engine::office::integrity::IntegrityCommand;

/// What a claim is told.
fn told(desk: &mut Desk, org: OrgId, claim: crate::domain::claim::NewClaim) -> String {
    desk.claim(org, claim).unwrap_err().to_string()
}

#[test]
fn claims_that_break_a_rule_are_told_which() {
    let mut desk = Desk::new();
    let open = desk.programme(json!({"rate_base": "contract", "evidence": [{"kind": "payment", "with": "claim"}]}));
    let deducts = desk.programme(json!({"pay_mode": "deduct", "rate_base": "contract"}));
    let july = json!({"claim": [{"from": "2026-07-01T00:00:00Z"}]});
    let later = desk.programme(json!({ "windows": july }));
    desk.state.counters.fill = 10;
    let mut over = external(8, 100_000);
    over.items[0].paid = fen(99_999);
    let mut bare = paid(open, 8, 100_000);
    bare.documents.clear();
    let mut too_much = paid(open, 8, 100_000);
    too_much.amount = Some(fen(100_001));
    let mut own = external(8, 100_000);
    own.counterparty = desk::uscc(3);
    let mut sister = external(8, 100_000);
    sister.counterparty = desk::uscc(4);
    let leased = |id| Contract::Lease(lease(id, 100_000, None));
    for (org, claim, expected) in [
        (
            TENANT,
            of(open, Contract::External(over)),
            "1000.00 CNY are claimed and 999.99 CNY were paid",
        ),
        (TENANT, too_much, "1000.01 CNY are claimed and 1000.00 CNY were paid"),
        (TENANT, bare, "a document of the kind Payment is needed"),
        (TENANT, paid(deducts, 8, 1), "pays by deduction at settlement"),
        (TENANT, paid(later, 8, 100_000), "its window for claims is not open"),
        (TENANT, paid(ProgrammeId(99), 8, 1), "/programme names nothing"),
        (
            PROVIDER,
            paid(open, 8, 1),
            "/programme is for organisations of other kinds",
        ),
        (
            TENANT,
            of(open, Contract::External(own)),
            "/contract/counterparty must not be the claimant",
        ),
        (
            TENANT,
            of(open, Contract::External(sister)),
            "the programme pays nothing of it: RelatedParty",
        ),
        (
            DAUGHTER,
            of(open, leased(7)),
            "there is no lease lse_0000000000007 of this organisation",
        ),
        (
            TENANT,
            of(open, leased(10)),
            "there is no lease lse_000000000000a of this organisation",
        ),
    ] {
        let told = told(&mut desk, org, claim);
        assert!(told.contains(expected), "{told}, not {expected}");
    }
    // The lease was agreed on 1 February: who was related then counts, also where it becomes known later.
    let relate = |from: &str| {
        Command::Integrity(IntegrityCommand::Relate(NewRelation {
            a: PROVIDER,
            b: DAUGHTER,
            kind: RelationKind::CommonLegalPerson,
            from: from.parse().unwrap(),
            until: None,
            source: String::new(),
        }))
    };
    desk.must(relate("2026-02-01T00:00:00Z"));
    let related = told(&mut desk, TENANT, of(open, leased(7)));
    assert!(related.contains("RelatedParty"), "{related}");
    let mut desk = Desk::new();
    let open = desk.programme(json!({}));
    desk.state.counters.fill = 10;
    desk.must(relate("2026-02-01T00:00:01Z"));
    desk.claim(TENANT, of(open, leased(7))).unwrap();
}

#[test]
fn a_contract_is_claimed_once_under_a_programme_and_by_its_party_alone() {
    let mut desk = Desk::new();
    let (one, other) = (desk.programme(json!({})), desk.programme(json!({})));
    let first = desk.claim(TENANT, paid(one, 8, 100_000)).unwrap();
    let twice = format!("claimed under this programme before, by {}", first.id);
    // The same document, of whomever.
    assert!(told(&mut desk, TENANT, paid(one, 8, 100_000)).ends_with(&twice));
    assert!(told(&mut desk, STRANGER, paid(one, 8, 100_000)).ends_with(&twice));
    // Scanned again: the same parties, time and cards.
    let mut again = external(8, 50_000);
    again.hash = desk::hash(4_711);
    assert!(told(&mut desk, TENANT, of(one, Contract::External(again))).ends_with(&twice));
    // Under another programme it is nobody else's, and nothing else.
    assert_eq!(
        told(&mut desk, STRANGER, paid(other, 8, 100_000)),
        "there is no such contract of this organisation"
    );
    let changed = told(&mut desk, TENANT, paid(other, 8, 200_000));
    assert!(
        changed.contains(&format!("/contract is described otherwise than in {}", first.id)),
        "{changed}"
    );
    desk.claim(TENANT, paid(other, 8, 100_000)).unwrap();
    // What was taken back can be claimed anew.
    desk.withdraw(TENANT, first.id).unwrap();
    desk.claim(TENANT, paid(one, 8, 100_000)).unwrap();
}

#[test]
fn a_lease_and_its_contract_on_paper_are_one_contract_but_two_leases_are_two() {
    let mut desk = Desk::new();
    let programme = desk.programme(json!({}));
    desk.state.counters.fill = 10;
    let leased = |id| Contract::Lease(lease(id, 100_000, None));
    let first = desk.claim(TENANT, of(programme, leased(7))).unwrap();
    desk.claim(TENANT, of(programme, leased(8))).unwrap();
    let mut paper = external(8, 100_000);
    paper.counterparty = desk::uscc(5);
    paper.site = Some("hangzhou-1".parse().unwrap());
    (paper.from, paper.until) = first.contract.window();
    desk.must(Command::DefineSite(
        serde_json::from_value(json!({"code": "hangzhou-1", "name_zh": "杭州", "region": "zhejiang"})).unwrap(),
    ));
    let told = told(&mut desk, TENANT, of(programme, Contract::External(paper)));
    assert!(told.ends_with(&format!("by {}", first.id)), "{told}");
}

#[test]
fn two_people_of_the_issuer_pay_and_nobody_else() {
    let mut desk = Desk::new();
    let programme = desk.programme(json!({}));
    let claim = desk.claim(TENANT, paid(programme, 8, 100_000)).unwrap();
    let pay = || Command::Claim(super::super::ClaimCommand::ApproveClaim { claim: claim.id });
    let told = |outcome: Result<_, crate::engine::Rejection>| outcome.map(|_: Vec<_>| ()).unwrap_err().to_string();
    let (one, two) = desk::ISSUERS;
    assert!(told(desk.agree((one, one), pay())).contains("another person must"));
    assert!(told(desk.agree(desk::OPERATORS, pay())).contains("may not act as issuer"));
    desk.state.programmes.get_mut(&programme).unwrap().issuer = Some(STRANGER);
    let other = format!("user {one} acts for another authority");
    assert_eq!(told(desk.agree((one, two), pay())), other);
    assert_eq!(desk.reject(claim.id).unwrap_err().to_string(), other);
    desk.state.programmes.get_mut(&programme).unwrap().issuer = Some(desk::ISSUER);
    desk.agree((one, two), pay()).unwrap();
}
