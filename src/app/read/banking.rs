//! Money in and out. Account numbers are shown in full to their owners and to operators alone.

use serde::Serialize;
use utoipa::ToSchema;

use super::whose;
use crate::app::banking::pain::{self, PainError};
use crate::app::page::{Page, query};
use crate::app::permission::{Caller, Reach};
use crate::app::readers::{PooledReader, ReadError};
use crate::domain::banking::account::{CustodyAccount, PayoutAccount};
use crate::domain::banking::payout::{
    HeldBack, Payout, PayoutBatch, PayoutBatchState, PayoutLine, PayoutState, Withdrawal, WithdrawalState,
};
use crate::domain::banking::statement::{MatchedEntry, Statement};
use crate::domain::banking::suspense::{SuspenseItem, SuspenseState, SuspenseTarget};
use crate::domain::id::{OrgId, PayoutBatchId, PayoutId, StatementId, SuspenseId, WithdrawalId};
use crate::domain::money::Overflow;
use crate::domain::time::Timestamp;
use crate::domain::user::Role;
use crate::engine::State;
use crate::engine::banking::due;
use crate::engine::banking::reference;
use crate::store::banking as stored;
use crate::store::read::banking::{self, Wanted};
use crate::store::read::organisation;

query! {
    /// Which withdrawals; the newest first.
    pub struct WithdrawalQuery {
        /// Those of this organisation.
        pub org: Option<OrgId>,
        /// Those that stand there.
        pub state: Option<WithdrawalState>,
    }
}

query! {
    /// Which payouts; the newest first.
    pub struct PayoutQuery {
        /// Those to this organisation.
        pub org: Option<OrgId>,
        /// Those that stand there.
        pub state: Option<PayoutState>,
    }
}

query! {
    /// Which batches; the newest first.
    pub struct PayoutBatchQuery {
        /// Those that stand there.
        pub state: Option<PayoutBatchState>,
    }
}

query! {
    /// What of suspense; the newest first.
    pub struct SuspenseQuery {
        /// What stands there.
        pub state: Option<SuspenseState>,
    }
}

query! {
    /// Which page.
    pub struct StatementQuery {}
}

/// Where an organisation is paid to, and how it pays in.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BankAccountView {
    /// The organisation.
    pub org: OrgId,
    /// What it writes when it pays in, so that the payment is booked as its deposit.
    #[schema(examples("QT-org_0000000000001"))]
    pub deposit_reference: String,
    /// Where it is paid to; null where nothing is on file.
    pub payout: Option<PayoutAccount>,
}

/// What could be paid out now, and what holds back the rest.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DueView {
    /// What a batch would pay.
    pub lines: Vec<PayoutLine>,
    /// What it would not.
    pub held: Vec<HeldBack>,
}

/// What is due to everybody.
///
/// # Errors
/// Sums left the range.
pub fn due(state: &State, at: Timestamp) -> Result<DueView, Overflow> {
    let due = due::due(state, None, at.max(state.now))?;
    Ok(DueView {
        lines: due.lines,
        held: due.held,
    })
}

/// Whether somebody sees account numbers of an organisation in full.
fn sees(caller: &Caller, org: Option<OrgId>) -> bool {
    caller.roles.contains(&Role::Operator) || org == Some(caller.org)
}

fn masked_line(line: PayoutLine) -> PayoutLine {
    PayoutLine {
        account: line.account.masked(),
        ..line
    }
}

fn masked_payout(caller: &Caller, payout: Payout) -> Payout {
    if sees(caller, payout.line.org) {
        return payout;
    }
    Payout {
        line: masked_line(payout.line),
        ..payout
    }
}

fn masked_batch(caller: &Caller, batch: PayoutBatch) -> PayoutBatch {
    if sees(caller, None) {
        return batch;
    }
    PayoutBatch {
        lines: batch.lines.into_iter().map(masked_line).collect(),
        ..batch
    }
}

fn masked_withdrawal(caller: &Caller, withdrawal: Withdrawal) -> Withdrawal {
    if sees(caller, withdrawal.org) {
        return withdrawal;
    }
    Withdrawal {
        account: withdrawal.account.map(|account| account.masked()),
        ..withdrawal
    }
}

