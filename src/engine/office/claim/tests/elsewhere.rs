//! Contracts from elsewhere that are leases of the exchange.

use serde_json::json;

use super::desk::{self, DAUGHTER, Desk, PROVIDER, TENANT, external, fen, of};
use crate::domain::claim::NewClaim;
use crate::domain::contract::{Contract, LeaseTerms};
use crate::domain::flag::{FlagAction, FlagRule, Subject};
use crate::domain::id::{LeaseId, OrgId, ProgrammeId};
use crate::engine::office::claim::refusal::ClaimRefusal;
use crate::engine::rejection::Rejection;

/// What the database has of the desk's lease.
fn stored(lease: u64, (tenant, provider): (OrgId, OrgId)) -> LeaseTerms {
    let facts = desk::lease(lease, 100_000, None);
    LeaseTerms {
        lease: facts.lease,
        tenant,
        provider,
        accelerator: facts.accelerator,
        site: facts.site,
        cards: facts.cards,
        from: facts.from,
        until: facts.until,
    }
}

/// A claim of that lease under another paper, with so many cards and so many hours more.
fn disguised(programme: ProgrammeId, (cards, hours): (u32, u32), leases: Vec<LeaseTerms>) -> NewClaim {
    let facts = desk::lease(7, 100_000, None);
    let mut contract = external(cards, 100_000);
    contract.counterparty = desk::uscc(5);
    (contract.from, contract.until) = (facts.from, facts.until.plus_hours(hours));
    NewClaim {
        leases: Some(leases),
        ..of(programme, Contract::External(contract))
    }
}

#[test]
fn a_lease_is_not_claimed_as_a_contract_from_elsewhere() {
    let mut desk = Desk::new();
    let programme = desk.programme(json!({}));
    let is_lease = || Err(Rejection::Claim(ClaimRefusal::IsLease(LeaseId(7))));
    for (tenant, hours, refused) in [
        (TENANT, 0, true),
        // A sister's lease, under a contract that ends a day later.
        (DAUGHTER, 24, true),
        (super::STRANGER, 0, false),
    ] {
        let claim = disguised(programme, (8, hours), vec![stored(7, (tenant, PROVIDER))]);
        let outcome = desk
            .claim(TENANT, claim)
            .map(|claim| desk.withdraw(TENANT, claim.id).unwrap());
        assert_eq!(outcome, if refused { is_lease() } else { Ok(()) }, "{tenant} {hours}");
    }
    // An old command of the journal, for which nobody has looked.
    let old = NewClaim {
        leases: None,
        ..disguised(programme, (8, 0), Vec::new())
    };
    assert!(desk.claim(TENANT, old).is_ok());
}

#[test]
fn what_is_like_a_lease_is_held_until_somebody_has_looked() {
    let mut desk = Desk::new();
    let programme = desk.programme(json!({}));
    for (cards, hours) in [(8, 25), (16, 0)] {
        let claim = disguised(programme, (cards, hours), vec![stored(7, (TENANT, PROVIDER))]);
        let claim = desk.claim(TENANT, claim).unwrap();
        let flag = desk.state.flags.values().next_back().unwrap().clone();
        assert_eq!((flag.rule, flag.action), (FlagRule::Duplicate, FlagAction::Hold));
        assert_eq!(flag.subjects, [Subject::Claim(claim.id), Subject::Lease(LeaseId(7))]);
        assert_eq!(flag.at_stake, fen(30_000));
        let held = Rejection::Claim(ClaimRefusal::Held {
            claim: claim.id,
            flag: flag.id,
        });
        assert_eq!(desk.approve(claim.id), Err(held));
    }
    let other = disguised(programme, (32, 25), vec![stored(7, (TENANT, PROVIDER))]);
    let other = desk.claim(TENANT, other).unwrap();
    assert_eq!(desk.state.flags.len(), 2);
    desk.approve(other.id).unwrap();
}
