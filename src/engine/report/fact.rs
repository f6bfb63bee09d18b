//! The rows that reports look at: what the tables hold, as values.

use std::collections::BTreeMap;

use super::figure::{CardSeconds, Period};
use crate::domain::accelerator::Accelerator;
use crate::domain::bid::{Alternative, BidState};
use crate::domain::evaluation::Step;
use crate::domain::id::{AcceleratorId, AccountId, BidId, LeaseId, ListingId, OrgId, VoucherId};
use crate::domain::lease::{LeaseState, Origin, Settled};
use crate::domain::life::Maintenance;
use crate::domain::listing::ListingState;
use crate::domain::money::{Money, Price};
use crate::domain::time::{Hour, Timestamp, Window};
use crate::domain::transfer::MovementKind;

/// What identifiers stand for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// Names of organisations.
    pub orgs: BTreeMap<OrgId, String>,
    /// Accelerators, by their place in the order of definition.
    pub accelerators: Vec<Accelerator>,
    /// Reference prices in force.
    pub reference_prices: BTreeMap<AcceleratorId, Price>,
}

impl Names {
    /// The name of an organisation; its identifier where it has none.
    pub fn org(&self, id: OrgId) -> String {
        self.orgs.get(&id).cloned().unwrap_or_else(|| id.to_string())
    }

    /// An accelerator.
    pub fn accelerator(&self, id: AcceleratorId) -> Option<&Accelerator> {
        self.accelerators.get(usize::from(id.0))
    }

    /// The code of an accelerator.
    pub fn code(&self, id: AcceleratorId) -> String {
        self.accelerator(id)
            .map_or_else(|| format!("accelerator {}", id.0), |found| found.code.to_string())
    }
}

/// Why a command was refused.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refusal {
    /// The stable name of the rule.
    pub code: String,
    /// For a field that breaks a rule: where and which.
    pub field: Option<String>,
}

/// A command that was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandFact {
    /// What was asked.
    pub kind: String,
    /// When.
    pub at: Timestamp,
    /// Why not, if it was refused.
    pub refusal: Option<Refusal>,
}

/// A listing as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListingFact {
    /// Its identifier.
    pub id: ListingId,
    /// Who offers.
    pub provider: OrgId,
    /// What is offered.
    pub accelerator: AcceleratorId,
    /// How many.
    pub cards: u32,
    /// For which hours.
    pub window: Window,
    /// At which price.
    pub ask: Price,
    /// Where it stands.
    pub state: ListingState,
    /// Since when.
    pub listed_at: Timestamp,
    /// Until when, if it was taken back.
    pub withdrawn_at: Option<Timestamp>,
    /// Hours in which nothing of it is let.
    pub maintenance: Vec<Window>,
}

impl ListingFact {
    /// The hours in which its free cards were on offer: not before it was listed, nor after it was taken back. Its leases stay.
    pub fn on_offer(&self) -> (Hour, Hour) {
        let from = self.window.from().max(self.listed_at.hour_ceil());
        let end = self.withdrawn_at.map_or(self.window.until(), Timestamp::hour_ceil);
        (from, end.min(self.window.until()))
    }

    /// Card-hours of these hours that lie inside the period and before `now`.
    pub fn offered(&self, period: &Period, now: Timestamp) -> CardSeconds {
        let (from, until) = self.on_offer();
        let closed = self.maintenance.iter().map(|window| {
            let part = (window.from().max(from), window.until().min(until));
            period.passed_hours(part, now)
        });
        let all = period.passed_hours((from, until), now);
        CardSeconds::of_hours(self.cards, all - closed.sum::<i64>())
    }
}

/// A bid as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BidFact {
    /// Its identifier.
    pub id: BidId,
    /// Who bids.
    pub tenant: OrgId,
    /// Where it stands.
    pub state: BidState,
    /// The alternative that it was filled by, else the first one.
    pub asked: Alternative,
    /// Cards filled.
    pub filled_cards: u32,
    /// The earliest start.
    pub earliest: Hour,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// Money on hold.
    pub held: Money,
}

/// A fill and the lease that it opened, as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseFact {
    /// Its identifier.
    pub id: LeaseId,
    /// The bid that it fills.
    pub bid: BidId,
    /// How it came about.
    pub origin: Origin,
    /// Whose cards.
    pub listing: ListingId,
    /// Who takes them.
    pub tenant: OrgId,
    /// Who lets them.
    pub provider: OrgId,
    /// What they are.
    pub accelerator: AcceleratorId,
    /// How many.
    pub cards: u32,
    /// For which hours, as agreed.
    pub window: Window,
    /// The hour at which it really ends.
    pub ends: Hour,
    /// At which price.
    pub price: Price,
    /// What it costs, as agreed.
    pub charge: Money,
    /// What vouchers pay of that.
    pub voucher: Money,
    /// The tenant's fee, as agreed.
    pub fee: Money,
    /// When it was agreed.
    pub at: Timestamp,
    /// Where it stands.
    pub state: LeaseState,
    /// What was settled of it.
    pub settled: Settled,
    /// Maintenance that was announced for it.
    pub maintenance: Vec<Maintenance>,
}

impl LeaseFact {
    /// Its card-hours as agreed.
    pub fn matched(&self) -> CardSeconds {
        CardSeconds::of_window(self.cards, self.window)
    }

    /// Card-hours that it takes, up to its real end, inside the period and before `now`.
    pub fn taken(&self, period: &Period, now: Timestamp) -> CardSeconds {
        self.taken_after(self.window.from(), period, now)
    }

    /// The same from an hour on: after its listing was taken back, cards are on offer only as far as they are let.
    pub fn taken_after(&self, hour: Hour, period: &Period, now: Timestamp) -> CardSeconds {
        let part = (self.window.from().max(hour), self.ends);
        CardSeconds::of_hours(self.cards, period.passed_hours(part, now))
    }
}

/// A usage report that was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsageFact {
    /// The lease.
    pub lease: LeaseId,
    /// Card-seconds delivered.
    pub card_seconds: i64,
}

/// What a voucher pays of one lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedemptionFact {
    /// The voucher.
    pub voucher: VoucherId,
    /// The lease.
    pub lease: LeaseId,
    /// When it was agreed.
    pub at: Timestamp,
    /// Where the lease stands.
    pub state: LeaseState,
    /// What the voucher was to pay.
    pub agreed: Money,
    /// What it has paid, whatever was taken back since.
    pub redeemed: Money,
    /// The rules that spoke when the subsidy was found.
    pub steps: Vec<Step>,
}

/// A transfer of the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransferFact {
    /// The movement that it is a part of.
    pub movement: u64,
    /// The business event.
    pub kind: MovementKind,
    /// The account debited.
    pub debit: AccountId,
    /// The account credited.
    pub credit: AccountId,
    /// How much.
    pub amount: Money,
    /// When it counts.
    pub booked_at: Timestamp,
}
