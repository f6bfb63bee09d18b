//! Outages and probes as the API takes them.

use serde::Deserialize;
use serde_json::Value;

use super::body;
use crate::domain::id::{OrgId, OutageId};
use crate::domain::outage::ProbeResult;
use crate::domain::time::Timestamp;
use crate::engine::sla::SlaCommand;
use crate::engine::{Command, Rejection};

/// The body of `POST /v1/outages/{id}/end`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndOutageBody {
    /// When it was over.
    until: Timestamp,
}

/// The body of `POST /v1/outages/{id}/contest`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContestOutageBody {
    /// Why it was not so.
    reason: String,
}

/// What probes have found.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProbesBody {
    /// By lease, each in the order of time; at most 10,000.
    probes: Vec<ProbeResult>,
}

/// Says that cards were not there.
pub fn claim(org: OrgId, body: Value) -> Result<Command, Rejection> {
    let new = body::parse(body)?;
    Ok(Command::Sla(SlaCommand::ClaimOutage { org, new }))
}

/// Says when an outage was over.
pub fn end(org: OrgId, outage: OutageId, body: Value) -> Result<Command, Rejection> {
    let EndOutageBody { until } = body::parse(body)?;
    Ok(Command::Sla(SlaCommand::EndOutage { org, outage, until }))
}

/// Takes an outage back.
pub fn withdraw(org: OrgId, outage: OutageId) -> Command {
    Command::Sla(SlaCommand::WithdrawOutage { org, outage })
}

/// Agrees to an outage.
pub fn confirm(org: OrgId, outage: OutageId) -> Command {
    Command::Sla(SlaCommand::ConfirmOutage { org, outage })
}

/// Sees an outage differently.
pub fn contest(org: OrgId, outage: OutageId, body: Value) -> Result<Command, Rejection> {
    let ContestOutageBody { reason } = body::parse(body)?;
    Ok(Command::Sla(SlaCommand::ContestOutage { org, outage, reason }))
}

/// Decides on an outage that is contested.
pub fn decide(outage: OutageId, body: Value) -> Result<Command, Rejection> {
    let ruling = body::parse(body)?;
    Ok(Command::Sla(SlaCommand::DecideOutage { outage, ruling }))
}

/// Says what probes have found.
pub fn probe(body: Value) -> Result<Command, Rejection> {
    let ProbesBody { probes } = body::parse(body)?;
    Ok(Command::Sla(SlaCommand::Probe { results: probes }))
}
