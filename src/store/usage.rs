//! Usage reports.

use diesel::prelude::*;

use super::column::row;
use super::connection::Reader;
use super::load::{Corrupt, LoadError, narrow};
use super::schema::usage_report;
use crate::domain::id::LeaseId;
use crate::domain::time::Timestamp;
use crate::domain::usage::UsageReport;
use crate::on;

row! {
    /// A usage report that was accepted.
    pub struct UsageReportRow in usage_report by (seq) {
        /// Its place in the order of reports.
        pub seq: i64,
        /// The command that brought it.
        pub command_seq: i64,
        /// Who reports.
        pub source: String,
        /// The report's own identifier; unique for its source.
        pub source_id: String,
        /// Which lease.
        pub lease: i64,
        /// From when, in microseconds.
        pub from_at: i64,
        /// Until when, in microseconds.
        pub until_at: i64,
        /// Cards that were up.
        pub cards_up: i64,
        /// Card-seconds delivered.
        pub card_seconds: i64,
    }
}

impl UsageReportRow {
    /// The row of a report.
    pub fn new(seq: i64, command_seq: i64, report: &UsageReport) -> UsageReportRow {
        UsageReportRow {
            seq,
            command_seq,
            source: report.source.clone(),
            source_id: report.id.clone(),
            lease: report.lease.0.cast_signed(),
            from_at: report.from.micros(),
            until_at: report.until.micros(),
            cards_up: i64::from(report.cards_up),
            card_seconds: report.card_seconds,
        }
    }
}

impl TryFrom<UsageReportRow> for UsageReport {
    type Error = Corrupt;

    fn try_from(row: UsageReportRow) -> Result<UsageReport, Corrupt> {
        Ok(UsageReport {
            source: row.source,
            id: row.source_id,
            lease: LeaseId(row.lease.cast_unsigned()),
            from: Timestamp::from_micros(row.from_at),
            until: Timestamp::from_micros(row.until_at),
            cards_up: narrow("usage_report.cards_up", row.cards_up)?,
            card_seconds: row.card_seconds,
        })
    }
}

/// Whether a report with this source and identifier was accepted before.
pub fn exists(reader: &mut Reader, source: &str, id: &str) -> Result<bool, LoadError> {
    let query = usage_report::table
        .filter(usage_report::source.eq(source))
        .filter(usage_report::source_id.eq(id))
        .select(usage_report::seq);
    let found: Option<i64> = on!(reader, connection => query.first(connection).optional())?;
    Ok(found.is_some())
}

/// The reports of a lease, in the order in which they came.
pub fn of_lease(reader: &mut Reader, lease: LeaseId) -> Result<Vec<UsageReport>, LoadError> {
    let query = usage_report::table
        .filter(usage_report::lease.eq(lease.0.cast_signed()))
        .order(usage_report::seq)
        .select(UsageReportRow::columns());
    let rows: Vec<UsageReportRow> = on!(reader, connection => query.load(connection))?;
    rows.into_iter().map(|row| Ok(row.try_into()?)).collect()
}
