//! One charge in all its columns.

use super::columns::COLUMNS;
use super::{Category, Charge, Known, Row, invoice};
use crate::domain::id::OrgId;
use crate::domain::lease::Fill;
use crate::domain::month::Month;
use crate::domain::time::Timestamp;
use crate::engine::report::invoice::Service;
use crate::engine::report::section::Cell;
use crate::engine::report::statement::{LeaseBook, Party};

/// Decimals of invoices' quantities and prices.
use crate::engine::report::invoice::{PRICE_DECIMALS, QUANTITY_DECIMALS};

/// The row of a charge.
pub(super) fn row(charge: &Charge, (org, month): (OrgId, Month), (book, known): (&LeaseBook, Known<'_>)) -> Row {
    let fill = &book.lease.fill;
    Row(COLUMNS
        .iter()
        .map(|column| {
            let found = money(column, charge)
                .or_else(|| time(column, (book, month)))
                .or_else(|| who(column, charge, (org, known, fill)))
                .or_else(|| what(column, charge, (known, fill)));
            found
                .or_else(|| (*column == "InvoiceId").then(|| invoice(charge, month).into()))
                .unwrap_or(Cell::None)
        })
        .collect())
}

/// Amounts, quantities and prices.
fn money(column: &str, charge: &Charge) -> Option<Cell> {
    let usage = charge.usage.as_ref();
    Some(match column {
        "BilledCost" | "ContractedCost" | "EffectiveCost" | "ListCost" => charge.cost.into(),
        "PricingQuantity" | "ConsumedQuantity" => {
            usage.map_or(Cell::None, |line| Cell::Decimal(line.quantity, QUANTITY_DECIMALS))
        }
        "PricingUnit" | "ConsumedUnit" => usage.map_or(Cell::None, |line| match line.service {
            Service::Compute => "Card-Hours".into(),
            Service::Fee => "Units".into(),
        }),
        "ContractedUnitPrice" | "ListUnitPrice" => {
            usage.map_or(Cell::None, |line| Cell::Decimal(line.price, PRICE_DECIMALS))
        }
        "BillingCurrency" => "CNY".into(),
        _ => return None,
    })
}

/// Instants, all of whole seconds.
fn time(column: &str, (book, month): (&LeaseBook, Month)) -> Option<Cell> {
    let (start, end) = (book.lease.fill.window.from().timestamp(), book.lease.ends.timestamp());
    Some(match column {
        "BillingPeriodStart" => month.from().into(),
        "BillingPeriodEnd" => month.until().into(),
        "ChargePeriodStart" => charged((start, end), month).0.into(),
        "ChargePeriodEnd" => charged((start, end), month).1.into(),
        "x_LeaseStart" => start.into(),
        "x_LeaseEnd" => end.into(),
        _ => return None,
    })
}

/// The part of a lease that lies in the month; all of it where none does and something is settled or corrected later.
fn charged((start, end): (Timestamp, Timestamp), month: Month) -> (Timestamp, Timestamp) {
    let part = (start.max(month.from()), end.min(month.until()));
    if part.0 < part.1 {
        part
    } else {
        (start, end.max(start.plus_hours(1)))
    }
}

/// Who pays whom.
fn who(column: &str, charge: &Charge, (org, known, fill): (OrgId, Known<'_>, &Fill)) -> Option<Cell> {
    let name = |party| Cell::from(known.parties.named(party).name);
    let seller = match charge.service {
        Service::Compute => Party::Org(fill.provider),
        Service::Fee => Party::Platform,
    };
    Some(match column {
        "BillingAccountId" => org.to_string().into(),
        "BillingAccountName" => name(Party::Org(org)),
        "InvoiceIssuerName" | "PublisherName" => name(seller),
        "ProviderName" => name(Party::Platform),
        "x_ProviderId" => fill.provider.to_string().into(),
        _ => return None,
    })
}

/// What it is for.
fn what(column: &str, charge: &Charge, (known, fill): (Known<'_>, &Fill)) -> Option<Cell> {
    let is_usage = charge.category == Category::Usage;
    let is_fee = charge.service == Service::Fee;
    let site = known.sites.get(usize::from(fill.site.0));
    let priced = |text: &str| {
        if charge.usage.is_some() {
            text.into()
        } else {
            Cell::None
        }
    };
    let accelerator = known.names.code(fill.accelerator);
    Some(match column {
        "ChargeCategory" => match charge.category {
            Category::Usage => "Usage".into(),
            Category::Tax => "Tax".into(),
            Category::Credit => "Credit".into(),
            Category::Adjustment => "Adjustment".into(),
        },
        "ChargeClass" => charge.correction.then_some("Correction").into(),
        "ChargeDescription" => format!("{} ({})", charge.what, fill.lease).into(),
        "ChargeFrequency" => match charge.category {
            Category::Usage | Category::Tax => "Usage-Based".into(),
            Category::Credit | Category::Adjustment => "One-Time".into(),
        },
        "CapacityReservationId" | "ResourceId" => fill.lease.to_string().into(),
        "CapacityReservationStatus" => is_usage.then_some("Used").into(),
        "PricingCategory" => priced("Standard"),
        "RegionId" => site.map(|site| site.code.to_string()).into(),
        "RegionName" => site.map(|site| site.name_zh.clone()).into(),
        "ResourceType" => "Compute lease".into(),
        "ServiceCategory" if is_fee => "Other".into(),
        "ServiceCategory" => "Compute".into(),
        "ServiceSubcategory" if is_fee => "Other (Other)".into(),
        "ServiceSubcategory" => "Other (Compute)".into(),
        "ServiceName" if is_fee => "Qiantang exchange".into(),
        "ServiceName" => "Qiantang compute lease".into(),
        "SkuId" if is_fee => priced("exchange-fee"),
        "SkuId" => priced(&accelerator),
        "SkuMeter" if is_fee => priced("Fee on settled charges"),
        "SkuMeter" => priced("Accelerator card-hours"),
        "SkuPriceId" if is_fee => priced("exchange-fee"),
        "SkuPriceId" => priced(&fill.listing.to_string()),
        "SkuPriceDetails" if is_fee => Cell::None,
        "SkuPriceDetails" => priced(&format!(
            "{{\"GpuCount\":{},\"InstanceType\":\"{accelerator}\"}}",
            fill.cards
        )),
        "x_Accelerator" => accelerator.into(),
        "x_Cards" => fill.cards.into(),
        "x_PricePerCardHour" => Cell::Decimal(i128::from(fill.price.micros()), 6),
        "x_TaxRate" => Cell::Decimal(i128::from(fill.vat.0), 4),
        "x_ListingId" => fill.listing.to_string().into(),
        _ => return None,
    })
}
