//! What an owner group spends on computing in a calendar year, with or without vouchers.

use serde::{Deserialize, Serialize};

use super::money::{Money, Overflow};

/// Sums of a year, with VAT.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Spending {
    /// Charges that were settled: what minimum spends ask for.
    pub spent: Money,
    /// The same with what is agreed and may still be delivered: what is held against declared totals, so that many small
    /// contracts at once are not each the first one.
    pub declared: Money,
}

impl Spending {
    /// The sum of both.
    ///
    /// # Errors
    /// Only where amounts are beyond what the exchange can count.
    pub fn plus(self, other: Spending) -> Result<Spending, Overflow> {
        Ok(Spending {
            spent: self.spent.plus(other.spent)?,
            declared: self.declared.plus(other.declared)?,
        })
    }
}