fn masked_item(caller: &Caller, item: SuspenseItem) -> SuspenseItem {
    match &item.target {
        Some(SuspenseTarget::Return(account)) if !sees(caller, None) => SuspenseItem {
            target: Some(SuspenseTarget::Return(account.masked())),
            ..item
        },
        _ => item,
    }
}

/// Where an organisation is paid to; none: there is no such organisation.
///
/// # Errors
/// Those of the database.
pub fn account(
    pooled: &mut PooledReader,
    (caller, reach): (&Caller, Reach),
    org: OrgId,
) -> Result<Option<BankAccountView>, ReadError> {
    if !reach.covers(org) || organisation::find(&mut pooled.reader, org)?.is_none() {
        return Ok(None);
    }
    let payout = banking::find_account(&mut pooled.reader, org)?.map(|known| {
        if sees(caller, Some(org)) {
            known
        } else {
            PayoutAccount {
                account: known.account.masked(),
                ..known
            }
        }
    });
    Ok(Some(BankAccountView {
        org,
        deposit_reference: reference::of_deposit(org),
        payout,
    }))
}

/// The platform's own accounts.
///
/// # Errors
/// Those of the database.
pub fn custody(pooled: &mut PooledReader) -> Result<Page<CustodyAccount>, ReadError> {
    Ok(Page::all(stored::load_custody(&mut pooled.reader)?))
}

/// One withdrawal.
///
/// # Errors
/// Those of the database.
pub fn find_withdrawal(
    pooled: &mut PooledReader,
    (caller, reach): (&Caller, Reach),
    id: WithdrawalId,
) -> Result<Option<Withdrawal>, ReadError> {
    let found = banking::find_withdrawal(&mut pooled.reader, id)?;
    let seen = found.filter(|found| reach.limit().is_none() || found.org.is_some_and(|org| reach.covers(org)));
    Ok(seen.map(|found| masked_withdrawal(caller, found)))
}

/// A page of withdrawals.
///
/// # Errors
/// Those of the database.
pub fn page_withdrawals(
    pooled: &mut PooledReader,
    (caller, reach): (&Caller, Reach),
    query: &WithdrawalQuery,
) -> Result<Page<Withdrawal>, ReadError> {
    let Some(org) = whose(reach, query.org).limit() else {
        return Ok(Page::empty());
    };
    let wanted = Wanted {
        org,
        state: query.state,
    };
    let found = banking::page_withdrawals(&mut pooled.reader, wanted, query.page().newest_first())?;
    Page::of(found, |found| Ok(masked_withdrawal(caller, found)))
}

/// One payout.
///
/// # Errors
/// Those of the database.
pub fn find_payout(
    pooled: &mut PooledReader,
    (caller, reach): (&Caller, Reach),
    id: PayoutId,
) -> Result<Option<Payout>, ReadError> {
    let found = banking::find_payout(&mut pooled.reader, id)?;
    let seen = found.filter(|found| reach.limit().is_none() || found.line.org.is_some_and(|org| reach.covers(org)));
    Ok(seen.map(|found| masked_payout(caller, found)))
}

/// A page of payouts.
///
/// # Errors
/// Those of the database.
pub fn page_payouts(
    pooled: &mut PooledReader,
    (caller, reach): (&Caller, Reach),
    query: &PayoutQuery,
) -> Result<Page<Payout>, ReadError> {
    let Some(org) = whose(reach, query.org).limit() else {
        return Ok(Page::empty());
    };
    let wanted = Wanted {
        org,
        state: query.state,
    };
    let found = banking::page_payouts(&mut pooled.reader, wanted, query.page().newest_first())?;
    Page::of(found, |found| Ok(masked_payout(caller, found)))
}

/// One batch.
///
/// # Errors
/// Those of the database.
pub fn find_batch(
    pooled: &mut PooledReader,
    caller: &Caller,
    id: PayoutBatchId,
) -> Result<Option<PayoutBatch>, ReadError> {
    let found = banking::find_batch(&mut pooled.reader, id)?;
    Ok(found.map(|batch| masked_batch(caller, batch)))
}

/// A page of batches.
///
/// # Errors
/// Those of the database.
pub fn page_batches(
    pooled: &mut PooledReader,
    caller: &Caller,
    query: &PayoutBatchQuery,
) -> Result<Page<PayoutBatch>, ReadError> {
    let wanted = Wanted {
        org: None,
        state: query.state,
    };
    let found = banking::page_batches(&mut pooled.reader, wanted, query.page().newest_first())?;
    Page::of(found, |batch| Ok(masked_batch(caller, batch)))
}

