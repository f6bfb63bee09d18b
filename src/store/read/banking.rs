//! Money in and out, as it is asked for.

use diesel::prelude::*;

use super::{Found, Slice};
use crate::domain::banking::account::PayoutAccount;
use crate::domain::banking::payout::{Payout, PayoutBatch, PayoutBatchState, PayoutState, Withdrawal, WithdrawalState};
use crate::domain::banking::statement::{MatchedEntry, Statement};
use crate::domain::banking::suspense::{SuspenseItem, SuspenseState};
use crate::domain::id::{OrgId, PayoutBatchId, PayoutId, StatementId, SuspenseId, WithdrawalId};
use crate::on;
use crate::store::banking::{
    BankStatementRow, PayoutAccountRow, PayoutBatchRow, PayoutRow, StatementEntryRow, SuspenseItemRow, WithdrawalRow,
    read,
};
use crate::store::column::Named;
use crate::store::connection::Reader;
use crate::store::load::LoadError;
use crate::store::schema::{
    bank_statement, payout, payout_account, payout_batch, statement_entry, suspense_item, withdrawal,
};

/// Which things.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<S> {
    /// Those of this organisation.
    pub org: Option<OrgId>,
    /// Those that stand there.
    pub state: Option<S>,
}

macro_rules! things {
    ($table:ident as $row:ident of $noun:ident by $id:ident in $state:ident: $find:ident, $page:ident) => {
        /// One of them.
        pub fn $find(reader: &mut Reader, id: $id) -> Result<Option<$noun>, LoadError> {
            let query = $table::table
                .filter($table::id.eq(id.0.cast_signed()))
                .select($row::columns());
            let row: Option<$row> = on!(reader, connection => query.first(connection).optional())?;
            Ok(row.map($noun::try_from).transpose()?)
        }

        /// The newest first.
        pub fn $page(reader: &mut Reader, wanted: Wanted<$state>, slice: Slice) -> Result<Found<$noun>, LoadError> {
            let word = wanted.state.map(|state| Named(state).word());
            let found: Found<$row> = newest!(
                reader, slice, $table by id as $row,
                indexed query => match (wanted.org, word) {
                    (Some(org), _) => query.filter($table::org.eq(org.0.cast_signed())),
                    (None, Some(word)) => query.filter($table::state.eq(word)),
                    (None, None) => query,
                },
                narrowed wanted.org.is_some() && word.is_some() => match word {
                    Some(word) => query.filter($table::state.eq(word)),
                    None => query,
                }
            );
            found.try_map(|row| Ok($noun::try_from(row)?))
        }
    };
}

things!(withdrawal as WithdrawalRow of Withdrawal by WithdrawalId in WithdrawalState: find_withdrawal, page_withdrawals);
things!(payout_batch as PayoutBatchRow of PayoutBatch by PayoutBatchId in PayoutBatchState: find_batch, page_batches);
things!(payout as PayoutRow of Payout by PayoutId in PayoutState: find_payout, page_payouts);
things!(suspense_item as SuspenseItemRow of SuspenseItem by SuspenseId in SuspenseState: find_suspense, page_suspense);

/// Where an organisation is paid to.
pub fn find_account(reader: &mut Reader, org: OrgId) -> Result<Option<PayoutAccount>, LoadError> {
    let query = payout_account::table
        .filter(payout_account::org.eq(org.0.cast_signed()))
        .select(PayoutAccountRow::columns());
    let row: Option<PayoutAccountRow> = on!(reader, connection => query.first(connection).optional())?;
    Ok(row.map(|row| read("payout_account.body", &row.body)).transpose()?)
}

/// Payouts by their identifiers, in their order.
pub fn payouts_of(reader: &mut Reader, ids: &[PayoutId]) -> Result<Vec<Payout>, LoadError> {
    let mut payouts = Vec::with_capacity(ids.len());
    for id in ids {
        payouts.extend(find_payout(reader, *id)?);
    }
    Ok(payouts)
}

/// A statement.
pub fn find_statement(reader: &mut Reader, id: StatementId) -> Result<Option<Statement>, LoadError> {
    let query = bank_statement::table
        .filter(bank_statement::id.eq(id.0.cast_signed()))
        .select(BankStatementRow::columns());
    let row: Option<BankStatementRow> = on!(reader, connection => query.first(connection).optional())?;
    Ok(row.map(|row| read("bank_statement.body", &row.body)).transpose()?)
}

/// Statements, the newest first.
pub fn page_statements(reader: &mut Reader, slice: Slice) -> Result<Found<Statement>, LoadError> {
    let found: Found<BankStatementRow> = newest!(
        reader, slice, bank_statement by id as BankStatementRow,
        indexed query => query, narrowed false => query
    );
    found.try_map(|row| Ok(read("bank_statement.body", &row.body)?))
}

/// Entries of a statement, in their order; the key is the place before the first.
pub fn page_entries(reader: &mut Reader, id: StatementId, slice: Slice) -> Result<Found<MatchedEntry>, LoadError> {
    let query = statement_entry::table
        .filter(statement_entry::statement.eq(id.0.cast_signed()))
        .filter(statement_entry::place.gt(slice.key))
        .order(statement_entry::place)
        .limit(slice.limit + 1)
        .select(StatementEntryRow::columns());
    let rows: Vec<StatementEntryRow> = on!(reader, connection => query.load(connection))?;
    let found = Found::cut(rows, slice, None, |row| row.place);
    found.try_map(|row| Ok(read("statement_entry.body", &row.body)?))
}
