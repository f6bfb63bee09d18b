//! The statement on an office of a few lines.

use super::*;
use crate::domain::application::{ApplicationRequest, PlannedContract};
use crate::domain::contract::{Contract, LeaseFacts};
use crate::domain::evaluation::Cap;
use crate::domain::id::AccountId;
use crate::domain::money::Price;
use crate::domain::recovery::{RecoveryState, TakenBack};
use crate::domain::time::Hour;
use crate::domain::transfer::MovementKind;
use crate::engine::report::section::Cell;

const ORG: OrgId = OrgId(7);
const RULES: &str = r#"{"id": "city", "pot": "100.00", "rates": [{"rate_bps": 3000}],
    "valid_from": "1970-01-01T00:00:00Z", "valid_until": "1971-01-01T00:00:00Z"}"#;

fn at(hour: i32) -> Timestamp {
    Hour(hour).timestamp()
}

fn fen(fen: i64) -> Money {
    Money::from_fen(fen)
}

fn voucher(id: u64, org: OrgId, amount: i64) -> Voucher {
    Voucher {
        id: VoucherId(id),
        programme: ProgrammeId(1),
        version: 1,
        org,
        amount: fen(amount),
        valid_from: at(0),
        valid_until: at(50),
        application: None,
        ended: (id == 2).then_some(VoucherEnd::Revoked),
    }
}

