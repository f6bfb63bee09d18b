//! Usage reports as the API shows them.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::id::LeaseId;
use crate::domain::time::Timestamp;
use crate::store::load::{Corrupt, narrow};
use crate::store::usage::UsageReportRow;

/// A usage report that was accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct UsageView {
    /// Its place in the order of reports.
    pub seq: i64,
    /// Who reports.
    pub source: String,
    /// The report's own identifier; unique for its source.
    pub id: String,
    /// Which lease.
    pub lease: LeaseId,
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// Cards that were up.
    pub cards_up: u32,
    /// Card-seconds delivered.
    pub card_seconds: i64,
}

impl UsageView {
    /// What is shown of a row.
    ///
    /// # Errors
    /// The row holds something impossible.
    pub fn of(row: UsageReportRow) -> Result<UsageView, Corrupt> {
        Ok(UsageView {
            seq: row.seq,
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
