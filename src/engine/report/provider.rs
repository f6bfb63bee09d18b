//! The statement of one provider: what it listed, let, delivered and earned.
//!
//! Listings and card-hours follow what was matched in the period; earnings, fees and accounts are what was booked in it.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use serde::Serialize;

use super::fact::{LeaseFact, ListingFact, Names, TransferFact, UsageFact};
use super::figure::{CardSeconds, END_OF_TIME, Period, Ratio};
use super::flow::{self, AccountFlow, Flows};
use super::section::{Cell, Section};
use crate::domain::account::AccountKey;
use crate::domain::id::{AccountId, LeaseId, ListingId, OrgId};
use crate::domain::listing::ListingState;
use crate::domain::money::{Money, Overflow, Price};
use crate::domain::time::Hour;
use crate::domain::transfer::MovementKind;
use crate::engine::ledger::Account;

/// A listing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ListingFigures {
    /// Its identifier.
    pub id: ListingId,
    /// What is offered.
    pub accelerator: String,
    /// How many cards.
    pub cards: u32,
    /// The first hour.
    pub from: Hour,
    /// The hour after the last one.
    pub until: Hour,
    /// At which price.
    pub ask: Price,
    /// Where it stands.
    pub state: ListingState,
    /// Leases.
    pub leases: u64,
    /// Card-hours on offer in the period.
    #[serde(rename = "card_hours_offered")]
    pub offered: CardSeconds,
    /// Card-hours matched.
    #[serde(rename = "card_hours_matched")]
    pub matched: CardSeconds,
    /// Card-hours delivered of these.
    #[serde(rename = "card_hours_delivered")]
    pub delivered: CardSeconds,
    /// Charges settled of these.
    pub settled: Money,
}

/// What was booked for a provider in the period, by source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Earnings {
    /// Charges paid by tenants.
    pub charge_cash: Money,
    /// Charges paid by programmes.
    pub charge_programme: Money,
    /// Fees out of what tenants paid.
    pub fee_cash: Money,
    /// Fees out of what programmes paid.
    pub fee_programme: Money,
}

/// The report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProviderReport {
    /// The period.
    pub period: Period,
    /// Whose.
    pub org: OrgId,
    /// Its name.
    pub name: String,
    /// What was booked for it.
    pub earnings: Earnings,
    /// Earned and still disputable, at the end of the period: paid by tenants.
    pub pending_cash: Money,
    /// The same, paid by programmes.
    pub pending_programme: Money,
    /// Free to be paid out at the end of the period: paid by tenants.
    pub payable_cash: Money,
    /// The same, paid by programmes.
    pub payable_programme: Money,
    /// Its listings.
    pub listings: Vec<ListingFigures>,
    /// Its accounts.
    pub accounts: Vec<AccountFlow>,
}

impl ProviderReport {
    /// As tables.
    pub fn sections(&self) -> Vec<Section> {
        let listings = self.listings.iter().map(|one| {
            vec![
                one.id.to_string().into(),
                one.accelerator.clone().into(),
                one.cards.into(),
                one.from.timestamp().into(),
                one.until.timestamp().into(),
                one.ask.into(),
                state_name(one.state).into(),
                one.leases.into(),
                one.offered.into(),
                one.matched.into(),
                Ratio::of_cards(one.matched, one.offered).into(),
                one.delivered.into(),
                one.settled.into(),
            ]
        });
        let columns = &[
            "listing",
            "accelerator",
            "cards",
            "from",
            "until",
            "ask",
            "state",
            "leases",
            "ch offered",
            "ch let",
            "let",
            "ch delivered",
            "settled",
        ];
        vec![
            self.summary(),
            self.earned(),
            Section::new("listings (ch: card-hours)", columns, listings),
            flow::section("accounts", &self.accounts),
        ]
    }

