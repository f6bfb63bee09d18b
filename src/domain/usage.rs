//! Usage: what a provider reports of a lease.

use serde::{Deserialize, Serialize};

use super::id::LeaseId;
use super::time::Timestamp;

/// One report: so many card-seconds were delivered in `[from, until)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageReport {
    /// Who reports (CloudEvents `source`); unique together with `id`.
    pub source: String,
    /// The report's own identifier (CloudEvents `id`).
    pub id: String,
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
