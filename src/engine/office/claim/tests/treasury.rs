//! Reserves, and what treasuries are asked for and pay.

use serde_json::json;

use super::desk::{Desk, ISSUERS, OFFICE, TENANT, fen, paid, postings};
use crate::domain::account::AccountKey;
use crate::domain::id::{ProgrammeId, TreasuryRequestId};
use crate::domain::treasury::TreasuryRequestState;
use crate::engine::Command;
use crate::engine::office::programme::ProgrammeCommand;
use crate::engine::office::treasury::TreasuryCommand;

const FIRST: TreasuryRequestId = TreasuryRequestId(1);

fn request(programme: ProgrammeId, payer: u8, amount: i64) -> Command {
    Command::Treasury(TreasuryCommand::RequestTreasury {
        org: OFFICE,
        programme,
        payer,
        amount: fen(amount),
    })
}

fn receipt(request: TreasuryRequestId, amount: i64, bank_ref: &str) -> TreasuryCommand {
    TreasuryCommand::ReceiveTreasury {
        request,
        amount: fen(amount),
        bank_ref: bank_ref.to_owned(),
    }
}

#[test]
fn a_treasury_is_asked_for_what_it_owes_and_pays_in_parts() {
    let mut desk = Desk::new();
    let programme = desk.programme(json!({
        "co_funding": [{"payer": "province", "share_bps": 5000}, {"payer": "city", "share_bps": 5000}]
    }));
    let claim = desk.claim(TENANT, paid(programme, 8, 100_000)).unwrap();
    desk.approve(claim.id).unwrap();
    let told = |outcome: Result<Vec<_>, crate::engine::Rejection>| outcome.map(|_| ()).unwrap_err().to_string();
    assert!(told(desk.say(request(programme, 2, 1))).contains("/payer names nobody"));
    assert!(told(desk.say(request(programme, 1, 15_001))).contains("more than the 150.00 CNY"));
    desk.must(request(programme, 1, 10_000));
    assert!(told(desk.say(request(programme, 1, 5_001))).contains("more than the 50.00 CNY"));
    let asked = &desk.state.treasury_requests[&FIRST];
    assert_eq!((asked.payer_name.as_str(), asked.covered.claims), ("city", 1));
    assert_eq!((asked.covered.owed, asked.covered.redeemed), (fen(15_000), fen(30_000)));

    let events = desk.treasury(receipt(FIRST, 4_000, "T-1")).unwrap();
    let posted = ["Bank -> TreasuryReceivable(ProgrammeId(1), 1) 40.00"];
    assert_eq!(postings(&desk, &events), posted);
    assert_eq!(
        desk.state.treasury_requests[&FIRST].state,
        TreasuryRequestState::PartPaid
    );
    assert!(told(desk.treasury(receipt(FIRST, 6_000, "T-1"))).contains("booked already"));
    assert!(told(desk.treasury(receipt(FIRST, 6_001, "T-2"))).contains("more than the 60.00 CNY"));
    desk.treasury(receipt(FIRST, 6_000, "T-2")).unwrap();
    assert_eq!(desk.state.treasury_requests[&FIRST].state, TreasuryRequestState::Paid);
    assert!(told(desk.treasury(receipt(FIRST, 1, "T-3"))).contains("is not open any more"));
    assert_eq!(desk.balance(AccountKey::TreasuryReceivable(programme, 1)), 5_000);

    desk.must(request(programme, 1, 5_000));
    let second = TreasuryRequestId(2);
    assert_eq!(
        desk.state.treasury_requests[&second].covered.claims, 0,
        "nothing since the first"
    );
    let cancel = || Command::Treasury(TreasuryCommand::CancelTreasuryRequest { request: second });
    desk.must(cancel());
    assert!(told(desk.say(cancel())).contains("is not open any more"));
    desk.must(request(programme, 1, 5_000));
}

#[test]
fn a_reserve_is_paid_in_and_what_is_left_goes_back_at_the_end() {
    let mut desk = Desk::new();
    let other = desk.programme(json!({}));
    let programme = desk.programme(json!({"pay_mode": "reserve", "rate_base": "contract"}));
    let fund = |programme, bank_ref: &str| TreasuryCommand::FundReserve {
        programme,
        amount: fen(50_000),
        bank_ref: bank_ref.to_owned(),
    };
    let give_back = |amount, bank_ref: &str| TreasuryCommand::ReturnReserve {
        programme,
        amount: fen(amount),
        bank_ref: bank_ref.to_owned(),
    };
    let told = |outcome: Result<Vec<_>, crate::engine::Rejection>| outcome.map(|_| ()).unwrap_err().to_string();
    assert!(told(desk.treasury(fund(other, "R-1"))).contains("pays by reimbursement"));
    let events = desk.treasury(fund(programme, "R-1")).unwrap();
    assert_eq!(postings(&desk, &events), ["Bank -> Reserve(ProgrammeId(2)) 500.00"]);
    assert!(told(desk.treasury(fund(programme, "R-1"))).contains("booked already"));
    assert!(told(desk.treasury(give_back(50_000, "R-2"))).contains("must be closed first"));
    let user = ISSUERS.0;
    let reconcile = || Command::Programme(ProgrammeCommand::Reconcile { user, programme });
    desk.must(Command::Programme(ProgrammeCommand::Close { user, programme }));
    assert!(told(desk.say(reconcile())).contains("500.00 CNY of the reserve are not paid back"));
    assert!(told(desk.treasury(give_back(50_001, "R-2"))).contains("more than the 500.00 CNY"));
    let events = desk.treasury(give_back(50_000, "R-2")).unwrap();
    assert_eq!(postings(&desk, &events), ["Reserve(ProgrammeId(2)) -> Bank 500.00"]);
    desk.must(reconcile());
}

#[test]
fn a_programme_with_open_claims_or_requests_is_not_reconciled() {
    let mut desk = Desk::new();
    let programme = desk.programme(json!({}));
    let (paid_out, waits) = (
        desk.claim(TENANT, paid(programme, 8, 100_000)).unwrap(),
        desk.claim(TENANT, paid(programme, 9, 100_000)).unwrap(),
    );
    desk.approve(paid_out.id).unwrap();
    desk.must(request(programme, 0, 10_000));
    let user = ISSUERS.0;
    desk.must(Command::Programme(ProgrammeCommand::Close { user, programme }));
    let told = |desk: &mut Desk| {
        let reconcile = Command::Programme(ProgrammeCommand::Reconcile { user, programme });
        desk.say(reconcile).map(|_| ()).map_err(|refused| refused.to_string())
    };
    let refused = told(&mut desk).unwrap_err();
    for open in [
        format!("{} waits for 300.00 CNY", waits.id),
        format!("{FIRST} is open with 100.00 CNY"),
        "the payer owes 300.00 CNY".to_owned(),
    ] {
        assert!(refused.contains(&open), "{refused}, not {open}");
    }
    desk.reject(waits.id).unwrap();
    desk.treasury(receipt(FIRST, 10_000, "T-1")).unwrap();
    let second = TreasuryRequestId(2);
    desk.must(request(programme, 0, 20_000));
    assert!(told(&mut desk).is_err());
    desk.treasury(receipt(second, 20_000, "T-2")).unwrap();
    assert_eq!(told(&mut desk), Ok(()));
}
