//! A tenant's cost and usage of a month in the columns of FOCUS 1.2 (FinOps Open Cost and Usage Specification,
//! <https://focus.finops.org>, tag v1.2 of its repository).
//!
//! Prices contain VAT: a charge is a Usage row without VAT and a Tax row. Vouchers and what a provider gives back are Credit rows. The
//! platform's fee is Usage too: a share of what was used, and the specification keeps usage-based charges out of Purchase. What was
//! paid beyond the charge is an Adjustment. Σ BilledCost = what the tenant's statement shows as cash + fee + penalty − credit in cash.

pub mod columns;
mod row;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use self::columns::COLUMNS;
use super::figure::{Period, decimal};
use super::invoice::{InvoiceLine, Parties, Service, last_instant, number_of};
use super::section::{Cell, Section};
use super::statement::{Books, LeaseBook, Party};
use crate::domain::id::OrgId;
use crate::domain::money::{Money, Overflow};
use crate::domain::month::Month;
use crate::domain::site::Site;

/// A row: a cell a column, in the order of [`COLUMNS`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row(pub Vec<Cell>);

impl Serialize for Row {
    /// Decimals as numbers, instants to the second, null where there is nothing.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_map(Some(self.0.len()))?;
        for (column, cell) in COLUMNS.iter().zip(&self.0) {
            match cell {
                Cell::None => fields.serialize_entry(column, &())?,
                Cell::Decimal(units, decimals) => fields.serialize_entry(column, &Number(*units, *decimals))?,
                Cell::Money(money) => fields.serialize_entry(column, &Number(i128::from(money.fen()), 2))?,
                Cell::Count(count) => fields.serialize_entry(column, count)?,
                Cell::Time(at) => fields.serialize_entry(column, at)?,
                Cell::Text(text) => fields.serialize_entry(column, text)?,
                Cell::Total(_) | Cell::Price(_) | Cell::CardHours(_) | Cell::Hours(_) | Cell::Ratio(_) => {
                    fields.serialize_entry(column, &())?;
                }
            }
        }
        fields.end()
    }
}

/// A decimal as a number of JSON.
struct Number(i128, u32);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let number: Result<serde_json::Number, _> = decimal(self.0, self.1).parse();
        number.map_err(serde::ser::Error::custom)?.serialize(serializer)
    }
}

/// The report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FocusReport {
    /// The month's instants.
    pub period: Period,
    /// The month, in Asia/Shanghai.
    pub month: Month,
    /// Whose.
    pub org: OrgId,
    /// The version of the specification.
    pub focus_version: &'static str,
    /// Σ BilledCost.
    pub billed_cost: Money,
    /// The rows, by lease.
    pub rows: Vec<Row>,
}

impl FocusReport {
    /// As tables: one.
    pub fn sections(&self) -> Vec<Section> {
        let rows = self.rows.iter().map(|row| row.0.clone());
        vec![Section::new("FOCUS 1.2 cost and usage", &COLUMNS, rows)]
    }
}

/// What names and places stand for.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// Who everybody is.
    pub parties: &'a Parties,
    /// Names of accelerators.
    pub names: &'a super::fact::Names,
    /// The sites, in the order of their definition.
    pub sites: &'a [Site],
}

/// The rows of a tenant's books of a month. What the organisation let to others is not in them.
///
/// # Errors
/// A sum leaves the range.
pub fn focus(books: &Books, (org, month): (OrgId, Month), known: Known<'_>) -> Result<FocusReport, Overflow> {
    let mut rows = Vec::new();
    let mut billed = Money::ZERO;
    for book in books.leases.iter().filter(|book| book.lease.fill.tenant == org) {
        for charge in charges(month, book)? {
            billed = billed.plus(charge.cost)?;
            rows.push(row::row(&charge, (org, month), (book, known)));
        }
    }
    Ok(FocusReport {
        period: books.period,
        month,
        org,
        focus_version: "1.2",
        billed_cost: billed,
        rows,
    })
}

/// What kind of charge a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Category {
    Usage,
    Tax,
    Credit,
    Adjustment,
}

/// A row before its columns.
#[derive(Debug, Clone, Copy)]
struct Charge {
    category: Category,
    service: Service,
    /// What it is, in words.
    what: &'static str,
    cost: Money,
    /// For usage: quantity and unit price.
    usage: Option<InvoiceLine>,
    /// Whether it corrects what was invoiced for an earlier month.
    correction: bool,
    invoice: Option<(Party, Party)>,
}

/// The charges of one lease.
fn charges(month: Month, book: &LeaseBook) -> Result<Vec<Charge>, Overflow> {
    let (fill, sums) = (&book.lease.fill, &book.sums);
    let (tenant, provider) = (Party::Org(fill.tenant), Party::Org(fill.provider));
    let delivered = last_instant(book.lease.ends.timestamp().min(month.until()));
    let ended_before = book.lease.ends.timestamp() <= month.from();
    let mut found = Vec::new();
    let services = [
        (
            Service::Compute,
            provider,
            sums.charge()?,
            "Accelerator card-hours delivered",
            "VAT on accelerator card-hours",
        ),
        (
            Service::Fee,
            Party::Platform,
            sums.tenant_fee,
            "Exchange fee, a share of the charge",
            "VAT on the exchange fee",
        ),
    ];
    for (service, seller, gross, what, tax) in services {
        if gross == Money::ZERO {
            continue;
        }
        let line = InvoiceLine::new(fill, service, gross, delivered)?;
        let usage = Charge {
            category: Category::Usage,
            service,
            what,
            cost: line.amount,
            usage: Some(line),
            correction: ended_before && gross < Money::ZERO,
            invoice: (gross > Money::ZERO).then_some((seller, tenant)),
        };
        found.push(usage);
        if line.vat != Money::ZERO {
            found.push(Charge {
                category: Category::Tax,
                what: tax,
                cost: line.vat,
                usage: None,
                ..usage
            });
        }
    }
    let other = [
        (
            Category::Credit,
            "Voucher that pays a share of the charge",
            Money::ZERO.minus(sums.voucher)?,
            false,
        ),
        (
            Category::Credit,
            "Given back by the provider",
            Money::ZERO.minus(sums.credit_cash)?,
            ended_before,
        ),
        (
            Category::Adjustment,
            "Penalty for an end otherwise than agreed",
            sums.penalty,
            false,
        ),
    ];
    for (category, what, cost, correction) in other {
        if cost != Money::ZERO {
            found.push(Charge {
                category,
                service: Service::Compute,
                what,
                cost,
                usage: None,
                correction,
                invoice: None,
            });
        }
    }
    Ok(found)
}

/// The number of the invoice on which a charge stands.
fn invoice(charge: &Charge, month: Month) -> Option<String> {
    charge.invoice.map(|parties| number_of(month, parties, charge.service))
}
