//! Vouchers and what became of them.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use rustc_hash::FxHashMap;

use super::account::{OF_VOUCHERS, beyond};
use super::{Found, Slice, Within};
use crate::domain::account::AccountKey;
use crate::domain::id::{AccountId, OrgId, ProgrammeId, VoucherId};
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::domain::voucher::Voucher;
use crate::engine::ledger::Account;
use crate::on;
use crate::store::account::AccountRow;
use crate::store::connection::Reader;
use crate::store::history;
use crate::store::load::LoadError;
use crate::store::schema::{account, entry, transfer, voucher};
use crate::store::voucher::VoucherRow;

/// What became of a voucher. Its amount is the sum of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Uses {
    /// Can still pay.
    pub available: Money,
    /// Bound by open bids.
    pub held: Money,
    /// Bound by leases.
    pub reserved: Money,
    /// Paid settled charges, net of what was given back.
    pub redeemed: Money,
    /// Taken back.
    pub recovered: Money,
    /// Ran out of time, whether back in the pot or lapsed.
    pub expired: Money,
}

/// A voucher and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredVoucher {
    /// The voucher.
    pub voucher: Voucher,
    /// What became of it.
    pub uses: Uses,
}

/// Which vouchers.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Those granted to this organisation.
    pub org: Option<OrgId>,
    /// Those granted under this programme.
    pub programme: Option<ProgrammeId>,
    /// Those that can pay at the first instant and expire before the second.
    pub expires: Option<(Timestamp, Timestamp)>,
    /// Those that the asker may see; none: all.
    pub within: Option<Within>,
}

/// One of them.
pub fn find(reader: &mut Reader, id: VoucherId) -> Result<Option<StoredVoucher>, LoadError> {
    let query = voucher::table
        .filter(voucher::id.eq(id.0.cast_signed()))
        .select(VoucherRow::columns());
    let row: Option<VoucherRow> = on!(&mut *reader, connection => query.first(connection).optional())?;
    Ok(complete(reader, row.as_slice())?.pop())
}

/// The newest first.
pub fn page(reader: &mut Reader, wanted: &Wanted, slice: Slice) -> Result<Found<StoredVoucher>, LoadError> {
    let found: Found<VoucherRow> = newest!(
        reader, slice, voucher by id as VoucherRow,
        indexed query => match wanted.org {
            None => query,
            Some(org) => query.filter(voucher::org.eq(org.0.cast_signed())),
        },
        narrowed wanted.programme.is_some() || wanted.expires.is_some() || wanted.within.is_some() => {
            let mut query = query;
            if let Some(within) = &wanted.within {
                let issued = voucher::programme.eq_any(within.programmes.clone());
                query = query.filter(voucher::org.eq_any(within.own()).or(issued));
            }
            if let Some(programme) = wanted.programme {
                query = query.filter(voucher::programme.eq(programme.0.cast_signed()));
            }
            if let Some((now, before)) = wanted.expires {
                query = query
                    .filter(voucher::valid_until.gt(now.micros()))
                    .filter(voucher::valid_until.lt(before.micros()))
                    .filter(voucher::ended.is_null());
            }
            query
        }
    );
    Ok(Found {
        rows: complete(reader, &found.rows)?,
        next: found.next,
    })
}

/// What is left stands in the accounts of the vouchers; what has gone is read from their transfers, only where some has.
fn complete(reader: &mut Reader, rows: &[VoucherRow]) -> Result<Vec<StoredVoucher>, LoadError> {
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let query = account::table
        .filter(account::owner.eq_any(ids))
        .filter(account::kind.eq_any(OF_VOUCHERS))
        .select(AccountRow::columns());
    let accounts: Vec<AccountRow> = on!(&mut *reader, connection => query.load(connection))?;
    let mut all: FxHashMap<VoucherId, StoredVoucher> = FxHashMap::default();
    for row in rows {
        let (voucher, uses) = (Voucher::from(row), Uses::default());
        all.insert(voucher.id, StoredVoucher { voucher, uses });
    }
    let mut owners: FxHashMap<AccountId, VoucherId> = FxHashMap::default();
    for row in &accounts {
        let Account { id, key, balance } = row.try_into()?;
        let Some(voucher) = voucher_of(key) else { continue };
        owners.insert(id, voucher);
        if let Some(stored) = all.get_mut(&voucher) {
            match key {
                AccountKey::VoucherAvailable(_) => stored.uses.available = balance,
                AccountKey::VoucherHeld(_) => stored.uses.held = balance,
                _ => stored.uses.reserved = balance,
            }
        }
    }
    let mut partly_gone: Vec<i64> = Vec::new();
    for (account, voucher) in &owners {
        if all.get(voucher).is_some_and(|stored| !is_whole(stored)) {
            partly_gone.push(account.0.cast_signed());
        }
    }
    if !partly_gone.is_empty() {
        add_gone(reader, &mut all, (&owners, partly_gone))?;
    }
    let in_order = rows
        .iter()
        .filter_map(|row| all.remove(&VoucherId(row.id.cast_unsigned())));
    Ok(in_order.collect())
}

