//! Claims, to the fen.

mod credited;
mod desk;
mod elsewhere;
mod limits;
mod recovered;
mod refusals;
mod treasury;
mod whole;

use serde_json::json;

use self::desk::{DAUGHTER, Desk, STRANGER, TENANT, fen, of, paid, postings};
use crate::domain::account::AccountKey;
use crate::domain::claim::ClaimState;
use crate::domain::contract::Contract;
use crate::domain::id::{ProgrammeId, VoucherId};
use crate::domain::money::Money;
use crate::engine::Command;

#[test]
fn a_claim_without_vouchers_is_paid_out_of_the_pot_by_both_funders() {
    let mut desk = Desk::new();
    let programme = desk.programme(json!({
        "co_funding": [{"payer": "province", "share_bps": 5000}, {"payer": "city", "share_bps": 5000}]
    }));
    // 30 % of 1,000.10 are 300.03; 150.02 and 150.01.
    let claim = desk.claim(TENANT, paid(programme, 8, 100_010)).unwrap();
    assert_eq!((claim.base, claim.amount), (fen(100_010), fen(30_003)));
    assert_eq!(desk.balance(AccountKey::Pot(programme)), 1_000_000 - 30_003);
    assert_eq!(desk.balance(AccountKey::VoucherReserved(VoucherId(1))), 30_003);
    let events = desk.approve(claim.id).unwrap();
    assert_eq!(
        postings(&desk, &events),
        [
            "TreasuryReceivable(ProgrammeId(1), 0) -> Cash(OrgId(3)) 150.02",
            "TreasuryReceivable(ProgrammeId(1), 1) -> Cash(OrgId(3)) 150.01",
            "VoucherReserved(VoucherId(1)) -> Redeemed(ProgrammeId(1)) 300.03",
        ]
    );
    let claim = desk.get(claim.id);
    assert_eq!(
        (claim.state, claim.parts.clone()),
        (ClaimState::Approved, vec![fen(15_002), fen(15_001)])
    );
    // The next odd fen goes to the other one: what both owe is their share of all that was redeemed.
    let next = desk.claim(TENANT, paid(programme, 9, 100_010)).unwrap();
    desk.approve(next.id).unwrap();
    assert_eq!(desk.get(next.id).parts, [fen(15_001), fen(15_002)]);
}

#[test]
fn a_claim_burns_granted_vouchers_soonest_expiry_first_and_never_the_pot() {
    let mut desk = Desk::new();
    let programme = desk.programme(json!({"validity_days": 30}));
    for (amount, days) in [(10_000, 2), (5_000, 1)] {
        desk.must(Command::Grant {
            programme,
            org: TENANT,
            amount: fen(amount),
        });
        desk.at = desk.at.plus_hours(24 * days);
    }
    let claim = desk.claim(TENANT, paid(programme, 8, 100_000)).unwrap();
    assert_eq!(claim.amount, fen(15_000), "30 % are 300.00, the vouchers have 150.00");
    let draws: Vec<_> = claim
        .draws
        .iter()
        .map(|draw| (draw.voucher.0, draw.amount.fen()))
        .collect();
    assert_eq!(draws, [(1, 10_000), (2, 5_000)]);
    let events = desk.approve(claim.id).unwrap();
    assert_eq!(
        postings(&desk, &events),
        [
            "TreasuryReceivable(ProgrammeId(1), 0) -> Cash(OrgId(3)) 150.00",
            "VoucherReserved(VoucherId(1)) -> Redeemed(ProgrammeId(1)) 100.00",
            "VoucherReserved(VoucherId(2)) -> Redeemed(ProgrammeId(1)) 50.00",
        ]
    );
    let none = desk.claim(STRANGER, paid(programme, 9, 100_000));
    assert_eq!(
        none.unwrap_err().to_string(),
        super::refusal::ClaimRefusal::NothingLeft.to_string()
    );
}

