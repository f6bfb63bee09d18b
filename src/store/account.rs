//! Accounts and their balances.

use diesel::prelude::*;

use super::column::{Named, row};
use super::connection::Reader;
use super::load::{Corrupt, LoadError, PAGE, narrow};
use super::schema::account;
use crate::domain::account::{AccountKey, Side, Unit};
use crate::domain::id::{AccountId, LeaseId, OrgId, ProgrammeId, VoucherId};
use crate::domain::money::Money;
use crate::on;

row! {
    /// An account and its balance.
    pub struct AccountRow in account by (id) changing (debits, credits, last_transfer) {
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
        /// All debits, in fen.
        pub debits: i64,
        /// All credits, in fen.
        pub credits: i64,
        /// The last transfer that touched it; 0 if none has.
        pub last_transfer: i64,
    }
}

/// What has ever been booked on an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Balance {
    /// All debits.
    pub debits: Money,
    /// All credits.
    pub credits: Money,
    /// The last transfer that touched it; 0 if none has.
    pub last_transfer: i64,
}

impl AccountRow {
    /// The row of an account.
    pub fn new(id: AccountId, key: AccountKey, balance: Balance) -> AccountRow {
        let (kind, owner, sub) = key_columns(key);
        AccountRow {
            id: id.0.cast_signed(),
            kind: kind.to_owned(),
            owner: owner.map(u64::cast_signed),
            sub: sub.map(i64::from),
            unit: Named(key.unit()),
            normal: Named(key.normal()),
            debits: balance.debits.fen(),
            credits: balance.credits.fen(),
            last_transfer: balance.last_transfer,
        }
    }

    /// Its identifier.
    pub fn account(&self) -> AccountId {
        AccountId(self.id.cast_unsigned())
    }

    /// What it is for.
    pub fn account_key(&self) -> Result<AccountKey, Corrupt> {
        let sub = self.sub.map(|sub| narrow("account.sub", sub)).transpose()?;
        key_of(&self.kind, self.owner.map(i64::cast_unsigned), sub)
            .ok_or_else(|| Corrupt::new("account.kind", &self.kind))
    }

    /// Its balance.
    pub fn balance(&self) -> Balance {
        Balance {
            debits: Money::from_fen(self.debits),
            credits: Money::from_fen(self.credits),
            last_transfer: self.last_transfer,
        }
    }
}

/// Hands every account to `take`, in the order of their identifiers.
pub fn load_all(reader: &mut Reader, mut take: impl FnMut(AccountRow)) -> Result<(), LoadError> {
    let mut after = -1;
    loop {
        let query = account::table
            .filter(account::id.gt(after))
            .order(account::id)
            .limit(PAGE)
            .select(AccountRow::columns());
        let page: Vec<AccountRow> = on!(reader, connection => query.load(connection))?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = last.id;
        page.into_iter().for_each(&mut take);
    }
}

/// The three columns that hold `key`.
pub fn key_columns(key: AccountKey) -> (&'static str, Option<u64>, Option<u8>) {
    match key {
        AccountKey::Bank => ("bank", None, None),
        AccountKey::FeeRevenue => ("fee_revenue", None, None),
        AccountKey::VatPayable => ("vat_payable", None, None),
        AccountKey::PayoutInFlight => ("payout_in_flight", None, None),
        AccountKey::Suspense => ("suspense", None, None),
        AccountKey::Cash(id) => ("cash", Some(id.0), None),
        AccountKey::Held(id) => ("held", Some(id.0), None),
        AccountKey::PendingCash(id) => ("pending_cash", Some(id.0), None),
        AccountKey::PendingProgramme(id) => ("pending_programme", Some(id.0), None),
        AccountKey::PayableCash(id) => ("payable_cash", Some(id.0), None),
        AccountKey::PayableProgramme(id) => ("payable_programme", Some(id.0), None),
        AccountKey::Collateral(id) => ("collateral", Some(id.0), None),
        AccountKey::Debt(id) => ("debt", Some(id.0), None),
        AccountKey::Escrow(id) => ("escrow", Some(id.0), None),
        AccountKey::Reserve(id) => ("reserve", Some(id.0), None),
        AccountKey::Appropriation(id) => ("appropriation", Some(id.0), None),
        AccountKey::Pot(id) => ("pot", Some(id.0), None),
        AccountKey::Redeemed(id) => ("redeemed", Some(id.0), None),
        AccountKey::Recovered(id) => ("recovered", Some(id.0), None),
        AccountKey::Lapsed(id) => ("lapsed", Some(id.0), None),
        AccountKey::VoucherAvailable(id) => ("voucher_available", Some(id.0), None),
        AccountKey::VoucherHeld(id) => ("voucher_held", Some(id.0), None),
        AccountKey::VoucherReserved(id) => ("voucher_reserved", Some(id.0), None),
        AccountKey::TreasuryReceivable(id, payer) => ("treasury_receivable", Some(id.0), Some(payer)),
    }
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
