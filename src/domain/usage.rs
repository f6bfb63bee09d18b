//! Usage: what a provider reports of a lease.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

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

/// The first 16 bytes of SHA-256 over source and id: equal keys are equal reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ReportKey(pub [u8; 16]);

impl UsageReport {
    /// What identifies the report: its source and id, with the boundary between them.
    pub fn key(&self) -> ReportKey {
        let mut hasher = Sha256::new();
        hasher.update(u64::try_from(self.source.len()).unwrap_or(u64::MAX).to_be_bytes());
        hasher.update(self.source.as_bytes());
        hasher.update(self.id.as_bytes());
        let digest: [u8; 32] = hasher.finalize().into();
        let mut key = [0; 16];
        key.copy_from_slice(&digest[..16]);
        ReportKey(key)
    }

    /// What a provider's agent signs with Ed25519: the type of the event and every value of it, one a line. Neither a source nor an
    /// identifier has a line break, so that no two reports have one text.
    pub fn signed_text(&self) -> String {
        let UsageReport {
            source,
            id,
            lease,
            from,
            until,
            cards_up,
            card_seconds,
        } = self;
        format!("qiantang.usage.v1\n{source}\n{id}\n{lease}\n{from}\n{until}\n{cards_up}\n{card_seconds}\n")
    }
}
