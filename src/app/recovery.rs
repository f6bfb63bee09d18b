//! Recoveries and credits as the API takes them.

use serde::Deserialize;
use serde_json::Value;

use super::body;
use super::readers::{PooledReader, ReadError};
use crate::domain::id::{LeaseId, RecoveryId};
use crate::domain::lease::LeaseState;
use crate::domain::money::Money;
use crate::domain::programme::process::ClawbackReason;
use crate::domain::rate::BasisPoints;
use crate::domain::recovery::{ClosedLease, NamedLease, NamedTarget, NewCredit, NewRecovery, Practice, Target};
use crate::engine::office::recovery::RecoveryCommand;
use crate::engine::{Command, Rejection, limits};
use crate::store::read::{lease, recovery};

/// The body of `POST /v1/recoveries`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecoveryBody {
    /// Of what: `{"lease": …}`, `{"claim": …}` or `{"voucher": …}`.
    target: Target,
    /// How much; all that is left where it is left out.
    amount: Option<Money>,
    /// Why: one of the programme's reasons, or `error`.
    reason: ClawbackReason,
    /// The fine, as a share of what is taken back; within the programme's bounds.
    #[serde(default)]
    fine_bps: BasisPoints,
    /// What proves it, in words. Without personal data: nothing can be erased from the journal.
    #[schema(max_length = 500)]
    evidence: String,
}

/// The body of `POST /v1/leases/{id}/credits`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreditBody {
    /// How much, of what the tenant and vouchers have paid together.
    amount: Money,
    /// Why, in words. Without personal data: nothing can be erased from the journal.
    #[schema(max_length = 500)]
    reason: String,
}

/// The body of `POST /v1/recoveries/{id}/lift-ban`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LiftBanBody)]
pub struct LiftBody {
    /// Why. Without personal data: nothing can be erased from the journal.
    #[schema(max_length = 500)]
    reason: String,
}

/// Reads what shall be taken back.
pub fn read(body: Value) -> Result<RecoveryBody, Rejection> {
    body::parse(body)
}

/// Takes a subsidy back, with what the database has of closed leases.
///
/// # Errors
/// Those of the database.
pub fn recover(pooled: &mut PooledReader, asked: RecoveryBody) -> Result<Command, ReadError> {
    let target = match asked.target {
        Target::Lease(id) => NamedTarget::Lease(named(pooled, id)?),
        Target::Claim(id) => NamedTarget::Claim(id),
        Target::Voucher(voucher) => {
            // One more than may be: then the engine says so.
            let most = i64::try_from(limits::RECOVERED_LEASES_MAX).unwrap_or(i64::MAX - 1) + 1;
            let ids = recovery::leases_of(&mut pooled.reader, voucher, most)?;
            let leases = ids.into_iter().map(|id| named(pooled, id));
            let leases = leases.collect::<Result<Vec<NamedLease>, ReadError>>()?;
            NamedTarget::Voucher { voucher, leases }
        }
    };
    Ok(Command::Recovery(RecoveryCommand::Recover(NewRecovery {
        target,
        amount: asked.amount,
        reason: asked.reason,
        fine_bps: asked.fine_bps,
        evidence: asked.evidence,
        practice: Practice::Second,
    })))
}

/// Gives back a part of what was settled of a lease.
pub fn read_credit(body: Value) -> Result<CreditBody, Rejection> {
    body::parse(body)
}

/// The command, with what the database has of a closed lease.
///
/// # Errors
/// Those of the database.
pub fn credit(pooled: &mut PooledReader, lease: LeaseId, asked: CreditBody) -> Result<Command, ReadError> {
    let CreditBody { amount, reason } = asked;
    Ok(Command::Recovery(RecoveryCommand::Credit(NewCredit {
        lease: named(pooled, lease)?,
        amount,
        reason,
        practice: Practice::Second,
    })))
}

/// Lifts the ban of a recovery.
pub fn lift(recovery: RecoveryId, body: Value) -> Result<Command, Rejection> {
    let LiftBody { reason } = body::parse(body)?;
    Ok(Command::Recovery(RecoveryCommand::LiftBan { recovery, reason }))
}

/// A lease, with what it came to where it is closed.
fn named(pooled: &mut PooledReader, id: LeaseId) -> Result<NamedLease, ReadError> {
    let reader = &mut pooled.reader;
    let found = lease::find(reader, id)?.filter(|stored| stored.state == LeaseState::Closed);
    let closed = match found {
        None => None,
        Some(stored) => Some(ClosedLease {
            tenant: stored.fill.tenant,
            provider: stored.fill.provider,
            agreed_at: stored.fill.at,
            charge: stored.settled.charge,
            voucher: stored.settled.voucher,
            draws: recovery::draws(reader, stored.fill.id)?,
            until: Some(stored.ends.timestamp()),
        }),
    };
    Ok(NamedLease { lease: id, closed })
}
