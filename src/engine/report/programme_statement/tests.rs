//! The statement on two issuers of a few lines.

use super::*;
use crate::domain::account::AccountKey;
use crate::domain::application::ApplicationState;
use crate::domain::id::{AccountId, TreasuryRequestId, UserId, VoucherId};
use crate::domain::programme::Invitation;
use crate::domain::time::{Hour, Timestamp};
use crate::domain::transfer::MovementKind;
use crate::domain::treasury::{Covered, TreasuryRequestState};
use crate::engine::report::section::Cell;
use crate::engine::report::voucher_statement::tests::{application, claim, recovery};

const CITY: OrgId = OrgId(2);

fn at(hour: i32) -> Timestamp {
    Hour(hour).timestamp()
}

fn fen(fen: i64) -> Money {
    Money::from_fen(fen)
}

fn programme(id: u64, issuer: Option<OrgId>) -> Programme {
    let rules = format!(
        r#"{{"id": "city-{id}", "pot": "100.00", "rates": [{{"rate_bps": 3000}}],
            "valid_from": "1970-01-01T00:00:00Z", "valid_until": "1971-01-01T00:00:00Z",
            "co_funding": [{{"payer": "city", "share_bps": 6000}}, {{"payer": "district", "share_bps": 4000}}]}}"#
    );
    Programme {
        issuer,
        ..Programme::open(ProgrammeId(id), serde_json::from_str(&rules).unwrap())
    }
}

fn request(id: u64, payer: u8, (amount, received): (i64, i64), state: TreasuryRequestState) -> TreasuryRequest {
    TreasuryRequest {
        id: TreasuryRequestId(id),
        programme: ProgrammeId(1),
        org: CITY,
        payer,
        payer_name: String::new(),
        state,
        amount: fen(amount),
        received: fen(received),
        covered: Covered {
            from: at(0),
            until: at(9),
            claims: 0,
            redeemed: Money::ZERO,
            owed: Money::ZERO,
        },
        receipts: Vec::new(),
        created_at: at(9),
    }
}

/// Of a pot of 100 CNY 45 and 7 are granted, 30 redeemed, 7 expire. The city owes 18, was asked for 15 and paid 10 of it.
fn report() -> ProgrammeStatementReport {
    let keys = [
        (AccountKey::Appropriation(ProgrammeId(1)), 10_000),
        (AccountKey::Pot(ProgrammeId(1)), 5_500),
        (AccountKey::VoucherAvailable(VoucherId(1)), 1_500),
        (AccountKey::VoucherReserved(VoucherId(1)), 0),
        (AccountKey::Redeemed(ProgrammeId(1)), 3_000),
        (AccountKey::VoucherAvailable(VoucherId(2)), 0),
        (AccountKey::TreasuryReceivable(ProgrammeId(1), 0), 800),
        (AccountKey::TreasuryReceivable(ProgrammeId(1), 1), 1_200),
    ];
    let accounts: Vec<Account> = (0..)
        .zip(keys)
        .map(|(id, (key, balance))| Account {
            id: AccountId(id),
            key,
            balance: fen(balance),
        })
        .collect();
    let voucher = |id: u64, programme: u64, amount: i64| Voucher {
        id: VoucherId(id),
        programme: ProgrammeId(programme),
        version: 1,
        org: OrgId(7),
        amount: fen(amount),
        valid_from: at(0),
        valid_until: at(7),
        application: None,
        ended: None,
    };
    let submitted = |id| {
        let mut one = application(id, OrgId(7));
        one.state = ApplicationState::Submitted;
        one
    };
    let office = Office {
        applications: vec![application(1, OrgId(7)), application(2, OrgId(8)), submitted(3)],
        claims: vec![
            claim(1, ProgrammeId(1), ClaimState::Submitted),
            claim(2, ProgrammeId(1), ClaimState::Submitted),
            claim(3, ProgrammeId(1), ClaimState::Approved),
            claim(4, ProgrammeId(9), ClaimState::Submitted),
        ],
        recoveries: vec![recovery()],
    };
    let requests = vec![
        request(1, 0, (1_500, 1_000), TreasuryRequestState::PartPaid),
        request(2, 1, (1_200, 0), TreasuryRequestState::Cancelled),
        request(3, 0, (100, 0), TreasuryRequestState::FinesRemitted),
    ];
    let mut city = programme(1, Some(CITY));
    city.invitations = vec![Invitation {
        on: at(1),
        organisations: 5,
        by: UserId(1),
    }];
    let programmes = vec![city, programme(9, Some(OrgId(3))), programme(4, None)];
    let vouchers = vec![voucher(1, 1, 4_500), voucher(2, 1, 700), voucher(3, 9, 900)];
    let mut fold = ProgrammeStatement::new(
        (Period::default(), CITY),
        programmes,
        (vouchers, &accounts),
        (office, requests),
    );
    for (hour, debit, credit, amount) in [
        (1, 1, 2, 4_500),
        (2, 1, 5, 700),
        (3, 2, 3, 3_000),
        (4, 3, 4, 3_000),
        (7, 5, 1, 700),
    ] {
        let transfer = TransferFact {
            movement: 1,
            kind: MovementKind::Manual,
            debit: AccountId(debit),
            credit: AccountId(credit),
            amount: fen(amount),
            booked_at: at(hour),
        };
        fold.add_transfer(&transfer).unwrap();
    }
    fold.finish(&Names::default()).unwrap()
}