    fn summary(&self) -> Section {
        let [from, until] = self.period.in_words();
        let cards = |of: fn(&ListingFigures) -> CardSeconds| {
            let mut sum = CardSeconds::default();
            self.listings.iter().for_each(|one| sum += of(one));
            sum
        };
        let leases: u64 = self.listings.iter().map(|one| one.leases).sum();
        let count = u64::try_from(self.listings.len()).unwrap_or(u64::MAX);
        Section::figures(
            "statement of a provider",
            [
                ("organisation", self.org.to_string().into()),
                ("name", self.name.clone().into()),
                ("from", from.into()),
                ("until", until.into()),
                ("listings", count.into()),
                ("leases", leases.into()),
                ("card-hours offered", cards(|one| one.offered).into()),
                ("card-hours let", cards(|one| one.matched).into()),
                ("card-hours delivered", cards(|one| one.delivered).into()),
            ],
        )
    }

    fn earned(&self) -> Section {
        let one = &self.earnings;
        let row = |name: &str, cash: Money, programme: Money| {
            let sum = i128::from(cash.fen()) + i128::from(programme.fen());
            vec![Cell::from(name), cash.into(), programme.into(), Cell::Total(sum)]
        };
        let rows = [
            row("charges settled in the period", one.charge_cash, one.charge_programme),
            row("fees taken in the period", one.fee_cash, one.fee_programme),
            row("pending, still disputable", self.pending_cash, self.pending_programme),
            row("payable", self.payable_cash, self.payable_programme),
        ];
        Section::new(
            "earnings",
            &["", "paid by tenants", "paid by programmes", "together"],
            rows,
        )
    }
}

fn state_name(state: ListingState) -> &'static str {
    match state {
        ListingState::Open => "open",
        ListingState::Withdrawn => "withdrawn",
        ListingState::Ended => "ended",
    }
}

/// The fold. Listings come before leases, leases before usage.
#[derive(Debug)]
pub struct Provider {
    period: Period,
    org: OrgId,
    listings: BTreeMap<ListingId, ListingFigures>,
    /// When the free cards of a listing were no longer on offer.
    off_offer: BTreeMap<ListingId, Hour>,
    leases: FxHashMap<LeaseId, ListingId>,
    keys: FxHashMap<AccountId, AccountKey>,
    flows: Flows,
    earnings: Earnings,
}

impl Provider {
    /// Of one organisation.
    pub fn new(period: Period, org: OrgId, accounts: &[Account]) -> Provider {
        Provider {
            period,
            org,
            listings: BTreeMap::new(),
            off_offer: BTreeMap::new(),
            leases: FxHashMap::default(),
            keys: accounts.iter().map(|account| (account.id, account.key)).collect(),
            flows: Flows::new(period, accounts, |key| is_of_provider(key, org)),
            earnings: Earnings::default(),
        }
    }

    /// Looks at a listing.
    pub fn add_listing(&mut self, listing: &ListingFact, names: &Names) {
        if listing.provider != self.org {
            return;
        }
        self.off_offer.insert(listing.id, listing.on_offer().1);
        let figures = ListingFigures {
            id: listing.id,
            accelerator: names.code(listing.accelerator),
            cards: listing.cards,
            from: listing.window.from(),
            until: listing.window.until(),
            ask: listing.ask,
            state: listing.state,
            leases: 0,
            offered: listing.offered(&self.period, END_OF_TIME),
            matched: CardSeconds::default(),
            delivered: CardSeconds::default(),
            settled: Money::ZERO,
        };
        self.listings.insert(listing.id, figures);
    }

    /// Looks at a lease.
    pub fn add_lease(&mut self, lease: &LeaseFact) -> Result<(), Overflow> {
        let Some(listing) = self.listings.get_mut(&lease.listing) else {
            return Ok(());
        };
        let off_offer = self.off_offer.get(&lease.listing).copied().unwrap_or(lease.ends);
        listing.offered += lease.taken_after(off_offer, &self.period, END_OF_TIME);
        if self.period.contains(lease.at) {
            self.leases.insert(lease.id, lease.listing);
            listing.leases += 1;
            listing.matched += lease.matched();
            listing.settled = listing.settled.plus(lease.settled.charge)?;
        }
        Ok(())
    }

