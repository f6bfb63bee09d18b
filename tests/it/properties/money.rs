//! What settlement and subsidies come to, whatever the numbers.

use proptest::collection::vec;
use proptest::prelude::*;
use qiantang::domain::account::AccountKey;
use qiantang::domain::id::{LeaseId, OrgId, ProgrammeId, VoucherId};
use qiantang::domain::lease::Fill;
use qiantang::domain::money::Money;
use qiantang::domain::time::Timestamp;
use qiantang::engine::{self, Command, Event, State, invariants};
use serde_json::{Value, json};

use super::flow::ORIGIN;

const PROVIDER: OrgId = OrgId(1);
const TENANT: OrgId = OrgId(2);

/// A lease and how it goes.
#[derive(Debug, Clone)]
struct Deal {
    price: i64,
    cards: u32,
    rate: u32,
    fees: (u32, u32),
    shares: (u32, u32),
    half_up: bool,
    voucher: i64,
    /// Of each hour: thousandths delivered, and whether a settlement follows.
    hours: Vec<(i64, bool)>,
}

fn deal() -> impl Strategy<Value = Deal> {
    let prices = prop_oneof![1_i64..40_000, 1_i64..20_000_000];
    let voucher = prop_oneof![1_i64..300, 1_i64..500_000];
    let hours = vec((prop_oneof![Just(1_000_i64), 0_i64..=1_000], any::<bool>()), 1..24);
    let terms = (
        0_u32..=10_000,
        (0_u32..1_500, 0_u32..=10_000),
        (1_u32..=4_999, 1_u32..=5_000),
        any::<bool>(),
    );
    (prices, 1_u32..9, terms, voucher, hours).prop_map(|(price, cards, terms, voucher, hours)| {
        let (rate, fees, shares, half_up) = terms;
        Deal {
            price,
            cards,
            rate,
            fees,
            shares,
            half_up,
            voucher,
            hours,
        }
    })
}

fn at(hours: usize) -> Timestamp {
    ORIGIN.timestamp().plus_hours(u32::try_from(hours).unwrap())
}

fn say(state: &mut State, verb: &str, caller: Option<OrgId>, body: Value, now: Timestamp) -> Vec<Event> {
    if engine::is_due(state, now) {
        engine::apply(state, Command::Tick, now).unwrap();
    }
    let command = qiantang::app::verb::command(verb, caller, body).unwrap();
    let events = engine::apply(state, command, now).unwrap();
    let broken = invariants::check(state).violations;
    assert!(broken.is_empty(), "{broken:?}");
    events
}

/// Registers both sides, opens a programme, grants a voucher; the first `setting` of the money tests.
fn world(deal: &Deal, price_cap: Option<&str>) -> State {
    let mut state = State::default();
    let mut tell = |verb: &str, caller, body| {
        say(&mut state, verb, caller, body, at(0));
    };
    let name = json!({"code": "ascend", "vendor": "v", "model": "m", "domestic": true, "memory_gb": 64,
        "fp16_dense_gflops": null, "cards_per_node": 8});
    tell("accelerator", None, name);
    tell(
        "site",
        None,
        json!({"code": "hangzhou", "name_zh": "杭州", "region": "east"}),
    );
    for (kind, stem) in [("provider", "91330100MA0000001"), ("tenant", "91330100MA0000002")] {
        let uscc = qiantang::domain::uscc::Uscc::from_stem(stem).unwrap();
        tell("org", None, json!({"name": kind, "uscc": uscc, "kinds": [kind]}));
    }
    tell(
        "terms",
        None,
        json!({"tenant_fee_bps": deal.fees.0, "provider_fee_bps": deal.fees.1}),
    );
    tell(
        "deposit",
        Some(TENANT),
        json!({"amount": "100000000.00", "bank_ref": "x"}),
    );
    let (first, second) = deal.shares;
    let payers = [("p", first), ("q", second), ("r", 10_000 - first - second)];
    let payers = payers.map(|(payer, share)| json!({"payer": payer, "share_bps": share}));
    let rounding = if deal.half_up { "half_up" } else { "floor" };
    tell(
        "programme",
        None,
        json!({"id": "g", "pot": "100000000.00", "rates": [{"rate_bps": deal.rate}],
        "co_funding": payers, "rounding": rounding, "reference_price_cap": price_cap,
        "valid_from": "2026-12-01T00:00:00Z", "valid_until": "2028-01-01T00:00:00Z"}),
    );
    let amount = Money::from_fen(deal.voucher);
    tell(
        "grant",
        None,
        json!({"programme": ProgrammeId(1), "org": TENANT, "amount": amount}),
    );
    state
}

