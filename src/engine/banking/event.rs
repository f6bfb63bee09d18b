//! What happened to money on its way in or out.

use serde::{Serialize, Serializer};

use crate::domain::banking::account::{AwaitedLine, CustodyAccount, PayoutAccount};
use crate::domain::banking::payout::{Payout, PayoutBatch, PayoutBatchState, PayoutState, Withdrawal};
use crate::domain::banking::statement::{EntryMatch, MatchedEntry, Statement};
use crate::domain::banking::suspense::SuspenseItem;
use crate::domain::id::{PayoutBatchId, PayoutId, StatementId};
use crate::domain::time::Timestamp;

/// An event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BankingEvent {
    /// An organisation is paid to this account from now on, or nothing is paid to it any more.
    PayoutAccountChanged(PayoutAccount),
    /// A custody account was opened, or a statement has brought it further.
    CustodyAccountChanged(CustodyAccount),
    /// A withdrawal was asked for, or has moved on.
    WithdrawalChanged(Withdrawal),
    /// A batch was agreed on, or has moved on.
    PayoutBatchChanged(#[serde(serialize_with = "batch_leaf")] PayoutBatch),
    /// A payout was sent to the bank, or has moved on.
    PayoutChanged(#[serde(serialize_with = "payout_leaf")] Payout),
    /// A statement was imported; its entries with what they were found to be.
    StatementImported(
        #[serde(serialize_with = "statement_leaf")] Statement,
        #[serde(skip)] Vec<MatchedEntry>,
    ),
    /// Something that nobody expected was noted, or has moved on.
    SuspenseChanged(SuspenseItem),
    /// A movement of `bank` was booked that is to be on a statement.
    LineAwaited(AwaitedLine),
    /// It is on one.
    LineSeen {
        /// The line.
        line: AwaitedLine,
        /// When it was imported.
        at: Timestamp,
    },
}

impl BankingEvent {
    /// Its name in the journal.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::PayoutAccountChanged(_) => "payout_account_changed",
            Self::CustodyAccountChanged(_) => "custody_account_changed",
            Self::WithdrawalChanged(_) => "withdrawal_changed",
            Self::PayoutBatchChanged(_) => "payout_batch_changed",
            Self::PayoutChanged(_) => "payout_changed",
            Self::StatementImported(..) => "statement_imported",
            Self::SuspenseChanged(_) => "suspense_changed",
            Self::LineAwaited(_) => "line_awaited",
            Self::LineSeen { .. } => "line_seen",
        }
    }
}

fn batch_leaf<S: Serializer>(batch: &PayoutBatch, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Leaf<'a> {
        batch: PayoutBatchId,
        state: PayoutBatchState,
        payouts: &'a [PayoutId],
    }
    Leaf {
        batch: batch.id,
        state: batch.state,
        payouts: &batch.payouts,
    }
    .serialize(serializer)
}

fn payout_leaf<S: Serializer>(payout: &Payout, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Leaf {
        payout: PayoutId,
        batch: PayoutBatchId,
        state: PayoutState,
    }
    Leaf {
        payout: payout.id,
        batch: payout.batch,
        state: payout.state,
    }
    .serialize(serializer)
}

fn statement_leaf<S: Serializer>(statement: &Statement, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Leaf {
        statement: StatementId,
    }
    Leaf {
        statement: statement.id,
    }
    .serialize(serializer)
}

/// What an entry was found to be, as a leaf of its own would say it.
pub fn is_suspended(entry: &MatchedEntry) -> bool {
    matches!(entry.found, EntryMatch::Suspense { .. })
}
