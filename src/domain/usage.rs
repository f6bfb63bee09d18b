//! Usage: what a provider reports of a lease, and what it says of its reports later.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::ops::Deref;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

use super::id::{DisputeId, LeaseId, OrgId, UsageKeyId};
use super::metering::Step;
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

impl ReportKey {
    /// The key of what has this source and identifier: both, with the boundary between them.
    pub fn of(source: &str, id: &str) -> ReportKey {
        let mut hasher = Sha256::new();
        hasher.update(u64::try_from(source.len()).unwrap_or(u64::MAX).to_be_bytes());
        hasher.update(source.as_bytes());
        hasher.update(id.as_bytes());
        let digest: [u8; 32] = hasher.finalize().into();
        let mut key = [0; 16];
        key.copy_from_slice(&digest[..16]);
        ReportKey(key)
    }

    /// The key of a part of what a dispute holds back. No report has it: its source would have to be without a name.
    pub fn of_dispute(dispute: DisputeId, part: u8) -> ReportKey {
        ReportKey::of("", &format!("{dispute}/{part}"))
    }
}

impl UsageReport {
    /// What identifies the report.
    pub fn key(&self) -> ReportKey {
        ReportKey::of(&self.source, &self.id)
    }
}

/// What names an event of a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EventName {
    /// Who reports.
    pub source: String,
    /// The event's own identifier.
    pub id: String,
}

impl EventName {
    /// Its key.
    pub fn key(&self) -> ReportKey {
        ReportKey::of(&self.source, &self.id)
    }
}

/// What an event says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// So many card-seconds were delivered in `[from, until)`.
    Span {
        /// From when.
        from: Timestamp,
        /// Until when.
        until: Timestamp,
        /// Cards that were up.
        cards_up: u32,
        /// Card-seconds delivered.
        card_seconds: i64,
    },
    /// A counter that counts from 0 at its start was read.
    Counter {
        /// When it began to count.
        started_at: Timestamp,
        /// When it was read.
        at: Timestamp,
        /// Cards that were up since the reading before.
        cards_up: u32,
        /// Card-seconds delivered since the start.
        card_seconds: i64,
    },
    /// A report should have said something else.
    Correction {
        /// Which one, or its last correction.
        corrects: EventName,
        /// Cards that were up.
        cards_up: u32,
        /// Card-seconds: of a counter since its start, as the report said them.
        card_seconds: i64,
        /// Why.
        reason: String,
    },
    /// A report should not have been made.
    Withdrawal {
        /// Which one, or its last correction.
        withdraws: EventName,
        /// Why.
        reason: String,
    },
}

/// By whom an event was signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// With which key.
    pub key: UsageKeyId,
    /// The Ed25519 signature of [`UsageEvent::signed_text`], in base64.
    pub signature: String,
}

/// An event of a provider about the usage of a lease.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageEvent {
    /// Who reports (CloudEvents `source`); unique together with `id`.
    pub source: String,
    /// The event's own identifier (CloudEvents `id`).
    pub id: String,
    /// The lease.
    pub lease: LeaseId,
    /// What it says.
    pub said: Said,
    /// By whom it was signed, if it was. The signature was verified before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed: Option<Signed>,
}

/// The type of an event that reports a span.
pub const SPAN_TYPE: &str = "qiantang.usage.v1";
/// The type of an event that reads a counter.
pub const COUNTER_TYPE: &str = "qiantang.usage.counter.v1";
/// The type of an event that corrects another.
pub const CORRECTION_TYPE: &str = "qiantang.usage.correction.v1";
/// The type of an event that withdraws another.
pub const WITHDRAWAL_TYPE: &str = "qiantang.usage.withdrawal.v1";

impl UsageEvent {
    /// What identifies the event.
    pub fn key(&self) -> ReportKey {
        ReportKey::of(&self.source, &self.id)
    }

    /// The step that it is.
    pub fn step(&self) -> Step {
        match &self.said {
            Said::Span {
                from,
                until,
                card_seconds,
                ..
            } => Step::Span {
                from: *from,
                until: *until,
                card_seconds: *card_seconds,
            },
            Said::Counter {
                started_at,
                at,
                card_seconds,
                ..
            } => Step::Reading {
                started_at: *started_at,
                at: *at,
                card_seconds: *card_seconds,
            },
            Said::Correction {
                corrects, card_seconds, ..
            } => Step::Correction {
                of: corrects.key(),
                card_seconds: *card_seconds,
            },
            Said::Withdrawal { withdraws, .. } => Step::Withdrawal { of: withdraws.key() },
        }
    }

