//! Whether the database answers, and whose it is to write to.

use crate::app::readers::{PooledReader, ReadError};
use crate::store::read::writer_lease;

/// Whether the writer is still who called itself `holder` when it became that.
///
/// # Errors
/// Those of the database.
pub fn is_writer(pooled: &mut PooledReader, holder: &str) -> Result<bool, ReadError> {
    Ok(writer_lease::holder(&mut pooled.reader)? == holder)
}
