//! Accounts as the API shows them.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::account::{AccountKey, Side, Unit};
use crate::domain::id::{AccountId, OrgId};
use crate::domain::money::Money;
use crate::store::read::account::StoredAccount;

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AccountView {
    /// The account.
    pub id: AccountId,
    /// What it is for.
    pub kind: String,
    /// The organisation that it belongs to: the owner itself, the tenant of the lease, the holder of the voucher.
    pub org: Option<OrgId>,
    /// The organisation, lease, programme or voucher that it is kept for; null: the market itself.
    pub owner: Option<String>,
    /// What it counts.
    pub unit: Unit,
    /// The side on which it grows.
    pub normal: Side,
    /// What it holds on that side.
    pub balance: Money,
}

impl AccountView {
    /// An account that holds `balance`.
    pub fn of(stored: &StoredAccount, balance: Money) -> AccountView {
        let key = stored.account.key;
        AccountView {
            id: stored.account.id,
            kind: key.kind().to_owned(),
            org: stored.org,
            owner: owner(key),
            unit: key.unit(),
            normal: key.normal(),
            balance,
        }
    }
}

fn owner(key: AccountKey) -> Option<String> {
    match key {
        AccountKey::Bank
        | AccountKey::FeeRevenue
        | AccountKey::VatPayable
        | AccountKey::PayoutInFlight
        | AccountKey::Suspense => None,
        AccountKey::Cash(id)
        | AccountKey::Held(id)
        | AccountKey::PendingCash(id)
        | AccountKey::PendingProgramme(id)
        | AccountKey::PayableCash(id)
        | AccountKey::PayableProgramme(id)
        | AccountKey::Collateral(id)
        | AccountKey::Debt(id) => Some(id.to_string()),
        AccountKey::Escrow(id) => Some(id.to_string()),
        AccountKey::TreasuryReceivable(id, _)
        | AccountKey::TreasuryFine(id)
        | AccountKey::Reserve(id)
        | AccountKey::Appropriation(id)
        | AccountKey::Pot(id)
        | AccountKey::Redeemed(id)
        | AccountKey::Recovered(id)
        | AccountKey::Lapsed(id) => Some(id.to_string()),
        AccountKey::VoucherAvailable(id) | AccountKey::VoucherHeld(id) | AccountKey::VoucherReserved(id) => {
            Some(id.to_string())
        }
    }
}
