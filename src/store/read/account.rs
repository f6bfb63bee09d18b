//! Accounts, whose they are, and what they held at an instant.
//!
//! To an organisation belong its own accounts, those of its vouchers, and the escrows of the leases it has taken: what is in
//! escrow is the tenant's until it is settled.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use rustc_hash::FxHashMap;

use super::{Found, Slice};
use crate::domain::account::{Owner, Side};
use crate::domain::id::{AccountId, OrgId};
use crate::domain::money::{Money, Overflow};
use crate::domain::time::Timestamp;
use crate::engine::ledger::Account;
use crate::on;
use crate::store::account::AccountRow;
use crate::store::connection::Reader;
use crate::store::history;
use crate::store::load::LoadError;
use crate::store::schema::{account, entry, lease, transfer, voucher};

/// Kinds of accounts whose owner is an organisation.
const OF_ORGS: [&str; 8] = [
    "cash",
    "held",
    "pending_cash",
    "pending_programme",
    "payable_cash",
    "payable_programme",
    "collateral",
    "debt",
];
/// Those whose owner is a lease.
const OF_LEASES: [&str; 1] = ["escrow"];
/// Those whose owner is a voucher.
pub(super) const OF_VOUCHERS: [&str; 3] = ["voucher_available", "voucher_held", "voucher_reserved"];

/// An account and the organisation that it belongs to; none: the market or a programme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAccount {
    /// The account, with what it holds now.
    pub account: Account,
    /// Whose it is.
    pub org: Option<OrgId>,
}

/// Which accounts.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Those that belong to this organisation.
    pub org: Option<OrgId>,
    /// Those of this kind.
    pub kind: Option<String>,
}

/// One of them.
pub fn find(reader: &mut Reader, id: AccountId) -> Result<Option<StoredAccount>, LoadError> {
    let query = account::table
        .filter(account::id.eq(id.0.cast_signed()))
        .select(AccountRow::columns());
    let row: Option<AccountRow> = on!(&mut *reader, connection => query.first(connection).optional())?;
    Ok(stored(reader, row.into_iter().collect())?.pop())
}

/// These, in no order.
pub fn load(reader: &mut Reader, ids: &[AccountId]) -> Result<Vec<StoredAccount>, LoadError> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0.cast_signed()).collect();
    let query = account::table
        .filter(account::id.eq_any(ids))
        .select(AccountRow::columns());
    let rows: Vec<AccountRow> = on!(&mut *reader, connection => query.load(connection))?;
    stored(reader, rows)
}

/// In the order of their identifiers.
pub fn page(reader: &mut Reader, wanted: &Wanted, slice: Slice) -> Result<Found<StoredAccount>, LoadError> {
    let found = match wanted.org {
        Some(org) => of_org(reader, org, wanted.kind.as_deref(), slice)?,
        None => of_anybody(reader, wanted.kind.as_deref(), slice)?,
    };
    Ok(Found {
        rows: stored(reader, found.rows)?,
        next: found.next,
    })
}

fn of_anybody(reader: &mut Reader, kind: Option<&str>, slice: Slice) -> Result<Found<AccountRow>, LoadError> {
    let last: Option<i64> = match kind {
        None => None,
        Some(_) => {
            let query = account::table
                .select(account::id)
                .filter(account::id.gt(slice.key))
                .order(account::id)
                .offset(super::EXAMINED_MAX - 1)
                .limit(1);
            on!(&mut *reader, connection => query.first(connection).optional())?
        }
    };
    let rows: Vec<AccountRow> = boxed!(&mut *reader, connection, Db => {
        let mut query = account::table
            .filter(account::id.gt(slice.key))
            .select(AccountRow::columns())
            .into_boxed::<Db>();
        if let Some(kind) = kind {
            query = query.filter(account::kind.eq(kind));
        }
        if let Some(last) = last {
            query = query.filter(account::id.le(last));
        }
        query.order(account::id).limit(slice.limit + 1).load(connection)
    })?;
    Ok(Found::cut(rows, slice, last, |row| row.id))
}

