//! Usage events (CloudEvents 1.0, structured mode) as the API takes them, and the keys with which agents sign them.

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::body;
use crate::domain::id::{LeaseId, OrgId, UsageKeyId};
use crate::domain::text::base64_bytes;
use crate::domain::time::Timestamp;
use crate::domain::usage::{
    CORRECTION_TYPE, COUNTER_TYPE, EventName, SPAN_TYPE, Said, Signed, UsageEvent, UsageKey, UsageRefusal,
    WITHDRAWAL_TYPE,
};
use crate::engine::rejection::{FieldRule, invalid};
use crate::engine::usage::UsageCommand;
use crate::engine::{Command, Rejection, limits};

/// A usage event. Attributes of CloudEvents that carry nothing here are read and left aside.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CloudEvent {
    /// Version of CloudEvents: `1.0`.
    #[serde(default = "version")]
    pub specversion: String,
    /// Unique within the source.
    pub id: String,
    /// Who reports.
    pub source: String,
    /// `qiantang.usage.v1`, `qiantang.usage.counter.v1`, `qiantang.usage.correction.v1` or `qiantang.usage.withdrawal.v1`.
    #[serde(rename = "type")]
    pub kind: String,
    /// With which of the provider's keys it was signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agentkey: Option<String>,
    /// The Ed25519 signature of the event's text (docs/API.md), in base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
    /// What it says: [`SpanData`], [`CounterData`], [`CorrectionData`] or [`WithdrawalData`], as the type says.
    pub data: Value,
}

/// What `qiantang.usage.v1` says: so many card-seconds were delivered in a span.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SpanData {
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

/// What `qiantang.usage.counter.v1` says: a counter was read.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CounterData {
    /// The lease.
    pub lease: LeaseId,
    /// When the counter began to count from 0; another start is another counter.
    pub started_at: Timestamp,
    /// When it was read.
    pub at: Timestamp,
    /// Cards that were up since the reading before.
    pub cards_up: u32,
    /// Card-seconds delivered since the start.
    pub card_seconds: i64,
}

/// What `qiantang.usage.correction.v1` says: a report should have said something else.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CorrectionData {
    /// The lease.
    pub lease: LeaseId,
    /// Which report, or its last correction.
    pub corrects: EventName,
    /// Cards that were up.
    pub cards_up: u32,
    /// Card-seconds; of a counter since its start.
    pub card_seconds: i64,
    /// Why.
    pub reason: String,
}

/// What `qiantang.usage.withdrawal.v1` says: a report should not have been made.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawalData {
    /// The lease.
    pub lease: LeaseId,
    /// Which report, or its last correction.
    pub withdraws: EventName,
    /// Why.
    pub reason: String,
}

/// What an event says.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum EventData {
    /// A span.
    Span(SpanData),
    /// A reading of a counter.
    Counter(CounterData),
    /// A correction.
    Correction(CorrectionData),
    /// A withdrawal.
    Withdrawal(WithdrawalData),
}

/// The body of `POST /v1/usage`.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum UsageBody {
    /// One event.
    One(CloudEvent),
    /// A batch.
    Batch(Vec<CloudEvent>),
}

/// The body of `POST /v1/leases/{id}/usage/accept`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptBody {
    /// What was used before this instant.
    until: Timestamp,
}

/// The body of `POST /v1/usage-keys`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = UsageKeyBody)]
pub struct KeyBody {
    /// What the provider calls the agent.
    name: String,
    /// Its Ed25519 public key: 32 bytes in base64.
    public_key: String,
    /// Whether unsigned events are refused while this key is not revoked.
    #[serde(default)]
    required: bool,
}

fn version() -> String {
    "1.0".to_owned()
}

