//! What is done to leases, as the API takes it.

use serde::Deserialize;
use serde_json::Value;

use super::body;
use super::sealed::{SealError, seal_text};
use crate::domain::fingerprint::Fingerprint;
use crate::domain::id::{LeaseId, OrgId};
use crate::domain::life::Because;
use crate::domain::life::access::{self, Recipient};
use crate::domain::life::change::Change;
use crate::domain::life::close_code::CloseCode;
use crate::domain::sealed::Sealed;
use crate::domain::time::{Timestamp, Window};
use crate::engine::lease::{Answer, Giver, LeaseCommand};
use crate::engine::rejection::{FieldErrors, FieldRule, invalid};
use crate::engine::{Command, Rejection};

/// The body of `POST /v1/leases/{id}/provision`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProvisionBody {
    /// The way in: an armoured age file for the tenant's recipient and nobody else, at most 64 KiB.
    access: Option<String>,
}

/// The body of what needs a reason.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LeaseReasonBody)]
pub struct ReasonBody {
    /// Why.
    reason: String,
}

/// The body of `POST /v1/leases/{id}/degrade`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DegradeBody {
    /// How many cards work, if that is known.
    cards_up: Option<u32>,
    /// What is wrong.
    reason: String,
}

/// The body of `POST /v1/leases/{id}/suspend`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SuspendBody {
    /// Because of what; it decides whose fault its end is if nobody lets it go on.
    because: Because,
    /// Why, in words.
    reason: String,
}

/// The body of `POST /v1/leases/{id}/terminate`; it may be left out.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TerminateBody {
    /// A close code; the early end of the side that asks where it is left out. The operator must give one.
    code: Option<CloseCode>,
    /// A whole hour; the end of the running one where it is left out.
    at: Option<Timestamp>,
    /// Why, in words.
    reason: Option<String>,
}

/// The body of `POST /v1/leases/{id}/reclaim`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReclaimBody {
    /// The hour from which on the provider wants its cards.
    from: Timestamp,
}

/// The body of `POST /v1/leases/{id}/maintenance`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MaintenanceBody {
    /// The first hour.
    from: Timestamp,
    /// The hour after the last one.
    until: Timestamp,
    /// What for.
    reason: String,
}

/// The body of an answer to a change; it may be left out.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AnswerBody {
    /// Why, in words.
    reason: Option<String>,
}

/// The body of `PUT /v1/organisations/{id}/access-key`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessKeyBody {
    /// An age recipient.
    recipient: Recipient,
}

/// A hand-over on its way in.
#[derive(Debug)]
pub struct HandedOver {
    access: Option<String>,
}

/// Reads a hand-over.
///
/// # Errors
/// What comes as access material is none.
pub fn provision(body: Value) -> Result<HandedOver, Rejection> {
    let ProvisionBody { access } = body::parse(body)?;
    if let Some(text) = &access {
        access::check(text).map_err(|error| invalid("/access", FieldRule::Malformed, error.to_string()))?;
    }
    Ok(HandedOver { access })
}

impl HandedOver {
    /// Whether access material comes with it.
    pub fn has_access(&self) -> bool {
        self.access.is_some()
    }

    /// The command, and what stands beside it: the access material, which is the tenant's.
    ///
    /// # Errors
    /// The machine gives no randomness.
    pub fn seal(
        self,
        (provider, lease): (OrgId, LeaseId),
        tenant: OrgId,
    ) -> Result<(Command, Option<Sealed>), SealError> {
        let sealed = self.access.map(|text| seal_text(tenant, text)).transpose()?;
        let access = sealed.as_ref().map(|sealed| sealed.hash);
        Ok((provisioned(provider, lease, access), sealed))
    }
}

/// The command of a hand-over.
pub fn provisioned(provider: OrgId, lease: LeaseId, access: Option<Fingerprint>) -> Command {
    Command::Lease(LeaseCommand::ProvisionLease {
        provider,
        lease,
        access,
    })
}

/// The tenant accepts what was handed over.
pub fn accept(tenant: OrgId, lease: LeaseId) -> Command {
    Command::Lease(LeaseCommand::AcceptLease { tenant, lease })
}

/// The tenant refuses it.
pub fn refuse(tenant: OrgId, lease: LeaseId, body: Value) -> Result<Command, Rejection> {
    let ReasonBody { reason } = body::parse(body)?;
    Ok(Command::Lease(LeaseCommand::RefuseLease { tenant, lease, reason }))
}

/// Somebody says that less works than was promised.
pub fn degrade(org: OrgId, lease: LeaseId, body: Value) -> Result<Command, Rejection> {
    let DegradeBody { cards_up, reason } = body::parse(body)?;
    Ok(Command::Lease(LeaseCommand::DegradeLease {
        org,
        lease,
        cards_up,
        reason,
    }))
}

