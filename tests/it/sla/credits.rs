//! What schedules give back, to the fen.

use proptest::collection::vec;
use proptest::prelude::*;
use qiantang::domain::account::AccountKey;
use qiantang::domain::id::{LeaseId, VoucherId};
use qiantang::domain::outage::OutageState;
use qiantang::domain::recovery::RecoveryKind;
use serde_json::json;

use super::town::{ANSWER_HOURS, PROGRAMME, PROVIDER, Setting, TENANT, Town, in_cash, promising, promising_with};

/// A lease of a day of which an hour, the sixth, was delivered in so many thousandths.
fn short_by_an_hour(town: &mut Town, thousandths: i64) -> LeaseId {
    let lease = town.rent(24);
    town.deliver(lease, (0, 5), 1_000);
    town.deliver(lease, (5, 6), thousandths);
    town.deliver(lease, (6, 24), 1_000);
    lease
}

/// 2,880 of 691,200 card-seconds are missing, which is more than 691.2: twice 3.34 for each hour of them are 5.344.
#[test]
fn more_than_promised_is_credited_as_it_was_paid() {
    let mut town = promising(&Setting::default());
    let lease = short_by_an_hour(&mut town, 900);
    let before = town.settled();
    assert_eq!(
        (before[0].charge.fen(), before[0].voucher.fen()),
        (63_861, 21_284),
        "of 688,320 card-seconds"
    );
    assert_eq!(before[0].sla_credit.fen(), 0, "the provider can still contest it");
    assert!(town.state.leases.contains_key(&lease), "so the lease stays open");
    let [cash, owed, voucher, pot, provider] = town.standing();
    let receivables = town.receivables();
    town.pass(ANSWER_HOURS);
    let settled = town.settled();
    assert_eq!(settled[0].sla_credit.fen(), 534);
    assert!(
        !town.state.leases.contains_key(&lease),
        "nothing keeps it open any more"
    );
    // Of 641.28 vouchers pay 213.73: of 5.34 they get 1.78. What was not delivered went back when the lease was closed.
    let unused = (64_128 - 21_373) - (63_861 - 21_284);
    let unused_voucher = 21_373 - 21_284;
    let expected = [
        cash + unused + 356,
        owed - 178,
        voucher + unused_voucher + 178,
        pot,
        provider - 534,
    ];
    assert_eq!(town.standing(), expected);
    let less: Vec<i64> = receivables
        .iter()
        .zip(town.receivables())
        .map(|(was, now)| was - now)
        .collect();
    assert_eq!(
        less,
        [106, 36, 36],
        "60.01, 19.99 and 20 % of what is redeemed, before and after"
    );
    assert_eq!(town.fen(AccountKey::Redeemed(PROGRAMME)), 21_284 - 178);
    assert_eq!(town.drawn(), 21_284 - 178);
    let made = town.state.recoveries.values().next().unwrap();
    let RecoveryKind::Credit {
        cash,
        sla,
        from_earnings,
        ..
    } = &made.kind
    else {
        panic!("must be a credit: {made:?}");
    };
    assert_eq!((cash.fen(), made.amount.fen(), from_earnings.fen()), (356, 178, 534));
    assert_eq!(
        sla.map(|basis| (basis.unavailable, basis.contracted)),
        Some((2_880, 691_200))
    );
    assert!(town.settled().is_empty(), "there is nothing more to settle");
}

#[test]
fn up_to_what_is_promised_nothing_is_credited_and_one_more_card_second_credits_all() {
    // 663 and 692 card-seconds are missing; 691.2 may be.
    for (thousandths, credit) in [(1_000, 0), (977, 0), (976, 128)] {
        let mut town = promising(&in_cash());
        short_by_an_hour(&mut town, thousandths);
        town.pass(ANSWER_HOURS);
        let credited: i64 = town.settled().iter().map(|one| one.sla_credit.fen()).sum();
        assert_eq!(credited, credit, "{thousandths} ‰ of an hour");
    }
}

