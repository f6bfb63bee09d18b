//! Exports against the specification: its list of columns, their types, what may be null, which values are allowed, and the rules
//! between columns. See `tests/it/focus/README.md`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use qiantang::app::report::{self, Name, Report, Scope};
use qiantang::domain::id::OrgId;
use qiantang::domain::month::Month;
use qiantang::engine::report::Period;
use qiantang::engine::report::focus::columns::COLUMNS;
use qiantang::store::{Reader, Url};
use serde_json::{Map, Value};

use super::golden::market;
use super::tell;
use crate::harness::for_each_empty;
use crate::recovery::town::{Setting, Town};

/// A column of the specification.
struct Column {
    level: String,
    nullable: bool,
    kind: String,
}

fn specification() -> BTreeMap<String, Column> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/focus/columns-1.2.txt");
    let text = fs::read_to_string(path).unwrap();
    let mut columns = BTreeMap::new();
    for line in text.lines().skip(1) {
        let fields: Vec<&str> = line.split('|').collect();
        let [name, _, level, nullable, kind, ..] = fields.as_slice() else {
            panic!("{line}");
        };
        let column = Column {
            level: (*level).to_owned(),
            nullable: *nullable == "True",
            kind: (*kind).to_owned(),
        };
        columns.insert((*name).to_owned(), column);
    }
    assert_eq!(columns.len(), 57);
    columns
}

fn allowed(column: &str) -> Option<&'static [&'static str]> {
    Some(match column {
        "ChargeCategory" => &["Usage", "Purchase", "Tax", "Credit", "Adjustment"],
        "ChargeClass" => &["Correction"],
        "ChargeFrequency" => &["One-Time", "Recurring", "Usage-Based"],
        "CapacityReservationStatus" => &["Used", "Unused"],
        "PricingCategory" => &["Standard", "Dynamic", "Committed", "Other"],
        "ServiceCategory" => &[
            "AI and Machine Learning",
            "Analytics",
            "Business Applications",
            "Compute",
            "Databases",
            "Developer Tools",
            "Multicloud",
            "Identity",
            "Integration",
            "Internet of Things",
            "Management and Governance",
            "Media",
            "Migration",
            "Mobile",
            "Networking",
            "Security",
            "Storage",
            "Web",
            "Other",
        ],
        // Those of the two categories that are used.
        "ServiceSubcategory" => &[
            "Containers",
            "End User Computing",
            "Quantum Compute",
            "Serverless Compute",
            "Virtual Machines",
            "Other (Compute)",
            "Other (Other)",
        ],
        "BillingCurrency" => &["CNY"],
        _ => return None,
    })
}

fn is_type(kind: &str, value: &Value) -> bool {
    match kind {
        "Decimal" => value.is_number(),
        "String" => value
            .as_str()
            .is_some_and(|text| !text.is_empty() && text.trim() == text),
        "Date/Time" => value.as_str().is_some_and(|text| {
            let shape: String = text
                .chars()
                .map(|letter| if letter.is_ascii_digit() { '0' } else { letter })
                .collect();
            shape == "0000-00-00T00:00:00Z"
        }),
        "JSON" => value.as_str().is_some_and(|text| {
            let object: Map<String, Value> = serde_json::from_str(text).unwrap();
            object.values().all(|value| !value.is_object() && !value.is_array())
        }),
        _ => panic!("{kind}"),
    }
}

/// In units of 10⁻¹⁰.
fn exact(value: &Value) -> i128 {
    let text = value.to_string();
    let (sign, digits) = text.strip_prefix('-').map_or((1, text.as_str()), |digits| (-1, digits));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    assert!(part.len() <= 10 && !text.contains('e'), "{text}");
    sign * format!("{whole}{part:0<10}").parse::<i128>().unwrap()
}

fn check(specified: &BTreeMap<String, Column>, row: &Map<String, Value>) {
    for (name, value) in row {
        let Some(column) = specified.get(name) else {
            assert!(name.starts_with("x_"), "{name} is no column of the specification");
            continue;
        };
        if value.is_null() {
            assert!(column.nullable, "{name} may not be null: {row:?}");
        } else {
            assert!(is_type(&column.kind, value), "{name} is {}: {value}", column.kind);
            if let Some(allowed) = allowed(name) {
                assert!(allowed.contains(&value.as_str().unwrap()), "{name}: {value}");
            }
        }
    }
    check_rules(row);
}

