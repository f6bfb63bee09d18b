//! The statement of one tenant: what it bid for, got, owes and has left.
//!
//! Bids and leases are those placed and agreed in the period, followed to their end; accounts are what was booked in it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::bump;
use super::fact::{BidFact, LeaseFact, Names, TransferFact};
use super::figure::Period;
use super::flow::{self, AccountFlow, Flows};
use super::market::state_name;
use super::section::Section;
use crate::domain::account::AccountKey;
use crate::domain::bid::BidState;
use crate::domain::id::{LeaseId, OrgId, VoucherId};
use crate::domain::lease::LeaseState;
use crate::domain::money::{Money, Overflow, Price};
use crate::domain::time::{Hour, Timestamp};
use crate::domain::transfer::MovementKind;
use crate::domain::voucher::Voucher;
use crate::engine::ledger::Account;

/// A lease.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeaseFigures {
    /// Its identifier.
    pub id: LeaseId,
    /// What it is of.
    pub accelerator: String,
    /// How many cards.
    pub cards: u32,
    /// The first hour.
    pub start: Hour,
    /// The hour after the last one.
    pub end: Hour,
    /// Where it stands.
    pub state: LeaseState,
    /// At which price.
    pub price: Price,
    /// The charge agreed.
    pub agreed: Money,
    /// The charge settled. = voucher + net.
    pub charge: Money,
    /// What vouchers paid of it.
    pub voucher: Money,
    /// What the tenant paid of it.
    pub net: Money,
    /// The tenant's fee, settled.
    pub fee: Money,
    /// Bound for what is still to come.
    pub escrow: Money,
}

/// A voucher.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VoucherFigures {
    /// Its identifier.
    pub id: VoucherId,
    /// Granted.
    pub granted: Money,
    /// Can still pay.
    pub available: Money,
    /// Bound by leases.
    pub reserved: Money,
    /// Until when it can pay.
    pub valid_until: Timestamp,
}

/// The report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TenantReport {
    /// The period.
    pub period: Period,
    /// Whose.
    pub org: OrgId,
    /// Its name.
    pub name: String,
    /// Its bids, by state.
    pub bids: BTreeMap<BidState, u64>,
    /// Deposited in the period.
    pub deposits: Money,
    /// Given back in the period when leases were closed.
    pub refunds: Money,
    /// Can be spent, at the end of the period.
    pub cash: Money,
    /// Bound by open bids, at the end of the period.
    pub held: Money,
    /// Bound by leases, as it stands.
    pub escrow: Money,
    /// Sums over the leases: charge, voucher, net, fee.
    pub totals: Totals,
    /// Its leases.
    pub leases: Vec<LeaseFigures>,
    /// Its vouchers, as they stand.
    pub vouchers: Vec<VoucherFigures>,
    /// Its accounts.
    pub accounts: Vec<AccountFlow>,
}

/// Sums over leases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Totals {
    /// Charges agreed.
    pub agreed: Money,
    /// Charges settled.
    pub charge: Money,
    /// What vouchers paid of them.
    pub voucher: Money,
    /// What the tenant paid of them.
    pub net: Money,
    /// Fees settled.
    pub fee: Money,
}

impl TenantReport {
    /// As tables.
    pub fn sections(&self) -> Vec<Section> {
        let leases = self.leases.iter().map(|one| {
            vec![
                one.id.to_string().into(),
                one.accelerator.clone().into(),
                one.cards.into(),
                one.start.timestamp().into(),
                one.end.timestamp().into(),
                lease_state(one.state).into(),
                one.price.into(),
                one.agreed.into(),
                one.charge.into(),
                one.voucher.into(),
                one.net.into(),
                one.fee.into(),
                one.escrow.into(),
            ]
        });
        let columns = &[
            "lease",
            "accelerator",
            "cards",
            "start",
            "end",
            "state",
            "price",
            "agreed",
            "settled",
            "voucher",
            "net",
            "fee",
            "escrow",
        ];
        let vouchers = self.vouchers.iter().map(|one| {
            vec![
                one.id.to_string().into(),
                one.granted.into(),
                one.available.into(),
                one.reserved.into(),
                one.valid_until.into(),
            ]
        });
        let bids = self
            .bids
            .iter()
            .map(|(state, count)| vec![state_name(*state).into(), (*count).into()]);
        vec![
            self.summary(),
            Section::new("bids by state", &["state", "bids"], bids),
            Section::new("leases", columns, leases),
            Section::new(
                "vouchers",
                &["voucher", "granted", "available", "reserved", "valid until"],
                vouchers,
            ),
            flow::section("accounts", &self.accounts),
        ]
    }

