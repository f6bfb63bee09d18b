//! One line of an invoice.

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::domain::id::LeaseId;
use crate::domain::lease::Fill;
use crate::domain::money::{Money, Overflow};
use crate::domain::rate::BasisPoints;
use crate::domain::rounding;
use crate::domain::time::Timestamp;
use crate::domain::vat::{VatKind, VatTable};
use crate::engine::report::figure::{decimal, round_half_up};

/// What is invoiced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    /// Capacity that a provider let.
    Compute,
    /// The platform's fee.
    Fee,
}

/// How a service is named on invoices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wording {
    /// The name of the goods or service, with the short form of its class between asterisks.
    pub item: &'static str,
    /// The 19 digits of the tax classification of goods and services (商品和服务税收分类编码).
    pub code: &'static str,
    /// What is counted.
    pub unit: &'static str,
}

/// Capacity. The class 信息系统服务 (information system services, within 信息技术服务, 6 %) is an assumption: the tax office of the seller decides.
pub const COMPUTE: Wording = Wording {
    item: "*信息技术服务*算力服务",
    code: "3040203000000000000",
    unit: "卡时",
};

/// Fees; the same assumption.
pub const FEE: Wording = Wording {
    item: "*信息技术服务*交易平台服务费",
    code: "3040203000000000000",
    unit: "项",
};

impl Service {
    /// In numbers of documents.
    pub fn letter(self) -> char {
        match self {
            Service::Compute => 'C',
            Service::Fee => 'F',
        }
    }

    /// How it is named.
    pub fn wording(self) -> Wording {
        match self {
            Service::Compute => COMPUTE,
            Service::Fee => FEE,
        }
    }
}

/// Decimals of quantities.
pub const QUANTITY_DECIMALS: u32 = 4;
/// Decimals of prices without VAT: so many that quantity × price gives the amount to the fen, up to ten million card-hours.
pub const PRICE_DECIMALS: u32 = 10;

/// A line. Quantity × price = amount to the fen; amount + VAT = total.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvoiceLine {
    /// The lease.
    pub lease: LeaseId,
    /// What for.
    pub service: Service,
    /// Card-hours in ten-thousandths, as many as the price makes the total of; of a fee one. Below zero on a red invoice.
    pub quantity: i128,
    /// Without VAT, in 10⁻¹⁰ CNY.
    pub price: i128,
    /// Without VAT.
    pub amount: Money,
    /// The rate of VAT.
    pub rate: BasisPoints,
    /// VAT contained in the total.
    pub vat: Money,
    /// With VAT: what the ledger has booked.
    pub total: Money,
}

impl InvoiceLine {
    /// Of what a lease came to, VAT contained: of capacity that of computing at the instant of its delivery, of fees that which was
    /// frozen with the fill.
    ///
    /// # Errors
    /// An amount leaves the range.
    pub fn new(fill: &Fill, service: Service, total: Money, delivered_at: Timestamp) -> Result<InvoiceLine, Overflow> {
        let rate = match service {
            Service::Compute => VatTable::published().rate(VatKind::COMPUTING, delivered_at),
            Service::Fee => None,
        };
        InvoiceLine::at_rate(fill, (service, rate.unwrap_or(fill.vat)), total)
    }

    /// Of what a lease came to, at a rate of VAT.
    pub(super) fn at_rate(
        fill: &Fill,
        (service, rate): (Service, BasisPoints),
        total: Money,
    ) -> Result<InvoiceLine, Overflow> {
        let vat = contained(total, rate)?;
        let amount = total.minus(vat)?;
        let one = 10_i128.pow(QUANTITY_DECIMALS);
        let sign = i128::from(total.fen().signum());
        let quantity = match service {
            // Fen are 10⁴ micro-yuan. What costs anything is more than nothing.
            Service::Compute if fill.price.micros() > 0 => {
                let micros = i128::from(total.fen()).abs() * 10_000 * one;
                sign * round_half_up(micros, i128::from(fill.price.micros())).max(1)
            }
            Service::Compute | Service::Fee => sign * one,
        };
        // Fen are 10⁸ of the price's units.
        let price = match quantity.abs() {
            0 => 0,
            quantity => round_half_up(i128::from(amount.fen()).abs() * 100_000_000 * one, quantity),
        };
        Ok(InvoiceLine {
            lease: fill.lease,
            service,
            quantity,
            price,
            amount,
            rate,
            vat,
            total,
        })
    }
}

/// VAT contained in a gross amount of either sign.
fn contained(total: Money, rate: BasisPoints) -> Result<Money, Overflow> {
    if total < Money::ZERO {
        Money::ZERO.minus(rounding::contained_vat(Money::ZERO.minus(total)?, rate)?)
    } else {
        rounding::contained_vat(total, rate)
    }
}

impl Serialize for InvoiceLine {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let wording = self.service.wording();
        let mut fields = serializer.serialize_struct("InvoiceLine", 10)?;
        fields.serialize_field("lease", &self.lease)?;
        fields.serialize_field("item", wording.item)?;
        fields.serialize_field("tax_code", wording.code)?;
        fields.serialize_field("unit", wording.unit)?;
        fields.serialize_field("quantity", &decimal(self.quantity, QUANTITY_DECIMALS))?;
        fields.serialize_field("price", &decimal(self.price, PRICE_DECIMALS))?;
        fields.serialize_field("amount", &self.amount)?;
        fields.serialize_field("vat_rate", &decimal(i128::from(self.rate.0), 4))?;
        fields.serialize_field("vat", &self.vat)?;
        fields.serialize_field("total", &self.total)?;
        fields.end()
    }
}