#[test]
fn what_is_refused_or_taken_back_leaves_everything_as_it_was() {
    let mut desk = Desk::new();
    let granted = desk.programme(json!({"cap_per_entity": "200.00"}));
    let open = desk.programme(json!({"cap_per_entity": "200.00"}));
    desk.must(Command::Grant {
        programme: granted,
        org: TENANT,
        amount: fen(50_000),
    });
    for programme in [granted, open] {
        let before = desk.balances();
        let claim = desk.claim(TENANT, paid(programme, 8, 100_000)).unwrap();
        assert_eq!(claim.amount, fen(20_000), "the cap");
        assert_ne!(desk.balances(), before);
        desk.withdraw(TENANT, claim.id).unwrap();
        assert_eq!(desk.balances(), before);
        let claim = desk.claim(TENANT, paid(programme, 8, 100_000)).unwrap();
        desk.reject(claim.id).unwrap();
        assert_eq!(desk.balances(), before);
        assert!(desk.state.drawn.values().all(|drawn| *drawn == Money::ZERO));
        for ended in [
            desk.approve(claim.id).map(|_| ()),
            desk.reject(claim.id),
            desk.withdraw(TENANT, claim.id),
        ] {
            assert_eq!(
                ended.unwrap_err().to_string(),
                format!("claim {} does not wait for a decision", claim.id)
            );
        }
    }
}

#[test]
fn what_comes_back_to_an_expired_voucher_goes_where_it_would_have_gone() {
    let mut desk = Desk::new();
    let programme = desk.programme(json!({"validity_days": 1, "on_expiry": "lapse"}));
    desk.must(Command::Grant {
        programme,
        org: TENANT,
        amount: fen(50_000),
    });
    let claim = desk.claim(TENANT, paid(programme, 8, 100_000)).unwrap();
    desk.at = desk.at.plus_hours(48);
    desk.withdraw(TENANT, claim.id).unwrap();
    assert_eq!(desk.balance(AccountKey::Lapsed(programme)), 50_000);
}

/// Declares contracts of 2025 under a programme, each with how much was paid.
fn declare(desk: &mut Desk, programme: ProgrammeId, contracts: &[(crate::domain::id::OrgId, i64)]) {
    for (cards, (org, amount)) in (100..).zip(contracts) {
        let claim = desk.claim(*org, paid(programme, cards, *amount)).unwrap();
        assert_eq!((claim.state, claim.amount), (ClaimState::Declared, Money::ZERO));
    }
}

#[test]
fn a_year_is_assessed_as_a_whole_and_paid_in_one_movement_an_entity() {
    let mut desk = Desk::new();
    // Half up to 5,000.00 a year, 30 % above; the daughter's contract counts towards its owner group's total.
    let programme = desk.programme(json!({
        "pay_mode": "assessment", "min_spend": "1000.00",
        "rates": [{"when": {"declared_total_up_to": "5000.00"}, "rate_bps": 5000}, {"rate_bps": 3000}],
    }));
    declare(
        &mut desk,
        programme,
        &[(TENANT, 300_000), (DAUGHTER, 300_000), (STRANGER, 90_000)],
    );
    let refused = desk.assess(programme, &[STRANGER]);
    assert_eq!(
        refused.unwrap_err().to_string(),
        super::refusal::ClaimRefusal::NothingLeft.to_string()
    );
    let events = desk.assess(programme, &[TENANT, DAUGHTER, STRANGER]).unwrap();
    assert_eq!(
        postings(&desk, &events),
        [
            "Pot(ProgrammeId(1)) -> VoucherAvailable(VoucherId(1)) 900.00",
            "TreasuryReceivable(ProgrammeId(1), 0) -> Cash(OrgId(3)) 900.00",
            "VoucherAvailable(VoucherId(1)) -> Redeemed(ProgrammeId(1)) 900.00",
            "Pot(ProgrammeId(1)) -> VoucherAvailable(VoucherId(2)) 900.00",
            "TreasuryReceivable(ProgrammeId(1), 0) -> Cash(OrgId(4)) 900.00",
            "VoucherAvailable(VoucherId(2)) -> Redeemed(ProgrammeId(1)) 900.00",
        ]
    );
    let again = desk.assess(programme, &[TENANT]).unwrap_err().to_string();
    assert!(again.contains("has declared nothing of the year"), "{again}");
}

#[test]
fn a_short_pot_is_shared_as_the_programme_says() {
    // Due are 300.00, 600.00 and 900.00; the pot has 600.00.
    for (allocation, expected) in [
        ("first_come", [30_000, 30_000, 0]),
        ("pro_rata", [10_000, 20_000, 30_000]),
        ("ranked", [0, 0, 60_000]),
    ] {
        let mut desk = Desk::new();
        let programme = desk.programme(json!({
            "pay_mode": "assessment", "pot": "600.00", "allocation_when_short": allocation,
            "review_chain": [{"kind": "expert"}],
        }));
        let due = [(TENANT, 100_000), (DAUGHTER, 200_000), (STRANGER, 300_000)];
        declare(&mut desk, programme, &due);
        desk.assess(programme, &[STRANGER, DAUGHTER, TENANT]).unwrap();
        let paid = due.map(|(org, _)| desk.balance(AccountKey::Cash(org)));
        assert_eq!(paid, expected, "{allocation}");
        assert_eq!(desk.balance(AccountKey::Pot(programme)), 0);
    }
}

