//! How subsidies were found, and what owner groups have spent.

use std::collections::BTreeMap;

use diesel::prelude::*;
use serde::Deserialize;

use super::column::row;
use super::connection::Reader;
use super::load::{Corrupt, LoadError, narrow};
use super::schema::{entity_spending, fill, journal};
use crate::domain::evaluation::Evaluation;
use crate::domain::id::{FillId, OrgId};
use crate::domain::money::Money;
use crate::domain::spending::Spending;
use crate::engine::State;
use crate::engine::voucher::reserved;
use crate::on;

row! {
    /// What an owner group has spent in a calendar year.
    pub struct EntitySpendingRow in entity_spending by (org, year) changing (spent, declared) {
        /// The head of the group.
        pub org: i64,
        /// The year in Asia/Shanghai.
        pub year: i64,
        /// Settled and claimed, in fen.
        pub spent: i64,
        /// With what is agreed, in fen.
        pub declared: i64,
    }
}

/// What is read of the leaf of [`crate::engine::Event::Evaluated`].
#[derive(Deserialize)]
struct Leaf {
    evaluated: Evaluated,
}

#[derive(Deserialize)]
struct Evaluated {
    evaluation: Evaluation,
}

impl EntitySpendingRow {
    /// The row of a group and a year.
    pub fn new(org: OrgId, year: i32, spending: Spending) -> EntitySpendingRow {
        EntitySpendingRow {
            org: org.0.cast_signed(),
            year: i64::from(year),
            spent: spending.spent.fen(),
            declared: spending.declared.fen(),
        }
    }
}

/// How the subsidies of these fills were found, by fill; those without a subsidy are left out.
///
/// # Errors
/// Those of the database; a body that is none.
pub fn evaluations(reader: &mut Reader, fills: &[FillId]) -> Result<BTreeMap<FillId, Evaluation>, LoadError> {
    let ids: Vec<i64> = fills.iter().map(|fill| fill.0.cast_signed()).collect();
    let query = fill::table
        .inner_join(journal::table.on(fill::evaluation_leaf.eq(journal::seq.nullable())))
        .filter(fill::id.eq_any(ids))
        .order(fill::id)
        .select((fill::id, journal::body));
    let rows: Vec<(i64, Vec<u8>)> = on!(reader, connection => query.load(connection))?;
    let read = |(fill, body): (i64, Vec<u8>)| {
        let leaf: Leaf = serde_json::from_slice(&body)
            .map_err(|error| Corrupt::new("fill.evaluation_leaf", &format!("{fill}: {error}")))?;
        Ok((FillId(fill.cast_unsigned()), leaf.evaluated.evaluation))
    };
    rows.into_iter().map(read).collect()
}

/// What owner groups have spent.
///
/// # Errors
/// Those of the database.
pub fn load_spending(reader: &mut Reader) -> Result<Vec<EntitySpendingRow>, LoadError> {
    let query = entity_spending::table
        .order((entity_spending::org, entity_spending::year))
        .select(EntitySpendingRow::columns());
    Ok(on!(reader, connection => query.load(connection))?)
}

/// Reads what counts for later subsidies. Leases and vouchers must be there.
pub(super) fn load(reader: &mut Reader, state: &mut State) -> Result<(), LoadError> {
    for row in load_spending(reader)? {
        let year = narrow("entity_spending.year", row.year)?;
        let spending = Spending {
            spent: Money::from_fen(row.spent),
            declared: Money::from_fen(row.declared),
        };
        state.spent.insert((OrgId(row.org.cast_unsigned()), year), spending);
    }
    reserved::restore(state).map_err(|_| Corrupt::new("fill.voucher", "a sum beyond what can be counted"))?;
    Ok(())
}