/// Somebody says that it works again.
pub fn restore(org: OrgId, lease: LeaseId) -> Command {
    Command::Lease(LeaseCommand::RestoreLease { org, lease })
}

/// The operator suspends a lease.
pub fn suspend(lease: LeaseId, body: Value) -> Result<Command, Rejection> {
    let SuspendBody { because, reason } = body::parse(body)?;
    Ok(Command::Lease(LeaseCommand::SuspendLease { lease, because, reason }))
}

/// The operator lets it go on.
pub fn resume(lease: LeaseId) -> Command {
    Command::Lease(LeaseCommand::ResumeLease { lease })
}

/// Somebody ends a lease before its time; none: the operator.
pub fn terminate(org: Option<OrgId>, lease: LeaseId, body: Value) -> Result<Command, Rejection> {
    let TerminateBody { code, at, reason } = body::parse(body)?;
    let mut errors = FieldErrors::default();
    let at = at.map(|at| body::hour(&mut errors, "/at", at));
    errors.check()?;
    Ok(Command::Lease(LeaseCommand::TerminateLease {
        by: org.map_or(Giver::Operator, Giver::Org),
        lease,
        code,
        at,
        reason: reason.unwrap_or_default(),
    }))
}

/// The provider announces maintenance.
pub fn announce(provider: OrgId, lease: LeaseId, body: Value) -> Result<Command, Rejection> {
    let MaintenanceBody { from, until, reason } = body::parse(body)?;
    let mut errors = FieldErrors::default();
    let (from, until) = (
        body::hour(&mut errors, "/from", from),
        body::hour(&mut errors, "/until", until),
    );
    errors.check()?;
    let reversed = || invalid("/until", FieldRule::Reversed, "must come after from");
    Ok(Command::Lease(LeaseCommand::AnnounceMaintenance {
        provider,
        lease,
        window: Window::new(from, until).ok_or_else(reversed)?,
        reason,
    }))
}

/// One side asks for a change.
pub fn ask(org: OrgId, lease: LeaseId, body: Value) -> Result<Command, Rejection> {
    let change: Change = body::parse(body)?;
    Ok(Command::Lease(LeaseCommand::AskChange { org, lease, change }))
}

/// The provider asks for its cards back.
pub fn reclaim(provider: OrgId, lease: LeaseId, body: Value) -> Result<Command, Rejection> {
    let ReclaimBody { from } = body::parse(body)?;
    let mut errors = FieldErrors::default();
    let from = body::hour(&mut errors, "/from", from);
    errors.check()?;
    Ok(Command::Lease(LeaseCommand::AskChange {
        org: provider,
        lease,
        change: Change::Reclaim { from },
    }))
}

/// Somebody answers what was asked for.
pub fn answer((org, lease, number): (OrgId, LeaseId, u32), answer: Answer, body: Value) -> Result<Command, Rejection> {
    let AnswerBody { reason } = body::parse(body)?;
    Ok(Command::Lease(LeaseCommand::AnswerChange {
        org,
        lease,
        number,
        answer,
        reason: reason.unwrap_or_default(),
    }))
}

/// An organisation says to whom access material is to be encrypted.
pub fn access_key(org: OrgId, body: Value) -> Result<Command, Rejection> {
    let AccessKeyBody { recipient } = body::parse(body)?;
    Ok(Command::Lease(LeaseCommand::SetAccessKey { org, recipient }))
}

/// A verb of a flow: the body names the lease that is named by the path over HTTP.
///
/// # Errors
/// The body cannot be read.
pub fn verb(verb: &str, org: OrgId, mut body: Value) -> Result<Command, Rejection> {
    if verb == "access_key" {
        return access_key(org, body);
    }
    let lease = body::part(&mut body, "lease")?;
    of_lease(verb, (org, lease), body)
}

fn of_lease(verb: &str, (org, lease): (OrgId, LeaseId), mut body: Value) -> Result<Command, Rejection> {
    match verb {
        // A flow has no place beside the journal.
        "provision" => body::nothing_else(body).map(|()| provisioned(org, lease, None)),
        "accept" => body::nothing_else(body).map(|()| accept(org, lease)),
        "refuse" => refuse(org, lease, body),
        "degrade" => degrade(org, lease, body),
        "restore" => body::nothing_else(body).map(|()| restore(org, lease)),
        "suspend" => suspend(lease, body),
        "resume" => body::nothing_else(body).map(|()| resume(lease)),
        "maintenance" => announce(org, lease, body),
        "answer" => {
            let number = body::part(&mut body, "number")?;
            let said = body::part(&mut body, "answer")?;
            answer((org, lease, number), said, body)
        }
        _ => ask(org, lease, body),
    }
}
