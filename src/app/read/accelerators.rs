//! Accelerators.

use crate::app::page::{Page, query};
use crate::app::readers::{PooledReader, ReadError};
use crate::domain::accelerator::Accelerator;
use crate::domain::code::Code;
use crate::store::read::catalogue;

query! {
    /// Which accelerators; in the order of their definition.
    pub struct AcceleratorQuery {}
}

/// The accelerator of this name.
///
/// # Errors
/// Those of the database.
pub fn find(pooled: &mut PooledReader, code: &Code) -> Result<Option<Accelerator>, ReadError> {
    Ok(catalogue::find_accelerator(&mut pooled.reader, code)?)
}

/// A page of accelerators.
///
/// # Errors
/// Those of the database.
pub fn page(pooled: &mut PooledReader, query: &AcceleratorQuery) -> Result<Page<Accelerator>, ReadError> {
    Page::of(
        catalogue::page_accelerators(&mut pooled.reader, query.page().oldest_first())?,
        Ok,
    )
}
