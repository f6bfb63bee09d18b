//! What is answered of money in and out: the thing that the command was about, as it is now.

use serde::Serialize;

use crate::domain::banking::account::{CustodyAccount, PayoutAccount};
use crate::domain::banking::payout::{Payout, PayoutBatch, Withdrawal};
use crate::domain::banking::statement::{MatchedEntry, Statement};
use crate::domain::banking::suspense::SuspenseItem;
use crate::engine::Event;
use crate::engine::banking::BankingCommand;
use crate::engine::banking::event::BankingEvent;

/// A thing as it is now.
#[derive(Serialize)]
#[serde(untagged)]
pub enum BankingImage<'a> {
    /// Where an organisation is paid to.
    Account(&'a PayoutAccount),
    /// An account of the platform's own.
    Custody(&'a CustodyAccount),
    /// A withdrawal.
    Withdrawal(&'a Withdrawal),
    /// A batch.
    Batch(&'a PayoutBatch),
    /// A payout.
    Payout(&'a Payout),
    /// A statement, and what its entries were found to be.
    Statement(ImportedAnswer<'a>),
    /// What nobody expected.
    Suspense(&'a SuspenseItem),
}

/// A statement that was imported, and what its entries were found to be.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ImportedAnswer<'a> {
    #[serde(flatten)]
    #[schema(value_type = Statement)]
    statement: &'a Statement,
    #[schema(value_type = Vec<MatchedEntry>)]
    matched: &'a [MatchedEntry],
}

/// The last event of the kind that the command is about.
pub(super) fn image<'a>(command: &BankingCommand, events: &'a [Event]) -> Option<BankingImage<'a>> {
    let happened = events.iter().rev().filter_map(|event| match event {
        Event::Banking(event) => Some(&**event),
        _ => None,
    });
    happened.into_iter().find_map(|event| match (command, event) {
        (BankingCommand::OpenCustodyAccount { .. }, BankingEvent::CustodyAccountChanged(account)) => {
            Some(BankingImage::Custody(account))
        }
        (BankingCommand::SetBankAccount { .. }, BankingEvent::PayoutAccountChanged(account)) => {
            Some(BankingImage::Account(account))
        }
        (
            BankingCommand::Withdraw { .. } | BankingCommand::CancelWithdrawal { .. },
            BankingEvent::WithdrawalChanged(withdrawal),
        ) => Some(BankingImage::Withdrawal(withdrawal)),
        (
            BankingCommand::ApprovePayoutBatch { .. }
            | BankingCommand::SubmitPayoutBatch { .. }
            | BankingCommand::CancelPayoutBatch { .. }
            | BankingCommand::PayDue { .. },
            BankingEvent::PayoutBatchChanged(batch),
        ) => Some(BankingImage::Batch(batch)),
        (BankingCommand::ReturnPayout { .. }, BankingEvent::PayoutChanged(payout)) => {
            Some(BankingImage::Payout(payout))
        }
        (BankingCommand::ImportStatement(_), BankingEvent::StatementImported(statement, matched)) => {
            Some(BankingImage::Statement(ImportedAnswer { statement, matched }))
        }
        (BankingCommand::ResolveSuspense { .. }, BankingEvent::SuspenseChanged(item)) => {
            Some(BankingImage::Suspense(item))
        }
        _ => None,
    })
}
