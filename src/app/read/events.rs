//! Events of the journal.

use crate::app::page::{Page, query};
use crate::app::readers::{PooledReader, ReadError};
use crate::app::view::event::EventView;
use crate::store::read::journal;

query! {
    /// Which events; the oldest first.
    pub struct EventQuery {
        /// Those of this kind.
        pub kind: Option<String>,
    }
}

/// A page of the journal.
///
/// # Errors
/// Those of the database.
pub fn page(pooled: &mut PooledReader, query: &EventQuery) -> Result<Page<EventView>, ReadError> {
    let found = journal::page(&mut pooled.reader, query.kind.as_deref(), query.page().oldest_first())?;
    Page::of(found, |row| Ok(EventView::of(row)?))
}
