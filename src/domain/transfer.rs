//! Transfers and movements: the entries of the double-entry ledger.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::account::{AccountKey, Unit};
use super::id::{
    AccountId, BidId, ClaimId, LeaseId, MovementId, OrgId, PayoutId, ProgrammeId, RecoveryId, StatementId, SuspenseId,
    TransferId, TreasuryRequestId, VoucherId,
};
use super::money::Money;
use super::time::Timestamp;

/// The business event that a movement books; each is one file in `engine/posting/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MovementKind {
    /// Money arrived at the custody account.
    Deposit,
    /// A bid put money on hold.
    HoldBid,
    /// What a bid held is free again.
    ReleaseBid,
    /// A bid was filled.
    Fill,
    /// Usage of a lease was settled.
    Settle,
    /// The dispute window of earnings has ended.
    Release,
    /// Usage came to less than was settled.
    Correct,
    /// A lease is over: what is left in escrow goes back.
    CloseLease,
    /// A programme's budget was appropriated.
    Appropriate,
    /// A voucher was granted.
    Grant,
    /// A voucher expired.
    ExpireVoucher,
    /// A subsidy was taken back.
    Recover,
    /// A part of what was settled was given back.
    Credit,
    /// Money that came in has paid a debt.
    Collect,
    /// What a claim may get was reserved for it.
    ReserveClaim,
    /// A claim was refused or taken back: what was reserved for it is free again.
    ReleaseClaim,
    /// A claim was paid.
    PayClaim,
    /// A year's contracts of an entity were assessed, granted and paid.
    Assess,
    /// A programme's reserve was paid in.
    FundReserve,
    /// What a reserve had left was sent back.
    ReturnReserve,
    /// A treasury has paid what it owed.
    ReceiveTreasury,
    /// Money went back to a treasury: a subsidy that was taken back, or fines.
    RemitTreasury,
    /// A voucher was revoked, or ended with its programme.
    RevokeVoucher,
    /// A smaller pot was appropriated by a new version of the rules.
    TakeBackPot,
    /// What a reconciled programme has left lapsed.
    LapsePot,
    /// What was earned was sent to the bank to be paid out.
    Payout,
    /// Cash was sent to the bank to be paid out.
    Withdraw,
    /// Money of nobody known was sent back to who had sent it.
    Refund,
    /// The bank's statement shows a payout.
    SettlePayout,
    /// A payout came back, or the bank has refused it.
    ReturnPayout,
    /// The bank's statement shows something that nobody expected.
    Suspend,
    /// It was found out what that was.
    ResolveSuspense,
    /// A lease goes on in the place of another, with its money in escrow.
    Succeed,
    /// A change has shortened a lease: what cannot be charged any more goes back.
    ReleaseEscrow,
    /// A lease has ended by the fault of one side, which pays for that.
    Penalty,
    /// Posted by hand, by two people.
    Manual,
}

/// What a movement is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BusinessRef {
    /// An organisation.
    Org(OrgId),
    /// A bid.
    Bid(BidId),
    /// A lease.
    Lease(LeaseId),
    /// A programme.
    Programme(ProgrammeId),
    /// A voucher.
    Voucher(VoucherId),
    /// A recovery.
    Recovery(RecoveryId),
    /// A claim.
    Claim(ClaimId),
    /// A request to a treasury.
    TreasuryRequest(TreasuryRequestId),
    /// A payout.
    Payout(PayoutId),
    /// A bank statement.
    Statement(StatementId),
    /// Something unexpected on one.
    Suspense(SuspenseId),
}

impl fmt::Display for BusinessRef {
    /// The identifier of what it is about.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Org(id) => id.fmt(f),
            Self::Bid(id) => id.fmt(f),
            Self::Lease(id) => id.fmt(f),
            Self::Programme(id) => id.fmt(f),
            Self::Voucher(id) => id.fmt(f),
            Self::Recovery(id) => id.fmt(f),
            Self::Claim(id) => id.fmt(f),
            Self::TreasuryRequest(id) => id.fmt(f),
            Self::Payout(id) => id.fmt(f),
            Self::Statement(id) => id.fmt(f),
            Self::Suspense(id) => id.fmt(f),
        }
    }
}

/// One amount from one account to another of the same unit; an unbalanced entry cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// Its identifier; identifiers are gap-free in the order of posting.
    pub id: TransferId,
    /// The account debited.
    pub debit: AccountId,
    /// The account credited.
    pub credit: AccountId,
    /// What both count.
    pub unit: Unit,
    /// More than zero.
    pub amount: Money,
}

/// Transfers that commit or fail as one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Movement {
    /// Its identifier.
    pub id: MovementId,
    /// The business event it books.
    pub kind: MovementKind,
    /// What it is about.
    pub about: BusinessRef,
    /// When it counts.
    pub booked_at: Timestamp,
    /// Its transfers, in order.
    pub transfers: Vec<Transfer>,
    /// Accounts that it opened.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub opened: Vec<(AccountId, AccountKey)>,
}