/// What the specification says of columns together.
fn check_rules(row: &Map<String, Value>) {
    let null = |name: &str| row[name].is_null();
    let category = row["ChargeCategory"].as_str().unwrap();
    let priced = category == "Usage" || category == "Purchase";
    let corrects = !null("ChargeClass");
    assert!(
        row["ChargePeriodStart"].as_str() < row["ChargePeriodEnd"].as_str(),
        "{row:?}"
    );
    assert!(row["BillingPeriodStart"].as_str() < row["BillingPeriodEnd"].as_str());
    for name in [
        "PricingQuantity",
        "ContractedUnitPrice",
        "ListUnitPrice",
        "PricingCategory",
        "SkuId",
        "SkuPriceId",
    ] {
        assert!(category != "Tax" || null(name), "{name} of a tax: {row:?}");
        assert!(!(priced && !corrects && null(name)), "{name} of {category}: {row:?}");
    }
    assert_eq!(null("PricingUnit"), null("PricingQuantity"));
    assert_eq!(null("ConsumedUnit"), null("ConsumedQuantity"));
    assert!(null("ConsumedQuantity") || category == "Usage");
    assert!(!null("ConsumedQuantity") || category != "Usage" || corrects);
    assert_eq!(null("RegionName"), null("RegionId"));
    assert_eq!(null("ResourceType"), null("ResourceId"));
    assert!(!null("CapacityReservationStatus") || category != "Usage", "{row:?}");
    assert!(!(row["ChargeFrequency"] == "Usage-Based" && category == "Purchase"));
    assert_ne!(row["ResourceName"], row["ResourceId"]);
    if category == "Credit" {
        assert_eq!(row["ListCost"], row["BilledCost"]);
        assert_eq!(row["ContractedCost"], row["BilledCost"]);
    }
    if !null("PricingQuantity") && !corrects {
        for (unit, cost) in [("ContractedUnitPrice", "ContractedCost"), ("ListUnitPrice", "ListCost")] {
            assert!(exact(&row[unit]) >= 0);
            let product = exact(&row[unit]) * exact(&row["PricingQuantity"]) / 10_i128.pow(10);
            // To the nearest fen.
            assert!((product - exact(&row[cost])).abs() * 2 < 100_000_000, "{row:?}");
        }
    }
}

/// The rows of one tenant and month, as JSON.
fn rows(url: &Url, org: u64, month: &str) -> Vec<Map<String, Value>> {
    let month: Month = month.parse().unwrap();
    let scope = Scope {
        period: Period {
            from: Some(month.from()),
            until: Some(month.until()),
        },
        org: Some(OrgId(org)),
        month: Some(month),
        issuer: None,
    };
    let report = report::run(&mut Reader::open(url).unwrap(), Name::Focus, scope).unwrap();
    assert!(matches!(report, Report::Focus(_)));
    let Value::Object(shown) = serde_json::to_value(&report).unwrap() else {
        panic!()
    };
    let rows = shown["rows"].as_array().unwrap().iter();
    rows.map(|row| row.as_object().unwrap().clone()).collect()
}

#[test]
fn the_columns_are_those_of_the_specification_and_ours_come_last() {
    let specified = specification();
    let ours = COLUMNS.iter().position(|name| name.starts_with("x_")).unwrap();
    let (theirs, ours) = COLUMNS.split_at(ours);
    assert!(theirs.iter().all(|name| specified.contains_key(*name)), "{theirs:?}");
    assert!(ours.iter().all(|name| name.starts_with("x_")), "{ours:?}");
    assert!(theirs.is_sorted(), "in the order of the list");
    for (name, column) in &specified {
        let present = theirs.contains(&name.as_str());
        assert!(present || column.level != "Mandatory", "{name} is mandatory");
    }
    // Capacity reservations, units of usage, unit prices, regions, resources and SKUs there are.
    for name in [
        "CapacityReservationId",
        "CapacityReservationStatus",
        "ConsumedQuantity",
        "ConsumedUnit",
        "ContractedUnitPrice",
        "ListUnitPrice",
        "PricingCategory",
        "RegionId",
        "RegionName",
        "ResourceId",
        "ResourceName",
        "ResourceType",
        "SkuId",
        "SkuMeter",
        "SkuPriceDetails",
        "SkuPriceId",
    ] {
        assert!(theirs.contains(&name), "{name}");
    }
}

#[test]
fn every_row_is_as_the_specification_says() {
    let specified = specification();
    for_each_empty(|database| {
        market(&database.place());
        let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
        for (org, month) in [
            (5, "2026-11"),
            (5, "2026-12"),
            (6, "2026-12"),
            (6, "2026-11"),
            (3, "2026-12"),
        ] {
            for row in rows(&database.url, org, month) {
                check(&specified, &row);
                *kinds
                    .entry(row["ChargeCategory"].as_str().unwrap().to_owned())
                    .or_default() += 1;
            }
        }
        // Two leases in November and three in December, each with a charge, a fee and VAT on both; four times a voucher pays.
        let expected = [("Credit", 4), ("Tax", 10), ("Usage", 10)].map(|(kind, count)| (kind.to_owned(), count));
        assert_eq!(kinds, expected.into());
    });
}

#[test]
fn what_is_given_back_later_is_a_credit_that_corrects() {
    let specified = specification();
    let mut town = Town::new(&Setting::default());
    let lease = town.finished();
    town.now = "2027-01-10T00:00:00Z".parse().unwrap();
    town.credit(&lease, 10_000).unwrap();
    for_each_empty(|database| {
        qiantang::store::migrate(&database.url).unwrap();
        tell(&database.url, &town.said);
        let [row] = rows(&database.url, 2, "2027-01").try_into().unwrap();
        check(&specified, &row);
        assert_eq!(
            (&row["ChargeCategory"], &row["ChargeClass"]),
            (&"Credit".into(), &"Correction".into())
        );
        // Of 100.00, vouchers had paid a third: 66.67 go to the tenant.
        assert_eq!(row["BilledCost"].to_string(), "-66.67");
        assert_eq!(row["CapacityReservationId"], lease.lease.to_string());
    });
}
