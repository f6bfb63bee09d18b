//! Data of invoices of a month: who invoices whom for what, with VAT. The exchange issues no invoices itself; whoever does so takes
//! the figures from here.
//!
//! A provider invoices the full price of what was settled, also what vouchers paid of it: in deduct mode a programme pays the provider
//! on the tenant's behalf, so that the price stays what was agreed. The platform invoices its fees. Prices contain VAT. What was
//! given back is a red invoice (红字发票) that names the one it corrects.

mod line;
mod tables;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::Serialize;

pub use self::line::{COMPUTE, FEE, InvoiceLine, PRICE_DECIMALS, QUANTITY_DECIMALS, Service};
use super::statement::{Books, LeaseBook, Party};
use crate::domain::id::OrgId;
use crate::domain::money::{Money, Overflow};
use crate::domain::month::Month;
use crate::domain::time::Timestamp;

/// Who somebody is on an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Named {
    /// Who.
    pub party: Party,
    /// The registered name.
    pub name: String,
    /// The unified social credit code; none: it is not known here.
    pub uscc: Option<String>,
}

/// Who everybody is.
#[derive(Debug, Clone, Default)]
pub struct Parties {
    /// The organisation that runs the market and invoices its fees; none: it is not registered here.
    pub operator: Option<(String, String)>,
    /// Names and unified social credit codes.
    pub orgs: BTreeMap<OrgId, (String, String)>,
}

/// The platform's name where no organisation is registered as its operator.
pub const PLATFORM: &str = "钱塘算力交易平台 Qiantang compute exchange";

impl Parties {
    /// Who that is.
    pub fn named(&self, party: Party) -> Named {
        let known = match party {
            Party::Platform => self.operator.as_ref(),
            Party::Org(org) => self.orgs.get(&org),
        };
        let nobody = match party {
            Party::Platform => PLATFORM.to_owned(),
            Party::Org(org) => org.to_string(),
        };
        Named {
            party,
            name: known.map_or(nobody, |(name, _)| name.clone()),
            uscc: known.map(|(_, uscc)| uscc.clone()),
        }
    }
}

/// Whether an invoice charges or takes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Colour {
    /// It charges (蓝字).
    Blue,
    /// It takes back (红字).
    Red,
}

/// An invoice. Amount + VAT = total, for each line and for their sums.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Invoice {
    /// Its number here; the same books give the same number.
    pub number: String,
    /// Whether it charges or takes back.
    pub colour: Colour,
    /// The invoice that it corrects.
    pub corrects: Option<String>,
    /// Who invoices.
    pub seller: Named,
    /// Whom.
    pub buyer: Named,
    /// A line a lease.
    pub lines: Vec<InvoiceLine>,
    /// Without VAT.
    pub amount: Money,
    /// VAT.
    pub vat: Money,
    /// With VAT.
    pub total: Money,
}

/// Sums of invoices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Sums {
    /// Without VAT.
    pub amount: Money,
    /// VAT.
    pub vat: Money,
    /// With VAT.
    pub total: Money,
}

/// The report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InvoiceReport {
    /// The month's instants.
    pub period: super::Period,
    /// The month, in Asia/Shanghai.
    pub month: Month,
    /// Whose invoices.
    pub party: Named,
    /// Those that the party issues.
    pub issued: Sums,
    /// Those that it receives.
    pub received: Sums,
    /// For the platform: VAT that the ledger booked on fees. Each line of an invoice is rounded by itself, the ledger rounds both fees of
    /// a lease together.
    pub vat_booked: Option<Money>,
    /// VAT booked less VAT on the invoices: single fen of rounding (尾差).
    pub vat_rounding: Option<Money>,
    /// The invoices, by number.
    pub invoices: Vec<Invoice>,
}

/// Which invoice a line goes on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Slot {
    seller: Party,
    buyer: Party,
    service: Service,
    /// The month of the invoice that is corrected, for a red one.
    corrects: Option<Month>,
}

impl Slot {
    /// Blue: `202612-000001-000003-C`; red: `202612-000001-000003-CR202611`. Month, seller, buyer, what for; the platform is 000000.
    fn number(&self, month: Month) -> String {
        let red = self.corrects.map(|corrected| format!("R{}", corrected.digits()));
        format!("{}{}", self.blue(month), red.unwrap_or_default())
    }

    fn blue(&self, month: Month) -> String {
        let [seller, buyer] = [self.seller, self.buyer].map(|party| match party {
            Party::Platform => 0,
            Party::Org(org) => org.0,
        });
        format!("{}-{seller:06}-{buyer:06}-{}", month.digits(), self.service.letter())
    }
}

