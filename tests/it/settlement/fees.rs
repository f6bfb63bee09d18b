//! Fees in tiers, and the rate of VAT of the day of delivery; journal entries to the fen.

use qiantang::domain::account::AccountKey;
use qiantang::domain::fees::{FeeSchedule, FeeTier, VatChange};
use qiantang::domain::id::{LeaseId, ProgrammeId};
use qiantang::domain::money::Money;
use qiantang::domain::rate::BasisPoints;
use qiantang::engine::settlement::SettlementCommand;
use qiantang::engine::{Command, Event, State};
use serde_json::json;

use super::town::{OTHER, PROVIDER, Says, Stored, TENANT, at, fen, settle};
use crate::harness::binary::verify;
use crate::harness::for_each_backend;

fn tiers(rows: &[(i64, u32)]) -> Vec<FeeTier> {
    let tier = |&(yuan, bps): &(i64, u32)| FeeTier {
        from_volume: Money::from_fen(yuan * 100),
        bps: BasisPoints(bps),
    };
    rows.iter().map(tier).collect()
}

fn schedule(from: u32, tenant: &[(i64, u32)], provider: &[(i64, u32)]) -> Command {
    Command::Settlement(SettlementCommand::SetFees(FeeSchedule {
        from: at(from),
        tenant: tiers(tenant),
        provider: tiers(provider),
    }))
}

fn vat(from: u32, bps: u32) -> Command {
    Command::Settlement(SettlementCommand::SetVat(VatChange {
        from: at(from),
        vat_bps: BasisPoints(bps),
    }))
}

fn rates(events: &[Event]) -> (u32, u32) {
    let rates = events.iter().find_map(|event| match event {
        Event::Filled(fill) => Some((fill.tenant_fee.0, fill.provider_fee.0)),
        _ => None,
    });
    rates.unwrap()
}

/// 100.00 CNY: one card for ten hours at 10.00.
fn hundred_yuan(state: &mut State, tenant: qiantang::domain::id::OrgId, hour: u32) -> (u32, u32) {
    let bid = json!({"alternatives": [{"accelerator": "ascend", "cards": 1, "hours": 10, "limit": "10"}],
        "earliest": at(hour), "latest": at(hour + 2_000)});
    rates(&state.verb(Some(tenant), "bid", bid, at(hour)))
}

#[test]
fn a_fill_freezes_the_rates_of_what_was_traded_in_the_month_before_it() {
    let mut state = State::default();
    state.open(json!({"tenant_fee_bps": 77, "provider_fee_bps": 88}));
    state.list(64, "10", (0, 9_000), at(0));
    assert_eq!(
        hundred_yuan(&mut state, TENANT, 0),
        (77, 88),
        "until a schedule is in force the terms say it"
    );
    let set = schedule(2, &[(0, 100), (200, 60)], &[(0, 200), (400, 150), (1_000, 90)]);
    state.give(set, at(1)).unwrap();
    assert_eq!(hundred_yuan(&mut state, TENANT, 1), (77, 88), "it is not in force yet");
    // The tenant has traded 200.00 by now, the provider too.
    assert_eq!(hundred_yuan(&mut state, TENANT, 2), (60, 200));
    assert_eq!(
        hundred_yuan(&mut state, OTHER, 2),
        (100, 200),
        "another tenant begins at the first tier"
    );
    assert_eq!(
        hundred_yuan(&mut state, OTHER, 3),
        (100, 150),
        "the provider has traded 400.00"
    );
    assert_eq!(hundred_yuan(&mut state, OTHER, 3), (60, 150));
    // December ends after 31 × 24 hours in Hangzhou.
    assert_eq!(hundred_yuan(&mut state, TENANT, 743), (60, 150));
    assert_eq!(
        hundred_yuan(&mut state, TENANT, 744),
        (100, 200),
        "a new month begins from nothing"
    );
    let later = schedule(800, &[(0, 10)], &[(0, 20)]);
    state.give(later, at(744)).unwrap();
    assert_eq!(hundred_yuan(&mut state, TENANT, 800), (10, 20));
}

