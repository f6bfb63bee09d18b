//! Terms of the market.

use crate::app::page::{Limit, Page, PageRequest, query};
use crate::app::readers::{PooledReader, ReadError};
use crate::app::view::catalogue::TermsView;
use crate::store::read::catalogue;

query! {
    /// Which terms; the newest first.
    pub struct TermsQuery {}
}

/// The terms in force; none before the first were set.
///
/// # Errors
/// Those of the database.
pub fn in_force(pooled: &mut PooledReader) -> Result<Option<TermsView>, ReadError> {
    let newest = PageRequest {
        limit: Limit::ONE,
        after: None,
    };
    let found = catalogue::page_terms(&mut pooled.reader, newest.newest_first())?;
    let row = found.rows.into_iter().next();
    row.map(|row| Ok(TermsView::of(row)?)).transpose()
}

/// A page of all terms that there were.
///
/// # Errors
/// Those of the database.
pub fn page(pooled: &mut PooledReader, query: &TermsQuery) -> Result<Page<TermsView>, ReadError> {
    let found = catalogue::page_terms(&mut pooled.reader, query.page().newest_first())?;
    Page::of(found, |row| Ok(TermsView::of(row)?))
}
