//! The report on a ledger of a few lines.

use super::*;
use crate::domain::time::Hour;
use crate::domain::transfer::MovementKind;

fn at(hour: i32) -> Timestamp {
    Hour(hour).timestamp()
}

const RULES: &str = r#"{"id": "city", "pot": "100.00", "rates": [{"rate_bps": 5000}],
    "valid_from": "1970-01-01T00:00:00Z", "valid_until": "1971-01-01T00:00:00Z",
    "co_funding": [{"payer": "city", "share_bps": 6000}, {"payer": "district", "share_bps": 4000}]}"#;

/// The accounts of a programme of 100 CNY with two vouchers, by place in this list.
fn accounts() -> Vec<Account> {
    let (programme, one, two) = (ProgrammeId(1), VoucherId(1), VoucherId(2));
    let keys = [
        (AccountKey::Appropriation(programme), 10_000),
        (AccountKey::Pot(programme), 5_500),
        (AccountKey::VoucherAvailable(one), 1_000),
        (AccountKey::VoucherReserved(one), 500),
        (AccountKey::Redeemed(programme), 3_000),
        (AccountKey::VoucherAvailable(two), 0),
        (AccountKey::TreasuryReceivable(programme, 0), 1_800),
        (AccountKey::TreasuryReceivable(programme, 1), 1_200),
        (AccountKey::Recovered(programme), 0),
    ];
    (0..)
        .zip(keys)
        .map(|(id, (key, fen))| Account {
            id: AccountId(id),
            key,
            balance: Money::from_fen(fen),
        })
        .collect()
}

fn report(period: Period) -> VouchersReport {
    let programme = Programme::open(ProgrammeId(1), serde_json::from_str(RULES).unwrap());
    let voucher = |id: u64, org: u64, fen: i64| Voucher {
        id: VoucherId(id),
        programme: ProgrammeId(1),
        version: 1,
        org: OrgId(org),
        amount: Money::from_fen(fen),
        valid_from: at(0),
        valid_until: at(7),
        application: None,
        ended: None,
    };
    let vouchers = vec![voucher(1, 7, 4_500), voucher(2, 8, 700)];
    let mut fold = Vouchers::new(period, vec![programme], vouchers, &accounts());
    // Grant 45 and 7, reserve 40 of the first, redeem 35 and take 5 back, release 5, expire the second.
    for (hour, debit, credit, fen) in [
        (0, 0, 1, 10_000),
        (1, 1, 2, 4_500),
        (2, 1, 5, 700),
        (3, 2, 3, 4_000),
        (4, 3, 4, 3_500),
        (5, 4, 3, 500),
        (6, 3, 2, 500),
        (7, 5, 1, 700),
    ] {
        let transfer = TransferFact {
            movement: 1,
            kind: MovementKind::Manual,
            debit: AccountId(debit),
            credit: AccountId(credit),
            amount: Money::from_fen(fen),
            booked_at: at(hour),
        };
        fold.add_transfer(&transfer).unwrap();
    }
    fold.finish(&Names::default()).unwrap()
}

#[test]
fn each_fen_of_a_grant_is_somewhere() {
    let report = report(Period::default());
    let city = &report.programmes[0];
    let fen = |money: Money| money.fen();
    let uses = city.uses;
    assert_eq!((uses.vouchers, fen(uses.granted)), (2, 5_200));
    assert_eq!((fen(uses.available), fen(uses.reserved)), (1_000, 500));
    assert_eq!(
        (
            fen(uses.redeemed),
            fen(uses.expired),
            fen(uses.lapsed),
            fen(uses.returned)
        ),
        (3_000, 700, 0, 0)
    );
    assert_eq!(1_000 + 500 + 3_000 + 700, 5_200);
    assert_eq!(city.use_rate.fraction().as_deref(), Some("0.5769"), "30 ÷ 52");
    let receivable: Vec<i64> = city.payers.iter().map(|payer| fen(payer.receivable)).collect();
    assert_eq!(receivable, [1_800, 1_200]);
    assert_eq!(report.holders[0].org, OrgId(7));
    assert_eq!(
        report.holders[0].use_rate.fraction().as_deref(),
        Some("0.6667"),
        "30 ÷ 45"
    );
}

#[test]
fn the_use_rate_is_shown_by_month_of_grant_and_net_of_what_was_taken_back() {
    let city = Programme::open(ProgrammeId(1), serde_json::from_str(RULES).unwrap());
    let voucher = |id: u64| Voucher {
        id: VoucherId(id),
        programme: ProgrammeId(1),
        version: 1,
        org: OrgId(7),
        amount: Money::from_fen(4_000),
        valid_from: at(0),
        valid_until: at(99),
        application: None,
        ended: None,
    };
    let mut fold = Vouchers::new(Period::default(), vec![city], vec![voucher(1), voucher(2)], &accounts());
    // February begins in Shanghai at hour 736 of 1970. Redeem 20 of the first voucher and take 5 back; the second one expires.
    for (hour, debit, credit, fen) in [
        (735, 1, 2, 4_000),
        (736, 1, 5, 4_000),
        (737, 2, 3, 2_000),
        (738, 3, 4, 2_000),
        (739, 4, 3, 500),
        (739, 3, 8, 500),
        (740, 5, 1, 4_000),
    ] {
        let transfer = TransferFact {
            movement: 1,
            kind: MovementKind::Manual,
            debit: AccountId(debit),
            credit: AccountId(credit),
            amount: Money::from_fen(fen),
            booked_at: at(hour),
        };
        fold.add_transfer(&transfer).unwrap();
    }
    let report = fold.finish(&Names::default()).unwrap();
    let seen = report.cohorts.iter().map(|one| {
        let rates = [one.use_rate, one.expiry_rate].map(|rate| rate.fraction().unwrap_or_default());
        (
            one.programme.clone(),
            one.month.as_str(),
            one.uses.recovered.fen(),
            rates,
        )
    });
    let rates = |used: &str, expired: &str| [used.to_owned(), expired.to_owned()];
    let of = Some("city v1".to_owned());
    let expected = [
        (of.clone(), "1970-01", 500, rates("0.3750", "0.0000")),
        (of, "1970-02", 0, rates("0.0000", "1.0000")),
        (None, "1970-01", 500, rates("0.3750", "0.0000")),
        (None, "1970-02", 0, rates("0.0000", "1.0000")),
    ];
    assert_eq!(seen.collect::<Vec<_>>(), expected);
}

#[test]
fn a_period_chooses_vouchers_by_their_grant() {
    let only_second = Period {
        from: Some(at(2)),
        until: None,
    };
    let report = report(only_second);
    let uses = report.programmes[0].uses;
    assert_eq!((uses.vouchers, uses.granted.fen(), uses.expired.fen()), (1, 700, 700));
    assert_eq!(report.programmes[0].use_rate.fraction().as_deref(), Some("0.0000"));
    let nothing = Period {
        from: Some(at(50)),
        until: None,
    };
    assert_eq!(self::report(nothing).programmes[0].use_rate.fraction(), None);
}
