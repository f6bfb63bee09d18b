//! Who writes.

use diesel::prelude::*;

use crate::on;
use crate::store::connection::Reader;
use crate::store::load::LoadError;
use crate::store::schema::writer_lease;

/// What the last process that became the writer said of itself.
pub fn holder(reader: &mut Reader) -> Result<String, LoadError> {
    let query = writer_lease::table.select(writer_lease::holder);
    Ok(on!(reader, connection => query.first(connection))?)
}
