//! Statements of the bank: what they say, and what each entry was found to be.

use serde::{Deserialize, Serialize};

use crate::domain::fingerprint::Fingerprint;
use crate::domain::id::{OrgId, PayoutId, StatementId, SuspenseId, TreasuryRequestId};
use crate::domain::money::Money;
use crate::domain::time::Timestamp;

/// Which way money went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// It came in.
    Credit,
    /// It went out.
    Debit,
}

/// An entry of a statement, as the bank has written it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StatementEntry {
    /// What the bank calls it; no other entry of the bank is called so.
    pub reference: String,
    /// Which way.
    pub direction: Direction,
    /// How much; above zero.
    pub amount: Money,
    /// When the bank booked it.
    pub booked_at: Timestamp,
    /// What we have called a payment of ours (`EndToEndId`).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub end_to_end: String,
    /// What the payer has written.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub remittance: String,
    /// Who is at the other end.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub counterparty: String,
    /// That one's account.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub counterparty_account: String,
    /// Why the bank has sent a payment back.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub return_reason: String,
}

impl StatementEntry {
    /// What the account has become more by.
    pub fn signed(&self) -> Money {
        match self.direction {
            Direction::Credit => self.amount,
            Direction::Debit => Money::from_fen(self.amount.fen().saturating_neg()),
        }
    }
}

/// How a statement was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StatementFormat {
    /// ISO 20022 camt.053, version 2 or 8.
    Camt053,
    /// Our own CSV.
    Csv,
    /// A line of a flow.
    Json,
}

/// A statement that is to be imported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewStatement {
    /// The number of the custody account.
    pub account: String,
    /// What the bank calls the statement.
    pub statement: String,
    /// What was in the account before its first entry.
    pub opening: Money,
    /// What was in it after its last.
    pub closing: Money,
    /// When it ends.
    pub closed_at: Timestamp,
    /// How it was written.
    pub format: StatementFormat,
    /// SHA-256 of the file.
    pub file: Fingerprint,
    /// Its entries.
    pub entries: Vec<StatementEntry>,
}

/// What an entry was found to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum EntryMatch {
    /// What was booked before under the bank's reference.
    Booked,
    /// A deposit, which it has booked.
    Deposit {
        /// Whose.
        org: OrgId,
    },
    /// What a treasury was asked for, which it has booked.
    Receipt {
        /// The request.
        request: TreasuryRequestId,
    },
    /// A payout that the bank has paid.
    Paid {
        /// Which one.
        payout: PayoutId,
    },
    /// A payout that came back.
    Returned {
        /// Which one.
        payout: PayoutId,
    },
    /// Nothing that was expected.
    Suspense {
        /// Under which number it is to be looked into.
        suspense: SuspenseId,
    },
}

/// A statement that was imported. Its entries are kept beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Statement {
    /// Its identifier.
    pub id: StatementId,
    /// The number of the custody account.
    pub account: String,
    /// What the bank calls it.
    pub statement: String,
    /// What was in the account before its first entry.
    pub opening: Money,
    /// What was in it after its last.
    pub closing: Money,
    /// When it ends.
    pub closed_at: Timestamp,
    /// How it was written.
    pub format: StatementFormat,
    /// SHA-256 of the file.
    pub file: Fingerprint,
    /// How many entries it has.
    pub entries: u64,
    /// How many of these were not expected.
    pub suspended: u64,
    /// When it was imported.
    pub created_at: Timestamp,
}

/// An entry of a statement that was imported, and what it was found to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct MatchedEntry {
    /// Its place in the statement, from 0.
    pub place: u64,
    /// What the bank has written.
    pub entry: StatementEntry,
    /// What it was found to be.
    #[serde(rename = "match")]
    pub found: EntryMatch,
}
