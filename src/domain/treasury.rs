//! What treasuries are asked to pay, and what they have paid.

use serde::{Deserialize, Serialize};

use super::id::{OrgId, ProgrammeId, TreasuryRequestId};
use super::money::{Money, Overflow};
use super::time::Timestamp;

/// Where it stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TreasuryRequestState {
    /// Nothing was paid yet.
    Open,
    /// Some of it was paid.
    PartPaid,
    /// All of it was paid.
    Paid,
    /// What was not paid is not asked for any more.
    Cancelled,
    /// Nothing was asked for: money went back to the treasury, which had paid more than is left of its share.
    Remitted,
    /// Nothing was asked for: fines that were collected went to the treasury.
    FinesRemitted,
}

/// Money that a treasury has sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TreasuryReceipt {
    /// How much.
    pub amount: Money,
    /// The bank's reference.
    pub bank_ref: String,
    /// When it was booked.
    pub at: Timestamp,
}

/// What a request covers, so that a treasury can check it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Covered {
    /// From when: the end of the payer's request before, or the programme's first instant.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// Claims that were paid in that time.
    pub claims: u64,
    /// What the programme has redeemed by then in all.
    pub redeemed: Money,
    /// What the payer owed by then.
    pub owed: Money,
}

/// A request to a treasury.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TreasuryRequest {
    /// Its identifier.
    pub id: TreasuryRequestId,
    /// Under which programme.
    pub programme: ProgrammeId,
    /// Which organisation asks.
    pub org: OrgId,
    /// Who is asked: its place among those who pay for the programme.
    pub payer: u8,
    /// What that one is called; empty where the programme names nobody.
    pub payer_name: String,
    /// Where it stands.
    pub state: TreasuryRequestState,
    /// How much is asked for.
    pub amount: Money,
    /// What has come of it; below zero where money went back.
    pub received: Money,
    /// What it covers.
    pub covered: Covered,
    /// What has come, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub receipts: Vec<TreasuryReceipt>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl TreasuryRequest {
    /// What is asked for and has not come.
    pub fn outstanding(&self) -> Result<Money, Overflow> {
        match self.state {
            TreasuryRequestState::Open | TreasuryRequestState::PartPaid => self.amount.minus(self.received),
            TreasuryRequestState::Paid
            | TreasuryRequestState::Cancelled
            | TreasuryRequestState::Remitted
            | TreasuryRequestState::FinesRemitted => Ok(Money::ZERO),
        }
    }
}
