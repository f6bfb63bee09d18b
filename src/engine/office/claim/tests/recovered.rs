//! What was paid of a claim is taken back; bans, and caps that were lifted.

use serde_json::json;

use super::desk::{Desk, ISSUERS, TENANT, fen, paid, postings};
use crate::domain::account::AccountKey;
use crate::domain::id::{ClaimId, RecoveryId};
use crate::domain::programme::process::ClawbackReason;
use crate::domain::rate::BasisPoints;
use crate::domain::recovery::{NamedTarget, NewRecovery, Practice};
use crate::engine::office::claim::refusal::ClaimRefusal;
use crate::engine::office::recovery::RecoveryCommand;
use crate::engine::office::voucher::VoucherCommand;
use crate::engine::rejection::Rejection;
use crate::engine::{Command, Event};

fn recover(
    desk: &mut Desk,
    (claim, amount): (ClaimId, Option<i64>),
    (reason, fine): (ClawbackReason, u32),
) -> Result<Vec<Event>, Rejection> {
    let new = NewRecovery {
        target: NamedTarget::Claim(claim),
        amount: amount.map(fen),
        reason,
        fine_bps: BasisPoints(fine),
        evidence: "invoice 4711 is of another contract".to_owned(),
        practice: Practice::Second,
    };
    desk.agree(ISSUERS, Command::Recovery(RecoveryCommand::Recover(new)))
}

#[test]
fn what_is_taken_back_of_a_claim_counts_nowhere_any_more() {
    let mut desk = Desk::new();
    let programme = desk.programme(json!({"cap_per_entity": "300.00",
        "co_funding": [{"payer": "province", "share_bps": 5000}, {"payer": "city", "share_bps": 5000}]}));
    // Together with others at most 40 % of a contract.
    let other = desk.programme(json!({"stacking": [{"ceilings": [{"rate_bps": 4000}]}]}));
    let claim = desk.claim(TENANT, paid(programme, 8, 100_000)).unwrap().id;
    let early = recover(&mut desk, (claim, None), (ClawbackReason::Error, 0));
    assert!(early.unwrap_err().to_string().contains("has got no subsidy"));
    desk.approve(claim).unwrap();
    let amount_of = |desk: &mut Desk, programme, cards| {
        let claim = desk.claim(TENANT, paid(programme, cards, 100_000))?;
        desk.withdraw(TENANT, claim.id).map(|()| claim.amount.fen())
    };
    assert_eq!(amount_of(&mut desk, other, 8), Ok(10_000), "400.00 less 300.00");
    let full = amount_of(&mut desk, programme, 9);
    assert_eq!(full, Err(ClaimRefusal::NothingLeft.into()), "the cap is used up");

    let events = recover(&mut desk, (claim, Some(20_000)), (ClawbackReason::Error, 0)).unwrap();
    assert_eq!(
        postings(&desk, &events),
        [
            "Cash(OrgId(3)) -> TreasuryReceivable(ProgrammeId(1), 0) 100.00",
            "Cash(OrgId(3)) -> TreasuryReceivable(ProgrammeId(1), 1) 100.00",
            "Redeemed(ProgrammeId(1)) -> VoucherReserved(VoucherId(1)) 200.00",
            "VoucherReserved(VoucherId(1)) -> Recovered(ProgrammeId(1)) 200.00",
        ]
    );
    assert_eq!(desk.get(claim).recovered, fen(20_000));
    assert_eq!(amount_of(&mut desk, other, 8), Ok(30_000), "400.00 less 100.00");
    assert_eq!(amount_of(&mut desk, programme, 9), Ok(20_000), "room under the cap");
    let much = recover(&mut desk, (claim, Some(10_001)), (ClawbackReason::Error, 0));
    assert!(much.unwrap_err().to_string().contains("/amount"));
    recover(&mut desk, (claim, None), (ClawbackReason::Error, 0)).unwrap();
    assert_eq!(desk.get(claim).recovered, fen(30_000));
    assert_eq!(desk.balance(AccountKey::Cash(TENANT)), 0);
    assert!(recover(&mut desk, (claim, None), (ClawbackReason::Error, 0)).is_err());
}

#[test]
fn fraud_costs_a_fine_and_keeps_out_of_the_issuers_programmes() {
    let mut desk = Desk::new();
    let programme = desk.programme(json!({
        "clawback": {"reasons": ["fraud"], "fine_min_bps": 1000, "fine_max_bps": 5000, "ban_months": 12}
    }));
    let yearly = desk.programme(json!({"pay_mode": "assessment"}));
    let claim = desk.claim(TENANT, paid(programme, 8, 100_000)).unwrap().id;
    let waits = desk.claim(TENANT, paid(programme, 9, 100_000)).unwrap().id;
    desk.claim(TENANT, paid(yearly, 10, 100_000)).unwrap();
    desk.approve(claim).unwrap();
    recover(&mut desk, (claim, None), (ClawbackReason::Fraud, 1_000)).unwrap();
    // 300.00 and a tenth of it: there are 300.00.
    assert_eq!(desk.balance(AccountKey::TreasuryFine(programme)), 3_000);
    assert_eq!(desk.balance(AccountKey::Cash(TENANT)), 0);
    assert_eq!(desk.balance(AccountKey::Debt(TENANT)), 3_000);
    let is_banned = |refused: Rejection| matches!(refused, Rejection::Banned { org: TENANT, .. });
    assert!(is_banned(desk.claim(TENANT, paid(programme, 11, 100_000)).unwrap_err()));
    assert!(is_banned(desk.approve(waits).unwrap_err()));
    assert!(is_banned(desk.assess(yearly, &[TENANT]).unwrap_err()));
    let lift = RecoveryCommand::LiftBan {
        recovery: RecoveryId(1),
        reason: "won on appeal".to_owned(),
    };
    desk.agree(ISSUERS, Command::Recovery(lift)).unwrap();
    // What is owed is paid first.
    desk.approve(waits).unwrap();
    assert_eq!(desk.balance(AccountKey::Debt(TENANT)), 0);
    assert_eq!(desk.balance(AccountKey::Cash(TENANT)), 27_000);
    desk.assess(yearly, &[TENANT]).unwrap();
}

#[test]
fn a_lifted_cap_counts_for_claims_and_assessments() {
    let mut desk = Desk::new();
    let capped = json!({"cap_per_entity": "100.00", "cap_exception": true});
    let programme = desk.programme(capped.clone());
    let mut yearly = capped;
    yearly["pay_mode"] = json!("assessment");
    let yearly = desk.programme(yearly);
    let first = desk.claim(TENANT, paid(programme, 8, 100_000)).unwrap();
    assert_eq!(first.amount, fen(10_000));
    desk.withdraw(TENANT, first.id).unwrap();
    let declared = desk.claim(TENANT, paid(yearly, 8, 100_000)).unwrap();
    for programme in [programme, yearly] {
        let cap = fen(25_000);
        let lift = VoucherCommand::LiftCap {
            programme,
            org: TENANT,
            cap,
        };
        desk.agree(ISSUERS, Command::Voucher(lift)).unwrap();
    }
    let second = desk.claim(TENANT, paid(programme, 8, 100_000)).unwrap();
    assert_eq!(second.amount, fen(25_000));
    desk.assess(yearly, &[TENANT]).unwrap();
    assert_eq!(desk.get(declared.id).amount, fen(25_000));
}
