//! What statements, invoices and exports are made of: the transfers of a period, and whose they are.
//!
//! Bookings never go back in time, so that a period is a range of transfer numbers, and its ends are found by halving: no index, and no
//! row outside of it is read. What accounts held then is what they hold now less what was booked since.

use std::collections::BTreeMap;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::account::AccountRow;
use super::column::Named;
use super::connection::Reader;
use super::fill::FillRow;
use super::history;
use super::lease::{LIVE, LeaseRow};
use super::load::{Corrupt, LoadError, count, hour};
use super::office::RecoveryRow;
use super::schema::{account, entry, fill, lease, recovery, transfer, voucher};
use super::transfer::about_of;
use crate::domain::account::AccountKey;
use crate::domain::id::{AccountId, LeaseId, MovementId, OrgId, RecoveryId, TransferId, VoucherId};
use crate::domain::money::Money;
use crate::domain::recovery::{Recovery, Target};
use crate::domain::time::Timestamp;
use crate::domain::transfer::{BusinessRef, MovementKind};
use crate::engine::ledger::Account;
use crate::engine::report::Period;
use crate::engine::report::statement::lease::PaperLease;
use crate::on;

/// Transfers read at once.
const PAGE: i64 = 20_000;
/// Identifiers asked for at once: SQLite takes 32,766 parameters.
const IDS_MAX: usize = 10_000;

/// A transfer as documents look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The transfer.
    pub transfer: TransferId,
    /// The movement that it is a part of.
    pub movement: MovementId,
    /// The business event.
    pub kind: MovementKind,
    /// The account debited.
    pub debit: AccountId,
    /// The account credited.
    pub credit: AccountId,
    /// How much.
    pub amount: Money,
    /// What it is about.
    pub about: BusinessRef,
    /// When it counts.
    pub booked_at: Timestamp,
}

/// The columns of an [`Entry`].
type Columns = (i64, i64, Named<MovementKind>, i64, i64, i64, String, i64, i64);

fn entry_of(row: Columns) -> Result<(i64, Entry), Corrupt> {
    let (seq, movement, kind, debit, credit, amount, about_kind, about, booked_at) = row;
    let entry = Entry {
        transfer: TransferId(seq.cast_unsigned()),
        movement: MovementId(movement.cast_unsigned()),
        kind: kind.0,
        debit: AccountId(debit.cast_unsigned()),
        credit: AccountId(credit.cast_unsigned()),
        amount: Money::from_fen(amount),
        about: about_of(&about_kind, about)?,
        booked_at: Timestamp::from_micros(booked_at),
    };
    Ok((seq, entry))
}

macro_rules! columns {
    () => {
        (
            transfer::seq,
            transfer::movement,
            transfer::kind,
            transfer::debit,
            transfer::credit,
            transfer::amount,
            transfer::about_kind,
            transfer::about,
            transfer::booked_at,
        )
    };
}

/// The first transfer of a period and the first after it.
///
/// # Errors
/// The database does not answer.
pub fn range(reader: &mut Reader, period: Period) -> Result<(i64, i64), LoadError> {
    let last = transfer::table.select(transfer::seq).order(transfer::seq.desc());
    let last: Option<i64> = on!(&mut *reader, connection => last.first(connection).optional())?;
    let end = last.map_or(1, |last| last + 1);
    let mut first_at = |at: Option<Timestamp>, open| match at {
        None => Ok(open),
        Some(at) => halve(reader, end, at),
    };
    Ok((first_at(period.from, 1)?, first_at(period.until, end)?))
}

