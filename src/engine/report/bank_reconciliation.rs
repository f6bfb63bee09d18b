//! Bank reconciliation: what the statements of the bank end with, what the ledger has as `bank`, and what explains the difference.

use serde::Serialize;

use super::fact::TransferFact;
use super::figure::Period;
use super::section::{Cell, Section};
use crate::domain::account::AccountKey;
use crate::domain::banking::account::{AwaitedLine, CustodyAccount};
use crate::domain::banking::payout::Payout;
use crate::domain::banking::statement::Statement;
use crate::domain::banking::suspense::SuspenseItem;
use crate::domain::id::AccountId;
use crate::domain::money::{Money, Overflow};
use crate::domain::time::Timestamp;
use crate::engine::ledger::Account;

/// One custody account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CustodyLine {
    /// Its number, masked.
    pub number: String,
    /// The bank.
    pub bank: String,
    /// What the bank calls the last statement; none yet.
    pub statement: Option<String>,
    /// When that ended; when the account was opened here.
    pub closed_at: Timestamp,
    /// What was in it then.
    pub closing: Money,
}

/// The report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BankReconciliationReport {
    /// The period; everything is as of its end.
    pub period: Period,
    /// The custody accounts.
    pub accounts: Vec<CustodyLine>,
    /// What their last statements end with, together.
    pub statements: Money,
    /// What the ledger has as `bank`.
    pub bank: Money,
    /// What the ledger has more than the statements.
    pub difference: Money,
    /// Of which was booked and is on no statement yet.
    pub awaited: Money,
    /// Of which was there when the first account was opened and was not in it.
    pub from_before: Money,
    /// What nothing explains; zero in right books.
    pub unexplained: Money,
    /// What is awaited, in the order of booking.
    pub awaited_lines: Vec<AwaitedLine>,
    /// What is in flight: the ledger has it still as `bank`, and owes it to those who are paid.
    pub in_flight: Money,
    /// How many payouts that are.
    pub payouts_in_flight: u64,
    /// What is in suspense: on statements and in `bank`, and nobody knows whose it is.
    pub suspense: Money,
    /// What that is, in the order of import.
    pub suspense_items: Vec<SuspenseItem>,
}

impl BankReconciliationReport {
    /// One, where something is left unexplained.
    pub fn contradictions(&self) -> u64 {
        u64::from(self.unexplained != Money::ZERO)
    }

    /// As tables.
    pub fn sections(&self) -> Vec<Section> {
        let figures = Section::figures(
            "bank reconciliation",
            [
                ("statements end with", self.statements.into()),
                ("bank in the ledger", self.bank.into()),
                ("difference", self.difference.into()),
                ("booked and on no statement yet", self.awaited.into()),
                ("from before the accounts were opened here", self.from_before.into()),
                ("unexplained", self.unexplained.into()),
                ("payouts in flight", self.in_flight.into()),
                ("in suspense", self.suspense.into()),
            ],
        );
        let accounts = self.accounts.iter().map(|line| {
            vec![
                line.number.clone().into(),
                line.bank.clone().into(),
                line.statement.clone().map_or(Cell::None, Cell::from),
                line.closed_at.into(),
                line.closing.into(),
            ]
        });
        let awaited = self
            .awaited_lines
            .iter()
            .map(|line| vec![line.reference.clone().into(), line.at.into(), line.amount.into()]);
        let suspense = self.suspense_items.iter().map(|item| {
            vec![
                item.id.to_string().into(),
                item.entry.reference.clone().into(),
                item.entry.booked_at.into(),
                item.entry.counterparty.clone().into(),
                item.entry.remittance.clone().into(),
                item.entry.signed().into(),
            ]
        });
        vec![
            figures,
            Section::new(
                "custody accounts",
                &["account", "bank", "statement", "until", "closing"],
                accounts,
            ),
            Section::new(
                "booked and on no statement yet",
                &["reference", "booked", "amount"],
                awaited,
            ),
            Section::new(
                "in suspense",
                &[
                    "suspense",
                    "reference",
                    "booked",
                    "counterparty",
                    "remittance",
                    "amount",
                ],
                suspense,
            ),
        ]
    }
}

/// What the report is made of, besides transfers.
#[derive(Debug, Default)]
pub struct BankFacts {
    /// The custody accounts.
    pub custody: Vec<CustodyAccount>,
    /// All statements, in the order of import.
    pub statements: Vec<Statement>,
    /// All lines that were awaited, and when a statement with each was imported.
    pub awaited: Vec<(AwaitedLine, Option<Timestamp>)>,
    /// All payouts.
    pub payouts: Vec<Payout>,
    /// All that nobody expected.
    pub suspense: Vec<SuspenseItem>,
}