    fn summary(&self) -> Section {
        let [from, until] = self.period.in_words();
        let leases = u64::try_from(self.leases.len()).unwrap_or(u64::MAX);
        let totals = &self.totals;
        Section::figures(
            "statement of a tenant",
            [
                ("organisation", self.org.to_string().into()),
                ("name", self.name.clone().into()),
                ("from", from.into()),
                ("until", until.into()),
                ("bids", self.bids.values().sum::<u64>().into()),
                ("leases", leases.into()),
                ("charges agreed", totals.agreed.into()),
                ("charges settled", totals.charge.into()),
                ("of which vouchers paid", totals.voucher.into()),
                ("of which the tenant paid", totals.net.into()),
                ("fees", totals.fee.into()),
                ("deposits in the period", self.deposits.into()),
                ("refunds of closed leases in the period", self.refunds.into()),
                ("cash", self.cash.into()),
                ("on hold for bids", self.held.into()),
                ("in escrow for leases", self.escrow.into()),
            ],
        )
    }
}

/// The name of a state.
pub(super) fn lease_state(state: LeaseState) -> &'static str {
    state.name()
}

/// The fold.
#[derive(Debug)]
pub struct Tenant {
    period: Period,
    org: OrgId,
    bids: BTreeMap<BidState, u64>,
    totals: Totals,
    leases: Vec<LeaseFigures>,
    escrow: Money,
    vouchers: Vec<VoucherFigures>,
    balances: BTreeMap<AccountKey, Money>,
    flows: Flows,
}

impl Tenant {
    /// Of one organisation.
    pub fn new(period: Period, org: OrgId, (accounts, vouchers): (&[Account], &[Voucher])) -> Tenant {
        let balances: BTreeMap<AccountKey, Money> =
            accounts.iter().map(|account| (account.key, account.balance)).collect();
        let balance = |key| balances.get(&key).copied().unwrap_or_default();
        let own = vouchers.iter().filter(|voucher| voucher.org == org);
        let vouchers = own.map(|voucher| VoucherFigures {
            id: voucher.id,
            granted: voucher.amount,
            available: balance(AccountKey::VoucherAvailable(voucher.id)),
            reserved: balance(AccountKey::VoucherReserved(voucher.id)),
            valid_until: voucher.valid_until,
        });
        Tenant {
            period,
            org,
            bids: BTreeMap::new(),
            totals: Totals::default(),
            leases: Vec::new(),
            escrow: Money::ZERO,
            vouchers: vouchers.collect(),
            flows: Flows::new(period, accounts, |key| {
                [AccountKey::Cash(org), AccountKey::Held(org), AccountKey::Debt(org)].contains(&key)
            }),
            balances,
        }
    }

    /// Looks at a bid.
    pub fn add_bid(&mut self, bid: &BidFact) {
        if bid.tenant == self.org && self.period.contains(bid.placed_at) {
            bump(&mut self.bids, bid.state);
        }
    }

    /// Looks at a lease.
    pub fn add_lease(&mut self, lease: &LeaseFact, names: &Names) -> Result<(), Overflow> {
        if lease.tenant != self.org {
            return Ok(());
        }
        let escrow = self
            .balances
            .get(&AccountKey::Escrow(lease.id))
            .copied()
            .unwrap_or_default();
        self.escrow = self.escrow.plus(escrow)?;
        if !self.period.contains(lease.at) {
            return Ok(());
        }
        let settled = &lease.settled;
        let net = settled.charge.minus(settled.voucher)?;
        self.totals = Totals {
            agreed: self.totals.agreed.plus(lease.charge)?,
            charge: self.totals.charge.plus(settled.charge)?,
            voucher: self.totals.voucher.plus(settled.voucher)?,
            net: self.totals.net.plus(net)?,
            fee: self.totals.fee.plus(settled.tenant_fee)?,
        };
        self.leases.push(LeaseFigures {
            id: lease.id,
            accelerator: names.code(lease.accelerator),
            cards: lease.cards,
            start: lease.window.from(),
            end: lease.ends,
            state: lease.state,
            price: lease.price,
            agreed: lease.charge,
            charge: settled.charge,
            voucher: settled.voucher,
            net,
            fee: settled.tenant_fee,
            escrow,
        });
        Ok(())
    }

    /// Looks at a transfer.
    pub fn add_transfer(&mut self, transfer: &TransferFact) -> Result<(), Overflow> {
        self.flows.add_transfer(transfer)
    }

