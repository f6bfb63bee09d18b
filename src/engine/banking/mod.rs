//! Money in and out: bank accounts, withdrawals, payout batches, statements of the bank, and what they show that nobody expected.

pub mod account;
pub mod awaited;
pub mod batch;
pub mod book;
pub mod due;
pub mod event;
pub mod funding;
pub mod invariants;
pub mod matching;
pub mod payout;
pub mod receipt;
pub mod reference;
pub mod refusal;
pub mod statement;
pub mod suspense;
pub mod withdrawal;

use serde::{Deserialize, Serialize};

pub use self::book::Banking;
use super::event::Event;
use super::rejection::Rejection;
use super::state::State;
use crate::domain::banking::account::BankAccount;
use crate::domain::banking::payout::PayoutLine;
use crate::domain::banking::statement::NewStatement;
use crate::domain::banking::suspense::SuspenseTarget;
use crate::domain::id::{OrgId, PayoutBatchId, PayoutId, SuspenseId, WithdrawalId};
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::domain::user::Role;

/// What can be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BankingCommand {
    /// Keep money in an account of the platform's own from now on.
    OpenCustodyAccount {
        /// The account.
        account: BankAccount,
        /// What is in it.
        opening: Money,
    },
    /// Pay an organisation to an account from now on.
    SetBankAccount {
        /// The organisation.
        org: OrgId,
        /// The account.
        account: BankAccount,
    },
    /// Take money out of an organisation's cash, with the next batch.
    Withdraw {
        /// Whose.
        org: OrgId,
        /// How much.
        amount: Money,
    },
    /// Take a withdrawal back that waits.
    CancelWithdrawal {
        /// Whose.
        org: OrgId,
        /// Which one.
        withdrawal: WithdrawalId,
    },
    /// Agree on a batch: exactly these payees and amounts.
    ApprovePayoutBatch {
        /// The number of the custody account that pays; none: the only one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        custody: Option<String>,
        /// Whom, how much, out of what.
        lines: Vec<PayoutLine>,
    },
    /// Send a batch to the bank.
    SubmitPayoutBatch {
        /// Which one.
        batch: PayoutBatchId,
    },
    /// Give a batch up that was not sent.
    CancelPayoutBatch {
        /// Which one.
        batch: PayoutBatchId,
    },
    /// Agree on everything that is due and send it: an operator's own script.
    PayDue {
        /// These organisations alone; none: everybody.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        orgs: Option<Vec<OrgId>>,
    },
    /// The bank has refused a payout before it was on a statement.
    ReturnPayout {
        /// Which one.
        payout: PayoutId,
        /// Why.
        reason: String,
    },
    /// Import a statement of the bank.
    ImportStatement(Box<NewStatement>),
    /// Say what something on a statement was that nobody expected.
    ResolveSuspense {
        /// Which one.
        suspense: SuspenseId,
        /// What it is.
        target: SuspenseTarget,
        /// Why.
        note: String,
    },
}

