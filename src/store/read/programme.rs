//! Programmes and what their accounts hold.

use diesel::prelude::*;

use super::{Found, Slice};
use crate::domain::account::AccountKey;
use crate::domain::id::ProgrammeId;
use crate::domain::money::Money;
use crate::domain::programme::Programme;
use crate::domain::time::Timestamp;
use crate::engine::ledger::Account;
use crate::on;
use crate::store::account::AccountRow;
use crate::store::connection::Reader;
use crate::store::load::LoadError;
use crate::store::programme::ProgrammeRow;
use crate::store::schema::{account, programme};

/// Kinds of accounts that a programme has in CNYV.
const KINDS: [&str; 5] = ["appropriation", "pot", "redeemed", "recovered", "lapsed"];

/// What a programme's accounts hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    /// Appropriated.
    pub appropriation: Money,
    /// Left to be granted.
    pub pot: Money,
    /// Paid settled charges.
    pub redeemed: Money,
    /// Redeemed and taken back.
    pub recovered: Money,
    /// Expired for good.
    pub lapsed: Money,
}

/// A programme and its figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredProgramme {
    /// The programme.
    pub programme: Programme,
    /// When it was opened.
    pub created_at: Timestamp,
    /// What its accounts hold.
    pub figures: Figures,
}

/// One of them.
pub fn find(reader: &mut Reader, id: ProgrammeId) -> Result<Option<StoredProgramme>, LoadError> {
    let query = programme::table
        .filter(programme::id.eq(id.0.cast_signed()))
        .select(ProgrammeRow::columns());
    let row: Option<ProgrammeRow> = on!(&mut *reader, connection => query.first(connection).optional())?;
    Ok(complete(reader, row.into_iter().collect())?.pop())
}

/// The newest first; `code`: all versions of one.
pub fn page(reader: &mut Reader, code: Option<&str>, slice: Slice) -> Result<Found<StoredProgramme>, LoadError> {
    let found: Found<ProgrammeRow> = newest!(
        reader, slice, programme by id as ProgrammeRow,
        indexed query => match code {
            None => query,
            Some(code) => query.filter(programme::code.eq(code)),
        },
        narrowed false => query
    );
    Ok(Found {
        rows: complete(reader, found.rows)?,
        next: found.next,
    })
}

fn complete(reader: &mut Reader, rows: Vec<ProgrammeRow>) -> Result<Vec<StoredProgramme>, LoadError> {
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let query = account::table
        .filter(account::owner.eq_any(ids))
        .filter(account::kind.eq_any(KINDS))
        .select(AccountRow::columns());
    let accounts: Vec<AccountRow> = on!(reader, connection => query.load(connection))?;
    let accounts: Vec<Account> = accounts.iter().map(Account::try_from).collect::<Result<_, _>>()?;
    let balance = |key: AccountKey| {
        let found = accounts.iter().find(|account| account.key == key);
        found.map_or(Money::ZERO, |account| account.balance)
    };
    let stored = |row: ProgrammeRow| {
        let created_at = Timestamp::from_micros(row.created_at);
        let programme = Programme::try_from(row)?;
        let id = programme.id;
        Ok(StoredProgramme {
            created_at,
            figures: Figures {
                appropriation: balance(AccountKey::Appropriation(id)),
                pot: balance(AccountKey::Pot(id)),
                redeemed: balance(AccountKey::Redeemed(id)),
                recovered: balance(AccountKey::Recovered(id)),
                lapsed: balance(AccountKey::Lapsed(id)),
            },
            programme,
        })
    };
    rows.into_iter().map(stored).collect()
}