/// Lists and bids: the fill.
fn trade(state: &mut State, ask: i64, cards: u32, hours: usize) -> Fill {
    let price = qiantang::domain::money::Price::from_micros(ask);
    let (from, until) = (at(0), at(hours));
    let listing = json!({"site": "hangzhou", "accelerator": "ascend", "cards_per_island": cards, "from": from,
        "until": until, "ask": price});
    say(state, "listing", Some(PROVIDER), listing, at(0));
    let bid = json!({"alternatives": [{"accelerator": "ascend", "cards": cards, "hours": hours, "limit": price}],
        "earliest": from, "latest": until});
    let events = say(state, "bid", Some(TENANT), bid, at(0));
    let fill = events.iter().find_map(|event| match event {
        Event::Filled(fill) => Some((**fill).clone()),
        _ => None,
    });
    fill.unwrap()
}

/// Plays the deal, settling where it says, or once at the end: what everybody has then.
fn outcome(deal: &Deal, often: bool) -> Vec<i64> {
    let mut state = world(deal, None);
    let hours = deal.hours.len();
    let fill = trade(&mut state, deal.price, deal.cards, hours);
    for (number, &(delivered, settles)) in deal.hours.iter().enumerate() {
        let card_seconds = 3_600 * i64::from(deal.cards) * delivered / 1_000;
        let (from, until) = (at(number), at(number + 1));
        let report = json!({"id": number.to_string(), "source": "m", "type": "qiantang.usage.v1", "data": {
            "lease": fill.lease, "from": from, "until": until, "cards_up": deal.cards, "card_seconds": card_seconds}});
        say(&mut state, "usage", Some(PROVIDER), report, until);
        if settles && often {
            say(&mut state, "settle", None, json!({"until": until}), until);
        }
    }
    let end = at(hours + 24);
    say(&mut state, "settle", None, json!({"until": end}), end);
    assert!(!state.leases.contains_key(&LeaseId(1)), "the lease is closed");
    let of = |key| state.ledger.balance(key).fen();
    let sum = |keys: &[AccountKey]| keys.iter().map(|key| of(*key)).sum();
    vec![
        of(AccountKey::Cash(TENANT)),
        sum(&[
            AccountKey::PendingCash(PROVIDER),
            AccountKey::PendingProgramme(PROVIDER),
            AccountKey::PayableCash(PROVIDER),
            AccountKey::PayableProgramme(PROVIDER),
        ]),
        of(AccountKey::FeeRevenue),
        of(AccountKey::VatPayable),
        of(AccountKey::TreasuryReceivable(ProgrammeId(1), 0)),
        of(AccountKey::TreasuryReceivable(ProgrammeId(1), 1)),
        of(AccountKey::TreasuryReceivable(ProgrammeId(1), 2)),
        of(AccountKey::Redeemed(ProgrammeId(1))),
        of(AccountKey::VoucherAvailable(VoucherId(1))),
        state.drawn.values().map(|drawn| drawn.fen()).sum(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn settling_often_comes_to_the_same_as_settling_once(deal in deal()) {
        prop_assert_eq!(outcome(&deal, true), outcome(&deal, false));
    }

    /// A subsidy cannot simply raise the price: above reference × cap it does not grow with the ask. And whatever the ask,
    /// the tenant pays more for a dearer one.
    #[test]
    fn a_higher_ask_gains_no_subsidy_and_costs_the_tenant_more(deal in deal(), ask in 5_000_000_i64..14_000_000, more in 1_i64..1_000_000) {
        let mut deal = deal;
        deal.rate %= 9_001;
        deal.voucher = 100_000_000;
        let hours = 10;
        let fill = |ask: i64| {
            let mut state = world(&deal, Some("1.1"));
            say(&mut state, "reference", None, json!({"accelerator": "ascend", "price": "10"}), at(0));
            trade(&mut state, ask, deal.cards, hours)
        };
        // Ten hours: every hundredth of a yuan more is ten fen more.
        let (low, high) = (fill(ask), fill(ask + 10_000 * (1 + more / 10_000)));
        prop_assert!(high.net > low.net, "{} for {}, {} for {}", low.net, low.price, high.net, high.price);
        prop_assert!(high.voucher >= low.voucher);
        if ask >= 11_000_000 {
            prop_assert_eq!(high.voucher, low.voucher);
        }
    }
}

#[test]
fn money_that_cannot_be_counted_is_refused() {
    let mut state = State::default();
    let uscc = qiantang::domain::uscc::Uscc::from_stem("91330100MA0000001").unwrap();
    say(
        &mut state,
        "org",
        None,
        json!({"name": "t", "uscc": uscc, "kinds": ["tenant"]}),
        at(0),
    );
    let amount = qiantang::engine::limits::AMOUNT_MAX;
    let deposit = || Command::Deposit {
        org: OrgId(1),
        amount,
        bank_ref: "x".to_owned(),
    };
    let fits = i64::MAX / amount.fen();
    for _ in 0..fits {
        engine::apply(&mut state, deposit(), at(0)).unwrap();
    }
    let before = super::hash(&state);
    let refusal = engine::apply(&mut state, deposit(), at(0));
    assert_eq!(refusal, Err(engine::Rejection::Overflow));
    assert_eq!(super::hash(&state), before);
    assert_eq!(invariants::check(&state).violations, []);
    assert_eq!(state.ledger.balance(AccountKey::Bank).fen(), fits * amount.fen());
}
