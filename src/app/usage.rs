//! Usage events (CloudEvents 1.0) and leases as the API shows them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::body;
use crate::domain::id::{LeaseId, OrgId};
use crate::domain::time::Timestamp;
use crate::domain::usage::UsageReport;
use crate::engine::rejection::{FieldRule, invalid};
use crate::engine::{Command, Rejection};

/// The one event type that is understood.
pub const USAGE_TYPE: &str = "qiantang.usage.v1";

/// A usage event. Attributes of CloudEvents that carry nothing here are read and left aside.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct UsageEvent {
    /// Version of CloudEvents: `1.0`.
    #[serde(default = "version")]
    pub specversion: String,
    /// Unique within the source.
    pub id: String,
    /// Who reports.
    pub source: String,
    /// [`USAGE_TYPE`].
    #[serde(rename = "type")]
    pub kind: String,
    /// What is reported.
    pub data: UsageData,
}

/// What a usage event reports.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UsageData {
    /// The lease.
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

/// The body of `POST /v1/usage`.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum UsageBody {
    /// One event.
    One(UsageEvent),
    /// A batch.
    Batch(Vec<UsageEvent>),
}

fn version() -> String {
    "1.0".to_owned()
}

/// `POST /v1/usage`: one event or a batch.
pub fn report(provider: OrgId, body: Value) -> Result<Command, Rejection> {
    let batch = if body.is_array() {
        body
    } else {
        Value::Array(vec![body])
    };
    let events: Vec<UsageEvent> = body::parse(batch)?;
    let mut reports = Vec::with_capacity(events.len());
    for (index, event) in events.into_iter().enumerate() {
        if event.kind != USAGE_TYPE {
            return Err(invalid(
                &format!("/{index}/type"),
                FieldRule::Malformed,
                format!("must be {USAGE_TYPE}"),
            ));
        }
        let UsageData {
            lease,
            from,
            until,
            cards_up,
            card_seconds,
        } = event.data;
        let (source, id) = (event.source, event.id);
        reports.push(UsageReport {
            source,
            id,
            lease,
            from,
            until,
            cards_up,
            card_seconds,
        });
    }
    Ok(Command::ReportUsage { provider, reports })
}
