//! What went into accounts and out of them in a period.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use serde::Serialize;

use super::fact::TransferFact;
use super::figure::Period;
use super::section::{Cell, Section};
use super::trial_balance::movement_name;
use crate::domain::account::{AccountKey, Side};
use crate::domain::id::AccountId;
use crate::domain::money::{Money, Overflow};
use crate::domain::transfer::MovementKind;
use crate::engine::ledger::Account;

/// What one kind of business event brought and took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct FlowLine {
    /// The business event.
    pub movement: MovementKind,
    /// Came in.
    #[serde(rename = "in")]
    pub came: Money,
    /// Went out.
    #[serde(rename = "out")]
    pub went: Money,
}

/// An account over the period. Closing = opening + Σ in − Σ out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccountFlow {
    /// What it is for.
    pub account: &'static str,
    /// At the start of the period.
    pub opening: Money,
    /// By business event.
    pub lines: Vec<FlowLine>,
    /// At its end.
    pub closing: Money,
}

impl AccountFlow {
    /// What came in by one kind of business event.
    pub fn came_by(&self, movement: MovementKind) -> Money {
        let line = self.lines.iter().find(|line| line.movement == movement);
        line.map_or(Money::ZERO, |line| line.came)
    }
}

/// Accounts over the period, as a table.
pub fn section(title: &'static str, accounts: &[AccountFlow]) -> Section {
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for one in accounts {
        let mut row = |movement: &str, came: Cell, went: Cell, balance: Cell| {
            rows.push(vec![one.account.into(), movement.into(), came, went, balance]);
        };
        row("opening balance", Cell::None, Cell::None, one.opening.into());
        for line in &one.lines {
            row(
                movement_name(line.movement),
                line.came.into(),
                line.went.into(),
                Cell::None,
            );
        }
        row("closing balance", Cell::None, Cell::None, one.closing.into());
    }
    Section::new(title, &["account", "movement", "in", "out", "balance"], rows)
}

#[derive(Debug, Clone, Default)]
struct Sums {
    opening: Money,
    lines: BTreeMap<MovementKind, (Money, Money)>,
}

/// The fold.
#[derive(Debug)]
pub struct Flows {
    period: Period,
    keys: FxHashMap<AccountId, AccountKey>,
    sums: BTreeMap<AccountKey, Sums>,
}

impl Flows {
    /// Of some of the accounts.
    pub fn new(period: Period, accounts: &[Account], looks_at: impl Fn(AccountKey) -> bool) -> Flows {
        let own = || accounts.iter().filter(|account| looks_at(account.key));
        Flows {
            period,
            keys: own().map(|account| (account.id, account.key)).collect(),
            sums: own().map(|account| (account.key, Sums::default())).collect(),
        }
    }

    /// The key of an account that is looked at.
    pub fn key(&self, id: AccountId) -> Option<AccountKey> {
        self.keys.get(&id).copied()
    }

    /// Looks at a transfer.
    pub fn add_transfer(&mut self, transfer: &TransferFact) -> Result<(), Overflow> {
        if !self.period.is_before_end(transfer.booked_at) {
            return Ok(());
        }
        let inside = self.period.contains(transfer.booked_at);
        for (id, side) in [(transfer.debit, Side::Debit), (transfer.credit, Side::Credit)] {
            let Some(key) = self.keys.get(&id) else { continue };
            let sums = self.sums.entry(*key).or_default();
            let comes = side == key.normal();
            if inside {
                let (came, went) = sums.lines.entry(transfer.kind).or_default();
                let sum = if comes { came } else { went };
                *sum = sum.plus(transfer.amount)?;
            } else if comes {
                sums.opening = sums.opening.plus(transfer.amount)?;
            } else {
                sums.opening = sums.opening.minus(transfer.amount)?;
            }
        }
        Ok(())
    }

    /// The accounts over the period, in the order of the chart.
    pub fn finish(self) -> Result<Vec<AccountFlow>, Overflow> {
        let flow = |(key, sums): (AccountKey, Sums)| {
            let mut closing = sums.opening;
            for (came, went) in sums.lines.values() {
                closing = closing.plus(*came)?.minus(*went)?;
            }
            let lines = sums.lines.into_iter();
            Ok(AccountFlow {
                account: key.kind(),
                opening: sums.opening,
                lines: lines
                    .map(|(movement, (came, went))| FlowLine { movement, came, went })
                    .collect(),
                closing,
            })
        };
        self.sums.into_iter().map(flow).collect()
    }
}

/// What one of these accounts holds at the end of the period.
pub fn closing(accounts: &[AccountFlow], key: AccountKey) -> Money {
    let found = accounts.iter().find(|one| one.account == key.kind());
    found.map_or(Money::ZERO, |one| one.closing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::OrgId;
    use crate::domain::time::Hour;

    #[test]
    fn an_account_opens_with_what_came_before_and_closes_with_the_rest() {
        let accounts = [(1, AccountKey::Bank), (2, AccountKey::Cash(OrgId(1)))].map(|(id, key)| Account {
            id: AccountId(id),
            key,
            balance: Money::ZERO,
        });
        let period = Period {
            from: Some(Hour(2).timestamp()),
            until: Some(Hour(4).timestamp()),
        };
        let mut flows = Flows::new(period, &accounts, |key| key == AccountKey::Cash(OrgId(1)));
        for (hour, debit, credit, fen) in [(1, 1, 2, 100), (2, 1, 2, 30), (3, 2, 1, 50), (4, 1, 2, 999)] {
            let transfer = TransferFact {
                movement: 1,
                kind: MovementKind::Deposit,
                debit: AccountId(debit),
                credit: AccountId(credit),
                amount: Money::from_fen(fen),
                booked_at: Hour(hour).timestamp(),
            };
            flows.add_transfer(&transfer).unwrap();
        }
        let cash = &flows.finish().unwrap()[0];
        let line = cash.lines[0];
        assert_eq!(
            [cash.opening, line.came, line.went, cash.closing].map(Money::fen),
            [100, 30, 50, 80]
        );
    }
}
