//! Terms and reference prices as the API shows them; accelerators and sites show themselves.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::code::Code;
use crate::domain::id::AcceleratorId;
use crate::domain::money::Price;
use crate::domain::terms::Terms;
use crate::domain::time::Timestamp;
use crate::store::load::{Corrupt, narrow};
use crate::store::read::catalogue::Codes;
use crate::store::reference::{ReferencePriceRow, TermsRow};

/// Terms of the market.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TermsView {
    /// The terms.
    #[serde(flatten)]
    pub terms: Terms,
    /// From when they were in force.
    pub since: Timestamp,
}

impl TermsView {
    /// What is shown of a row.
    ///
    /// # Errors
    /// The row holds something impossible.
    pub fn of(row: TermsRow) -> Result<TermsView, Corrupt> {
        let since = Timestamp::from_micros(row.since);
        let terms = row.try_into()?;
        Ok(TermsView { terms, since })
    }
}

/// A reference price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReferencePriceView {
    /// Of which model.
    pub accelerator: Code,
    /// Price of a card-hour.
    pub price: Price,
    /// From when it was in force.
    pub since: Timestamp,
}

impl ReferencePriceView {
    /// What is shown of a row.
    ///
    /// # Errors
    /// `codes` does not know its accelerator.
    pub fn of(row: &ReferencePriceRow, codes: &Codes) -> Result<ReferencePriceView, Corrupt> {
        let id = narrow("reference_price.accelerator", row.accelerator)?;
        Ok(ReferencePriceView {
            accelerator: codes.accelerator(AcceleratorId(id))?,
            price: Price::from_micros(row.price),
            since: Timestamp::from_micros(row.since),
        })
    }
}
