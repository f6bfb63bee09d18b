//! Money in and out as the API takes it: bodies and files in, commands out.

pub mod camt;
pub mod pain;
pub mod statement_csv;
pub mod xml;

use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::body;
use crate::domain::banking::account::BankAccount;
use crate::domain::banking::statement::{NewStatement, StatementEntry, StatementFormat};
use crate::domain::banking::suspense::SuspenseTarget;
use crate::domain::fingerprint::Fingerprint;
use crate::domain::id::{OrgId, PayoutBatchId, PayoutId, SuspenseId, WithdrawalId};
use crate::domain::money::Money;
use crate::domain::personal::{masked, personal_number};
use crate::domain::time::Timestamp;
use crate::engine::banking::{BankingCommand, due, statement};
use crate::engine::rejection::{FieldRule, invalid};
use crate::engine::{Command, Rejection, State};

/// The body of `POST /v1/custody-accounts`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CustodyAccountBody {
    /// Whose it is, as the bank knows them.
    holder: String,
    /// Its number: 6 to 34 digits and capital letters.
    number: String,
    /// The bank's code in the national clearing system: 12 digits.
    cnaps: String,
    /// What the bank is called.
    bank: String,
    /// What is in it; the first statement must begin with it.
    opening: Money,
}

/// The body of `POST /v1/withdrawals`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawalBody {
    /// How much.
    amount: Money,
}

/// The body of `POST /v1/payout-batches`.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PayoutBatchBody {
    /// These organisations alone; left out: all, and what goes back to its senders.
    orgs: Option<Vec<OrgId>>,
    /// The number of the custody account that pays; left out: the only one.
    custody: Option<String>,
}

/// The body of `POST /v1/payouts/{id}/return`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReturnBody {
    /// Why the bank has refused it. Without personal data: nothing can be erased from the journal.
    #[schema(max_length = 500)]
    reason: String,
}

/// The body of `POST /v1/suspense/{id}/resolve`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ResolveSuspenseBody)]
pub struct ResolveBody {
    /// What it is: `{"org": …}`, `{"treasury_request": …}`, `{"return": a bank account}`, `{"payout": …}` or `"charges"`.
    target: SuspenseTarget,
    /// Why. Without personal data: nothing can be erased from the journal.
    #[schema(max_length = 500)]
    note: String,
}

/// `POST /v1/custody-accounts`.
pub fn open_custody(body: Value) -> Result<Command, Rejection> {
    let CustodyAccountBody {
        holder,
        number,
        cnaps,
        bank,
        opening,
    } = body::parse(body)?;
    let account = BankAccount {
        holder,
        number,
        cnaps,
        bank,
    };
    Ok(Command::Banking(BankingCommand::OpenCustodyAccount {
        account,
        opening,
    }))
}

/// `PUT` and `POST /v1/organisations/{id}/bank-account`.
pub fn set_account(org: OrgId, body: Value) -> Result<Command, Rejection> {
    let account: BankAccount = body::parse(body)?;
    Ok(Command::Banking(BankingCommand::SetBankAccount { org, account }))
}

/// `POST /v1/withdrawals`.
pub fn withdraw(org: OrgId, body: Value) -> Result<Command, Rejection> {
    let WithdrawalBody { amount } = body::parse(body)?;
    Ok(Command::Banking(BankingCommand::Withdraw { org, amount }))
}

/// `POST /v1/withdrawals/{id}/cancel`.
pub fn cancel_withdrawal(org: OrgId, withdrawal: WithdrawalId) -> Command {
    Command::Banking(BankingCommand::CancelWithdrawal { org, withdrawal })
}

/// Reads which batch is wanted.
pub fn read_batch(body: Value) -> Result<PayoutBatchBody, Rejection> {
    body::parse(body)
}

/// `POST /v1/payout-batches`: exactly what is due at the instant of the question.
pub fn batch(state: &State, asked: PayoutBatchBody, at: Timestamp) -> Result<Command, Rejection> {
    let PayoutBatchBody { orgs, custody } = asked;
    let lines = due::due(state, orgs.as_deref(), at.max(state.now))?.lines;
    Ok(Command::Banking(BankingCommand::ApprovePayoutBatch { custody, lines }))
}

/// `POST /v1/payout-batches/{id}/submit`.
pub fn submit(batch: PayoutBatchId) -> Command {
    Command::Banking(BankingCommand::SubmitPayoutBatch { batch })
}

/// `POST /v1/payout-batches/{id}/cancel`.
pub fn cancel_batch(batch: PayoutBatchId) -> Command {
    Command::Banking(BankingCommand::CancelPayoutBatch { batch })
}

