//! Claims, assessments, reserves and requests to treasuries as the API takes them.

use serde::Deserialize;
use serde_json::Value;

use super::body;
use super::read::claims;
use super::readers::{PooledReader, ReadError};
use crate::domain::bid::Purpose;
use crate::domain::claim::{ClaimDocument, NewClaim};
use crate::domain::contract::{Contract, ExternalContract};
use crate::domain::fingerprint::Fingerprint;
use crate::domain::id::{ClaimId, LeaseId, OrgId, ProgrammeId, TreasuryRequestId, UserId};
use crate::domain::money::Money;
use crate::domain::plan::Plan;
use crate::engine::office::claim::{ClaimCommand, DOCUMENTS_MAX};
use crate::engine::office::treasury::TreasuryCommand;
use crate::engine::{Command, Rejection};

/// The body of `POST /v1/claims`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimBody {
    /// Under which programme.
    programme: ProgrammeId,
    /// Of which contract; it may be left out where the claim of another programme is followed.
    #[schema(value_type = Option<ContractBody>)]
    contract: Option<Value>,
    /// Of how much of what was paid; all that counts where it is left out.
    amount: Option<Money>,
    /// The evidence: documents that were uploaded before.
    #[serde(default)]
    documents: Vec<ClaimDocument>,
    /// The approved claim of another programme that it follows.
    matches: Option<ClaimId>,
    /// For what the cards were used. Where a rate asks for it and the lease's bid did not say it, a document of the kind `workload`
    /// must show it.
    purpose: Option<Purpose>,
}

/// A contract that is claimed.
#[derive(Debug, utoipa::ToSchema)]
#[serde(untagged)]
pub enum ContractBody {
    /// A closed lease.
    Lease(LeaseBody),
    /// A contract that was signed elsewhere.
    External(ExternalContract),
}

/// A lease that is claimed.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LeaseBody {
    /// Which one.
    lease: LeaseId,
}

/// A claim on its way in.
#[derive(Debug)]
pub struct Asked {
    /// The claim; without its contract where that is a lease.
    new: NewClaim,
    /// The lease whose figures it needs.
    lease: Option<LeaseId>,
}

/// Reads a claim.
pub fn read(body: Value) -> Result<Asked, Rejection> {
    let body: ClaimBody = body::parse(body)?;
    let mut lease = None;
    let contract = match body.contract {
        Some(value) if value.get("lease").is_some() => {
            let LeaseBody { lease: id } = body::parse(value).map_err(inside)?;
            lease = Some(id);
            None
        }
        Some(value) => Some(Contract::External(body::parse(value).map_err(inside)?)),
        None => None,
    };
    Ok(Asked {
        new: NewClaim {
            programme: body.programme,
            contract,
            amount: body.amount,
            documents: body.documents,
            matches: body.matches,
            purpose: body.purpose,
            leases: None,
        },
        lease,
    })
}

/// What is wrong is inside the contract.
fn inside(rejection: Rejection) -> Rejection {
    match rejection {
        Rejection::Invalid(mut errors) => {
            for error in &mut errors {
                error.pointer.insert_str(0, "/contract");
            }
            Rejection::Invalid(errors)
        }
        other => other,
    }
}

impl Asked {
    /// The documents that are named, with the size that is said of each.
    pub fn documents(&self) -> Vec<(Fingerprint, u64)> {
        let named = self.new.documents.iter().take(DOCUMENTS_MAX);
        named.map(|document| (document.hash, document.size)).collect()
    }
}

/// The command, with what the database has: the figures of a closed lease, or the leases that a contract from elsewhere might be.
///
/// # Errors
/// Those of the database.
pub fn submit(pooled: &mut PooledReader, org: OrgId, asked: Asked) -> Result<Result<Command, Rejection>, ReadError> {
    let mut claim = asked.new;
    if let Some(lease) = asked.lease {
        match claims::lease_facts(pooled, org, lease)? {
            Ok(facts) => claim.contract = Some(Contract::Lease(facts)),
            Err(refused) => return Ok(Err(refused)),
        }
    }
    if let Some(Contract::External(contract)) = &claim.contract {
        claim.leases = Some(claims::similar_leases(pooled, org, contract)?);
    }
    let claim = Box::new(claim);
    Ok(Ok(Command::Claim(ClaimCommand::SubmitClaim { org, claim })))
}

/// `POST /v1/claims/{id}/withdraw`.
pub fn withdraw(org: OrgId, claim: ClaimId) -> Command {
    Command::Claim(ClaimCommand::WithdrawClaim { org, claim })
}

