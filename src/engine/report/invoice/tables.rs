//! Invoices as tables.

use super::line::{PRICE_DECIMALS, QUANTITY_DECIMALS};
use super::{Colour, Invoice, InvoiceReport, Named, Sums};
use crate::domain::money::Money;
use crate::engine::report::section::{Cell, Section};

impl InvoiceReport {
    /// As tables.
    pub fn sections(&self) -> Vec<Section> {
        let lines = self.invoices.iter().flat_map(rows);
        vec![
            self.summary(),
            Section::new(
                "invoices",
                &[
                    "invoice",
                    "colour",
                    "corrects",
                    "seller",
                    "seller's code",
                    "buyer",
                    "buyer's code",
                    "amount without VAT",
                    "VAT",
                    "total with VAT",
                ],
                self.invoices.iter().map(heading),
            ),
            Section::new(
                "invoice lines",
                &[
                    "invoice",
                    "lease",
                    "goods or service",
                    "tax classification code",
                    "unit",
                    "quantity",
                    "price without VAT",
                    "amount without VAT",
                    "VAT rate",
                    "VAT",
                    "total with VAT",
                ],
                lines,
            ),
        ]
    }

    fn summary(&self) -> Section {
        let Sums { amount, vat, total } = self.issued;
        let received = self.received;
        let shown = |amount: Option<Money>| amount.map_or(Cell::None, Cell::Money);
        Section::figures(
            "invoice data",
            [
                ("name", self.party.name.clone().into()),
                ("unified social credit code", code(&self.party)),
                ("month", self.month.to_string().into()),
                ("issued, without VAT", amount.into()),
                ("issued, VAT", vat.into()),
                ("issued, with VAT", total.into()),
                ("received, without VAT", received.amount.into()),
                ("received, VAT", received.vat.into()),
                ("received, with VAT", received.total.into()),
                ("VAT on fees in the ledger", shown(self.vat_booked)),
                ("rounding difference", shown(self.vat_rounding)),
            ],
        )
    }
}

fn code(named: &Named) -> Cell {
    named.uscc.clone().map_or(Cell::None, Cell::Text)
}

fn heading(one: &Invoice) -> Vec<Cell> {
    let colour = match one.colour {
        Colour::Blue => "blue",
        Colour::Red => "red",
    };
    vec![
        one.number.clone().into(),
        colour.into(),
        one.corrects.clone().into(),
        one.seller.name.clone().into(),
        code(&one.seller),
        one.buyer.name.clone().into(),
        code(&one.buyer),
        one.amount.into(),
        one.vat.into(),
        one.total.into(),
    ]
}

fn rows(one: &Invoice) -> impl Iterator<Item = Vec<Cell>> + '_ {
    one.lines.iter().map(|line| {
        let wording = line.service.wording();
        vec![
            one.number.clone().into(),
            line.lease.to_string().into(),
            wording.item.into(),
            wording.code.into(),
            wording.unit.into(),
            Cell::Decimal(line.quantity, QUANTITY_DECIMALS),
            Cell::Decimal(line.price, PRICE_DECIMALS),
            line.amount.into(),
            Cell::Decimal(i128::from(line.rate.0), 4),
            line.vat.into(),
            line.total.into(),
        ]
    })
}
