//! What was reported of leases, as the API shows it.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::id::{LeaseId, UsageKeyId};
use crate::domain::time::Timestamp;
use crate::domain::usage::EventName;
use crate::store::load::{Corrupt, narrow};
use crate::store::usage::{UsageKind, UsageReportRow};

/// A step of the metering of a lease: an event that was taken, or acceptance, or what a dispute holds back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct UsageView {
    /// Its place in the order of steps.
    pub seq: i64,
    /// What it is.
    pub kind: UsageKind,
    /// Who reports; empty where no event brought it.
    pub source: String,
    /// The event's own identifier; unique for its source.
    pub id: String,
    /// Which lease.
    pub lease: LeaseId,
    /// From when: of a counter since the reading before, as far as it was known then.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// When the counter began to count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// Cards that were up.
    pub cards_up: u32,
    /// Card-seconds as they were said: of a counter since its start.
    pub card_seconds: i64,
    /// By how many card-seconds what is metered of the lease has grown.
    pub counts: i64,
    /// The report that is corrected or withdrawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<EventName>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// With which key it was signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agentkey: Option<UsageKeyId>,
    /// The signature, in base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
}

impl UsageView {
    /// What is shown of a row.
    ///
    /// # Errors
    /// The row holds something impossible.
    pub fn of(row: UsageReportRow) -> Result<UsageView, Corrupt> {
        let detail = row.detail()?;
        let counts = row.counts();
        let is_counter = row.kind.0 == UsageKind::Counter;
        let started_at = row.started_at.filter(|_| is_counter);
        Ok(UsageView {
            seq: row.seq,
            kind: row.kind.0,
            source: row.source,
            id: row.source_id,
            lease: LeaseId(row.lease.cast_unsigned()),
            from: Timestamp::from_micros(row.from_at),
            until: Timestamp::from_micros(row.until_at),
            started_at: started_at.map(Timestamp::from_micros),
            cards_up: narrow("usage_report.cards_up", row.cards_up)?,
            card_seconds: row.card_seconds,
            counts,
            of: detail.of,
            reason: detail.reason,
            agentkey: detail.signed.as_ref().map(|signed| signed.key),
            signature: detail.signed.map(|signed| signed.signature),
        })
    }
}

/// A span of a lease for which nothing was reported: what happened in it is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct GapView {
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
}
