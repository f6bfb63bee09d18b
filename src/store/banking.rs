//! Money in and out. Things are few and change as wholes, so that a row holds its thing as JSON, and beside it what is asked for.

use diesel::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::bank_ref::BankRefRow;
use super::column::row;
use super::connection::Reader;
use super::funding::NOT_COUNTED;
use super::load::{Corrupt, LoadError};
use super::schema::{
    awaited_line, bank_statement, custody_account, payout, payout_account, payout_batch, suspense_item, unfunded,
    withdrawal,
};
use super::writer::Batch;
use crate::domain::banking::account::{AwaitedLine, CustodyAccount, PayoutAccount};
use crate::domain::banking::payout::{Payout, PayoutBatch, Withdrawal, WithdrawalState};
use crate::domain::banking::statement::{MatchedEntry, Statement};
use crate::domain::banking::suspense::{SuspenseItem, SuspenseState, SuspenseTarget};
use crate::domain::id::{OrgId, ProgrammeId};
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::engine::State;
use crate::engine::banking::event::BankingEvent;
use crate::on;

row! {
    /// Where an organisation is paid to.
    pub struct PayoutAccountRow in payout_account by (org) {
        /// Whose.
        pub org: i64,
        /// All of it, in JSON.
        pub body: String,
    }
}

row! {
    /// An account of the platform's own.
    pub struct CustodyAccountRow in custody_account by (number) {
        /// Its number.
        pub number: String,
        /// All of it, in JSON.
        pub body: String,
    }
}

row! {
    /// A statement of the bank.
    pub struct BankStatementRow in bank_statement by (id) {
        /// Its identifier.
        pub id: i64,
        /// The number of the custody account.
        pub account: String,
        /// What the bank calls it.
        pub statement: String,
        /// When it was imported, in microseconds.
        pub created_at: i64,
        /// All of it but its entries, in JSON.
        pub body: String,
    }
}

row! {
    /// An entry of a statement.
    pub struct StatementEntryRow in statement_entry by (statement, place) {
        /// The statement.
        pub statement: i64,
        /// Its place there, from 0.
        pub place: i64,
        /// What the bank has written and what it was found to be, in JSON.
        pub body: String,
    }
}

row! {
    /// What was booked before a statement showed it.
    pub struct AwaitedLineRow in awaited_line by (id) changing (seen_at) {
        /// Its number.
        pub id: i64,
        /// What the bank calls it.
        pub reference: String,
        /// In fen; below zero where money went out.
        pub amount: i64,
        /// When it was booked, in microseconds.
        pub booked_at: i64,
        /// When a statement with it was imported, in microseconds.
        pub seen_at: Option<i64>,
    }
}

row! {
    /// What no treasury has paid of a provider's earnings; zero once it is paid.
    pub struct UnfundedRow in unfunded by (programme, org) {
        /// Under which programme.
        pub programme: i64,
        /// Whose earnings.
        pub org: i64,
        /// In fen.
        pub amount: i64,
    }
}

impl AwaitedLineRow {
    /// The line, and when a statement with it was imported.
    pub fn line(&self) -> (AwaitedLine, Option<Timestamp>) {
        let line = AwaitedLine {
            id: self.id.cast_unsigned(),
            reference: self.reference.clone(),
            amount: Money::from_fen(self.amount),
            at: Timestamp::from_micros(self.booked_at),
        };
        (line, self.seen_at.map(Timestamp::from_micros))
    }
}

