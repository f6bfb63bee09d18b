//! What treasuries have not paid of what providers have earned, in databases of before that was kept.

use std::collections::HashMap;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::account;
use super::banking::UnfundedRow;
use super::connection::Reader;
use super::load::{Corrupt, LoadError, PAGE};
use super::schema::{transfer, unfunded};
use crate::domain::account::AccountKey;
use crate::domain::id::ProgrammeId;
use crate::domain::money::{Money, Overflow};
use crate::engine::banking::funding::{Recount, Unfunded};
use crate::engine::ledger::Leg;
use crate::on;

/// The programme of the row that says that nobody has counted yet; the migration that makes the table leaves it there.
pub(super) const NOT_COUNTED: ProgrammeId = ProgrammeId(0);

/// What is read of a transfer.
type Line = (i64, i64, i64, i64, i64);

impl From<&Unfunded> for UnfundedRow {
    fn from(unfunded: &Unfunded) -> UnfundedRow {
        UnfundedRow {
            programme: unfunded.programme.0.cast_signed(),
            org: unfunded.org.0.cast_signed(),
            amount: unfunded.amount.fen(),
        }
    }
}

/// Counts what is not funded, once; `connection` may write.
pub(super) fn count_once(connection: &mut Reader) -> Result<(), LoadError> {
    let mark = unfunded::table.filter(unfunded::programme.eq(NOT_COUNTED.0.cast_signed()));
    let marks: i64 = on!(&mut *connection, connection => mark.count().get_result(connection))?;
    if marks == 0 {
        return Ok(());
    }
    let rows: Vec<UnfundedRow> = found(connection)?.iter().map(UnfundedRow::from).collect();
    on!(connection, connection => connection.transaction(|connection| {
        for row in rows {
            let values = (
                unfunded::programme.eq(row.programme),
                unfunded::org.eq(row.org),
                unfunded::amount.eq(row.amount),
            );
            diesel::insert_into(unfunded::table).values(values).execute(connection)?;
        }
        diesel::delete(mark).execute(connection).map(|_| ())
    }))?;
    Ok(())
}

fn found(reader: &mut Reader) -> Result<Vec<Unfunded>, LoadError> {
    let mut keys: HashMap<i64, AccountKey> = HashMap::new();
    account::load_all(reader, |account| {
        keys.insert(account.id.0.cast_signed(), account.key);
    })?;
    let corrupt = |_: Overflow| Corrupt::new("transfer.amount", "treasury_receivable");
    let mut recount = Recount::default();
    let (mut after, mut movement, mut legs) = (-1, -1, Vec::new());
    loop {
        let page = page(reader, after)?;
        for (seq, of, debit, credit, amount) in &page {
            if *of != movement {
                recount.follow(&legs).map_err(corrupt)?;
                (movement, legs) = (*of, Vec::new());
            }
            let key = |id: &i64| keys.get(id).copied();
            let known = key(debit).zip(key(credit));
            let (debit, credit) = known.ok_or_else(|| Corrupt::new("transfer.debit", &seq.to_string()))?;
            let amount = Money::from_fen(*amount);
            legs.push(Leg { debit, credit, amount });
            after = *seq;
        }
        if page.is_empty() {
            recount.follow(&legs).map_err(corrupt)?;
            return Ok(recount.found());
        }
    }
}

/// Transfers of receivables, in their order: sequence, movement, debit, credit, amount.
fn page(reader: &mut Reader, after: i64) -> Result<Vec<Line>, LoadError> {
    let receivables = "(SELECT id FROM account WHERE kind = 'treasury_receivable')";
    let touches = sql::<Bool>(&format!("(debit IN {receivables} OR credit IN {receivables})"));
    let query = transfer::table
        .filter(transfer::seq.gt(after))
        .filter(touches)
        .order(transfer::seq)
        .limit(PAGE)
        .select((
            transfer::seq,
            transfer::movement,
            transfer::debit,
            transfer::credit,
            transfer::amount,
        ));
    Ok(on!(reader, connection => query.load(connection))?)
}