#[test]
fn a_bid_holds_the_highest_rate_that_it_may_come_to_pay() {
    let mut state = State::default();
    state.open(json!({"tenant_fee_bps": 10}));
    state
        .give(schedule(1, &[(0, 50), (100, 500)], &[(0, 0)]), at(0))
        .unwrap();
    let bid = json!({"alternatives": [{"accelerator": "ascend", "cards": 1, "hours": 10, "limit": "10"}],
        "earliest": at(0), "latest": at(40)});
    state.verb(Some(TENANT), "bid", bid, at(0));
    // 100.00 and 5 %, of which 0.1 % are taken at the fill that comes now, by the terms that are in force.
    assert_eq!(fen(&state, AccountKey::Held(TENANT)), 10_500);
    state.list(1, "10", (0, 10), at(0));
    assert_eq!(fen(&state, AccountKey::Held(TENANT)), 0);
    assert_eq!(fen(&state, AccountKey::Escrow(LeaseId(1))), 10_010);
}

#[test]
fn schedules_that_cannot_be_are_refused() {
    let mut state = State::default();
    state.open(json!({}));
    for command in [
        schedule(0, &[(0, 10)], &[(0, 10)]),
        schedule(5, &[], &[(0, 10)]),
        schedule(5, &[(1, 10)], &[(0, 10)]),
        schedule(5, &[(0, 10), (5, 10), (5, 10)], &[(0, 10)]),
        schedule(5, &[(0, 10)], &[(0, 10_001)]),
        schedule(5, &[(0, 10)], &(0..17).map(|yuan| (yuan, 10)).collect::<Vec<_>>()),
        vat(0, 600),
        vat(5, 10_001),
    ] {
        assert_eq!(
            state.give(command.clone(), at(1)).unwrap_err(),
            "invalid",
            "{command:?}"
        );
    }
}

/// One card at 10.00 for forty hours; fees of 10 % and 20 %; contained VAT 6 % until hour 10, 13 % until hour 20, then 1 %.
#[test]
fn vat_is_that_of_the_hour_of_delivery_however_one_settles() {
    // Fees of 3.00 an hour. Hours 0 to 9: 30.00 × 6 ÷ 106 = 1.6981; 10 to 19: 30.00 × 13 ÷ 113 = 3.4513; 20 to 39:
    // 60.00 × 1 ÷ 101 = 0.5941. In fen: 170 + 345 + 59.
    let expected = 170 + 345 + 59;
    for settles in [
        vec![40],
        vec![5, 10, 15, 20, 40],
        vec![12, 25, 40],
        (1..=40).collect::<Vec<u32>>(),
    ] {
        let mut state = State::default();
        state.open(json!({"tenant_fee_bps": 1_000, "provider_fee_bps": 2_000, "vat_bps": 600, "usage_grace_hours": 0}));
        state.list(1, "10", (0, 40), at(0));
        state.take(TENANT, 1, "10", (0, 40), at(0));
        state.give(vat(10, 1_300), at(0)).unwrap();
        state.give(vat(20, 100), at(0)).unwrap();
        for hour in 0..40 {
            // Half of the hours are told late.
            if hour % 2 == 1 {
                state.use_up(1, (hour, hour + 1), 3_600, at(hour + 1));
                state.use_up(1, (hour - 1, hour), 3_600, at(hour + 1));
            }
            if settles.contains(&(hour + 1)) {
                state.settle_in_parts(at(hour + 1), 1, at(hour + 1), |_| {});
            }
        }
        state.give(settle(at(40)), at(40)).unwrap();
        assert!(state.leases.is_empty());
        assert_eq!(fen(&state, AccountKey::VatPayable), expected, "{settles:?}");
        assert_eq!(fen(&state, AccountKey::FeeRevenue), 12_000 - expected);
    }
}

