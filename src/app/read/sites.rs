//! Sites.

use crate::app::page::{Page, query};
use crate::app::readers::{PooledReader, ReadError};
use crate::domain::code::Code;
use crate::domain::site::Site;
use crate::store::read::catalogue;

query! {
    /// Which sites; in the order of their definition.
    pub struct SiteQuery {}
}

/// The site of this name.
///
/// # Errors
/// Those of the database.
pub fn find(pooled: &mut PooledReader, code: &Code) -> Result<Option<Site>, ReadError> {
    Ok(catalogue::find_site(&mut pooled.reader, code)?)
}

/// A page of sites.
///
/// # Errors
/// Those of the database.
pub fn page(pooled: &mut PooledReader, query: &SiteQuery) -> Result<Page<Site>, ReadError> {
    Page::of(
        catalogue::page_sites(&mut pooled.reader, query.page().oldest_first())?,
        Ok,
    )
}