/// The number of the invoice on which what a lease costs in a month stands.
pub fn number_of(month: Month, (seller, buyer): (Party, Party), service: Service) -> String {
    Slot {
        seller,
        buyer,
        service,
        corrects: None,
    }
    .number(month)
}

/// Invoices of a party's books of a month.
///
/// # Errors
/// A sum leaves the range.
pub fn invoices(books: &Books, month: Month, parties: &Parties) -> Result<InvoiceReport, Overflow> {
    let mut slots: BTreeMap<Slot, Vec<InvoiceLine>> = BTreeMap::new();
    for book in &books.leases {
        for (slot, line) in lines(books.party, month, book)? {
            slots.entry(slot).or_default().push(line);
        }
    }
    let mut report = InvoiceReport {
        period: books.period,
        month,
        party: parties.named(books.party),
        issued: Sums::default(),
        received: Sums::default(),
        vat_booked: None,
        vat_rounding: None,
        invoices: Vec::with_capacity(slots.len()),
    };
    for (slot, lines) in slots {
        let mut sums = Sums::default();
        for line in &lines {
            sums.add((line.amount, line.vat, line.total))?;
        }
        let side = if slot.seller == books.party {
            &mut report.issued
        } else {
            &mut report.received
        };
        side.add((sums.amount, sums.vat, sums.total))?;
        report.invoices.push(Invoice {
            number: slot.number(month),
            colour: if slot.corrects.is_some() {
                Colour::Red
            } else {
                Colour::Blue
            },
            corrects: slot.corrects.map(|corrected| slot.blue(corrected)),
            seller: parties.named(slot.seller),
            buyer: parties.named(slot.buyer),
            lines,
            amount: sums.amount,
            vat: sums.vat,
            total: sums.total,
        });
    }
    report.invoices.sort_by(|one, other| one.number.cmp(&other.number));
    if books.party == Party::Platform {
        let booked = Money::sum(books.leases.iter().map(|book| book.sums.vat))?;
        report.vat_booked = Some(booked);
        report.vat_rounding = Some(booked.minus(report.issued.vat)?);
    }
    Ok(report)
}

impl Sums {
    fn add(&mut self, (amount, vat, total): (Money, Money, Money)) -> Result<(), Overflow> {
        self.amount = self.amount.plus(amount)?;
        self.vat = self.vat.plus(vat)?;
        self.total = self.total.plus(total)?;
        Ok(())
    }
}

/// The lines of one lease, as far as the party issues or receives them.
fn lines(party: Party, month: Month, book: &LeaseBook) -> Result<Vec<(Slot, InvoiceLine)>, Overflow> {
    let (fill, sums) = (&book.lease.fill, &book.sums);
    let (tenant, provider) = (Party::Org(fill.tenant), Party::Org(fill.provider));
    let delivered = last_instant(book.lease.ends.timestamp().min(month.until()));
    let mut found = Vec::new();
    let mut add = |seller, buyer, service: Service, gross: Money| -> Result<(), Overflow> {
        if gross != Money::ZERO {
            let corrects = (gross < Money::ZERO).then(|| corrected(month, book));
            let slot = Slot {
                seller,
                buyer,
                service,
                corrects,
            };
            found.push((slot, InvoiceLine::new(fill, service, gross, delivered)?));
        }
        Ok(())
    };
    if party == tenant || party == provider {
        add(provider, tenant, Service::Compute, sums.charge()?)?;
        add(provider, tenant, Service::Compute, Money::ZERO.minus(sums.credit()?)?)?;
    }
    if party == tenant || party == Party::Platform {
        add(Party::Platform, tenant, Service::Fee, sums.tenant_fee)?;
    }
    if party == provider || party == Party::Platform {
        add(Party::Platform, provider, Service::Fee, sums.provider_fee)?;
    }
    Ok(found)
}

/// The last instant before another one. What is invoiced in a month was delivered before its end and before that of the lease; rates of
/// VAT have always changed with a month.
pub fn last_instant(end: Timestamp) -> Timestamp {
    Timestamp::from_micros(end.micros().saturating_sub(1))
}

/// The month of the invoice that a red one corrects: this one where the lease still ran in it, else the one in which it ended.
fn corrected(month: Month, book: &LeaseBook) -> Month {
    let last = last_instant(book.lease.ends.timestamp());
    Month::of(last).filter(|ended| *ended < month).unwrap_or(month)
}