/// A batch that was read: each event, or why it cannot be understood.
#[derive(Debug)]
pub struct Batch(Vec<Result<UsageEvent, (&'static str, String)>>);

/// `POST /v1/usage`: one event or a batch. An event that cannot be read is refused by itself.
///
/// # Errors
/// It is neither, or there are too many.
pub fn read(body: Value) -> Result<Batch, Rejection> {
    let events = match body {
        Value::Array(events) => events,
        one @ Value::Object(_) => vec![one],
        _ => {
            let detail = "must be an event or a list of events";
            return Err(invalid("", FieldRule::Malformed, detail));
        }
    };
    if events.len() > limits::REPORTS_MAX {
        return Err(invalid("", FieldRule::TooMany, "must be at most 10000 reports"));
    }
    Ok(Batch(events.into_iter().map(event).collect()))
}

impl Batch {
    /// Whether some event is signed: then the provider's keys are needed.
    pub fn is_signed(&self) -> bool {
        self.0.iter().flatten().any(|event| event.signed.is_some())
    }

    /// The command: what was signed is verified with the keys of the provider.
    pub fn command(self, provider: OrgId, keys: &[UsageKey]) -> Command {
        let mut events = Vec::with_capacity(self.0.len());
        let mut refused = Vec::new();
        for (index, read) in self.0.into_iter().enumerate() {
            let verified = read.and_then(|event| match &event.signed {
                Some(signed) if !is_signed_by(&event, signed, keys) => {
                    let detail = "signature is not that of the provider's agentkey over the event";
                    Err(("bad_signature", detail.to_owned()))
                }
                Some(_) | None => Ok(event),
            });
            match verified {
                Ok(event) => events.push(event),
                Err((code, detail)) => refused.push(UsageRefusal {
                    index,
                    code: code.into(),
                    detail: detail.into(),
                }),
            }
        }
        Command::Usage(UsageCommand::Report {
            provider,
            events: events.into(),
            refused,
        })
    }
}

/// Whether an event bears the signature of a key: what who audits asks again.
pub fn is_signed_by(event: &UsageEvent, signed: &Signed, keys: &[UsageKey]) -> bool {
    let verify = || {
        let key = keys.iter().find(|key| key.id == signed.key)?;
        let (public, signature) = (base64_bytes(&key.public_key)?, base64_bytes(&signed.signature)?);
        let text = event.signed_text();
        UnparsedPublicKey::new(&ED25519, public)
            .verify(text.as_bytes(), &signature)
            .ok()
    };
    verify().is_some()
}

fn event(value: Value) -> Result<UsageEvent, (&'static str, String)> {
    let malformed = |rejection: Rejection| ("malformed", rejection.to_string());
    let read: CloudEvent = body::parse(value).map_err(malformed)?;
    if read.specversion != "1.0" {
        return Err(("malformed", "/specversion must be 1.0".to_owned()));
    }
    let (lease, said) = match read.kind.as_str() {
        SPAN_TYPE => {
            let data: SpanData = body::parse(read.data).map_err(malformed)?;
            let said = Said::Span {
                from: data.from,
                until: data.until,
                cards_up: data.cards_up,
                card_seconds: data.card_seconds,
            };
            (data.lease, said)
        }
        COUNTER_TYPE => {
            let data: CounterData = body::parse(read.data).map_err(malformed)?;
            let said = Said::Counter {
                started_at: data.started_at,
                at: data.at,
                cards_up: data.cards_up,
                card_seconds: data.card_seconds,
            };
            (data.lease, said)
        }
        CORRECTION_TYPE => {
            let data: CorrectionData = body::parse(read.data).map_err(malformed)?;
            let said = Said::Correction {
                corrects: data.corrects,
                cards_up: data.cards_up,
                card_seconds: data.card_seconds,
                reason: data.reason,
            };
            (data.lease, said)
        }
        WITHDRAWAL_TYPE => {
            let data: WithdrawalData = body::parse(read.data).map_err(malformed)?;
            let said = Said::Withdrawal {
                withdraws: data.withdraws,
                reason: data.reason,
            };
            (data.lease, said)
        }
        _ => {
            let detail = format!("/type must be {SPAN_TYPE}, {COUNTER_TYPE}, {CORRECTION_TYPE} or {WITHDRAWAL_TYPE}");
            return Err(("unknown_type", detail));
        }
    };
    Ok(UsageEvent {
        source: read.source,
        id: read.id,
        lease,
        said,
        signed: signed(read.agentkey, read.signature)?,
    })
}

/// Both extensions come together or neither does.
fn signed(key: Option<String>, signature: Option<String>) -> Result<Option<Signed>, (&'static str, String)> {
    let bad = |detail: &str| ("bad_signature", detail.to_owned());
    match (key, signature) {
        (None, None) => Ok(None),
        (Some(key), Some(signature)) => {
            let key: UsageKeyId = key.parse().map_err(|_| bad("agentkey is no usage key"))?;
            Ok(Some(Signed { key, signature }))
        }
        (Some(_), None) | (None, Some(_)) => Err(bad("agentkey and signature come together")),
    }
}

/// `POST /v1/leases/{id}/usage/accept`.
pub fn accept(tenant: OrgId, lease: LeaseId, body: Value) -> Result<Command, Rejection> {
    let AcceptBody { until } = body::parse(body)?;
    Ok(Command::Usage(UsageCommand::Accept { tenant, lease, until }))
}

/// `POST /v1/usage-keys`.
pub fn add_key(provider: OrgId, body: Value) -> Result<Command, Rejection> {
    let KeyBody {
        name,
        public_key,
        required,
    } = body::parse(body)?;
    Ok(Command::Usage(UsageCommand::AddKey {
        provider,
        name,
        public_key,
        required,
    }))
}

/// `POST /v1/usage-keys/{id}/revoke`.
pub fn revoke_key(provider: OrgId, key: UsageKeyId) -> Command {
    Command::Usage(UsageCommand::RevokeKey { provider, key })
}
