//! Numbers that only grow: the last identifier of each kind, and whatever else must survive a restart.

use diesel::prelude::*;

use super::column::row;
use super::connection::Reader;
use super::load::LoadError;
use super::schema::counter;
use crate::on;

row! {
    /// A number that only grows.
    pub struct CounterRow in counter by (name) {
        /// What it counts.
        pub name: String,
        /// The last number given.
        pub value: i64,
    }
}

/// All of them.
pub fn load_all(reader: &mut Reader) -> Result<Vec<CounterRow>, LoadError> {
    let query = counter::table.order(counter::name).select(CounterRow::columns());
    Ok(on!(reader, connection => query.load(connection))?)
}
