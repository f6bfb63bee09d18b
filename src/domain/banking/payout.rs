//! Money on its way out: what was earned, what organisations withdraw, and what goes back to who has sent it.

use serde::{Deserialize, Serialize};

use super::account::BankAccount;
use crate::domain::id::{FlagId, OrgId, PayoutBatchId, PayoutId, SuspenseId, WithdrawalId};
use crate::domain::money::{Money, Overflow};
use crate::domain::time::Timestamp;

/// Where a withdrawal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WithdrawalState {
    /// It waits for the next batch.
    Waiting,
    /// It was sent to the bank.
    InFlight,
    /// The bank has paid it.
    Paid,
    /// It came back: the money is where it was before.
    Returned,
    /// It was taken back before it was sent.
    Cancelled,
}

/// Money that an organisation wants out of its cash; or money of nobody known, which goes back to who has sent it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Withdrawal {
    /// Its identifier.
    pub id: WithdrawalId,
    /// Whose cash; none: it is money of nobody known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org: Option<OrgId>,
    /// Which money of nobody known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspense: Option<SuspenseId>,
    /// Where such money goes; an organisation is paid to the account on file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<BankAccount>,
    /// How much.
    pub amount: Money,
    /// Where it stands.
    pub state: WithdrawalState,
    /// The payout that it has become.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payout: Option<PayoutId>,
    /// When it was asked for.
    pub created_at: Timestamp,
}

/// One payee of a batch and all amounts: what two people agree to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PayoutLine {
    /// Who is paid; none: who had sent money of nobody known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org: Option<OrgId>,
    /// The withdrawal; none: what was earned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawal: Option<WithdrawalId>,
    /// Where it goes.
    pub account: BankAccount,
    /// What the bank pays; zero where a debt takes it all.
    pub amount: Money,
    /// Of which was paid by tenants.
    #[serde(default)]
    pub from_cash: Money,
    /// Of which was paid by programmes.
    #[serde(default)]
    pub from_programme: Money,
    /// What pays a debt, out of what was paid by tenants.
    #[serde(default)]
    pub debt_from_cash: Money,
    /// What pays a debt, out of what was paid by programmes.
    #[serde(default)]
    pub debt_from_programme: Money,
}

impl PayoutLine {
    /// What it takes of what tenants have paid.
    pub fn of_cash(&self) -> Result<Money, Overflow> {
        self.from_cash.plus(self.debt_from_cash)
    }

    /// What it takes of what programmes have paid.
    pub fn of_programme(&self) -> Result<Money, Overflow> {
        self.from_programme.plus(self.debt_from_programme)
    }

    /// What it takes for a debt.
    pub fn netted(&self) -> Result<Money, Overflow> {
        self.debt_from_cash.plus(self.debt_from_programme)
    }
}

/// Why something that is due is not paid now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Hold {
    /// The organisation has no bank account on file.
    NoAccount,
    /// Its bank account was changed.
    Cooling {
        /// Until when nothing is paid to it.
        until: Timestamp,
    },
    /// A payout to its bank account came back.
    Bounced,
    /// A flag holds it back.
    Flagged {
        /// The flag.
        flag: FlagId,
    },
    /// It stands in a batch that was agreed to and not sent yet.
    InBatch {
        /// The batch.
        batch: PayoutBatchId,
    },
    /// The treasuries have not paid it yet.
    Unfunded,
    /// The organisation owes something.
    Owes,
    /// The cash is not there any more.
    CashShort,
}

/// Something that is due and is not paid now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct HeldBack {
    /// Whose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub org: Option<OrgId>,
    /// Which withdrawal; none: what was earned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub withdrawal: Option<WithdrawalId>,
    /// How much.
    pub amount: Money,
    /// Why.
    #[serde(flatten)]
    pub hold: Hold,
}

/// Where a batch stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PayoutBatchState {
    /// Two people have agreed on it; nothing is booked yet. Before that it is an approval that waits.
    Approved,
    /// It was sent to the bank: all of it is in flight.
    Submitted,
    /// The bank has paid or returned some of it.
    PartSettled,
    /// Nothing of it is in flight any more.
    Settled,
    /// It was given up before it was sent.
    Cancelled,
}

/// Payouts that are sent to the bank as one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PayoutBatch {
    /// Its identifier.
    pub id: PayoutBatchId,
    /// Where it stands.
    pub state: PayoutBatchState,
    /// The number of the custody account that pays.
    pub custody: String,
    /// What two people have agreed on.
    pub lines: Vec<PayoutLine>,
    /// What the bank pays in all.
    pub total: Money,
    /// What has become of the lines that the bank pays, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub payouts: Vec<PayoutId>,
    /// When it was agreed on.
    pub created_at: Timestamp,
    /// When it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submitted_at: Option<Timestamp>,
}

/// Where a payout stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PayoutState {
    /// It was sent to the bank.
    InFlight,
    /// A statement shows it.
    Paid,
    /// The bank has refused it or sent it back: the money is where it was before.
    Returned,
}

/// Money on its way to a bank account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Payout {
    /// Its identifier, which the bank's file names as `EndToEndId`.
    pub id: PayoutId,
    /// The batch that it is a part of.
    pub batch: PayoutBatchId,
    /// What was agreed on.
    pub line: PayoutLine,
    /// Where it stands.
    pub state: PayoutState,
    /// When it was sent.
    pub created_at: Timestamp,
    /// When it was paid or came back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// Why it came back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}
