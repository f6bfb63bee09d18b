//! Why something was not done to a lease.

use crate::domain::id::{LeaseId, ListingId, OrgId};
use crate::domain::lease::LeaseState;
use crate::domain::life::close_code::CloseCode;
use crate::domain::money::Money;

/// Why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LeaseRefusal {
    /// It stands elsewhere in its life.
    #[error("lease {lease} is {}", found.name())]
    NotInState {
        /// The lease.
        lease: LeaseId,
        /// Where it stands.
        found: LeaseState,
    },
    /// The code is for somebody else to give.
    #[error("close code {0} is not for this side to give")]
    CodeNotGiven(CloseCode),
    /// The terms of delivery under which it was agreed know no such thing.
    #[error("the terms under which lease {lease} was agreed do not allow to {what}")]
    NotInTerms {
        /// The lease.
        lease: LeaseId,
        /// What was wanted.
        what: &'static str,
    },
    /// Its end is settled already.
    #[error("lease {0} has its end, or another lease goes on in its place: it cannot be changed any more")]
    EndIsSet(LeaseId),
    /// No such change.
    #[error("lease {lease} has no change {number}")]
    ChangeNotFound {
        /// The lease.
        lease: LeaseId,
        /// The change.
        number: u32,
    },
    /// The change was answered, withdrawn, or has lapsed.
    #[error("change {number} of lease {lease} does not wait for an answer")]
    ChangeAnswered {
        /// The lease.
        lease: LeaseId,
        /// The change.
        number: u32,
    },
    /// The answer is for somebody else to give.
    #[error("change {number} of lease {lease} is not for this side to answer so")]
    NotAsked {
        /// The lease.
        lease: LeaseId,
        /// The change.
        number: u32,
    },
    /// The cards are let to others, or not on offer.
    #[error("listing {0} does not have those cards free in those hours")]
    NotFree(ListingId),
    /// The tenant's cash does not suffice.
    #[error("the change needs {needed} CNY of its tenant's cash, which are not there")]
    CashMissing {
        /// What is needed.
        needed: Money,
    },
    /// The tenant has not said to whom access material is to be encrypted.
    #[error("{0} has not said to whom access material is to be encrypted")]
    NoAccessKey(OrgId),
}