#[test]
fn an_issuer_gets_its_own_programmes_and_those_of_nobody() {
    let codes: Vec<String> = report().programmes.into_iter().map(|one| one.figures.code).collect();
    assert_eq!(codes, ["city-1 v1", "city-4 v1"]);
}

#[test]
fn what_treasuries_paid_and_owe_is_what_was_redeemed() {
    let report = report();
    let city = &report.programmes[0];
    let uses = city.figures.uses;
    assert_eq!(
        [uses.granted, uses.redeemed, uses.expired].map(Money::fen),
        [5_200, 3_000, 700]
    );
    let lines = city.treasuries.iter();
    let lines: Vec<[i64; 4]> = lines
        .map(|one| [one.redeemed, one.requested, one.received, one.receivable].map(Money::fen))
        .collect();
    assert_eq!(
        lines,
        [[1_800, 500, 1_000, 800], [1_200, 0, 0, 1_200]],
        "60 and 40 % of 30.00; what is cancelled is not asked for"
    );
    assert_eq!(city.fines, fen(100));
    let claims = city.claims.iter();
    let claims: Vec<(ClaimState, u64, i64)> = claims.map(|one| (one.state, one.claims, one.amount.fen())).collect();
    assert_eq!(
        claims,
        [(ClaimState::Submitted, 2, 6_000), (ClaimState::Approved, 1, 3_000)]
    );
    let applications = city.applications.iter();
    let applications: Vec<(&str, u64, i64, i64)> = applications
        .map(|one| (one.state.name(), one.applications, one.asked.fen(), one.granted.fen()))
        .collect();
    assert_eq!(
        applications,
        [("submitted", 1, 5_000, 0), ("granted", 2, 10_000, 9_000)]
    );
}

#[test]
fn indicators_have_both_parts_and_none_without_a_whole() {
    let report = report();
    let of = |place: usize| {
        let one = report.programmes[place].indicators;
        [one.applied_of_invited, one.paid_of_pot, one.expired_of_issued].map(|ratio| ratio.fraction())
    };
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        of(0),
        [text("0.4000"), text("0.3000"), text("0.1346")],
        "2 ÷ 5, 30 ÷ 100, 7 ÷ 52"
    );
    assert_eq!(report.programmes[0].fines_remitted, fen(100));
    assert_eq!(of(1), [None, None, None], "nothing appropriated, nothing granted");
    let applied = report.programmes[0].indicators.applied_of_invited;
    assert_eq!(
        (applied.numerator, applied.denominator),
        (2, 5),
        "organisations, not applications"
    );
    let sections = report.sections();
    let rows = &sections.iter().find(|one| one.title == "indicators").unwrap().rows;
    assert_eq!(rows[0][3], Cell::Count(2));
    assert_eq!(rows[1][3..5], [Cell::Total(3_000), Cell::Total(10_000)]);
}
