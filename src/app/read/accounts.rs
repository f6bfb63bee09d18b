//! Accounts.
//!
//! To an organisation belong its own accounts, those of its vouchers, and the escrows of the leases that it has taken.

use rustc_hash::FxHashMap;
use utoipa::openapi::Object;

use super::{check_kind, one_of, whose};
use crate::app::page::{Page, query};
use crate::app::permission::Reach;
use crate::app::readers::{PooledReader, ReadError};
use crate::app::view::account::AccountView;
use crate::app::view::transfer::TransferView;
use crate::app::view::trial_balance::TrialBalanceView;
use crate::domain::id::{AccountId, OrgId};
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::engine::ledger::Account;
use crate::engine::report::Period;
use crate::engine::report::trial_balance::TrialBalance;
use crate::store::Reader;
use crate::store::load::LoadError;
use crate::store::read::account::{self, StoredAccount, Wanted};
use crate::store::read::transfer;
use crate::store::{account as all_accounts, report};

/// The kinds of accounts.
pub const KINDS: [&str; 25] = [
    "bank",
    "fee_revenue",
    "vat_payable",
    "payout_in_flight",
    "suspense",
    "cash",
    "held",
    "pending_cash",
    "pending_programme",
    "payable_cash",
    "payable_programme",
    "collateral",
    "debt",
    "escrow",
    "treasury_receivable",
    "treasury_fine",
    "reserve",
    "appropriation",
    "pot",
    "redeemed",
    "recovered",
    "lapsed",
    "voucher_available",
    "voucher_held",
    "voucher_reserved",
];

fn kinds() -> Object {
    one_of(&KINDS)
}

query! {
    /// Which accounts, in the order of their identifiers.
    pub struct AccountQuery {
        /// Those that belong to this organisation.
        pub org: Option<OrgId>,
        /// Those of this kind.
        #[param(schema_with = kinds)]
        pub kind: Option<String>,
        /// With what they held when all was counted that was booked by then, that instant included.
        pub as_of: Option<Timestamp>,
    }
}

query! {
    /// Which transfers of an account; the newest first.
    pub struct HistoryQuery {}
}

/// At which instant.
#[derive(Debug, Clone, Copy, Default, serde::Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct AsOfQuery {
    /// All is counted that was booked by then, that instant included; without it: all.
    #[serde(default)]
    pub as_of: Option<Timestamp>,
}

/// One account, as of an instant or now.
///
/// # Errors
/// Those of the database.
pub fn find(
    pooled: &mut PooledReader,
    reach: Reach,
    id: AccountId,
    query: &AsOfQuery,
) -> Result<Option<AccountView>, ReadError> {
    let Some(stored) = seen(&mut pooled.reader, reach, id)? else {
        return Ok(None);
    };
    let accounts = std::slice::from_ref(&stored);
    let balances = balances(&mut pooled.reader, accounts, query.as_of)?;
    Ok(Some(show(&stored, &balances)))
}

/// A page of accounts.
///
/// # Errors
/// Those of the database; a kind that there is not.
pub fn page(pooled: &mut PooledReader, reach: Reach, query: &AccountQuery) -> Result<Page<AccountView>, ReadError> {
    check_kind(query.kind.as_deref(), &KINDS)?;
    let Some(org) = whose(reach, query.org).limit() else {
        return Ok(Page::empty());
    };
    let wanted = Wanted {
        org,
        kind: query.kind.clone(),
    };
    let found = account::page(&mut pooled.reader, &wanted, query.page().oldest_first())?;
    let balances = balances(&mut pooled.reader, &found.rows, query.as_of)?;
    Page::of(found, |stored| Ok(show(&stored, &balances)))
}

/// A page of an account's transfers; none where the account is out of reach.
///
/// # Errors
/// Those of the database.
pub fn transfers(
    pooled: &mut PooledReader,
    reach: Reach,
    id: AccountId,
    query: &HistoryQuery,
) -> Result<Option<Page<TransferView>>, ReadError> {
    if seen(&mut pooled.reader, reach, id)?.is_none() {
        return Ok(None);
    }
    let found = transfer::page_of(&mut pooled.reader, &[id], query.page().newest_first())?;
    Page::of(found, |row| Ok(TransferView::of(&row)?)).map(Some)
}

/// What all accounts hold, kind by kind, as of an instant or now. Reads all transfers.
///
/// # Errors
/// Those of the database.
pub fn trial_balance(pooled: &mut PooledReader, query: &AsOfQuery) -> Result<TrialBalanceView, ReadError> {
    // A period ends before its end; what is booked at the instant itself counts here.
    let until = query
        .as_of
        .map(|at| Timestamp::from_micros(at.micros().saturating_add(1)));
    let report = pooled.reader.at_one_instant(|reader| {
        let mut accounts: Vec<Account> = Vec::new();
        all_accounts::load_all(reader, |account| accounts.push(account))?;
        let mut fold = TrialBalance::new(Period { from: None, until }, accounts);
        report::transfers(reader, |transfer| {
            fold.add_transfer(&transfer);
            Ok::<(), LoadError>(())
        })?;
        Ok::<_, LoadError>(fold.finish())
    })?;
    Ok(TrialBalanceView::of(report, query.as_of)?)
}

/// The account, where it is within reach.
pub(super) fn seen(reader: &mut Reader, reach: Reach, id: AccountId) -> Result<Option<StoredAccount>, LoadError> {
    Ok(account::find(reader, id)?.filter(|stored| covers(reach, stored)))
}

/// Whether an account is within reach; those of the market are nobody's own.
pub(super) fn covers(reach: Reach, stored: &StoredAccount) -> bool {
    match stored.org {
        Some(org) => reach.covers(org),
        None => reach.limit().is_none(),
    }
}

/// What the accounts held at `as_of`; nothing where that is now, which they say themselves.
fn balances(
    reader: &mut Reader,
    accounts: &[StoredAccount],
    as_of: Option<Timestamp>,
) -> Result<Option<FxHashMap<AccountId, Money>>, LoadError> {
    let Some(as_of) = as_of else {
        return Ok(None);
    };
    let accounts: Vec<Account> = accounts.iter().map(|stored| stored.account).collect();
    let balances = reader.at_one_instant(|reader| account::balances_at(reader, &accounts, as_of))?;
    Ok(Some(balances))
}

fn show(stored: &StoredAccount, balances: &Option<FxHashMap<AccountId, Money>>) -> AccountView {
    let balance = match balances {
        None => stored.account.balance,
        Some(balances) => balances.get(&stored.account.id).copied().unwrap_or_default(),
    };
    AccountView::of(stored, balance)
}