/// A table for accountants: a voucher of two co-funders (70:30) pays 40 % of a lease; the fees' VAT changes in mid-lease.
#[test]
fn one_movement_a_lease_and_settlement_to_the_fen() {
    let mut state = State::default();
    state.open(json!({"tenant_fee_bps": 300, "provider_fee_bps": 500, "vat_bps": 600, "usage_grace_hours": 0}));
    let payers = [
        json!({"payer": "city", "share_bps": 7_000}),
        json!({"payer": "district", "share_bps": 3_000}),
    ];
    let programme = json!({"id": "g", "pot": "1000.00", "rates": [{"rate_bps": 4_000}], "co_funding": payers,
        "valid_from": at(0), "valid_until": at(9_000)});
    state.verb(None, "programme", programme, at(0));
    let grant = json!({"programme": ProgrammeId(1), "org": TENANT, "amount": "1000.00"});
    state.verb(None, "grant", grant, at(0));
    state.list(1, "13.33", (0, 4), at(0));
    state.take(TENANT, 1, "13.33", (0, 4), at(0));
    state.give(vat(2, 1_300), at(0)).unwrap();
    let mut booked = Vec::new();
    for hour in 0..4 {
        state.use_up(1, (hour, hour + 1), 3_600, at(hour + 1));
        let events = state.give(settle(at(hour + 1)), at(hour + 1)).unwrap();
        let movements = events.iter().filter_map(|event| match event {
            Event::Posted(posted) if posted.movement.transfers.len() > 1 => Some(posted),
            _ => None,
        });
        let amounts: Vec<Vec<i64>> = movements
            .map(|posted| {
                posted
                    .movement
                    .transfers
                    .iter()
                    .map(|transfer| transfer.amount.fen())
                    .collect()
            })
            .collect();
        assert_eq!(amounts.len(), 1, "one movement a lease and settlement");
        booked.extend(amounts);
    }
    // Columns: cash of the charge; city, district; redeemed; tenant's fee; provider's fee; VAT.
    // Of 53.32 vouchers pay 21.32, 5.33 of each hour: 3.73 and 1.60. Cumulative: the tenant's fee 0.40, 0.80, 1.20, 1.60; the
    // provider's 0.67, 1.33, 2.00, 2.67; VAT of 1.07 at 6 %: 0.06; of 2.13: 0.12; and of 3.20 − 2.13 at 13 %: 0.12; of 4.27 − 2.13:
    // 0.25.
    let expected = [
        vec![800, 373, 160, 533, 40, 67, 6],
        vec![800, 373, 160, 533, 40, 66, 6],
        vec![800, 373, 160, 533, 40, 67, 12],
        vec![800, 373, 160, 533, 40, 67, 13],
    ];
    assert_eq!(booked, expected);
    assert!(state.leases.is_empty());
    assert_eq!(fen(&state, AccountKey::VatPayable), 37);
    assert_eq!(fen(&state, AccountKey::PendingCash(PROVIDER)), 3_200 - 267);
}

#[test]
fn fees_and_vat_survive_a_restart() {
    for_each_backend(|database| {
        let mut town = Stored::open(&database.url);
        town.open(json!({"tenant_fee_bps": 1_000, "provider_fee_bps": 2_000, "usage_grace_hours": 0}));
        town.list(2, "10", (0, 40), at(0));
        town.give(schedule(1, &[(0, 100), (50, 60)], &[(0, 200)]), at(0))
            .unwrap();
        town.give(vat(10, 1_300), at(0)).unwrap();
        town.take(TENANT, 1, "10", (0, 40), at(0));
        town.use_up(1, (0, 20), 72_000, at(20));
        town.use_up(1, (20, 30), 36_000, at(30));
        town.give(settle(at(30)), at(30)).unwrap();
        let hash = town.check();
        town.exchange.shut_down();
        let mut town = Stored::open(&database.url);
        assert_eq!(town.check(), hash);
        // What was traded this month is known again: the second tier.
        town.take(TENANT, 1, "10", (30, 40), at(30));
        let rate = |state: &State| state.leases.get(&LeaseId(2)).map(|lease| lease.fill.tenant_fee);
        assert_eq!(town.exchange.handle().inspect(rate).unwrap(), Some(BasisPoints(60)));
        town.check();
        town.exchange.shut_down();
        verify(&database.place());
    });
}
