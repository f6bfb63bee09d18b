//! Usage reports.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::column::row;
use super::connection::Reader;
use super::load::{Corrupt, LoadError, PAGE, narrow};
use super::schema::usage_report;
use crate::domain::id::LeaseId;
use crate::domain::time::Timestamp;
use crate::domain::usage::UsageReport;
use crate::engine::event::AcceptedUsage;
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
    /// The row of a report that was accepted.
    pub fn new(usage: &AcceptedUsage, command_seq: i64) -> UsageReportRow {
        let report = &usage.report;
        UsageReportRow {
            seq: usage.place.cast_signed(),
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

/// Hands the reports of leases that are not closed to `take`, in the order in which they came.
pub fn load_live(reader: &mut Reader, mut take: impl FnMut(AcceptedUsage)) -> Result<(), LoadError> {
    let mut after = -1;
    loop {
        let query = usage_report::table
            .filter(usage_report::seq.gt(after))
            .filter(sql::<Bool>(
                "usage_report.lease IN (SELECT id FROM lease WHERE lease.state <> 'closed')",
            ))
            .order(usage_report::seq)
            .limit(PAGE)
            .select(UsageReportRow::columns());
        let page: Vec<UsageReportRow> = on!(reader, connection => query.load(connection))?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = last.seq;
        for row in page {
            take(AcceptedUsage {
                place: row.seq.cast_unsigned(),
                report: row.try_into()?,
            });
        }
    }
}