/// A batch that was sent, with what its files say: its payouts and the account that pays.
///
/// # Errors
/// Those of the database.
pub fn sent(
    pooled: &mut PooledReader,
    id: PayoutBatchId,
) -> Result<Option<(PayoutBatch, Vec<Payout>, CustodyAccount)>, ReadError> {
    let reader = &mut pooled.reader;
    let found = banking::find_batch(reader, id)?;
    let Some(batch) = found.filter(|batch| batch.submitted_at.is_some() && !batch.payouts.is_empty()) else {
        return Ok(None);
    };
    let payouts = banking::payouts_of(reader, &batch.payouts)?;
    let custody = stored::load_custody(reader)?;
    let custody = custody.into_iter().find(|known| known.account.number == batch.custody);
    Ok(custody.map(|custody| (batch, payouts, custody)))
}

/// How a batch can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize, ToSchema)]
pub enum BatchFormat {
    /// ISO 20022 pain.001.001.09, for the bank.
    #[default]
    #[serde(rename = "pain.001")]
    Pain001,
    /// For people.
    #[serde(rename = "csv")]
    Csv,
}

/// How the file of a batch is wanted.
#[derive(Debug, Clone, Copy, Default, serde::Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct FileQuery {
    /// What kind of file.
    #[serde(default)]
    #[param(inline, required = false)]
    pub format: BatchFormat,
}

/// A file: its name, its media type, what is in it.
pub type BatchFile = (String, &'static str, Vec<u8>);

/// Writes the file of a batch that was sent.
///
/// # Errors
/// It cannot be written, which would be a defect.
pub fn file(
    (batch, payouts, custody): &(PayoutBatch, Vec<Payout>, CustodyAccount),
    format: BatchFormat,
) -> Result<BatchFile, PainError> {
    Ok(match format {
        BatchFormat::Pain001 => (
            pain::file_name(batch, "xml"),
            "application/xml",
            pain::pain001(batch, payouts, &custody.account)?,
        ),
        BatchFormat::Csv => (
            pain::file_name(batch, "csv"),
            "text/csv; charset=utf-8",
            pain::csv(payouts)?,
        ),
    })
}

/// One statement.
///
/// # Errors
/// Those of the database.
pub fn find_statement(pooled: &mut PooledReader, id: StatementId) -> Result<Option<Statement>, ReadError> {
    Ok(banking::find_statement(&mut pooled.reader, id)?)
}

/// A page of statements.
///
/// # Errors
/// Those of the database.
pub fn page_statements(pooled: &mut PooledReader, query: &StatementQuery) -> Result<Page<Statement>, ReadError> {
    let found = banking::page_statements(&mut pooled.reader, query.page().newest_first())?;
    Page::of(found, Ok)
}

/// A page of a statement's entries, in their order; none: there is no such statement.
///
/// # Errors
/// Those of the database.
pub fn page_entries(
    pooled: &mut PooledReader,
    id: StatementId,
    query: &StatementQuery,
) -> Result<Option<Page<MatchedEntry>>, ReadError> {
    if banking::find_statement(&mut pooled.reader, id)?.is_none() {
        return Ok(None);
    }
    let found = banking::page_entries(&mut pooled.reader, id, query.page().oldest_first())?;
    Ok(Some(Page::of(found, Ok::<_, ReadError>)?))
}

/// One thing in suspense.
///
/// # Errors
/// Those of the database.
pub fn find_suspense(
    pooled: &mut PooledReader,
    caller: &Caller,
    id: SuspenseId,
) -> Result<Option<SuspenseItem>, ReadError> {
    let found = banking::find_suspense(&mut pooled.reader, id)?;
    Ok(found.map(|item| masked_item(caller, item)))
}

/// The work list: what nobody expected; all of it where no state is asked for.
///
/// # Errors
/// Those of the database.
pub fn page_suspense(
    pooled: &mut PooledReader,
    caller: &Caller,
    query: &SuspenseQuery,
) -> Result<Page<SuspenseItem>, ReadError> {
    let wanted = Wanted {
        org: None,
        state: query.state,
    };
    let found = banking::page_suspense(&mut pooled.reader, wanted, query.page().newest_first())?;
    Page::of(found, |item| Ok(masked_item(caller, item)))
}
