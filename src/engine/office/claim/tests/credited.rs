//! A part of a lease is given back after it was claimed; a claim that is followed is taken back.

use serde_json::json;

use super::desk::{self, Desk, OPERATORS, PROVIDER, TENANT, fen, of};
use crate::domain::account::AccountKey;
use crate::domain::claim::ClaimState;
use crate::domain::contract::Contract;
use crate::domain::flag::{FlagAction, FlagRule, Subject};
use crate::domain::id::{ClaimId, LeaseId, ProgrammeId, RecoveryId};
use crate::domain::money::Money;
use crate::domain::programme::process::ClawbackReason;
use crate::domain::rate::BasisPoints;
use crate::domain::recovery::{ClosedLease, NamedLease, NamedTarget, NewCredit, NewRecovery, Practice};
use crate::engine::Command;
use crate::engine::office::recovery::RecoveryCommand;

/// Gives back so much of lease 7, which was paid in cash alone and settled with 1,000.00.
fn credit(desk: &mut Desk, amount: i64, practice: Practice) {
    let facts = desk::lease(7, 100_000, None);
    let closed = ClosedLease {
        tenant: TENANT,
        provider: PROVIDER,
        agreed_at: facts.agreed_at,
        charge: facts.settled,
        voucher: Money::ZERO,
        draws: Vec::new(),
        until: Some(facts.until),
    };
    let new = NewCredit {
        lease: NamedLease {
            lease: LeaseId(7),
            closed: Some(closed),
        },
        amount: fen(amount),
        reason: "down for a week".to_owned(),
        practice,
    };
    desk.agree(OPERATORS, Command::Recovery(RecoveryCommand::Credit(new)))
        .unwrap();
}

fn claimed(more: serde_json::Value) -> (Desk, ProgrammeId, ClaimId) {
    let mut desk = Desk::new();
    let programme = desk.programme(more);
    desk.state.counters.fill = 10;
    let claim = of(programme, Contract::Lease(desk::lease(7, 100_000, None)));
    let claim = desk.claim(TENANT, claim).unwrap().id;
    (desk, programme, claim)
}

#[test]
fn cash_alone_is_credited_under_no_programme() {
    let (mut desk, _, claim) = claimed(json!({}));
    credit(&mut desk, 40_000, Practice::First);
    let recovery = &desk.state.recoveries[&RecoveryId(1)];
    assert_eq!((recovery.programme, recovery.amount), (None, Money::ZERO));
    assert_eq!(desk.balance(AccountKey::Cash(TENANT)), 40_000);
    assert_eq!(desk.balance(AccountKey::Debt(PROVIDER)), 40_000);
    // A command of before leaves claims as they were.
    assert_eq!(desk.get(claim).base, fen(100_000));
}

#[test]
fn a_claim_that_waits_gets_less() {
    let (mut desk, programme, claim) = claimed(json!({"cap_per_entity": "300.00"}));
    assert_eq!(desk.get(claim).amount, fen(30_000));
    credit(&mut desk, 40_000, Practice::Second);
    let known = desk.get(claim);
    assert_eq!((known.base, known.amount), (fen(60_000), fen(18_000)), "30 % of 600.00");
    assert_eq!(desk.balance(AccountKey::Pot(programme)), 1_000_000 - 18_000);
    desk.approve(claim).unwrap();
    assert_eq!(desk.balance(AccountKey::Cash(TENANT)), 40_000 + 18_000);
    assert_eq!(desk.state.flags.len(), 0);
}

#[test]
fn a_claim_of_which_nothing_is_left_ends() {
    let (mut desk, programme, claim) = claimed(json!({}));
    credit(&mut desk, 100_000, Practice::Second);
    assert_eq!(desk.get(claim).state, ClaimState::Rejected);
    assert_eq!(desk.balance(AccountKey::Pot(programme)), 1_000_000);
    assert!(desk.state.drawn.values().all(|drawn| *drawn == Money::ZERO));
}

#[test]
fn what_was_declared_is_assessed_with_what_is_left() {
    let (mut desk, _, claim) = claimed(json!({"pay_mode": "assessment"}));
    credit(&mut desk, 40_000, Practice::Second);
    assert_eq!(desk.get(claim).base, fen(60_000));
}