    /// What a provider's agent signs with Ed25519: the type of the event and every value of it, one a line, the reason last. Nothing of
    /// it has a line break in itself, so that no two events have one text.
    pub fn signed_text(&self) -> String {
        let UsageEvent {
            source,
            id,
            lease,
            said,
            signed: _,
        } = self;
        let mut text = String::with_capacity(256);
        // Writing to a text does not fail.
        let _ = match said {
            Said::Span {
                from,
                until,
                cards_up,
                card_seconds,
            } => write!(
                text,
                "{SPAN_TYPE}\n{source}\n{id}\n{lease}\n{from}\n{until}\n{cards_up}\n{card_seconds}\n"
            ),
            Said::Counter {
                started_at,
                at,
                cards_up,
                card_seconds,
            } => write!(
                text,
                "{COUNTER_TYPE}\n{source}\n{id}\n{lease}\n{started_at}\n{at}\n{cards_up}\n{card_seconds}\n"
            ),
            Said::Correction {
                corrects,
                cards_up,
                card_seconds,
                reason,
            } => write!(
                text,
                "{CORRECTION_TYPE}\n{source}\n{id}\n{lease}\n{}\n{}\n{cards_up}\n{card_seconds}\n{reason}\n",
                corrects.source, corrects.id
            ),
            Said::Withdrawal { withdraws, reason } => write!(
                text,
                "{WITHDRAWAL_TYPE}\n{source}\n{id}\n{lease}\n{}\n{}\n{reason}\n",
                withdraws.source, withdraws.id
            ),
        };
        text
    }
}

impl From<UsageReport> for UsageEvent {
    fn from(report: UsageReport) -> UsageEvent {
        UsageEvent {
            source: report.source,
            id: report.id,
            lease: report.lease,
            said: Said::Span {
                from: report.from,
                until: report.until,
                cards_up: report.cards_up,
                card_seconds: report.card_seconds,
            },
            signed: None,
        }
    }
}

/// Events of one command. Its copies are one: the writer, the journal and the copy of the state for readers all look at it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UsageEvents(Arc<[UsageEvent]>);

impl Deref for UsageEvents {
    type Target = [UsageEvent];

    fn deref(&self) -> &[UsageEvent] {
        &self.0
    }
}

impl From<Vec<UsageEvent>> for UsageEvents {
    fn from(events: Vec<UsageEvent>) -> UsageEvents {
        UsageEvents(events.into())
    }
}

impl Serialize for UsageEvents {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for UsageEvents {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<UsageEvents, D::Error> {
        Vec::deserialize(deserializer).map(UsageEvents::from)
    }
}

/// Why one event of a batch was refused; the others count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct UsageRefusal {
    /// Its place in the batch.
    pub index: usize,
    /// The rule.
    #[schema(value_type = String)]
    pub code: Cow<'static, str>,
    /// The rule in words.
    #[schema(value_type = String)]
    pub detail: Cow<'static, str>,
}

/// The public key of an agent that signs a provider's events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct UsageKey {
    /// The key's identifier: CloudEvents extension `agentkey`.
    pub id: UsageKeyId,
    /// Whose agent it is.
    pub provider: OrgId,
    /// What the provider calls it.
    pub name: String,
    /// The Ed25519 public key: 32 bytes in base64.
    pub public_key: String,
    /// While it is not revoked, events of this provider that nobody signed are refused.
    pub required: bool,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it was revoked: since then nothing that it signed is taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_of_an_event_is_signed() {
        let at = Timestamp::from_micros;
        let event = |said: Said| UsageEvent {
            source: "agent/1".to_owned(),
            id: "42".to_owned(),
            lease: LeaseId(7),
            said,
            signed: None,
        };
        let span = event(Said::Span {
            from: at(0),
            until: at(3_600_000_000),
            cards_up: 8,
            card_seconds: 28_800,
        });
        assert_eq!(
            span.signed_text(),
            "qiantang.usage.v1\nagent/1\n42\nlse_0000000000007\n1970-01-01T00:00:00Z\n1970-01-01T01:00:00Z\n8\n28800\n"
        );
        let withdrawal = event(Said::Withdrawal {
            withdraws: EventName {
                source: "agent/1".to_owned(),
                id: "41".to_owned(),
            },
            reason: "counted twice".to_owned(),
        });
        assert_eq!(
            withdrawal.signed_text(),
            "qiantang.usage.withdrawal.v1\nagent/1\n42\nlse_0000000000007\nagent/1\n41\ncounted twice\n"
        );
    }

    #[test]
    fn the_boundary_between_source_and_identifier_counts() {
        assert_ne!(ReportKey::of("a", "bc"), ReportKey::of("ab", "c"));
        assert_eq!(ReportKey::of("a", "bc"), ReportKey::of("a", "bc"));
    }
}
