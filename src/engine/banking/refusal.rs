//! Why something about banks is refused.

use crate::domain::banking::payout::PayoutBatchState;
use crate::domain::id::{OrgId, PayoutBatchId, PayoutId, SuspenseId, WithdrawalId};
use crate::domain::money::Money;

/// Why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BankingRefusal {
    /// The organisation has no bank account on file.
    #[error("organisation {0} has no bank account on file")]
    AccountMissing(OrgId),
    /// There is no custody account, or several and none is named.
    #[error("there is no custody account to pay from, or several of which none is named")]
    NoCustodyAccount,
    /// No such withdrawal, or that of another organisation.
    #[error("there is no withdrawal {0} of this organisation")]
    WithdrawalNotFound(WithdrawalId),
    /// The withdrawal was sent or taken back.
    #[error("withdrawal {0} does not wait any more")]
    WithdrawalNotWaiting(WithdrawalId),
    /// More than the organisation has.
    #[error("{wanted} CNY are wanted and {available} CNY can be withdrawn")]
    CashShort {
        /// What is wanted.
        wanted: Money,
        /// What there is, less debts and withdrawals that wait.
        available: Money,
    },
    /// Nothing can be paid now.
    #[error("nothing that is due can be paid now")]
    NothingDue,
    /// A line of a batch cannot be paid any more as it was agreed.
    #[error("line {line} of the batch cannot be paid as it stands: {why}")]
    LineChanged {
        /// Its place, from 0.
        line: usize,
        /// Why.
        why: String,
    },
    /// No such batch.
    #[error("there is no payout batch {0}")]
    BatchNotFound(PayoutBatchId),
    /// The batch stands elsewhere in its life.
    #[error("payout batch {batch} is {found:?}")]
    BatchNotInState {
        /// Which one.
        batch: PayoutBatchId,
        /// Where it stands.
        found: PayoutBatchState,
    },
    /// No such payout.
    #[error("there is no payout {0}")]
    PayoutNotFound(PayoutId),
    /// The payout was paid or came back.
    #[error("payout {0} is not in flight any more")]
    PayoutNotInFlight(PayoutId),
    /// No such thing in suspense.
    #[error("there is nothing in suspense called {0}")]
    SuspenseNotFound(SuspenseId),
    /// It is resolved, or on its way back.
    #[error("{0} is resolved already")]
    SuspenseResolved(SuspenseId),
    /// The statement is of an account that is not the platform's own.
    #[error("{0} is no custody account")]
    UnknownOwnAccount(String),
    /// The statement was imported before.
    #[error("statement {statement} of account {account} was imported already")]
    StatementImported {
        /// The account.
        account: String,
        /// What the bank calls the statement.
        statement: String,
    },
    /// The statement does not begin where the last one ended.
    #[error("the statement begins with {found} CNY and the one before has ended with {expected} CNY")]
    OpeningDiffers {
        /// Its opening balance.
        found: Money,
        /// The closing balance of the one before.
        expected: Money,
    },
    /// The statement does not add up.
    #[error("opening balance and entries come to {found} CNY and the closing balance is {expected} CNY")]
    StatementUnequal {
        /// Opening balance and entries.
        found: Money,
        /// The closing balance that it says.
        expected: Money,
    },
    /// More has gone out than the ledger has.
    #[error("the statement shows more going out than the ledger has")]
    StatementOverdraws,
}