#[test]
fn what_was_paid_too_much_is_flagged_with_the_amount() {
    let (mut desk, _, claim) = claimed(json!({"cap_per_entity": "300.00"}));
    desk.approve(claim).unwrap();
    credit(&mut desk, 40_000, Practice::Second);
    let known = desk.get(claim);
    assert_eq!((known.base, known.amount), (fen(60_000), fen(30_000)));
    let flag = desk.state.flags.values().next().unwrap();
    assert_eq!((flag.rule, flag.action), (FlagRule::Overpaid, FlagAction::Review));
    assert_eq!(flag.at_stake, fen(12_000), "300.00 less 30 % of 600.00");
    assert_eq!(flag.subjects, [Subject::Claim(claim), Subject::Lease(LeaseId(7))]);
}

#[test]
fn who_follows_a_claim_that_is_taken_back_is_flagged() {
    let (mut desk, _, claim) = claimed(json!({}));
    let city = desk.programme(json!({"upper_match": {"programmes": ["p1"], "rates": [{"rate_bps": 1500}]}}));
    desk.approve(claim).unwrap();
    let mut follow = of(city, desk.get(claim).contract.clone());
    (follow.matches, follow.contract) = (Some(claim), None);
    let follower = desk.claim(TENANT, follow).unwrap();
    assert_eq!(follower.amount, fen(15_000));
    let recover = NewRecovery {
        target: NamedTarget::Claim(claim),
        amount: Some(fen(10_000)),
        reason: ClawbackReason::Error,
        fine_bps: BasisPoints(0),
        evidence: "invoice 4711 is of another contract".to_owned(),
        practice: Practice::Second,
    };
    desk.agree(desk::ISSUERS, Command::Recovery(RecoveryCommand::Recover(recover)))
        .unwrap();
    let flag = desk.state.flags.values().next().unwrap();
    assert_eq!(
        (flag.rule, flag.action),
        (FlagRule::FollowedRecovered, FlagAction::Hold)
    );
    assert_eq!((flag.programme, flag.at_stake), (city, fen(5_000)), "a third of it");
    assert!(desk.approve(follower.id).is_err());
}

#[test]
fn a_voucher_is_taken_back_of_leases_and_claims_the_newest_first() {
    let mut desk = Desk::new();
    let programme = desk.programme(json!({}));
    desk.must(Command::Grant {
        programme,
        org: TENANT,
        amount: fen(50_000),
    });
    let mut paid = Vec::new();
    for cards in [8, 9] {
        let claim = desk.claim(TENANT, desk::paid(programme, cards, 50_000)).unwrap().id;
        desk.approve(claim).unwrap();
        paid.push(claim);
    }
    let voucher = desk.get(paid[0]).draws[0].voucher;
    let recover = |practice| NewRecovery {
        target: NamedTarget::Voucher {
            voucher,
            leases: Vec::new(),
        },
        amount: Some(fen(20_000)),
        reason: ClawbackReason::Error,
        fine_bps: BasisPoints(0),
        evidence: "granted twice".to_owned(),
        practice,
    };
    let say = |desk: &mut Desk, practice| {
        let command = RecoveryCommand::Recover(recover(practice));
        desk.agree(desk::ISSUERS, Command::Recovery(command)).map(|_| ())
    };
    assert!(say(&mut desk, Practice::First).is_err(), "of leases there is nothing");
    say(&mut desk, Practice::Second).unwrap();
    let recovered: Vec<i64> = paid.iter().map(|id| desk.get(*id).recovered.fen()).collect();
    assert_eq!(recovered, [5_000, 15_000]);
}

#[test]
fn a_credit_counts_in_the_year_of_its_lease() {
    for (practice, year) in [(Practice::First, 2027), (Practice::Second, 2026)] {
        let (mut desk, _, _) = claimed(json!({}));
        desk.at = desk.at.plus_hours(24 * 300);
        credit(&mut desk, 40_000, practice);
        let spent: Vec<_> = desk
            .state
            .spent
            .iter()
            .map(|(key, spent)| (*key, spent.spent.fen()))
            .collect();
        assert_eq!(spent, [((TENANT, year), -40_000)], "{practice:?}");
    }
}