/// The first transfer that was not booked before `at`; `end` if there is none.
fn halve(reader: &mut Reader, end: i64, at: Timestamp) -> Result<i64, LoadError> {
    let (mut low, mut high) = (1, end);
    while low < high {
        let middle = low + (high - low) / 2;
        let query = transfer::table
            .select(transfer::booked_at)
            .filter(transfer::seq.eq(middle));
        let booked: Option<i64> = on!(&mut *reader, connection => query.first(connection).optional())?;
        // Transfers have no gaps; where one were missing, the period would rather be too long than lose what is behind it.
        if booked.is_some_and(|booked| booked < at.micros()) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(low)
}

/// Hands all transfers from `first` on, `end` excluded, to `take`: page by page, in the order of posting.
///
/// # Errors
/// Those of the database and of `take`.
pub fn stream<E: From<LoadError>>(
    reader: &mut Reader,
    (first, end): (i64, i64),
    mut take: impl FnMut(&mut Reader, &[Entry]) -> Result<(), E>,
) -> Result<(), E> {
    let mut next = first;
    while next < end {
        let query = transfer::table
            .filter(transfer::seq.ge(next).and(transfer::seq.lt(end)))
            .order(transfer::seq)
            .limit(PAGE)
            .select(columns!());
        let rows: Vec<Columns> = on!(&mut *reader, connection => query.load(connection)).map_err(LoadError::from)?;
        let page = page_of(rows)?;
        let Some((last, _)) = page.last() else {
            return Ok(());
        };
        next = last + 1;
        let entries: Vec<Entry> = page.into_iter().map(|(_, entry)| entry).collect();
        take(reader, &entries)?;
    }
    Ok(())
}

fn page_of(rows: Vec<Columns>) -> Result<Vec<(i64, Entry)>, LoadError> {
    rows.into_iter().map(|row| Ok(entry_of(row)?)).collect()
}

/// The transfers from `first` on that touch any of these accounts, in the order of posting: by the accounts' histories, not by looking
/// at everybody's transfers. None: there are more than `most`.
///
/// # Errors
/// The database does not answer.
pub fn of_accounts(
    reader: &mut Reader,
    accounts: &[AccountId],
    (first, most): (i64, usize),
) -> Result<Option<Vec<Entry>>, LoadError> {
    let mut ids: Vec<i64> = accounts.iter().map(|id| id.0.cast_signed()).collect();
    ids.sort_unstable();
    let through = history::through(reader)?;
    let mut found: BTreeMap<i64, Entry> = BTreeMap::new();
    for some in ids.chunks(IDS_MAX) {
        let query = transfer::table
            .inner_join(entry::table.on(entry::transfer.eq(transfer::seq)))
            .filter(entry::account.eq_any(some.to_vec()))
            .filter(entry::transfer.ge(first).and(entry::transfer.le(through)))
            .limit(count(most).saturating_add(1))
            .select(columns!());
        let rows: Vec<Columns> = on!(&mut *reader, connection => query.load(connection))?;
        found.extend(page_of(rows)?);
        if found.len() > most {
            return Ok(None);
        }
    }
    let tail = (first.max(through + 1), i64::MAX);
    stream(reader, tail, |_, page| {
        let own = |account: AccountId| ids.binary_search(&account.0.cast_signed()).is_ok();
        let own = page.iter().filter(|entry| own(entry.debit) || own(entry.credit));
        found.extend(own.map(|entry| (entry.transfer.0.cast_signed(), *entry)));
        Ok::<(), LoadError>(())
    })?;
    Ok((found.len() <= most).then(|| found.into_values().collect()))
}

/// These accounts, in no order.
///
/// # Errors
/// The database does not answer.
pub fn accounts(reader: &mut Reader, ids: &[AccountId]) -> Result<Vec<Account>, LoadError> {
    let mut found = Vec::with_capacity(ids.len());
    for some in ids.chunks(IDS_MAX) {
        let some: Vec<i64> = some.iter().map(|id| id.0.cast_signed()).collect();
        let query = account::table
            .filter(account::id.eq_any(some))
            .select(AccountRow::columns());
        let rows: Vec<AccountRow> = on!(&mut *reader, connection => query.load(connection))?;
        for row in &rows {
            found.push(row.try_into()?);
        }
    }
    Ok(found)
}

/// All accounts of one organisation: its own, its vouchers', and the escrows of what it has leased. None: the platform's.
///
/// # Errors
/// The database does not answer.
pub fn accounts_of(reader: &mut Reader, org: Option<OrgId>) -> Result<Vec<Account>, LoadError> {
    let Some(org) = org else {
        let query = account::table
            .filter(account::kind.eq_any(PLATFORM.map(AccountKey::kind)))
            .filter(account::owner.is_null())
            .select(AccountRow::columns());
        let rows: Vec<AccountRow> = on!(reader, connection => query.load(connection))?;
        return rows.iter().map(|row| Ok(row.try_into()?)).collect();
    };
    let owner = org.0.cast_signed();
    let mut found = Vec::new();
    macro_rules! add {
        ($kinds:expr, $owners:expr) => {
            let query = account::table
                .filter(account::owner.eq_any($owners))
                // Not the bare kind: its index would be walked through everybody's accounts.
                .filter(account::kind.concat("").eq_any($kinds))
                .select(AccountRow::columns());
            let rows: Vec<AccountRow> = on!(&mut *reader, connection => query.load(connection))?;
            for row in &rows {
                found.push(row.try_into()?);
            }
        };
    }
    add!(org_kinds(), [Some(owner)]);
    let vouchers = voucher::table
        .filter(voucher::org.eq(owner))
        .select(voucher::id.nullable());
    add!(voucher_kinds(), vouchers);
    let leases = lease::table
        .filter(lease::tenant.eq(owner))
        .select(lease::id.nullable());
    add!([AccountKey::Escrow(LeaseId(0)).kind()], leases);
    Ok(found)
}

/// The accounts of many organisations that may hold something: their own, their vouchers', and the escrows of leases that are not
/// closed. With them the organisations.
///
/// # Errors
/// The database does not answer.
pub fn holding(reader: &mut Reader, orgs: &[OrgId]) -> Result<Vec<(OrgId, Account)>, LoadError> {
    let mut found = Vec::new();
    for some in orgs.chunks(IDS_MAX) {
        let some: Vec<i64> = some.iter().map(|id| id.0.cast_signed()).collect();
        let own = account::table
            .filter(account::owner.eq_any(some.iter().copied().map(Some).collect::<Vec<_>>()))
            .filter(account::kind.concat("").eq_any(org_kinds()))
            .select((AccountRow::columns(), account::owner.assume_not_null()));
        let own: Vec<(AccountRow, i64)> = on!(&mut *reader, connection => own.load(connection))?;
        let vouchers = account::table
            .inner_join(voucher::table.on(account::owner.eq(voucher::id.nullable())))
            .filter(voucher::org.eq_any(some.clone()))
            .filter(account::kind.concat("").eq_any(voucher_kinds()))
            .select((AccountRow::columns(), voucher::org));
        let vouchers: Vec<(AccountRow, i64)> = on!(&mut *reader, connection => vouchers.load(connection))?;
        let escrows = account::table
            .inner_join(lease::table.on(account::owner.eq(lease::id.nullable())))
            .filter(lease::tenant.eq_any(some.clone()))
            .filter(sql::<Bool>(LIVE))
            .filter(account::kind.concat("").eq(AccountKey::Escrow(LeaseId(0)).kind()))
            .select((AccountRow::columns(), lease::tenant));
        let escrows: Vec<(AccountRow, i64)> = on!(&mut *reader, connection => escrows.load(connection))?;
        for (row, org) in own.iter().chain(&vouchers).chain(&escrows) {
            found.push((OrgId(org.cast_unsigned()), row.try_into()?));
        }
    }
    Ok(found)
}

/// The platform's own accounts.
const PLATFORM: [AccountKey; 5] = [
    AccountKey::Bank,
    AccountKey::FeeRevenue,
    AccountKey::VatPayable,
    AccountKey::PayoutInFlight,
    AccountKey::Suspense,
];

fn org_kinds() -> [&'static str; 8] {
    use AccountKey as A;
    let org = OrgId(0);
    [
        A::Cash(org),
        A::Held(org),
        A::PendingCash(org),
        A::PendingProgramme(org),
        A::PayableCash(org),
        A::PayableProgramme(org),
        A::Collateral(org),
        A::Debt(org),
    ]
    .map(AccountKey::kind)
}

fn voucher_kinds() -> [&'static str; 3] {
    use AccountKey as A;
    let voucher = VoucherId(0);
    [
        A::VoucherAvailable(voucher),
        A::VoucherHeld(voucher),
        A::VoucherReserved(voucher),
    ]
    .map(AccountKey::kind)
}

/// These leases, in no order.
///
/// # Errors
/// The database does not answer.
pub fn leases(reader: &mut Reader, ids: &[LeaseId]) -> Result<Vec<PaperLease>, LoadError> {
    let mut found = Vec::with_capacity(ids.len());
    for some in ids.chunks(IDS_MAX) {
        let some: Vec<i64> = some.iter().map(|id| id.0.cast_signed()).collect();
        let query = lease::table
            .inner_join(fill::table)
            .filter(lease::id.eq_any(some))
            .select((LeaseRow::columns(), FillRow::columns()));
        let rows: Vec<(LeaseRow, FillRow)> = on!(&mut *reader, connection => query.load(connection))?;
        for (lease, fill) in &rows {
            found.push(PaperLease {
                fill: fill.fill(Vec::new(), Vec::new())?,
                ends: hour("lease.until_hour", lease.until_hour)?,
            });
        }
    }
    Ok(found)
}

/// Who took these leases.
///
/// # Errors
/// The database does not answer.
pub fn tenants(reader: &mut Reader, ids: &[LeaseId]) -> Result<Vec<(LeaseId, OrgId)>, LoadError> {
    let mut found = Vec::with_capacity(ids.len());
    for some in ids.chunks(IDS_MAX) {
        let some: Vec<i64> = some.iter().map(|id| id.0.cast_signed()).collect();
        let query = lease::table
            .filter(lease::id.eq_any(some))
            .select((lease::id, lease::tenant));
        let rows: Vec<(i64, i64)> = on!(&mut *reader, connection => query.load(connection))?;
        found.extend(
            rows.into_iter()
                .map(|(id, org)| (LeaseId(id.cast_unsigned()), OrgId(org.cast_unsigned()))),
        );
    }
    Ok(found)
}

/// Whom these vouchers were granted to.
///
/// # Errors
/// The database does not answer.
pub fn holders(reader: &mut Reader, ids: &[VoucherId]) -> Result<Vec<(VoucherId, OrgId)>, LoadError> {
    let mut found = Vec::with_capacity(ids.len());
    for some in ids.chunks(IDS_MAX) {
        let some: Vec<i64> = some.iter().map(|id| id.0.cast_signed()).collect();
        let query = voucher::table
            .filter(voucher::id.eq_any(some))
            .select((voucher::id, voucher::org));
        let rows: Vec<(i64, i64)> = on!(&mut *reader, connection => query.load(connection))?;
        found.extend(
            rows.into_iter()
                .map(|(id, org)| (VoucherId(id.cast_unsigned()), OrgId(org.cast_unsigned()))),
        );
    }
    Ok(found)
}

/// Of which leases these recoveries and credits took something back.
///
/// # Errors
/// The database does not answer.
pub fn recovered(reader: &mut Reader, ids: &[RecoveryId]) -> Result<Vec<(RecoveryId, LeaseId)>, LoadError> {
    let mut found = Vec::new();
    for some in ids.chunks(IDS_MAX) {
        let some: Vec<i64> = some.iter().map(|id| id.0.cast_signed()).collect();
        let query = recovery::table
            .filter(recovery::id.eq_any(some))
            .select(RecoveryRow::columns());
        let rows: Vec<RecoveryRow> = on!(&mut *reader, connection => query.load(connection))?;
        for row in rows {
            let recovery = Recovery::try_from(row)?;
            if let Target::Lease(lease) = recovery.target {
                found.push((recovery.id, lease));
            }
        }
    }
    Ok(found)
}
