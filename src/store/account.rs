//! Accounts and their balances.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::column::{Named, row};
use super::connection::Reader;
use super::load::{Corrupt, LoadError, PAGE, narrow};
use super::schema::account;
use crate::domain::account::{AccountKey, Owner, Side, Unit};
use crate::domain::id::{AccountId, LeaseId, OrgId, ProgrammeId, VoucherId};
use crate::domain::money::Money;
use crate::engine::ledger::Account;
use crate::on;

row! {
    /// An account and its balance.
    pub struct AccountRow in account by (id) changing (balance) {
        /// Its identifier.
        pub id: i64,
        /// What it is for.
        pub kind: String,
        /// The organisation, lease, programme or voucher that it belongs to.
        pub owner: Option<i64>,
        /// Which one of several that the owner has of this kind.
        pub sub: Option<i64>,
        /// What it counts.
        pub unit: Named<Unit>,
        /// The side on which it grows.
        pub normal: Named<Side>,
        /// What it holds on that side, in fen.
        pub balance: i64,
    }
}

impl From<&Account> for AccountRow {
    fn from(account: &Account) -> AccountRow {
        let (kind, owner, sub) = key_columns(account.key);
        AccountRow {
            id: account.id.0.cast_signed(),
            kind: kind.to_owned(),
            owner: owner.map(u64::cast_signed),
            sub: sub.map(i64::from),
            unit: Named(account.key.unit()),
            normal: Named(account.key.normal()),
            balance: account.balance.fen(),
        }
    }
}

impl TryFrom<&AccountRow> for Account {
    type Error = Corrupt;

    fn try_from(row: &AccountRow) -> Result<Account, Corrupt> {
        let sub = row.sub.map(|sub| narrow("account.sub", sub)).transpose()?;
        let key = key_of(&row.kind, row.owner.map(i64::cast_unsigned), sub);
        let key = key.ok_or_else(|| Corrupt::new("account.kind", &row.kind))?;
        let (id, balance) = (AccountId(row.id.cast_unsigned()), Money::from_fen(row.balance));
        Ok(Account { id, key, balance })
    }
}

/// Hands every account to `take`, in the order of their identifiers.
pub fn load_all(reader: &mut Reader, take: impl FnMut(Account)) -> Result<(), LoadError> {
    load_pages(reader, "TRUE", take)
}

/// Hands every account that may still be used to `take`: all but the escrows of closed leases.
pub fn load_live(reader: &mut Reader, take: impl FnMut(Account)) -> Result<(), LoadError> {
    let live = "account.kind <> 'escrow' OR account.owner IN (SELECT id FROM lease WHERE lease.state <> 'closed')";
    load_pages(reader, live, take)
}

fn load_pages(reader: &mut Reader, filter: &str, mut take: impl FnMut(Account)) -> Result<(), LoadError> {
    let mut after = -1;
    loop {
        let query = account::table
            .filter(sql::<Bool>(&format!("({filter})")))
            .filter(account::id.gt(after))
            .order(account::id)
            .limit(PAGE)
            .select(AccountRow::columns());
        let page: Vec<AccountRow> = on!(reader, connection => query.load(connection))?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = last.id;
        for row in &page {
            take(row.try_into()?);
        }
    }
}

/// The three columns that hold `key`.
pub fn key_columns(key: AccountKey) -> (&'static str, Option<u64>, Option<u8>) {
    let owner = match key.owner() {
        Owner::Platform => None,
        Owner::Org(OrgId(id))
        | Owner::Lease(LeaseId(id))
        | Owner::Programme(ProgrammeId(id))
        | Owner::Voucher(VoucherId(id)) => Some(id),
    };
    let sub = match key {
        AccountKey::TreasuryReceivable(_, payer) => Some(payer),
        _ => None,
    };
    (key.kind(), owner, sub)
}

fn key_of(kind: &str, owner: Option<u64>, sub: Option<u8>) -> Option<AccountKey> {
    Some(match (kind, owner, sub) {
        ("bank", None, None) => AccountKey::Bank,
        ("fee_revenue", None, None) => AccountKey::FeeRevenue,
        ("vat_payable", None, None) => AccountKey::VatPayable,
        ("payout_in_flight", None, None) => AccountKey::PayoutInFlight,
        ("suspense", None, None) => AccountKey::Suspense,
        ("cash", Some(id), None) => AccountKey::Cash(OrgId(id)),
        ("held", Some(id), None) => AccountKey::Held(OrgId(id)),
        ("pending_cash", Some(id), None) => AccountKey::PendingCash(OrgId(id)),
        ("pending_programme", Some(id), None) => AccountKey::PendingProgramme(OrgId(id)),
        ("payable_cash", Some(id), None) => AccountKey::PayableCash(OrgId(id)),
        ("payable_programme", Some(id), None) => AccountKey::PayableProgramme(OrgId(id)),
        ("collateral", Some(id), None) => AccountKey::Collateral(OrgId(id)),
        ("debt", Some(id), None) => AccountKey::Debt(OrgId(id)),
        ("escrow", Some(id), None) => AccountKey::Escrow(LeaseId(id)),
        ("treasury_fine", Some(id), None) => AccountKey::TreasuryFine(ProgrammeId(id)),
        ("reserve", Some(id), None) => AccountKey::Reserve(ProgrammeId(id)),
        ("appropriation", Some(id), None) => AccountKey::Appropriation(ProgrammeId(id)),
        ("pot", Some(id), None) => AccountKey::Pot(ProgrammeId(id)),
        ("redeemed", Some(id), None) => AccountKey::Redeemed(ProgrammeId(id)),
        ("recovered", Some(id), None) => AccountKey::Recovered(ProgrammeId(id)),
        ("lapsed", Some(id), None) => AccountKey::Lapsed(ProgrammeId(id)),
        ("voucher_available", Some(id), None) => AccountKey::VoucherAvailable(VoucherId(id)),
        ("voucher_held", Some(id), None) => AccountKey::VoucherHeld(VoucherId(id)),
        ("voucher_reserved", Some(id), None) => AccountKey::VoucherReserved(VoucherId(id)),
        ("treasury_receivable", Some(id), Some(payer)) => AccountKey::TreasuryReceivable(ProgrammeId(id), payer),
        _ => return None,
    })
}