/// The fold.
#[derive(Debug)]
pub struct BankReconciliation {
    period: Period,
    facts: BankFacts,
    bank: Option<AccountId>,
    suspense: Option<AccountId>,
    flight: Option<AccountId>,
    in_bank: Money,
    in_suspense: Money,
    in_flight: Money,
}

impl BankReconciliation {
    /// Of these facts and accounts.
    pub fn new(period: Period, facts: BankFacts, accounts: &[Account]) -> BankReconciliation {
        let of = |key: AccountKey| {
            let found = accounts.iter().find(|account| account.key == key);
            found.map(|account| account.id)
        };
        BankReconciliation {
            period,
            facts,
            bank: of(AccountKey::Bank),
            suspense: of(AccountKey::Suspense),
            flight: of(AccountKey::PayoutInFlight),
            in_bank: Money::ZERO,
            in_suspense: Money::ZERO,
            in_flight: Money::ZERO,
        }
    }

    /// Counts a transfer.
    ///
    /// # Errors
    /// A sum leaves the range.
    pub fn add_transfer(&mut self, transfer: &TransferFact) -> Result<(), Overflow> {
        if !self.period.is_before_end(transfer.booked_at) {
            return Ok(());
        }
        let (debit, credit) = (Some(transfer.debit), Some(transfer.credit));
        // `bank` grows by debits, what is owed by credits.
        for (account, sum, grows) in [
            (self.bank, &mut self.in_bank, debit),
            (self.suspense, &mut self.in_suspense, credit),
            (self.flight, &mut self.in_flight, credit),
        ] {
            if account.is_none() || (account != debit && account != credit) {
                continue;
            }
            *sum = if account == grows {
                sum.plus(transfer.amount)?
            } else {
                sum.minus(transfer.amount)?
            };
        }
        Ok(())
    }

    /// The figures.
    ///
    /// # Errors
    /// A sum leaves the range.
    pub fn finish(self) -> Result<BankReconciliationReport, Overflow> {
        let period = self.period;
        let before = |at: Timestamp| period.is_before_end(at);
        let over = |at: Option<Timestamp>| at.is_some_and(before);
        let custody = self.facts.custody.iter().filter(|account| before(account.opened_at));
        let custody: Vec<&CustodyAccount> = custody.collect();
        let accounts: Vec<CustodyLine> = custody
            .iter()
            .map(|account| line(account, &self.facts.statements, before))
            .collect();
        let awaited = self.facts.awaited.into_iter();
        let awaited_lines: Vec<AwaitedLine> = awaited
            .filter(|(line, seen)| before(line.at) && !over(*seen))
            .map(|(line, _)| line)
            .collect();
        let suspense = self.facts.suspense.into_iter();
        let suspense_items: Vec<SuspenseItem> = suspense
            .filter(|item| before(item.created_at) && !over(item.resolved_at))
            .collect();
        let payouts = self.facts.payouts.iter();
        let flying = payouts.filter(|payout| before(payout.created_at) && !over(payout.ended_at));
        let statements = Money::sum(accounts.iter().map(|line| line.closing))?;
        let awaited = Money::sum(awaited_lines.iter().map(|line| line.amount))?;
        let from_before = Money::sum(custody.iter().map(|account| account.unexplained))?;
        let difference = self.in_bank.minus(statements)?;
        // Without a custody account there is nothing to compare with.
        let unexplained = if custody.is_empty() {
            Money::ZERO
        } else {
            difference.minus(awaited)?.minus(from_before)?
        };
        Ok(BankReconciliationReport {
            period,
            accounts,
            statements,
            bank: self.in_bank,
            difference,
            awaited,
            from_before,
            unexplained,
            awaited_lines,
            in_flight: self.in_flight,
            payouts_in_flight: flying.map(|_| 1_u64).sum(),
            suspense: self.in_suspense,
            suspense_items,
        })
    }
}

/// How far the statements of an account had come.
fn line(account: &CustodyAccount, statements: &[Statement], before: impl Fn(Timestamp) -> bool) -> CustodyLine {
    let own = statements.iter().rev();
    let mut own = own.filter(|statement| statement.account == account.account.number);
    let last = own.find(|statement| before(statement.created_at));
    CustodyLine {
        number: account.account.masked().number,
        bank: account.account.bank.clone(),
        statement: last.map(|statement| statement.statement.clone()),
        closed_at: last.map_or(account.opened_at, |statement| statement.closed_at),
        closing: last.map_or(account.opening, |statement| statement.closing),
    }
}
