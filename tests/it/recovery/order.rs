//! In whatever order usage comes and is settled, vouchers, treasuries and caps end alike.

use proptest::prelude::*;
use qiantang::domain::account::AccountKey;
use qiantang::domain::id::VoucherId;
use serde_json::json;

use super::town::{PROGRAMME, Setting, TENANT, Town};

/// What vouchers, the programme and its treasuries have after two leases of a day, whose quarters are reported in this order,
/// each settled at once or not before the next; thousandths of each quarter are delivered.
fn ends(order: &[(usize, u32)], settled: u8, delivered: &[i64]) -> Vec<i64> {
    let mut town = Town::new(&Setting::default());
    town.verb(None, "terms", json!({"usage_grace_hours": 100}));
    let leases = [town.rent(24), town.rent(24)];
    let portions = order.iter().zip(delivered_by(order, delivered));
    for (place, (&(lease, quarter), thousandths)) in portions.enumerate() {
        town.deliver(leases[lease], (quarter * 6, quarter * 6 + 6), thousandths);
        if settled >> place & 1 == 1 {
            town.settle();
        }
    }
    town.settle();
    assert!(town.state.leases.is_empty(), "both are reported in full, and closed");
    let vouchers = [VoucherId(1), VoucherId(2)];
    let mut found: Vec<i64> = vouchers
        .iter()
        .flat_map(|id| [AccountKey::VoucherAvailable(*id), AccountKey::VoucherReserved(*id)])
        .chain([AccountKey::Redeemed(PROGRAMME), AccountKey::Cash(TENANT)])
        .map(|key| town.fen(key))
        .collect();
    found.extend(town.receivables());
    found.push(town.drawn());
    found
}

/// The thousandths of each portion, which go with the portion and not with its place.
fn delivered_by(order: &[(usize, u32)], delivered: &[i64]) -> Vec<i64> {
    let place = |(lease, quarter): &(usize, u32)| lease * 4 + usize::try_from(*quarter).unwrap();
    order.iter().map(|portion| delivered[place(portion)]).collect()
}

fn portions() -> Vec<(usize, u32)> {
    (0..2)
        .flat_map(|lease| (0..4).map(move |quarter| (lease, quarter)))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.div_ceil(8), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_settlements_does_not_matter(
        order in Just(portions()).prop_shuffle(),
        settled in any::<u8>(),
        delivered in proptest::collection::vec(prop_oneof![Just(1_000_i64), 0_i64..=1_000], 8),
    ) {
        prop_assert_eq!(ends(&order, settled, &delivered), ends(&portions(), 0, &delivered));
    }
}
