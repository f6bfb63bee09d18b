//! Why a claim, an assessment or a request to a treasury was refused.

use crate::domain::evaluation::RefusalReason;
use crate::domain::id::{ClaimId, FlagId, LeaseId, ProgrammeId, TreasuryRequestId};
use crate::domain::money::Money;
use crate::domain::programme::funding::PayMode;
use crate::domain::programme::process::EvidenceKind;

/// Why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClaimRefusal {
    /// No such claim, or that of another organisation.
    #[error("there is no claim {0} of this organisation")]
    NotFound(ClaimId),
    /// The document is that of another organisation's contract.
    #[error("there is no such contract of this organisation")]
    ContractNotFound,
    /// The programme is not open.
    #[error("programme {0} is not open")]
    NotOpen(ProgrammeId),
    /// The programme takes claims at other times.
    #[error("programme {0} takes no claims now: its window for claims is not open")]
    OutsideWindow(ProgrammeId),
    /// The programme pays in another way.
    #[error("programme {programme} pays by {} and takes no such command", mode_name(*.mode))]
    WrongPayMode {
        /// The programme.
        programme: ProgrammeId,
        /// How it pays.
        mode: PayMode,
    },
    /// What the lease comes to is not known yet.
    #[error("lease {0} is not closed yet: it can be claimed when all of it is settled")]
    LeaseNotClosed(LeaseId),
    /// A document that must come has not.
    #[error("a document of the kind {kind:?} is needed")]
    EvidenceMissing {
        /// Of which kind.
        kind: EvidenceKind,
    },
    /// The contract was claimed under this programme before.
    #[error("the same contract was claimed under this programme before, by {0}")]
    Duplicate(ClaimId),
    /// The contract is said to be from elsewhere, and is a lease of the exchange.
    #[error("the contract is {0} of this exchange: claim it as that")]
    IsLease(LeaseId),
    /// More is claimed than was paid.
    #[error("{claimed} CNY are claimed and {paid} CNY were paid for what counts")]
    OverPaid {
        /// What is claimed.
        claimed: Money,
        /// What was paid.
        paid: Money,
    },
    /// A rule of the programme refuses it.
    #[error("the programme pays nothing of it: {0:?}")]
    NotPayable(RefusalReason),
    /// Limits leave nothing.
    #[error("nothing is left: the pot, the vouchers or a cap of the programme are used up")]
    NothingLeft,
    /// It was decided or taken back already, or waits for its assessment.
    #[error("claim {0} does not wait for a decision")]
    Decided(ClaimId),
    /// A flag on it is not resolved.
    #[error("claim {claim} is held by {flag}, which must be resolved first")]
    Held {
        /// The claim.
        claim: ClaimId,
        /// The flag.
        flag: FlagId,
    },
    /// It cannot be followed.
    #[error("claim {0} is no approved claim of a programme that this one follows")]
    NotMatched(ClaimId),
    /// No such request.
    #[error("there is no request {0}")]
    RequestNotFound(TreasuryRequestId),
    /// The request was paid or cancelled.
    #[error("request {0} is not open any more")]
    RequestClosed(TreasuryRequestId),
}

fn mode_name(mode: PayMode) -> &'static str {
    match mode {
        PayMode::Deduct => "deduction at settlement",
        PayMode::Reimburse => "reimbursement",
        PayMode::Reserve => "deduction from its reserve",
        PayMode::Assessment => "yearly assessment",
    }
}