macro_rules! image {
    ($(#[$doc:meta])* $row:ident in $table:ident of $noun:ty, org by $org:expr) => {
        row! {
            $(#[$doc])*
            pub struct $row in $table by (id) {
                /// Its identifier.
                pub id: i64,
                /// Whose, if it is an organisation's.
                pub org: Option<i64>,
                /// Where it stands.
                pub state: String,
                /// When it was made, in microseconds.
                pub created_at: i64,
                /// All of it, in JSON.
                pub body: String,
            }
        }

        impl From<&$noun> for $row {
            fn from(noun: &$noun) -> $row {
                let org: fn(&$noun) -> Option<OrgId> = $org;
                $row {
                    id: noun.id.0.cast_signed(),
                    org: org(noun).map(|org| org.0.cast_signed()),
                    state: word(noun.state),
                    created_at: noun.created_at.micros(),
                    body: json(noun),
                }
            }
        }

        impl TryFrom<$row> for $noun {
            type Error = Corrupt;

            fn try_from(row: $row) -> Result<$noun, Corrupt> {
                read(concat!(stringify!($table), ".body"), &row.body)
            }
        }
    };
}

image! {
    /// What is wanted out of cash or suspense.
    WithdrawalRow in withdrawal of Withdrawal, org by |noun| noun.org
}
image! {
    /// Payouts that are sent as one.
    PayoutBatchRow in payout_batch of PayoutBatch, org by |_| None
}
image! {
    /// Money on its way to a bank account.
    PayoutRow in payout of Payout, org by |noun| noun.line.org
}
image! {
    /// What nobody expected on a statement; of an organisation once that is clear.
    SuspenseItemRow in suspense_item of SuspenseItem, org by |noun| match &noun.target {
        Some(SuspenseTarget::Org(org)) => Some(*org),
        Some(
            SuspenseTarget::TreasuryRequest(_)
            | SuspenseTarget::Return(_)
            | SuspenseTarget::Payout(_)
            | SuspenseTarget::Charges,
        )
        | None => None,
    }
}

/// The name of a plain enum in JSON.
pub(super) fn word(value: impl Serialize) -> String {
    let word = serde_json::to_value(value).ok();
    word.and_then(|word| word.as_str().map(str::to_owned))
        .unwrap_or_default()
}

/// Strings, integers and lists of them always have a JSON form.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// Reads what a row holds.
pub(super) fn read<T: DeserializeOwned>(column: &'static str, body: &str) -> Result<T, Corrupt> {
    serde_json::from_str(body).map_err(|error| Corrupt::new(column, &error.to_string()))
}

impl Batch {
    /// Adds the rows of something that happened to money on its way in or out.
    pub(super) fn add_banking(&mut self, event: &BankingEvent, command_seq: i64) {
        match event {
            BankingEvent::PayoutAccountChanged(account) => self.payout_accounts.push(PayoutAccountRow {
                org: account.org.0.cast_signed(),
                body: json(account),
            }),
            BankingEvent::CustodyAccountChanged(account) => self.custody_accounts.push(CustodyAccountRow {
                number: account.account.number.clone(),
                body: json(account),
            }),
            BankingEvent::WithdrawalChanged(withdrawal) => self.withdrawals.push(withdrawal.into()),
            BankingEvent::PayoutBatchChanged(batch) => self.payout_batches.push(batch.into()),
            BankingEvent::PayoutChanged(payout) => self.payouts.push(payout.into()),
            BankingEvent::StatementImported(statement, entries) => {
                self.add_statement(statement, entries, command_seq);
            }
            BankingEvent::SuspenseChanged(item) => self.suspense_items.push(item.into()),
            BankingEvent::LineAwaited(line) => self.awaited_lines.push(AwaitedLineRow {
                id: line.id.cast_signed(),
                reference: line.reference.clone(),
                amount: line.amount.fen(),
                booked_at: line.at.micros(),
                seen_at: None,
            }),
            BankingEvent::LineSeen { line, at } => self.awaited_lines.push(AwaitedLineRow {
                id: line.id.cast_signed(),
                reference: line.reference.clone(),
                amount: line.amount.fen(),
                booked_at: line.at.micros(),
                seen_at: Some(at.micros()),
            }),
        }
    }

    fn add_statement(&mut self, statement: &Statement, entries: &[MatchedEntry], command: i64) {
        self.bank_statements.push(BankStatementRow {
            id: statement.id.0.cast_signed(),
            account: statement.account.clone(),
            statement: statement.statement.clone(),
            created_at: statement.created_at.micros(),
            body: json(statement),
        });
        for entry in entries {
            self.statement_entries.push(StatementEntryRow {
                statement: statement.id.0.cast_signed(),
                place: entry.place.cast_signed(),
                body: json(entry),
            });
            self.bank_refs.push(BankRefRow {
                reference: entry.entry.reference.clone(),
                command,
            });
        }
    }
}

/// All statements, in the order of their import.
pub fn load_statements(reader: &mut Reader) -> Result<Vec<Statement>, LoadError> {
    let query = bank_statement::table
        .order(bank_statement::id)
        .select(BankStatementRow::columns());
    let rows: Vec<BankStatementRow> = on!(reader, connection => query.load(connection))?;
    rows.iter()
        .map(|row| Ok(read("bank_statement.body", &row.body)?))
        .collect()
}

/// The platform's own accounts, by number.
pub fn load_custody(reader: &mut Reader) -> Result<Vec<CustodyAccount>, LoadError> {
    let query = custody_account::table
        .order(custody_account::number)
        .select(CustodyAccountRow::columns());
    let rows: Vec<CustodyAccountRow> = on!(reader, connection => query.load(connection))?;
    rows.iter()
        .map(|row| Ok(read("custody_account.body", &row.body)?))
        .collect()
}

/// All lines that were awaited, in the order of booking.
pub fn load_awaited(reader: &mut Reader) -> Result<Vec<AwaitedLineRow>, LoadError> {
    let query = awaited_line::table
        .order(awaited_line::id)
        .select(AwaitedLineRow::columns());
    Ok(on!(reader, connection => query.load(connection))?)
}

/// All payouts, in the order in which they were sent.
pub fn load_payouts(reader: &mut Reader) -> Result<Vec<Payout>, LoadError> {
    let query = payout::table.order(payout::id).select(PayoutRow::columns());
    let rows: Vec<PayoutRow> = on!(reader, connection => query.load(connection))?;
    rows.into_iter().map(|row| Ok(row.try_into()?)).collect()
}

/// All that nobody expected, in the order of import.
pub fn load_suspense(reader: &mut Reader) -> Result<Vec<SuspenseItem>, LoadError> {
    let query = suspense_item::table
        .order(suspense_item::id)
        .select(SuspenseItemRow::columns());
    let rows: Vec<SuspenseItemRow> = on!(reader, connection => query.load(connection))?;
    rows.into_iter().map(|row| Ok(row.try_into()?)).collect()
}

/// Reads what the exchange knows of banks, but for the counters.
pub(super) fn load(reader: &mut Reader, state: &mut State) -> Result<(), LoadError> {
    let query = payout_account::table
        .order(payout_account::org)
        .select(PayoutAccountRow::columns());
    let rows: Vec<PayoutAccountRow> = on!(reader, connection => query.load(connection))?;
    for row in rows {
        let account: PayoutAccount = read("payout_account.body", &row.body)?;
        state.banking.accounts.insert(account.org, account);
    }
    let custody = load_custody(reader)?.into_iter();
    let custody = custody.map(|account| (account.account.number.clone(), account));
    state.banking.custody.extend(custody);
    load_withdrawals(reader, state)?;
    let query = payout_batch::table
        .order(payout_batch::id)
        .select(PayoutBatchRow::columns());
    let rows: Vec<PayoutBatchRow> = on!(reader, connection => query.load(connection))?;
    for row in rows {
        let batch: PayoutBatch = row.try_into()?;
        state.banking.batches.insert(batch.id, batch);
    }
    let payouts = load_payouts(reader)?.into_iter();
    state.banking.payouts.extend(payouts.map(|payout| (payout.id, payout)));
    let query = bank_statement::table.select((bank_statement::account, bank_statement::statement));
    let known: Vec<(String, String)> = on!(reader, connection => query.load(connection))?;
    state.banking.statements.extend(known);
    let items = load_suspense(reader)?.into_iter();
    let items = items.filter(|item| item.state != SuspenseState::Resolved);
    state.banking.suspense.extend(items.map(|item| (item.id, item)));
    load_rest(reader, state)
}

/// Withdrawals that are not over.
fn load_withdrawals(reader: &mut Reader, state: &mut State) -> Result<(), LoadError> {
    let over = [word(WithdrawalState::Returned), word(WithdrawalState::Cancelled)];
    let query = withdrawal::table
        .filter(withdrawal::state.ne_all(over))
        .order(withdrawal::id)
        .select(WithdrawalRow::columns());
    let rows: Vec<WithdrawalRow> = on!(reader, connection => query.load(connection))?;
    for row in rows {
        let withdrawal: Withdrawal = row.try_into()?;
        state.banking.withdrawals.insert(withdrawal.id, withdrawal);
    }
    Ok(())
}

/// What is awaited, and what is not funded.
fn load_rest(reader: &mut Reader, state: &mut State) -> Result<(), LoadError> {
    let query = awaited_line::table
        .filter(awaited_line::seen_at.is_null())
        .order(awaited_line::id)
        .select(AwaitedLineRow::columns());
    let rows: Vec<AwaitedLineRow> = on!(reader, connection => query.load(connection))?;
    for (line, _) in rows.iter().map(AwaitedLineRow::line) {
        state.banking.awaited.insert(line.id, line);
    }
    let query = unfunded::table
        .filter(unfunded::amount.ne(0))
        .select(UnfundedRow::columns());
    let rows: Vec<UnfundedRow> = on!(reader, connection => query.load(connection))?;
    for row in rows {
        if row.programme == NOT_COUNTED.0.cast_signed() {
            return Err(Corrupt::new("unfunded.programme", "nobody has counted yet: migrate the database").into());
        }
        let key = (
            ProgrammeId(row.programme.cast_unsigned()),
            OrgId(row.org.cast_unsigned()),
        );
        state.banking.unfunded.insert(key, Money::from_fen(row.amount));
    }
    Ok(())
}