impl BankingCommand {
    /// Its name in the journal.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::OpenCustodyAccount { .. } => "open_custody_account",
            Self::SetBankAccount { .. } => "set_bank_account",
            Self::Withdraw { .. } => "withdraw",
            Self::CancelWithdrawal { .. } => "cancel_withdrawal",
            Self::ApprovePayoutBatch { .. } => "approve_payout_batch",
            Self::SubmitPayoutBatch { .. } => "submit_payout_batch",
            Self::CancelPayoutBatch { .. } => "cancel_payout_batch",
            Self::PayDue { .. } => "pay_due",
            Self::ReturnPayout { .. } => "return_payout",
            Self::ImportStatement(_) => "import_statement",
            Self::ResolveSuspense { .. } => "resolve_suspense",
        }
    }

    /// Which role decides on it as the second person; none: no second person is needed.
    pub fn decided_by(&self) -> Option<Role> {
        match self {
            Self::OpenCustodyAccount { .. }
            | Self::SetBankAccount { .. }
            | Self::Withdraw { .. }
            | Self::ApprovePayoutBatch { .. }
            | Self::ReturnPayout { .. }
            | Self::ImportStatement(_)
            | Self::ResolveSuspense { .. } => Some(Role::Operator),
            Self::CancelWithdrawal { .. }
            | Self::SubmitPayoutBatch { .. }
            | Self::CancelPayoutBatch { .. }
            | Self::PayDue { .. } => None,
        }
    }

    /// The same with the numbers of bank accounts masked, for those whom they are no business of.
    #[must_use]
    pub fn masked(self) -> BankingCommand {
        match self {
            Self::SetBankAccount { org, account } => Self::SetBankAccount {
                org,
                account: account.masked(),
            },
            Self::ApprovePayoutBatch { custody, lines } => {
                let mask = |line: PayoutLine| PayoutLine {
                    account: line.account.masked(),
                    ..line
                };
                let lines = lines.into_iter().map(mask).collect();
                Self::ApprovePayoutBatch { custody, lines }
            }
            Self::ResolveSuspense {
                suspense,
                target: SuspenseTarget::Return(account),
                note,
            } => Self::ResolveSuspense {
                suspense,
                target: SuspenseTarget::Return(account.masked()),
                note,
            },
            other @ (Self::OpenCustodyAccount { .. }
            | Self::Withdraw { .. }
            | Self::CancelWithdrawal { .. }
            | Self::SubmitPayoutBatch { .. }
            | Self::CancelPayoutBatch { .. }
            | Self::PayDue { .. }
            | Self::ReturnPayout { .. }
            | Self::ImportStatement(_)
            | Self::ResolveSuspense { .. }) => other,
        }
    }

    /// The organisation whose own users may ask for it, without being of the role that decides.
    pub fn asked_by(&self) -> Option<OrgId> {
        match self {
            Self::SetBankAccount { org, .. } | Self::Withdraw { org, .. } => Some(*org),
            Self::OpenCustodyAccount { .. }
            | Self::CancelWithdrawal { .. }
            | Self::ApprovePayoutBatch { .. }
            | Self::SubmitPayoutBatch { .. }
            | Self::CancelPayoutBatch { .. }
            | Self::PayDue { .. }
            | Self::ReturnPayout { .. }
            | Self::ImportStatement(_)
            | Self::ResolveSuspense { .. } => None,
        }
    }
}

/// What is checked when two people are to decide on it; it changes nothing.
pub fn check(state: &State, command: &BankingCommand, at: Timestamp) -> Result<(), Rejection> {
    match command {
        BankingCommand::OpenCustodyAccount { account, opening } => account::check_custody(state, account, *opening),
        BankingCommand::SetBankAccount { org, account } => account::check_payout(state, *org, account),
        BankingCommand::Withdraw { org, amount } => withdrawal::check(state, *org, *amount),
        BankingCommand::ApprovePayoutBatch { custody, lines } => {
            batch::check(state, (custody.as_deref(), lines), at).map(|_| ())
        }
        BankingCommand::ReturnPayout { payout, reason } => payout::check_return(state, *payout, reason).map(|_| ()),
        BankingCommand::ImportStatement(new) => statement::check(state, new, at).map(|_| ()),
        BankingCommand::ResolveSuspense { suspense, target, note } => {
            suspense::check(state, (*suspense, target, note)).map(|_| ())
        }
        BankingCommand::CancelWithdrawal { .. }
        | BankingCommand::SubmitPayoutBatch { .. }
        | BankingCommand::CancelPayoutBatch { .. }
        | BankingCommand::PayDue { .. } => Err(Rejection::NotForApproval(command.kind())),
    }
}

/// Does it.
pub fn apply(
    state: &mut State,
    events: &mut Vec<Event>,
    command: BankingCommand,
    at: Timestamp,
) -> Result<(), Rejection> {
    match command {
        BankingCommand::OpenCustodyAccount { account, opening } => {
            account::open_custody(state, events, (account, opening), at)
        }
        BankingCommand::SetBankAccount { org, account } => account::set_payout(state, events, (org, account), at),
        BankingCommand::Withdraw { org, amount } => withdrawal::ask(state, events, (org, amount), at),
        BankingCommand::CancelWithdrawal { org, withdrawal } => withdrawal::cancel(state, events, (org, withdrawal)),
        BankingCommand::ApprovePayoutBatch { custody, lines } => {
            batch::approve(state, events, (custody.as_deref(), lines), at).map(|_| ())
        }
        BankingCommand::SubmitPayoutBatch { batch } => batch::submit(state, events, batch, at),
        BankingCommand::CancelPayoutBatch { batch } => batch::cancel(state, events, batch),
        BankingCommand::PayDue { orgs } => batch::pay_due(state, events, orgs.as_deref(), at),
        BankingCommand::ReturnPayout { payout, reason } => payout::refused(state, events, (payout, reason), at),
        BankingCommand::ImportStatement(new) => statement::import(state, events, *new, at),
        BankingCommand::ResolveSuspense { suspense, target, note } => {
            suspense::resolve(state, events, (suspense, target, note), at)
        }
    }
}