fn of_org(reader: &mut Reader, org: OrgId, kind: Option<&str>, slice: Slice) -> Result<Found<AccountRow>, LoadError> {
    let owner = org.0.cast_signed();
    let kinds = |all: &[&'static str]| -> Vec<&'static str> {
        let wanted = all.iter().filter(|one| kind.is_none_or(|kind| kind == **one));
        wanted.copied().collect()
    };
    let mut rows: Vec<AccountRow> = Vec::new();
    // Not the bare identifier and kind: their indexes would be walked through everybody's accounts.
    macro_rules! add {
        ($kinds:expr, $owners:expr) => {
            let kinds = kinds(&$kinds);
            if !kinds.is_empty() {
                let query = account::table
                    .filter(account::owner.eq_any($owners))
                    .filter(account::kind.concat("").eq_any(kinds))
                    .filter((account::id + 0).gt(slice.key))
                    .order((account::id + 0).asc())
                    .limit(slice.limit + 1)
                    .select(AccountRow::columns());
                let own: Vec<AccountRow> = on!(&mut *reader, connection => query.load(connection))?;
                rows.extend(own);
            }
        };
    }
    add!(OF_ORGS, [Some(owner)]);
    add!(
        OF_VOUCHERS,
        voucher::table
            .filter(voucher::org.eq(owner))
            .select(voucher::id.nullable())
    );
    add!(
        OF_LEASES,
        lease::table
            .filter(lease::tenant.eq(owner))
            .select(lease::id.nullable())
    );
    rows.sort_by_key(|row| row.id);
    Ok(Found::cut(rows, slice, None, |row| row.id))
}

/// The accounts whose owner is the organisation itself; at most one of each kind.
pub fn directly_of(reader: &mut Reader, org: OrgId) -> Result<Vec<AccountId>, LoadError> {
    let query = account::table
        .filter(account::owner.eq(org.0.cast_signed()))
        .filter(account::kind.eq_any(OF_ORGS))
        .order(account::id)
        .select(account::id);
    let ids: Vec<i64> = on!(reader, connection => query.load(connection))?;
    Ok(ids.into_iter().map(|id| AccountId(id.cast_unsigned())).collect())
}

/// Adds to whom the accounts belong.
fn stored(reader: &mut Reader, rows: Vec<AccountRow>) -> Result<Vec<StoredAccount>, LoadError> {
    let accounts: Vec<Account> = rows.iter().map(Account::try_from).collect::<Result<_, _>>()?;
    let owners = |kinds: &[&str]| -> Vec<i64> {
        let of_kind = rows.iter().filter(|row| kinds.contains(&row.kind.as_str()));
        of_kind.filter_map(|row| row.owner).collect()
    };
    let (leases, vouchers) = (owners(&OF_LEASES), owners(&OF_VOUCHERS));
    let mut tenants: Vec<(i64, i64)> = Vec::new();
    if !leases.is_empty() {
        let query = lease::table
            .filter(lease::id.eq_any(leases))
            .select((lease::id, lease::tenant));
        tenants = on!(&mut *reader, connection => query.load(connection))?;
    }
    let mut holders: Vec<(i64, i64)> = Vec::new();
    if !vouchers.is_empty() {
        let query = voucher::table
            .filter(voucher::id.eq_any(vouchers))
            .select((voucher::id, voucher::org));
        holders = on!(&mut *reader, connection => query.load(connection))?;
    }
    let org_in = |pairs: &[(i64, i64)], id: u64| {
        let pair = pairs.iter().find(|pair| pair.0.cast_unsigned() == id);
        pair.map(|pair| OrgId(pair.1.cast_unsigned()))
    };
    let whose = |account: Account| StoredAccount {
        org: match account.key.owner() {
            Owner::Org(org) => Some(org),
            Owner::Lease(lease) => org_in(&tenants, lease.0),
            Owner::Voucher(voucher) => org_in(&holders, voucher.0),
            Owner::Platform | Owner::Programme(_) => None,
        },
        account,
    };
    Ok(accounts.into_iter().map(whose).collect())
}

/// What was debited and credited to an account.
#[derive(Debug, Clone, Copy, Default)]
struct Turnover {
    debited: Money,
    credited: Money,
}

/// What `accounts` held, each on its normal side, when all was counted that was booked at `as_of` or before. Read it at one
/// instant, see [`Reader::at_one_instant`].
///
/// # Errors
/// The database does not answer. Sums out of range cannot be: the ledger has counted them.
pub fn balances_at(
    reader: &mut Reader,
    accounts: &[Account],
    as_of: Timestamp,
) -> Result<FxHashMap<AccountId, Money>, LoadError> {
    let ids: Vec<i64> = accounts.iter().map(|account| account.id.0.cast_signed()).collect();
    let as_of = as_of.micros();
    let through = history::through(reader)?;
    let filled = entry::table
        .inner_join(transfer::table.on(transfer::seq.eq(entry::transfer)))
        .filter(entry::account.eq_any(ids.clone()))
        .filter(entry::transfer.le(through))
        .filter(transfer::booked_at.le(as_of))
        .group_by(entry::account)
        .select((
            entry::account,
            sql::<BigInt>(
                "CAST(SUM(CASE WHEN transfer.debit = entry.account THEN transfer.amount ELSE 0 END) AS BIGINT)",
            ),
            sql::<BigInt>(
                "CAST(SUM(CASE WHEN transfer.credit = entry.account THEN transfer.amount ELSE 0 END) AS BIGINT)",
            ),
        ));
    let filled: Vec<(i64, i64, i64)> = on!(&mut *reader, connection => filled.load(connection))?;
    let mut turnovers: FxHashMap<i64, Turnover> = FxHashMap::default();
    for (account, debited, credited) in filled {
        let turnover = Turnover {
            debited: Money::from_fen(debited),
            credited: Money::from_fen(credited),
        };
        turnovers.insert(account, turnover);
    }
    macro_rules! tail {
        ($side:ident) => {{
            let tail = transfer::table
                .filter(transfer::seq.gt(through))
                .filter(transfer::$side.eq_any(ids.clone()))
                .filter(transfer::booked_at.le(as_of))
                .group_by(transfer::$side)
                .select((
                    transfer::$side,
                    sql::<BigInt>("CAST(SUM(transfer.amount) AS BIGINT)"),
                ));
            let tail: Vec<(i64, i64)> = on!(&mut *reader, connection => tail.load(connection))?;
            tail
        }};
    }
    let (debits, credits) = (tail!(debit), tail!(credit));
    for (account, amount) in debits {
        let turnover = turnovers.entry(account).or_default();
        turnover.debited = turnover.debited.plus(Money::from_fen(amount)).map_err(beyond)?;
    }
    for (account, amount) in credits {
        let turnover = turnovers.entry(account).or_default();
        turnover.credited = turnover.credited.plus(Money::from_fen(amount)).map_err(beyond)?;
    }
    let balance = |account: &Account| {
        let id = account.id.0.cast_signed();
        let Turnover { debited, credited } = turnovers.get(&id).copied().unwrap_or_default();
        let balance = match account.key.normal() {
            Side::Debit => debited.minus(credited),
            Side::Credit => credited.minus(debited),
        };
        balance.map(|balance| (account.id, balance)).map_err(beyond)
    };
    accounts.iter().map(balance).collect()
}

/// Sums that left the range: the books would contradict what was checked when they were written.
pub(super) fn beyond(overflow: Overflow) -> LoadError {
    crate::store::load::Corrupt::new("transfer.amount", &overflow.to_string()).into()
}