    /// The figures.
    pub fn finish(self, names: &Names) -> Result<TenantReport, Overflow> {
        let accounts = self.flows.finish()?;
        let cash = accounts
            .iter()
            .find(|one| one.account == AccountKey::Cash(self.org).kind());
        let came_by = |movement| cash.map_or(Money::ZERO, |cash| cash.came_by(movement));
        Ok(TenantReport {
            period: self.period,
            org: self.org,
            name: names.org(self.org),
            bids: self.bids,
            deposits: came_by(MovementKind::Deposit),
            refunds: came_by(MovementKind::CloseLease),
            cash: flow::closing(&accounts, AccountKey::Cash(self.org)),
            held: flow::closing(&accounts, AccountKey::Held(self.org)),
            escrow: self.escrow,
            totals: self.totals,
            leases: self.leases,
            vouchers: self.vouchers,
            accounts,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::{AcceleratorId, AccountId, BidId, ListingId, ProgrammeId};
    use crate::domain::lease::Settled;
    use crate::domain::time::Window;

    const ORG: OrgId = OrgId(1);

    fn account(id: u64, key: AccountKey, fen: i64) -> Account {
        Account {
            id: AccountId(id),
            key,
            balance: Money::from_fen(fen),
        }
    }

    fn lease(id: u64, tenant: OrgId) -> LeaseFact {
        LeaseFact {
            maintenance: Vec::new(),
            id: LeaseId(id),
            bid: BidId(1),
            origin: crate::domain::lease::Origin::Match,
            listing: ListingId(1),
            tenant,
            provider: OrgId(9),
            accelerator: AcceleratorId(0),
            cards: 2,
            window: Window::new(Hour(2), Hour(5)).unwrap(),
            ends: Hour(4),
            price: Price::from_micros(0),
            charge: Money::from_fen(1_000),
            voucher: Money::from_fen(300),
            fee: Money::from_fen(5),
            at: Hour(1).timestamp(),
            state: LeaseState::Active,
            settled: Settled {
                charge: Money::from_fen(500),
                voucher: Money::from_fen(150),
                tenant_fee: Money::from_fen(3),
                ..Settled::default()
            },
        }
    }

    #[test]
    fn what_came_in_is_spent_bound_or_left() {
        let accounts = [
            account(1, AccountKey::Cash(ORG), 0),
            account(2, AccountKey::Held(ORG), 0),
            account(3, AccountKey::Escrow(LeaseId(1)), 352),
            account(4, AccountKey::Escrow(LeaseId(2)), 999),
            account(5, AccountKey::Bank, 0),
            account(6, AccountKey::VoucherAvailable(VoucherId(1)), 700),
            account(7, AccountKey::VoucherReserved(VoucherId(1)), 150),
        ];
        let voucher = Voucher {
            id: VoucherId(1),
            programme: ProgrammeId(1),
            version: 1,
            org: ORG,
            amount: Money::from_fen(1_000),
            valid_from: Hour(0).timestamp(),
            valid_until: Hour(99).timestamp(),
            application: None,
            ended: None,
        };
        let mut fold = Tenant::new(Period::default(), ORG, (&accounts, &[voucher]));
        let names = Names::default();
        fold.add_lease(&lease(1, ORG), &names).unwrap();
        fold.add_lease(&lease(2, OrgId(2)), &names).unwrap();
        // Deposit 20, hold 9, escrow 7.05 of it, free 1.50; 0.25 comes back from an older lease.
        for (kind, debit, credit, fen) in [
            (MovementKind::Deposit, 5, 1, 2_000),
            (MovementKind::HoldBid, 1, 2, 900),
            (MovementKind::Fill, 2, 3, 705),
            (MovementKind::Fill, 2, 1, 150),
            (MovementKind::CloseLease, 4, 1, 25),
        ] {
            let transfer = TransferFact {
                movement: 1,
                kind,
                debit: AccountId(debit),
                credit: AccountId(credit),
                amount: Money::from_fen(fen),
                booked_at: Hour(1).timestamp(),
            };
            fold.add_transfer(&transfer).unwrap();
        }
        let report = fold.finish(&names).unwrap();
        let totals = report.totals;
        let fen = [totals.agreed, totals.charge, totals.voucher, totals.net, totals.fee].map(Money::fen);
        assert_eq!(fen, [1_000, 500, 150, 350, 3]);
        let fen = [report.deposits, report.refunds, report.cash, report.held, report.escrow].map(Money::fen);
        assert_eq!(fen, [2_000, 25, 2_000 - 900 + 150 + 25, 900 - 705 - 150, 352]);
        let voucher = &report.vouchers[0];
        let fen = [voucher.granted, voucher.available, voucher.reserved].map(Money::fen);
        assert_eq!(fen, [1_000, 700, 150]);
    }
}
