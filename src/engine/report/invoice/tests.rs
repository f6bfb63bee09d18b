//! Invoices of one lease, figure by figure.

use super::*;
use crate::domain::id::{AcceleratorId, BidId, FillId, LeaseId, ListingId, SiteId};
use crate::domain::lease::Fill;
use crate::domain::money::Price;
use crate::domain::rate::BasisPoints;
use crate::domain::time::{Hour, Window};
use crate::engine::report::figure::{Period, decimal};
use crate::engine::report::statement::lease::{LeaseSums, PaperLease};

const TENANT: OrgId = OrgId(3);
const PROVIDER: OrgId = OrgId(1);

fn month() -> Month {
    "2026-12".parse().unwrap()
}

fn fill(price_micros: i64, vat_bps: u32) -> Fill {
    Fill {
        id: FillId(1),
        lease: LeaseId(1),
        bid: BidId(1),
        alternative: 0,
        tenant: TENANT,
        listing: ListingId(1),
        provider: PROVIDER,
        accelerator: AcceleratorId(0),
        site: SiteId(0),
        cards: 8,
        islands: Vec::new(),
        window: Window::new(month().from().hour_floor(), month().from().hour_floor().plus(24)).unwrap(),
        price: Price::from_micros(price_micros),
        charge: Money::ZERO,
        voucher: Money::ZERO,
        draws: Vec::new(),
        net: Money::ZERO,
        fee: Money::ZERO,
        tenant_fee: BasisPoints(50),
        provider_fee: BasisPoints(100),
        vat: BasisPoints(vat_bps),
        at: month().from(),
        origin: crate::domain::lease::Origin::Match,
        sla: None,
    }
}

fn books(party: Party, ends: Hour, sums: LeaseSums) -> Books {
    let lease = PaperLease {
        fill: fill(9_510_000, 600),
        ends,
    };
    Books {
        period: Period {
            from: Some(month().from()),
            until: Some(month().until()),
        },
        party,
        accounts: Vec::new(),
        leases: vec![LeaseBook { lease, sums }],
    }
}

#[test]
fn lines_add_up_whatever_is_rounded() {
    // Price, VAT rate, total; quantity, price without VAT, amount, VAT.
    for (price, rate, total, quantity, unit, amount, vat) in [
        // 192 card-hours at 9.51 are 1,825.92: 1,722.566… + 103.353…
        (9_510_000, 600, 182_592, "192.0000", "8.9717187500", "1722.57", "103.35"),
        (15_333_333, 600, 59_800, "39.0000", "14.4653846154", "564.15", "33.85"),
        (9_510_000, 0, 1_000, "1.0515", "9.5102234903", "10.00", "0.00"),
        (9_510_000, 1_300, -1_000, "-1.0515", "8.4165477889", "-8.85", "-1.15"),
        // A fen is more than no card-hours at all.
        (900_000_000, 600, 1, "0.0001", "100.0000000000", "0.01", "0.00"),
        (0, 600, 100, "1.0000", "0.9400000000", "0.94", "0.06"),
    ] {
        let line = InvoiceLine::at_rate(
            &fill(price, 0),
            (Service::Compute, BasisPoints(rate)),
            Money::from_fen(total),
        )
        .unwrap();
        assert_eq!(
            (
                decimal(line.quantity, QUANTITY_DECIMALS).as_str(),
                decimal(line.price, PRICE_DECIMALS).as_str(),
                line.amount.to_string().as_str(),
                line.vat.to_string().as_str(),
            ),
            (quantity, unit, amount, vat),
            "{price} {rate} {total}"
        );
        assert_eq!(line.amount.plus(line.vat), Ok(line.total));
    }
}

#[test]
fn capacity_has_the_rate_of_its_delivery_and_fees_that_of_the_fill() {
    let rate = |service, at: &str| {
        let line = InvoiceLine::new(
            &fill(9_510_000, 1_300),
            service,
            Money::from_fen(10_600),
            at.parse().unwrap(),
        );
        line.unwrap().rate.0
    };
    assert_eq!(rate(Service::Compute, "2026-12-31T00:00:00Z"), 600);
    assert_eq!(rate(Service::Fee, "2026-12-31T00:00:00Z"), 1_300);
    assert_eq!(
        rate(Service::Compute, "2016-04-30T00:00:00Z"),
        1_300,
        "before the first rate of the table it is that of the fill"
    );
}

/// The full price, whoever paid it: 70 in cash and 30 by voucher are an invoice over 100.
#[test]
fn the_provider_invoices_the_full_price_and_the_platform_its_fees() {
    let sums = LeaseSums {
        cash: Money::from_fen(7_000),
        voucher: Money::from_fen(3_000),
        tenant_fee: Money::from_fen(50),
        provider_fee: Money::from_fen(100),
        vat: Money::from_fen(8),
        ..LeaseSums::default()
    };
    let ends = month().from().hour_floor().plus(24);
    for (party, expected, vat_rounding) in [
        (
            Party::Org(TENANT),
            vec![("202612-000000-000003-F", 50), ("202612-000001-000003-C", 10_000)],
            None,
        ),
        (
            Party::Org(PROVIDER),
            vec![("202612-000000-000001-F", 100), ("202612-000001-000003-C", 10_000)],
            None,
        ),
        // The ledger rounds 1.50 ÷ 1.06 × 6 % = 0.0849 together; the invoices 0.0566 and 0.0283 each by itself.
        (
            Party::Platform,
            vec![("202612-000000-000001-F", 100), ("202612-000000-000003-F", 50)],
            Some(Money::from_fen(-1)),
        ),
    ] {
        let report = invoices(&books(party, ends, sums), month(), &Parties::default()).unwrap();
        let shown = report.invoices.iter().map(|one| (one.number.as_str(), one.total.fen()));
        assert_eq!(shown.collect::<Vec<_>>(), expected, "{party:?}");
        assert!(
            report
                .invoices
                .iter()
                .all(|one| one.colour == Colour::Blue && one.corrects.is_none())
        );
        assert_eq!(report.vat_rounding, vat_rounding);
    }
}

#[test]
fn what_is_given_back_is_a_red_invoice_that_names_the_blue_one() {
    let sums = LeaseSums {
        credit_cash: Money::from_fen(700),
        credit_voucher: Money::from_fen(300),
        ..LeaseSums::default()
    };
    let first = month().from().hour_floor();
    for (ends, number, corrects) in [
        (
            first.plus(24),
            "202612-000001-000003-CR202612",
            "202612-000001-000003-C",
        ),
        (first, "202612-000001-000003-CR202611", "202611-000001-000003-C"),
        (
            Hour(first.0 - 31 * 24),
            "202612-000001-000003-CR202610",
            "202610-000001-000003-C",
        ),
    ] {
        let report = invoices(&books(Party::Org(TENANT), ends, sums), month(), &Parties::default()).unwrap();
        let [red] = report.invoices.try_into().unwrap();
        assert_eq!((red.number.as_str(), red.corrects.as_deref()), (number, Some(corrects)));
        assert_eq!((red.colour, red.total.fen()), (Colour::Red, -1_000));
    }
}
