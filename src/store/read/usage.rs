//! Usage reports of a lease.

use diesel::prelude::*;

use super::{Found, Slice};
use crate::domain::id::LeaseId;
use crate::on;
use crate::store::connection::Reader;
use crate::store::load::LoadError;
use crate::store::schema::usage_report;
use crate::store::usage::UsageReportRow;

/// The newest first. The index on (lease, source, source_id) finds them; a lease has at most some thousand to sort.
pub fn page(reader: &mut Reader, lease: LeaseId, slice: Slice) -> Result<Found<UsageReportRow>, LoadError> {
    let query = usage_report::table
        .filter(usage_report::lease.eq(lease.0.cast_signed()))
        // Not the bare column: its index has the order, and would be walked from end to end for one lease.
        .filter((usage_report::seq + 0).lt(slice.key))
        .order((usage_report::seq + 0).desc())
        .limit(slice.limit + 1)
        .select(UsageReportRow::columns());
    let rows: Vec<UsageReportRow> = on!(reader, connection => query.load(connection))?;
    Ok(Found::cut(rows, slice, None, |row| row.seq))
}
