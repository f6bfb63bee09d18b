//! What a bank statement shows and nobody expected: kept apart until two people say what it is.

use serde::{Deserialize, Serialize};

use super::account::BankAccount;
use super::statement::StatementEntry;
use crate::domain::id::{OrgId, PayoutId, StatementId, SuspenseId, TreasuryRequestId};
use crate::domain::time::Timestamp;

/// Why an entry could not be matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SuspenseReason {
    /// It names nothing that is known.
    Unknown,
    /// What it names was expected with another amount.
    AmountDiffers,
    /// It names several things.
    Ambiguous,
    /// The bank's reference was booked before.
    ReferenceKnown,
    /// What it names was expected the other way, or is over.
    NotExpected,
}

/// What it is, as two people say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum SuspenseTarget {
    /// Cash of an organisation.
    Org(OrgId),
    /// What a treasury was asked for, or a part of it.
    TreasuryRequest(TreasuryRequestId),
    /// Somebody's own money, which goes back to this account with the next batch.
    Return(BankAccount),
    /// A payout that the bank has paid without naming it.
    Payout(PayoutId),
    /// The bank's charges or interest.
    Charges,
}

/// Where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SuspenseState {
    /// Somebody has to look into it.
    Open,
    /// It goes back to who has sent it.
    Returning,
    /// It went back to who had sent it; it can still come again.
    GoneBack,
    /// It is clear what it was.
    Resolved,
}

/// Something that nobody expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SuspenseItem {
    /// Its identifier.
    pub id: SuspenseId,
    /// Where it stands.
    pub state: SuspenseState,
    /// Why it could not be matched.
    pub reason: SuspenseReason,
    /// The statement that shows it.
    pub statement: StatementId,
    /// Its place there, from 0.
    pub place: u64,
    /// What the bank has written.
    pub entry: StatementEntry,
    /// What it was found to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<SuspenseTarget>,
    /// Why, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// When it was imported.
    pub created_at: Timestamp,
    /// When it was resolved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_at: Option<Timestamp>,
}