    /// Looks at a usage report.
    pub fn add_usage(&mut self, usage: &UsageFact) {
        let listing = self.leases.get(&usage.lease);
        if let Some(listing) = listing.and_then(|listing| self.listings.get_mut(listing)) {
            listing.delivered += CardSeconds(usage.card_seconds);
        }
    }

    /// Looks at a transfer.
    pub fn add_transfer(&mut self, transfer: &TransferFact) -> Result<(), Overflow> {
        self.flows.add_transfer(transfer)?;
        if transfer.kind != MovementKind::Settle || !self.period.contains(transfer.booked_at) {
            return Ok(());
        }
        let (debit, credit) = (self.flows.key(transfer.debit), self.flows.key(transfer.credit));
        match (debit, credit) {
            (None, Some(own)) => self.settle(own, transfer.debit, transfer.amount),
            (Some(own), None) => self.settle(own, transfer.credit, Money::ZERO.minus(transfer.amount)?),
            (None, None) | (Some(_), Some(_)) => Ok(()),
        }
    }

    /// `amount` came into an own account from another one; a negative amount went there.
    fn settle(&mut self, own: AccountKey, other: AccountId, amount: Money) -> Result<(), Overflow> {
        let other = self.keys.get(&other).copied();
        let by_programme = own == AccountKey::PendingProgramme(self.org);
        let earnings = &mut self.earnings;
        if other == Some(AccountKey::FeeRevenue) {
            let fee = if by_programme {
                &mut earnings.fee_programme
            } else {
                &mut earnings.fee_cash
            };
            *fee = fee.minus(amount)?;
        } else {
            let charge = if by_programme {
                &mut earnings.charge_programme
            } else {
                &mut earnings.charge_cash
            };
            *charge = charge.plus(amount)?;
        }
        Ok(())
    }

    /// The figures.
    pub fn finish(self, names: &Names) -> Result<ProviderReport, Overflow> {
        let accounts = self.flows.finish()?;
        let closing = |key: AccountKey| flow::closing(&accounts, key);
        Ok(ProviderReport {
            period: self.period,
            org: self.org,
            name: names.org(self.org),
            earnings: self.earnings,
            pending_cash: closing(AccountKey::PendingCash(self.org)),
            pending_programme: closing(AccountKey::PendingProgramme(self.org)),
            payable_cash: closing(AccountKey::PayableCash(self.org)),
            payable_programme: closing(AccountKey::PayableProgramme(self.org)),
            listings: self.listings.into_values().collect(),
            accounts,
        })
    }
}

