//! deposit: bank → org.cash

use crate::domain::account::AccountKey;
use crate::domain::id::OrgId;
use crate::domain::money::Money;
use crate::engine::ledger::Leg;

/// The legs.
pub fn legs(org: OrgId, amount: Money) -> [Leg; 1] {
    [super::leg(AccountKey::Bank, AccountKey::Cash(org), amount)]
}