fn is_whole(stored: &StoredVoucher) -> bool {
    let Uses {
        available,
        held,
        reserved,
        ..
    } = stored.uses;
    Money::sum([available, held, reserved]).is_ok_and(|left| left == stored.voucher.amount)
}

/// What went where: an account of a voucher, the account at the other end, and the net amount that left.
fn add_gone(
    reader: &mut Reader,
    all: &mut FxHashMap<VoucherId, StoredVoucher>,
    (owners, accounts): (&FxHashMap<AccountId, VoucherId>, Vec<i64>),
) -> Result<(), LoadError> {
    let moves = reader.at_one_instant(|reader| moves(reader, &accounts))?;
    let id = |id: i64| AccountId(id.cast_unsigned());
    let mut gone: Vec<(VoucherId, i64, Money)> = Vec::new();
    for (debit, credit, amount) in moves {
        let amount = Money::from_fen(amount);
        match (owners.get(&id(debit)), owners.get(&id(credit))) {
            (Some(voucher), None) => gone.push((*voucher, credit, amount)),
            (None, Some(voucher)) => gone.push((*voucher, debit, Money::ZERO.minus(amount).map_err(beyond)?)),
            (Some(_), Some(_)) | (None, None) => {}
        }
    }
    let others: Vec<i64> = gone.iter().map(|one| one.1).collect();
    let query = account::table
        .filter(account::id.eq_any(others))
        .select((account::id, account::kind));
    let kinds: Vec<(i64, String)> = on!(reader, connection => query.load(connection))?;
    let kinds: FxHashMap<i64, String> = kinds.into_iter().collect();
    for (voucher, other, amount) in gone {
        let (Some(stored), Some(kind)) = (all.get_mut(&voucher), kinds.get(&other)) else {
            continue;
        };
        let part = match kind.as_str() {
            "redeemed" => &mut stored.uses.redeemed,
            "recovered" => &mut stored.uses.recovered,
            // What comes from the pot is the grant itself.
            "pot" if amount < Money::ZERO => continue,
            "pot" | "lapsed" => &mut stored.uses.expired,
            _ => continue,
        };
        *part = part.plus(amount).map_err(beyond)?;
    }
    Ok(())
}

/// The sums that were moved from one account to another, for all transfers that touch `accounts`.
fn moves(reader: &mut Reader, accounts: &[i64]) -> Result<Vec<(i64, i64, i64)>, LoadError> {
    let through = history::through(reader)?;
    // A transfer between two accounts of vouchers has two entries, and counts for neither.
    let filled = transfer::table
        .inner_join(entry::table.on(entry::transfer.eq(transfer::seq)))
        .filter(entry::account.eq_any(accounts.to_vec()))
        .filter(entry::transfer.le(through))
        .group_by((transfer::debit, transfer::credit))
        .select((
            transfer::debit,
            transfer::credit,
            sql::<BigInt>("CAST(SUM(transfer.amount) AS BIGINT)"),
        ));
    let tail = transfer::table
        .filter(transfer::seq.gt(through))
        .filter(
            transfer::debit
                .eq_any(accounts.to_vec())
                .or(transfer::credit.eq_any(accounts.to_vec())),
        )
        .group_by((transfer::debit, transfer::credit))
        .select((
            transfer::debit,
            transfer::credit,
            sql::<BigInt>("CAST(SUM(transfer.amount) AS BIGINT)"),
        ));
    let mut moves: Vec<(i64, i64, i64)> = on!(&mut *reader, connection => filled.load(connection))?;
    let tail: Vec<(i64, i64, i64)> = on!(&mut *reader, connection => tail.load(connection))?;
    moves.extend(tail);
    Ok(moves)
}

fn voucher_of(key: AccountKey) -> Option<VoucherId> {
    if let AccountKey::VoucherAvailable(id) | AccountKey::VoucherHeld(id) | AccountKey::VoucherReserved(id) = key {
        Some(id)
    } else {
        None
    }
}