#[test]
fn a_claim_may_follow_another_programmes_decision() {
    let mut desk = Desk::new();
    let province = desk.programme(json!({"co_funding": []}));
    // 15 % more, together at most 40 %.
    let city = desk.programme(json!({
        "evidence": [{"kind": "invoice", "with": "claim"}],
        "upper_match": {"programmes": ["p1"], "rates": [{"rate_bps": 1500}]},
        "stacking": [{"with": ["p1"], "ceilings": [{"rate_bps": 4000}]}],
    }));
    let first = desk.claim(TENANT, paid(province, 8, 100_000)).unwrap();
    let mut follow = of(city, first.contract.clone());
    follow.matches = Some(first.id);
    follow.documents.clear();
    follow.contract = None;
    let early = desk.claim(TENANT, follow.clone()).unwrap_err().to_string();
    assert!(early.contains("is no approved claim"), "{early}");
    desk.approve(first.id).unwrap();
    let other = desk.claim(STRANGER, follow.clone()).unwrap_err().to_string();
    assert_eq!(other, format!("there is no claim {} of this organisation", first.id));
    let second = desk.claim(TENANT, follow).unwrap();
    assert_eq!(
        (second.base, second.amount),
        (fen(100_000), fen(10_000)),
        "40 % less 300.00"
    );
    desk.approve(second.id).unwrap();
    assert_eq!(desk.balance(AccountKey::Cash(TENANT)), 40_000);
}

#[test]
fn a_lease_counts_with_what_vouchers_have_paid_of_it() {
    let mut desk = Desk::new();
    let deducts = desk.programme(json!({"pay_mode": "deduct", "rate_base": "contract"}));
    let ceiling = json!([{"ceilings": [{"rate_bps": 5000}]}]);
    let by_use = desk.programme(json!({"rate_base": "usage_fee", "stacking": ceiling}));
    let by_cash = desk.programme(json!({"rate_base": "paid"}));
    desk.state.counters.fill = 10;
    let facts = || Contract::Lease(desk::lease(7, 100_000, Some((deducts, 30_000))));
    let claim = desk.claim(TENANT, of(by_use, facts())).unwrap();
    assert_eq!(
        (claim.base, claim.amount),
        (fen(100_000), fen(20_000)),
        "50 % less 300.00"
    );
    // The ceiling of the programme before holds for who comes later, too.
    let refused = desk.claim(TENANT, of(by_cash, facts())).unwrap_err().to_string();
    assert_eq!(refused, super::refusal::ClaimRefusal::NothingLeft.to_string());
    desk.withdraw(TENANT, claim.id).unwrap();
    let claim = desk.claim(TENANT, of(by_cash, facts())).unwrap();
    assert_eq!(
        (claim.base, claim.amount),
        (fen(70_000), fen(21_000)),
        "30 % of what the tenant has paid"
    );
}

#[test]
fn a_lease_dearer_than_the_reference_price_allows_is_cut() {
    let mut desk = Desk::new();
    desk.must(Command::DefineAccelerator(
        serde_json::from_value(
            json!({"code": "ascend-910b", "vendor": "Huawei", "model": "Ascend 910B", "domestic": true,
            "memory_gb": 64, "fp16_dense_gflops": null, "cards_per_node": 8}),
        )
        .unwrap(),
    ));
    desk.must(Command::SetReferencePrice {
        accelerator: "ascend-910b".parse().unwrap(),
        price: "5.000000".parse().unwrap(),
    });
    let programme = desk.programme(json!({"reference_price_cap": "1.10"}));
    desk.state.counters.fill = 10;
    let claim = desk
        .claim(TENANT, of(programme, Contract::Lease(desk::lease(7, 100_000, None))))
        .unwrap();
    assert_eq!(claim.amount, fen(16_500), "30 % of 1000.00 × 5.50 ÷ 10.00");
}
