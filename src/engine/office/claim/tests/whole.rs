//! Ceilings, workloads and bound plans.

use serde_json::json;

use super::desk::{self, Desk, ISSUERS, STRANGER, TENANT, external, fen, of, paid};
use crate::domain::approval::Verdict;
use crate::domain::bid::Purpose;
use crate::domain::claim::{ClaimDocument, NewClaim};
use crate::domain::contract::{Contract, ContractItem};
use crate::domain::id::{ApprovalId, ProgrammeId};
use crate::domain::plan::Plan;
use crate::domain::programme::process::EvidenceKind;
use crate::domain::programme::rate::ServiceItem;
use crate::engine::Command;
use crate::engine::office::claim::ClaimCommand;
use crate::engine::office::claim::refusal::ClaimRefusal;
use crate::engine::rejection::Rejection;

/// A claim of a part of a contract of 1,000.00 for computing and 400.00 for storage.
fn part(programme: ProgrammeId, amount: i64) -> NewClaim {
    let mut contract = external(8, 100_000);
    contract.items.push(ContractItem {
        item: ServiceItem::Storage,
        contract: fen(40_000),
        incurred: fen(40_000),
        paid: fen(40_000),
    });
    NewClaim {
        amount: Some(fen(amount)),
        ..of(programme, Contract::External(contract))
    }
}

#[test]
fn a_ceiling_is_a_share_of_the_whole_contract() {
    // (claimed first at 30 %, claimed then at 50 %) → the second subsidy, where half of all may be public money.
    for (first, second, expected) in [
        // Half of 1,400.00 are 700.00, less 300.00 are 400.00: half of 500.00 is less.
        (100_000, 50_000, 25_000),
        // 700.00 less 300.00.
        (100_000, 100_000, 40_000),
        // 700.00 less 150.00 are more than half of 1,000.00.
        (50_000, 100_000, 50_000),
    ] {
        let mut desk = Desk::new();
        let one = desk.programme(json!({}));
        let other = desk.programme(json!({
            "rates": [{"rate_bps": 5000}], "stacking": [{"ceilings": [{"rate_bps": 5000}]}],
        }));
        desk.claim(TENANT, part(one, first)).unwrap();
        let found = desk.claim(TENANT, part(other, second)).unwrap();
        assert_eq!(found.amount, fen(expected), "{first} {second}");
    }
}

#[test]
fn a_named_workload_is_proven_and_finds_its_rate() {
    let mut desk = Desk::new();
    let programme = desk.programme(json!({
        "rates": [{"when": {"workloads": ["maas"]}, "rate_bps": 5000}, {"rate_bps": 2000}],
    }));
    let named = |purpose| NewClaim {
        purpose: Some(purpose),
        ..paid(programme, 8, 100_000)
    };
    let kind = EvidenceKind::Workload;
    let missing = Err(Rejection::Claim(ClaimRefusal::EvidenceMissing { kind }));
    assert_eq!(desk.claim(TENANT, named(Purpose::Maas)).map(|_| ()), missing);
    for (purpose, amount) in [(Purpose::Maas, 50_000), (Purpose::Agent, 20_000)] {
        let mut claim = named(purpose);
        claim.documents.push(ClaimDocument {
            kind,
            hash: desk::hash(5),
            size: 1,
        });
        let claim = desk.claim(TENANT, claim).unwrap();
        assert_eq!((claim.purpose, claim.amount), (Some(purpose), fen(amount)));
        desk.withdraw(TENANT, claim.id).unwrap();
    }
    // A lease's bid has said it before.
    desk.state.counters.fill = 10;
    let mut facts = desk::lease(7, 100_000, None);
    facts.purpose = Some(Purpose::Maas);
    let of_lease = of(programme, Contract::Lease(facts));
    let claim = desk.claim(TENANT, of_lease.clone()).unwrap();
    assert_eq!(claim.amount, fen(50_000));
    desk.withdraw(TENANT, claim.id).unwrap();
    let other = NewClaim {
        purpose: Some(Purpose::Agent),
        ..of_lease
    };
    assert!(desk.claim(TENANT, other).unwrap_err().to_string().contains("/purpose"));
}

#[test]
fn an_assessment_pays_what_was_asked_for_or_nothing() {
    let mut desk = Desk::new();
    let programme = desk.programme(json!({"pay_mode": "assessment"}));
    desk.claim(TENANT, paid(programme, 8, 100_000)).unwrap();
    let assess = |plan| {
        Command::Claim(ClaimCommand::Assess {
            programme,
            year: 2025,
            entities: vec![TENANT],
            plan,
        })
    };
    for plan in [Plan::ToBind, Plan::Open] {
        let command = Box::new(assess(plan));
        desk.must(Command::Propose {
            maker: ISSUERS.0,
            command,
        });
    }
    let bound = desk.state.approvals[&ApprovalId(1)].command.clone();
    let Command::Claim(ClaimCommand::Assess {
        plan: Plan::Bound(agreed),
        ..
    }) = *bound
    else {
        panic!("{bound:?}");
    };
    assert_eq!((agreed.lines, agreed.total), (1, fen(30_000)));
    // The year's declared contracts grow after it was asked for.
    desk.claim(TENANT, paid(programme, 9, 100_000)).unwrap();
    desk.claim(STRANGER, paid(programme, 10, 100_000)).unwrap();
    let agree = |approval| Command::Decide {
        checker: ISSUERS.1,
        approval: ApprovalId(approval),
        verdict: Verdict::Approve,
        reason: None,
    };
    let changed = desk.say(agree(1)).unwrap_err();
    assert_eq!(
        changed.to_string(),
        "1 amounts of 300.00 CNY in all were asked for, and it would be 2 of 600.00 CNY now: ask for it again"
    );
    assert!(desk.state.approvals.contains_key(&ApprovalId(1)), "it still waits");
    // A command of before says nothing of amounts.
    desk.must(agree(2));
}

#[test]
fn a_programme_says_where_claims_take_their_money_from() {
    let mut desk = Desk::new();
    let pot = desk.programme(json!({"claims_from": "pot"}));
    let vouchers = desk.programme(json!({"claims_from": "vouchers"}));
    let grant = |programme| Command::Grant {
        programme,
        org: TENANT,
        amount: fen(5_000),
    };
    assert!(desk.say(grant(pot)).unwrap_err().to_string().contains("/programme"));
    assert_eq!(desk.claim(TENANT, paid(pot, 8, 100_000)).unwrap().amount, fen(30_000));
    let none = desk.claim(TENANT, paid(vouchers, 8, 100_000)).map(|_| ());
    assert_eq!(
        none,
        Err(ClaimRefusal::NothingLeft.into()),
        "nobody was granted one yet"
    );
    desk.must(grant(vouchers));
    assert_eq!(
        desk.claim(TENANT, paid(vouchers, 9, 100_000)).unwrap().amount,
        fen(5_000)
    );
}
