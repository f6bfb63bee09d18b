//! The market: what was asked of the exchange, what was offered, matched, delivered and settled, at which prices, after how
//! long, and by whom.

mod fold;
mod tables;
#[cfg(test)]
mod tests;
mod waits;

use serde::Serialize;

pub use fold::Market;
pub(crate) use tables::state_name;
pub use waits::WaitFigures;

use super::fact::Refusal;
use super::figure::{CardSeconds, Period, Ratio};
use crate::domain::bid::BidState;
use crate::domain::id::OrgId;
use crate::domain::money::{Money, Price};
use crate::domain::time::Timestamp;

/// Commands of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CommandFigures {
    /// What was asked.
    pub command: String,
    /// Accepted.
    pub accepted: u64,
    /// Refused.
    pub refused: u64,
}

/// Commands refused for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RefusalFigures {
    /// What was asked.
    pub command: String,
    /// The rule.
    pub code: String,
    /// The field that breaks it, and how.
    pub field: Option<String>,
    /// How often.
    pub count: u64,
}

/// Bids in one state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BidFigures {
    /// Where they stand.
    pub state: BidState,
    /// How many.
    pub bids: u64,
    /// How many of them got cards.
    pub bids_with_fills: u64,
    /// Card-hours asked for: of the alternative that was filled, else of the first one.
    #[serde(rename = "card_hours_asked")]
    pub asked: CardSeconds,
    /// Card-hours of their fills.
    #[serde(rename = "card_hours_filled")]
    pub filled: CardSeconds,
    /// Money on hold.
    pub held: Money,
}

/// Volumes; each part of what was matched, or agreed on by a change, in the period, but for what was offered and asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Volumes {
    /// Card-hours on offer.
    #[serde(rename = "card_hours_offered")]
    pub offered: CardSeconds,
    /// Card-hours asked for.
    #[serde(rename = "card_hours_asked")]
    pub asked: CardSeconds,
    /// Card-hours matched.
    #[serde(rename = "card_hours_matched")]
    pub matched: CardSeconds,
    /// Card-hours delivered, as reported.
    #[serde(rename = "card_hours_delivered")]
    pub delivered: CardSeconds,
    /// Card-hours settled.
    #[serde(rename = "card_hours_settled")]
    pub settled: CardSeconds,
    /// Card-hours of leases that go on in the place of others by a change: they were never on offer and are not matched.
    #[serde(rename = "card_hours_changed")]
    pub changed: CardSeconds,
    /// Charges agreed. With those of changes = settled + open + unperformed.
    pub amount_matched: Money,
    /// Charges of leases that go on in the place of others.
    pub amount_changed: Money,
    /// Charges settled.
    pub amount_settled: Money,
    /// Agreed, and still to be delivered or settled.
    pub amount_open: Money,
    /// Agreed, and never to be settled: not delivered, or ended early.
    pub amount_unperformed: Money,
    /// What vouchers are to pay of what was matched.
    pub voucher_matched: Money,
    /// What vouchers are to pay of what was changed.
    pub voucher_changed: Money,
    /// What vouchers paid of what was settled.
    pub voucher_settled: Money,
    /// Fees of tenants, settled.
    pub tenant_fees: Money,
    /// Fees of providers, settled.
    pub provider_fees: Money,
    /// VAT contained in both.
    pub vat: Money,
}

/// One accelerator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AcceleratorFigures {
    /// Its code.
    pub accelerator: String,
    /// Whether it is a domestic product.
    pub domestic: bool,
    /// Listings.
    pub listings: u64,
    /// Fills.
    pub fills: u64,
    /// Volumes.
    #[serde(flatten)]
    pub volumes: Volumes,
    /// Card-hours let ÷ offered, of the hours that have passed.
    pub utilisation: Ratio,
    /// Average price, weighed by card-hours.
    pub price_average: Option<Price>,
    /// The lowest price.
    pub price_min: Option<Price>,
    /// The highest price.
    pub price_max: Option<Price>,
    /// The reference price in force.
    pub price_reference: Option<Price>,
    /// Average ÷ reference.
    pub price_to_reference: Ratio,
}

/// How much is domestic.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct DomesticFigures {
    /// Of card-hours settled.
    pub card_hours_settled: Ratio,
    /// Of card-hours matched.
    pub card_hours_matched: Ratio,
    /// Of charges settled.
    pub amount_settled: Ratio,
    /// Of charges matched.
    pub amount_matched: Ratio,
    /// Of card-seconds × dense FP16 GFLOPS settled.
    pub p_hours_settled: Ratio,
    /// Of card-seconds × dense FP16 GFLOPS matched.
    pub p_hours_matched: Ratio,
    /// Card-hours matched of accelerators whose dense FP16 figure is unknown: they are in neither P-hours.
    pub card_hours_without_fp16: CardSeconds,
}

/// A tenant or a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartyFigures {
    /// Its identifier.
    pub org: OrgId,
    /// Its name.
    pub name: String,
    /// Its leases.
    pub leases: u64,
    /// Card-hours matched.
    #[serde(rename = "card_hours_matched")]
    pub matched: CardSeconds,
    /// Charges matched.
    pub amount_matched: Money,
    /// Charges settled.
    pub amount_settled: Money,
    /// Of which vouchers paid.
    pub voucher_settled: Money,
    /// Its part of all charges matched.
    pub share: Ratio,
}

/// The report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MarketReport {
    /// The period.
    pub period: Period,
    /// Up to where the exchange has gone.
    pub now: Timestamp,
    /// Commands accepted.
    pub commands_accepted: u64,
    /// Commands refused.
    pub commands_refused: u64,
    /// Bids filled in full ÷ bids.
    pub fill_rate: Ratio,
    /// Bids with any fill ÷ bids.
    pub fill_rate_any: Ratio,
    /// Card-hours filled ÷ asked.
    pub fill_rate_card_hours: Ratio,
    /// Card-hours let ÷ offered, of the hours that have passed.
    pub utilisation: Ratio,
    /// Card-hours settled ÷ of the leases that are closed, agreed: what was delivered of what was promised.
    pub delivery_rate: Ratio,
    /// All volumes.
    pub volumes: Volumes,
    /// By kind of command.
    pub commands: Vec<CommandFigures>,
    /// By reason.
    pub refusals: Vec<RefusalFigures>,
    /// By state.
    pub bids: Vec<BidFigures>,
    /// By accelerator.
    pub accelerators: Vec<AcceleratorFigures>,
    /// How long tenants wait.
    pub waits: Vec<WaitFigures>,
    /// How much is domestic.
    pub domestic: DomesticFigures,
    /// Those with the largest charges.
    pub tenants: Vec<PartyFigures>,
    /// Those with the largest charges.
    pub providers: Vec<PartyFigures>,
}

impl RefusalFigures {
    fn new((command, refusal): (String, Refusal), count: u64) -> RefusalFigures {
        RefusalFigures {
            command,
            code: refusal.code,
            field: refusal.field,
            count,
        }
    }
}
