//! Reference prices.

use crate::app::page::{Page, query};
use crate::app::readers::{PooledReader, ReadError};
use crate::app::view::catalogue::ReferencePriceView;
use crate::domain::code::Code;
use crate::domain::id::AcceleratorId;
use crate::store::Reader;
use crate::store::load::LoadError;
use crate::store::read::catalogue::{self, Codes};
use crate::store::reference::ReferencePriceRow;

query! {
    /// Which reference prices of an accelerator; the newest first.
    pub struct PriceQuery {}
}

/// The reference prices in force, in the order of accelerators.
///
/// # Errors
/// Those of the database.
pub fn in_force(pooled: &mut PooledReader) -> Result<Vec<ReferencePriceView>, ReadError> {
    let PooledReader { reader, codes } = pooled;
    let rows = catalogue::reference_prices(reader)?;
    know(codes, reader, &rows)?;
    rows.iter().map(|row| Ok(ReferencePriceView::of(row, codes)?)).collect()
}

/// A page of all reference prices that an accelerator has had; none where there is no such accelerator.
///
/// # Errors
/// Those of the database.
pub fn page(
    pooled: &mut PooledReader,
    accelerator: &Code,
    query: &PriceQuery,
) -> Result<Option<Page<ReferencePriceView>>, ReadError> {
    let PooledReader { reader, codes } = pooled;
    let Some(accelerator) = codes.accelerator_named(reader, accelerator)? else {
        return Ok(None);
    };
    let found = catalogue::page_reference_prices(reader, accelerator, query.page().newest_first())?;
    Page::of(found, |row| Ok(ReferencePriceView::of(&row, codes)?)).map(Some)
}

fn know(codes: &mut Codes, reader: &mut Reader, rows: &[ReferencePriceRow]) -> Result<(), LoadError> {
    let ids = rows.iter().filter_map(|row| u16::try_from(row.accelerator).ok());
    codes.know(reader, ids.map(AcceleratorId), [])
}