fn is_of_provider(key: AccountKey, org: OrgId) -> bool {
    let own = [
        AccountKey::PendingCash(org),
        AccountKey::PendingProgramme(org),
        AccountKey::PayableCash(org),
        AccountKey::PayableProgramme(org),
        AccountKey::Collateral(org),
        AccountKey::Debt(org),
    ];
    own.contains(&key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::{AcceleratorId, BidId, ProgrammeId};
    use crate::domain::lease::{LeaseState, Settled};
    use crate::domain::time::{Timestamp, Window};

    const ORG: OrgId = OrgId(1);

    fn at(hour: i32) -> Timestamp {
        Hour(hour).timestamp()
    }

    /// The provider's accounts, where its earnings come from and where its fees go, by place in this list.
    fn accounts() -> Vec<Account> {
        let keys = [
            AccountKey::PendingCash(ORG),
            AccountKey::PendingProgramme(ORG),
            AccountKey::PayableCash(ORG),
            AccountKey::Escrow(LeaseId(1)),
            AccountKey::TreasuryReceivable(ProgrammeId(1), 0),
            AccountKey::FeeRevenue,
            AccountKey::PendingCash(OrgId(2)),
        ];
        (0..)
            .zip(keys)
            .map(|(id, key)| Account {
                id: AccountId(id),
                key,
                balance: Money::ZERO,
            })
            .collect()
    }

    fn report(period: Period) -> ProviderReport {
        let mut fold = Provider::new(period, ORG, &accounts());
        let names = Names::default();
        for (id, provider) in [(1, ORG), (2, OrgId(2))] {
            let listing = ListingFact {
                id: ListingId(id),
                provider,
                accelerator: AcceleratorId(0),
                cards: 4,
                window: Window::new(Hour(0), Hour(10)).unwrap(),
                ask: Price::from_micros(0),
                state: ListingState::Open,
                listed_at: at(0),
                withdrawn_at: None,
                maintenance: vec![Window::new(Hour(8), Hour(12)).unwrap()],
            };
            fold.add_listing(&listing, &names);
        }
        let lease = LeaseFact {
            maintenance: Vec::new(),
            id: LeaseId(1),
            bid: BidId(1),
            origin: crate::domain::lease::Origin::Match,
            listing: ListingId(1),
            tenant: OrgId(3),
            provider: ORG,
            accelerator: AcceleratorId(0),
            cards: 2,
            window: Window::new(Hour(2), Hour(5)).unwrap(),
            ends: Hour(5),
            price: Price::from_micros(0),
            charge: Money::from_fen(1_000),
            voucher: Money::ZERO,
            fee: Money::ZERO,
            at: at(1),
            state: LeaseState::Active,
            settled: Settled {
                charge: Money::from_fen(900),
                ..Settled::default()
            },
        };
        fold.add_lease(&lease).unwrap();
        fold.add_usage(&UsageFact {
            lease: LeaseId(1),
            card_seconds: 7_200,
        });
        // 6.03 from the tenant, of which 0.03 goes back; 3.00 from the treasury; 0.09 fee; 5.91 is released; another's 7.77.
        for (hour, kind, debit, credit, fen) in [
            (3, MovementKind::Settle, 3, 0, 603),
            (3, MovementKind::Settle, 0, 3, 3),
            (3, MovementKind::Settle, 4, 1, 300),
            (3, MovementKind::Settle, 0, 5, 9),
            (4, MovementKind::Release, 0, 2, 591),
            (4, MovementKind::Settle, 3, 6, 777),
        ] {
            let transfer = TransferFact {
                movement: 1,
                kind,
                debit: AccountId(debit),
                credit: AccountId(credit),
                amount: Money::from_fen(fen),
                booked_at: at(hour),
            };
            fold.add_transfer(&transfer).unwrap();
        }
        fold.finish(&names).unwrap()
    }

    #[test]
    fn earnings_are_told_by_their_source() {
        let report = report(Period::default());
        let one = report.earnings;
        let fen = [one.charge_cash, one.charge_programme, one.fee_cash, one.fee_programme].map(Money::fen);
        assert_eq!(fen, [600, 300, 9, 0]);
        let held = [report.pending_cash, report.pending_programme, report.payable_cash].map(Money::fen);
        assert_eq!(held, [0, 300, 591]);
    }

    #[test]
    fn listings_are_its_own_without_their_maintenance() {
        let report = report(Period::default());
        assert_eq!(report.listings.len(), 1);
        let listing = &report.listings[0];
        let hours = |cards: CardSeconds| cards.0 / 3_600;
        assert_eq!(
            [listing.offered, listing.matched, listing.delivered].map(hours),
            [4 * 8, 2 * 3, 2]
        );
        assert_eq!((listing.leases, listing.settled.fen()), (1, 900));
    }

    #[test]
    fn a_period_takes_what_was_booked_in_it() {
        let later = Period {
            from: Some(at(4)),
            until: None,
        };
        let report = report(later);
        assert_eq!(report.earnings, Earnings::default());
        assert_eq!(
            (report.accounts[0].opening.fen(), report.accounts[0].closing.fen()),
            (591, 0)
        );
    }
}