/// `POST /v1/claims/{id}/approve`.
pub fn approve(claim: ClaimId) -> Command {
    Command::Claim(ClaimCommand::ApproveClaim { claim })
}

/// The body of `POST /v1/claims/{id}/reject`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RejectClaimBody {
    /// Why. Without personal data: nothing can be erased from the journal.
    #[schema(max_length = 500)]
    reason: String,
}

/// `POST /v1/claims/{id}/reject`.
pub fn reject(user: UserId, claim: ClaimId, body: Value) -> Result<Command, Rejection> {
    let RejectClaimBody { reason } = body::parse(body)?;
    Ok(Command::Claim(ClaimCommand::RejectClaim { user, claim, reason }))
}

/// The body of `POST /v1/programmes/{id}/assess`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssessBody {
    /// The year in Asia/Shanghai; it must be over.
    year: i32,
    /// Of whom; where the pot is shared by rank, the best first.
    entities: Vec<OrgId>,
}

/// `POST /v1/programmes/{id}/assess`.
pub fn assess(programme: ProgrammeId, body: Value) -> Result<Command, Rejection> {
    let AssessBody { year, entities } = body::parse(body)?;
    Ok(Command::Claim(ClaimCommand::Assess {
        programme,
        year,
        entities,
        plan: Plan::ToBind,
    }))
}

/// Which way money goes between a bank account and a reserve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReserveWay {
    /// It was paid in.
    #[default]
    Fund,
    /// What was left was sent back.
    Return,
}

/// The body of `POST /v1/programmes/{id}/reserve`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReserveBody {
    /// Which way.
    #[serde(default)]
    way: ReserveWay,
    /// How much.
    amount: Money,
    /// The bank's reference.
    bank_ref: String,
}

/// `POST /v1/programmes/{id}/reserve`.
pub fn reserve(programme: ProgrammeId, body: Value) -> Result<Command, Rejection> {
    let ReserveBody { way, amount, bank_ref } = body::parse(body)?;
    Ok(Command::Treasury(match way {
        ReserveWay::Fund => TreasuryCommand::FundReserve {
            programme,
            amount,
            bank_ref,
        },
        ReserveWay::Return => TreasuryCommand::ReturnReserve {
            programme,
            amount,
            bank_ref,
        },
    }))
}

/// The body of `POST /v1/treasury-requests`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TreasuryRequestBody {
    /// Under which programme.
    programme: ProgrammeId,
    /// Whom: its place among the programme's co-funders, from 0.
    #[serde(default)]
    payer: u8,
    /// How much.
    amount: Money,
}

/// `POST /v1/treasury-requests`.
pub fn request(org: OrgId, body: Value) -> Result<Command, Rejection> {
    let TreasuryRequestBody {
        programme,
        payer,
        amount,
    } = body::parse(body)?;
    Ok(Command::Treasury(TreasuryCommand::RequestTreasury {
        org,
        programme,
        payer,
        amount,
    }))
}

/// The body of `POST /v1/programmes/{id}/remittances`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RemittanceBody {
    /// To whom: its place among the programme's co-funders, from 0.
    #[serde(default)]
    payer: u8,
    /// Whether it is fines; else it is what the treasury has paid beyond its share.
    #[serde(default)]
    fines: bool,
    /// How much.
    amount: Money,
    /// The bank's reference.
    bank_ref: String,
}

/// `POST /v1/programmes/{id}/remittances`.
pub fn remit(org: OrgId, programme: ProgrammeId, body: Value) -> Result<Command, Rejection> {
    let RemittanceBody {
        payer,
        fines,
        amount,
        bank_ref,
    } = body::parse(body)?;
    Ok(Command::Treasury(TreasuryCommand::RemitTreasury {
        org,
        programme,
        payer,
        fines,
        amount,
        bank_ref,
    }))
}

/// `POST /v1/treasury-requests/{id}/cancel`.
pub fn cancel(request: TreasuryRequestId) -> Command {
    Command::Treasury(TreasuryCommand::CancelTreasuryRequest { request })
}

/// The body of `POST /v1/treasury-requests/{id}/receipts`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceiptBody {
    /// How much has come.
    amount: Money,
    /// The bank's reference.
    bank_ref: String,
}

/// `POST /v1/treasury-requests/{id}/receipts`.
pub fn receive(request: TreasuryRequestId, body: Value) -> Result<Command, Rejection> {
    let ReceiptBody { amount, bank_ref } = body::parse(body)?;
    Ok(Command::Treasury(TreasuryCommand::ReceiveTreasury {
        request,
        amount,
        bank_ref,
    }))
}
