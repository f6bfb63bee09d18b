//! Programmes: everybody may read their rules.

use crate::app::page::{Page, query};
use crate::app::readers::{PooledReader, ReadError};
use crate::app::view::programme::ProgrammeView;
use crate::domain::code::Code;
use crate::domain::id::ProgrammeId;
use crate::store::read::programme;

query! {
    /// Which programmes; the newest first.
    pub struct ProgrammeQuery {
        /// All versions of this one.
        pub code: Option<Code>,
    }
}

/// One programme.
///
/// # Errors
/// Those of the database.
pub fn find(pooled: &mut PooledReader, id: ProgrammeId) -> Result<Option<ProgrammeView>, ReadError> {
    Ok(programme::find(&mut pooled.reader, id)?.map(ProgrammeView::from))
}

/// A page of programmes.
///
/// # Errors
/// Those of the database.
pub fn page(pooled: &mut PooledReader, query: &ProgrammeQuery) -> Result<Page<ProgrammeView>, ReadError> {
    let code = query.code.as_ref().map(Code::to_string);
    let found = programme::page(&mut pooled.reader, code.as_deref(), query.page().newest_first())?;
    Page::of(found, |stored| Ok(ProgrammeView::from(stored)))
}