#[test]
fn a_lease_paid_in_cash_alone_gets_cash() {
    let mut town = promising(&in_cash());
    short_by_an_hour(&mut town, 900);
    let cash = town.fen(AccountKey::Cash(TENANT));
    town.pass(ANSWER_HOURS);
    assert_eq!(town.settled()[0].sla_credit.fen(), 534);
    assert_eq!(town.fen(AccountKey::Cash(TENANT)), cash + (64_128 - 63_861) + 534);
    let made = town.state.recoveries.values().next().unwrap();
    assert_eq!((made.programme, made.amount.fen()), (None, 0));
}

#[test]
fn a_voucher_that_has_expired_gets_nothing_and_the_pot_does() {
    let mut town = promising(&Setting::default());
    short_by_an_hour(&mut town, 900);
    town.settled();
    town.now = "2027-11-02T00:00:00Z".parse().unwrap();
    let pot = town.fen(AccountKey::Pot(PROGRAMME));
    town.settled();
    // Both vouchers' rests came into the pot too.
    let available = [1, 2].map(|id| town.fen(AccountKey::VoucherAvailable(VoucherId(id))));
    assert_eq!(available, [0, 0]);
    let granted = 520_000;
    assert_eq!(town.fen(AccountKey::Pot(PROGRAMME)), pot + granted - 21_284 + 178);
    assert_eq!(town.fen(AccountKey::Redeemed(PROGRAMME)), 21_284 - 178);
}

#[test]
fn no_more_is_credited_than_was_charged() {
    // A hundred times the price for eight cards that were down for twelve hours.
    let mut town = promising_with(&Setting::default(), "0.001", "100");
    let lease = town.rent(24);
    town.deliver(lease, (0, 12), 1_000);
    town.deliver(lease, (12, 24), 0);
    town.pass(ANSWER_HOURS);
    let settled = town.settled();
    assert_eq!(settled[0].charge.fen(), 32_064);
    assert_eq!(settled[0].sla_credit.fen(), 32_064);
    assert_eq!(town.standing()[1], 0, "no treasury pays for it");
    assert_eq!(town.standing()[4], 0, "and the provider has nothing");
}

#[test]
fn what_was_paid_out_already_is_owed() {
    let mut town = promising(&in_cash());
    let lease = town.rent(24);
    town.deliver(lease, (0, 24), 1_000);
    let outage = town.down(lease, (5, 6), 8);
    // Earnings become payable after three days, and leave the exchange.
    town.settled();
    town.contest(PROVIDER, outage, "it ran").unwrap();
    town.pass(100);
    let payable = town.state.ledger.balance(AccountKey::PayableCash(PROVIDER));
    let transfers = vec![(AccountKey::PayableCash(PROVIDER), AccountKey::Bank, payable)];
    town.say(qiantang::engine::Command::Post { transfers }).unwrap();
    town.decide(outage, json!({"upheld": true, "reason": "both logs say so"}))
        .unwrap();
    assert_eq!(town.settled()[0].sla_credit.fen(), 5_344);
    assert_eq!(town.fen(AccountKey::Debt(PROVIDER)), 5_344);
}

#[test]
fn old_leases_and_unmeasured_terms_credit_nothing() {
    // Agreed before outages were measured.
    let mut town = Town::new(&in_cash());
    let lease = town.rent(24);
    town.verb(None, "terms", json!({"outage_hours": 1}));
    town.deliver(lease, (0, 24), 0);
    assert_eq!(town.state.sla.all().count(), 1, "it is known all the same");
    town.pass(1);
    assert_eq!(town.settled()[0].sla_credit.fen(), 0);
    // Never measured.
    let mut town = Town::new(&in_cash());
    let lease = town.rent(24);
    town.deliver(lease, (0, 24), 0);
    assert_eq!(town.state.sla.all().count(), 0);
    let body = json!({"lease": lease, "from": town.hour(lease, 0), "cards_down": 1, "cause": "provider"});
    assert!(town.claim(TENANT, body).is_err());
    assert!(!town.settled().is_empty());
}