/// Voucher 1 of 45 CNY pays 30 of a lease, of which 5 are taken back with a fine of 1; voucher 2 of 7 is revoked; voucher 3 is
/// another's.
fn report(period: Period) -> VoucherStatementReport {
    let programme = Programme::open(ProgrammeId(1), serde_json::from_str(RULES).unwrap());
    let keys = [
        (AccountKey::Pot(ProgrammeId(1)), 0),
        (AccountKey::VoucherAvailable(VoucherId(1)), 1_000),
        (AccountKey::VoucherReserved(VoucherId(1)), 500),
        (AccountKey::Redeemed(ProgrammeId(1)), 2_500),
        (AccountKey::Recovered(ProgrammeId(1)), 500),
        (AccountKey::VoucherAvailable(VoucherId(2)), 0),
        (AccountKey::VoucherAvailable(VoucherId(3)), 900),
        (AccountKey::Debt(ORG), 240),
        (AccountKey::Debt(OrgId(8)), 999),
    ];
    let accounts: Vec<Account> = (0..)
        .zip(keys)
        .map(|(id, (key, balance))| Account {
            id: AccountId(id),
            key,
            balance: fen(balance),
        })
        .collect();
    let vouchers = vec![voucher(1, ORG, 4_500), voucher(2, ORG, 700), voucher(3, OrgId(8), 900)];
    let office = Office {
        applications: vec![application(1, ORG), application(2, OrgId(8))],
        claims: Vec::new(),
        recoveries: vec![recovery()],
    };
    let mut fold = VoucherStatement::new((period, ORG), vec![programme], (vouchers, &accounts), office);
    for (hour, debit, credit, amount) in [
        (1, 0, 1, 4_500),
        (2, 0, 5, 700),
        (2, 0, 6, 900),
        (3, 1, 2, 3_500),
        (4, 2, 3, 3_000),
        (5, 3, 2, 500),
        (5, 2, 4, 500),
        (6, 5, 0, 700),
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
    fold.add_redemption(RedemptionFact {
        voucher: VoucherId(1),
        lease: LeaseId(4),
        at: at(3),
        state: LeaseState::Active,
        agreed: fen(3_500),
        redeemed: fen(3_000),
        steps: vec![
            Step::Rate {
                row: 0,
                matched: false,
                rate_bps: BasisPoints(3_000),
                of: fen(15_000),
                amount: fen(4_500),
            },
            Step::Cap {
                cap: Cap::Contract,
                limit: fen(3_500),
                used: Money::ZERO,
                left: fen(3_500),
                amount: fen(3_500),
            },
        ],
    });
    fold.finish(&Names::default()).unwrap()
}

/// It asks for 50 CNY and was granted 45.
pub fn application(id: u64, org: OrgId) -> Application {
    Application {
        id: ApplicationId(id),
        programme: ProgrammeId(1),
        version: 1,
        org,
        request: ApplicationRequest {
            amount: fen(5_000),
            purpose: "训练".to_owned(),
            contract: PlannedContract::default(),
            documents: Vec::new(),
            contact: None,
        },
        state: ApplicationState::Granted {
            voucher: VoucherId(1),
            amount: fen(4_500),
        },
        round: 0,
        reviews: Vec::new(),
        objections: Vec::new(),
        created_at: at(1),
    }
}

/// 5 CNY with a fine of 1.
pub fn recovery() -> Recovery {
    Recovery {
        id: RecoveryId(1),
        programme: Some(ProgrammeId(1)),
        org: ORG,
        state: RecoveryState::Made,
        target: Target::Lease(LeaseId(4)),
        amount: fen(500),
        by_payer: vec![fen(500)],
        parts: vec![TakenBack {
            by: RedeemedBy::Lease(LeaseId(4)),
            voucher: VoucherId(1),
            amount: fen(500),
        }],
        kind: RecoveryKind::Clawback {
            reason: crate::domain::programme::process::ClawbackReason::Fraud,
            fine: fen(100),
            from_cash: fen(360),
            ban: None,
        },
        evidence: "meter".to_owned(),
        lifted: None,
        created_at: at(5),
    }
}

#[test]
fn each_fen_of_a_tenants_vouchers_is_told() {
    let report = report(Period::default());
    let totals = report.totals;
    assert_eq!((totals.vouchers, totals.granted), (2, fen(4_500 + 700)));
    let parts = [totals.available, totals.reserved, totals.redeemed, totals.recovered];
    assert_eq!(parts.map(Money::fen), [1_000, 500, 3_000 - 500, 500]);
    assert_eq!(
        (totals.returned, totals.expired),
        (fen(700), Money::ZERO),
        "revoked, not expired"
    );
    assert_eq!(1_000 + 500 + 2_500 + 500 + 700, 5_200);
    assert_eq!(report.debt, fen(240), "500 + 100 - 360");
    let lease = &report.leases[0];
    assert_eq!(
        [lease.agreed, lease.redeemed, lease.recovered].map(Money::fen),
        [3_500, 3_000, 500]
    );
    assert_eq!(lease.deciding.rule.as_deref(), Some("/cap_per_contract"));
    assert_eq!(lease.deciding.rate_bps, Some(BasisPoints(3_000)));
    let [application] = report.applications.as_slice() else {
        panic!("{:?}", report.applications)
    };
    assert_eq!((application.asked, application.granted), (fen(5_000), Some(fen(4_500))));
    assert_eq!(report.recoveries[0].fine, fen(100));
    let leases = report
        .sections()
        .into_iter()
        .find(|one| one.title == "redeemed by lease");
    let row = &leases.unwrap().rows[0];
    assert_eq!(row[7], Cell::Text("30.00 %".to_owned()));
}

#[test]
fn a_period_chooses_vouchers_by_their_grant_with_all_that_they_paid() {
    let later = Period {
        from: Some(at(2)),
        until: None,
    };
    let report = report(later);
    assert_eq!(
        report.vouchers.iter().map(|one| one.id).collect::<Vec<_>>(),
        [VoucherId(2)]
    );
    assert!(report.leases.is_empty() && report.applications.is_empty());
    assert_eq!((report.recoveries.len(), report.debt), (1, fen(240)));
}

#[test]
fn a_claim_says_what_decided() {
    let office = Office {
        claims: vec![claim(1, ProgrammeId(1), ClaimState::Submitted), {
            let mut other = claim(2, ProgrammeId(1), ClaimState::Approved);
            other.org = OrgId(8);
            other
        }],
        ..Office::default()
    };
    let fold = VoucherStatement::new((Period::default(), ORG), Vec::new(), (Vec::new(), &[]), office);
    let report = fold.finish(&Names::default()).unwrap();
    let [line] = report.claims.as_slice() else {
        panic!("{:?}", report.claims)
    };
    assert_eq!([line.base, line.amount].map(Money::fen), [10_000, 3_000]);
    assert_eq!(line.deciding.rule.as_deref(), Some("/rates/1"));
    assert_eq!(line.state, ClaimState::Submitted);
}

/// 30 of 100 CNY.
pub fn claim(id: u64, programme: ProgrammeId, state: ClaimState) -> Claim {
    let step = Step::Rate {
        row: 1,
        matched: false,
        rate_bps: BasisPoints(3_000),
        of: fen(10_000),
        amount: fen(3_000),
    };
    Claim {
        id: ClaimId(id),
        programme,
        version: 1,
        org: ORG,
        state,
        contract: Contract::Lease(LeaseFacts {
            lease: LeaseId(id),
            tenant: ORG,
            provider: OrgId(9),
            accelerator: "h20".parse().unwrap(),
            site: "hz".parse().unwrap(),
            cards: 8,
            from: at(0),
            until: at(4),
            agreed_at: at(0),
            price: Price::from_micros(3_125_000),
            charge: fen(10_000),
            settled: fen(10_000),
            voucher: Money::ZERO,
            voucher_programme: None,
            purpose: None,
        }),
        documents: Vec::new(),
        matches: None,
        purpose: None,
        base: fen(10_000),
        year: 1970,
        period: 1970,
        amount: fen(3_000),
        draws: Vec::new(),
        own_voucher: false,
        parts: Vec::new(),
        evaluation: vec![step],
        recovered: Money::ZERO,
        created_at: at(5),
        decided_at: None,
        rejected_by: None,
        reason: None,
    }
}