/// `POST /v1/payouts/{id}/return`.
pub fn return_payout(payout: PayoutId, body: Value) -> Result<Command, Rejection> {
    let ReturnBody { reason } = body::parse(body)?;
    Ok(Command::Banking(BankingCommand::ReturnPayout { payout, reason }))
}

/// `POST /v1/suspense/{id}/resolve`.
pub fn resolve(suspense: SuspenseId, body: Value) -> Result<Command, Rejection> {
    let ResolveBody { target, note } = body::parse(body)?;
    Ok(Command::Banking(BankingCommand::ResolveSuspense {
        suspense,
        target,
        note,
    }))
}

/// Whether one person may give such a command alone, by the terms in force.
pub fn may_alone(state: &State, command: &Command, at: Timestamp) -> bool {
    let amount = match command {
        Command::Banking(BankingCommand::Withdraw { amount, .. }) => *amount,
        Command::Banking(BankingCommand::ImportStatement(new)) => {
            statement::largest_credit(state, new, at.max(state.now))
        }
        _ => return false,
    };
    amount <= state.terms.alone_max
}

/// How a file of a statement is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// camt.053.
    Xml,
    /// Our CSV.
    Csv,
}

impl FileKind {
    /// Of a media type.
    pub fn of_media_type(essence: &str) -> Option<FileKind> {
        match essence.to_ascii_lowercase().as_str() {
            "application/xml" | "text/xml" => Some(FileKind::Xml),
            "text/csv" => Some(FileKind::Csv),
            _ => None,
        }
    }

    /// Of a file without a name for its type: XML begins with `<`.
    pub fn of_content(bytes: &[u8]) -> FileKind {
        let text = bytes.trim_ascii_start();
        let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
        if text.starts_with(b"<") {
            FileKind::Xml
        } else {
            FileKind::Csv
        }
    }
}

/// `POST /v1/bank-statements` and `qiantang bank import`.
///
/// # Errors
/// The file is not in UTF-8, or cannot be read; errors name the path in the XML, or the line and field of the CSV.
pub fn import(kind: FileKind, bytes: &[u8]) -> Result<Command, Rejection> {
    let file = Fingerprint(Sha256::digest(bytes).into());
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let detail = format!("is not in UTF-8 from byte {} on", error.valid_up_to());
        invalid("/", FieldRule::Malformed, detail)
    })?;
    let statement = match kind {
        FileKind::Xml => camt::statement(text.trim_start_matches('\u{feff}'), file)?,
        FileKind::Csv => statement_csv::statement(text, file)?,
    };
    Ok(to_import(statement))
}

/// The command that imports a statement. What payers and banks have written into it stands in the journal for ever: numbers of persons
/// in it are masked there, so that a payment is booked all the same. The file's hash is that of the file as it was.
fn to_import(mut statement: NewStatement) -> Command {
    for entry in &mut statement.entries {
        for text in [&mut entry.remittance, &mut entry.counterparty, &mut entry.return_reason] {
            if personal_number(text).is_some() {
                *text = masked(text);
            }
        }
    }
    Command::Banking(BankingCommand::ImportStatement(Box::new(statement)))
}

/// A statement as a line of a flow has it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StatementBody {
    account: String,
    statement: String,
    opening: Money,
    closing: Money,
    closed_at: Timestamp,
    #[serde(default)]
    entries: Vec<StatementEntry>,
}

/// The flow's `bank_statement`: the content of a file as `content`, or its fields.
///
/// # Errors
/// It cannot be read.
pub fn statement_line(body: Value) -> Result<Command, Rejection> {
    if let Some(content) = body.get("content") {
        let text = content.as_str().unwrap_or_default().as_bytes();
        return import(FileKind::of_content(text), text);
    }
    let file = Fingerprint(Sha256::digest(body.to_string()).into());
    let StatementBody {
        account,
        statement,
        opening,
        closing,
        closed_at,
        entries,
    } = body::parse(body)?;
    Ok(to_import(NewStatement {
        account,
        statement,
        opening,
        closing,
        closed_at,
        format: StatementFormat::Json,
        file,
        entries,
    }))
}

/// The flow's `payout`: everything that is due to `org`, or to all, is agreed on and sent.
///
/// # Errors
/// It cannot be read.
pub fn pay_due(org: Option<OrgId>, body: Value) -> Result<Command, Rejection> {
    body::nothing_else(body)?;
    let orgs = org.map(|org| vec![org]);
    Ok(Command::Banking(BankingCommand::PayDue { orgs }))
}