#[derive(Debug, Clone)]
struct Day {
    /// Thousandths delivered in each part of four hours.
    delivered: Vec<i64>,
    /// Hours that the tenant claims, with cards.
    claims: Vec<(u32, u32, u32)>,
    /// After which parts is settled.
    settles: Vec<bool>,
    vouchers: bool,
}

fn day() -> impl Strategy<Value = Day> {
    let part = prop_oneof![Just(1_000_i64), 0_i64..1_000];
    (
        vec(part, 6),
        vec((0_u32..20, 1_u32..4, 1_u32..9), 0..4),
        vec(any::<bool>(), 6),
        any::<bool>(),
    )
        .prop_map(|(delivered, claims, settles, vouchers)| Day {
            delivered,
            claims,
            settles,
            vouchers,
        })
}

/// Lives through it, and says what everybody has in the end, and what was credited.
fn live(day: &Day, settles: &[bool], reversed: bool) -> ([i64; 5], i64) {
    let setting = Setting {
        uses_vouchers: day.vouchers,
        // One voucher: of several, which one gets a credit back depends on what was burned when.
        vouchers: [500_000, 1],
        ..Setting::default()
    };
    let mut town = promising(&setting);
    let lease = town.rent(24);
    let mut credited = 0;
    let mut settle = |town: &mut Town| credited += town.settled().iter().map(|one| one.sla_credit.fen()).sum::<i64>();
    let mut parts: Vec<(u32, i64)> = (0..6).map(|part| part * 4).zip(day.delivered.iter().copied()).collect();
    let mut claims = day.claims.clone();
    if reversed {
        parts.reverse();
        claims.reverse();
    }
    for (place, (from, thousandths)) in parts.into_iter().enumerate() {
        town.deliver(lease, (from, from + 4), thousandths);
        // Reversed, everything is reported at the end of the day, when a settlement could close the lease.
        if settles[place] && place < 5 {
            settle(&mut town);
        }
    }
    town.now = town.now.max(town.hour(lease, 24));
    for (from, hours, cards) in claims {
        town.down(lease, (from, from + hours), cards);
    }
    if settles[5] {
        settle(&mut town);
    }
    town.pass(ANSWER_HOURS);
    settle(&mut town);
    assert!(town.state.leases.is_empty());
    assert!(town.state.sla.all().next().is_none());
    (town.standing(), credited)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn neither_the_order_of_reports_nor_how_often_is_settled_matters(day in day()) {
        let once = live(&day, &[false; 6], false);
        prop_assert_eq!(live(&day, &day.settles, false), once);
        prop_assert_eq!(live(&day, &[false; 6], true), once);
        prop_assert_eq!(live(&day, &day.settles, true), once);
    }
}

#[test]
fn what_nobody_reported_is_unknown_and_no_outage() {
    let mut town = promising(&in_cash());
    let lease = town.rent(24);
    town.deliver(lease, (0, 12), 1_000);
    town.pass(12 + 24);
    assert_eq!(town.settled()[0].sla_credit.fen(), 0);
    assert!(!town.state.leases.contains_key(&lease));
}

#[test]
fn what_two_sources_say_is_credited_once() {
    let mut town = promising(&in_cash());
    let lease = short_by_an_hour(&mut town, 0);
    let claimed = town.down(lease, (5, 6), 8);
    town.confirm(PROVIDER, claimed).unwrap();
    town.pass(ANSWER_HOURS);
    assert_eq!(
        town.state
            .sla
            .all()
            .filter(|outage| outage.state == OutageState::Confirmed)
            .count(),
        2
    );
    assert_eq!(
        town.settled()[0].sla_credit.fen(),
        5_344,
        "28,800 card-seconds, not twice as many"
    );
}
