//! Transfers.

use super::accounts::covers;
use crate::app::page::{Page, query};
use crate::app::permission::Reach;
use crate::app::readers::{PooledReader, ReadError};
use crate::app::view::transfer::TransferView;
use crate::domain::id::{AccountId, TransferId};
use crate::store::read::{account, transfer};

query! {
    /// Which transfers; the newest first. Own: those that touch accounts kept for the organisation itself; what only touches
    /// escrows or vouchers stands in the history of these accounts.
    pub struct TransferQuery {}
}

/// One transfer; own: where either account belongs to the organisation.
///
/// # Errors
/// Those of the database.
pub fn find(pooled: &mut PooledReader, reach: Reach, id: TransferId) -> Result<Option<TransferView>, ReadError> {
    let Some(row) = transfer::find(&mut pooled.reader, id)? else {
        return Ok(None);
    };
    let view = TransferView::of(&row)?;
    if reach.limit().is_some() {
        let ends: [AccountId; 2] = [view.debit, view.credit];
        let accounts = account::load(&mut pooled.reader, &ends)?;
        if !accounts.iter().any(|stored| covers(reach, stored)) {
            return Ok(None);
        }
    }
    Ok(Some(view))
}

/// A page of transfers.
///
/// # Errors
/// Those of the database.
pub fn page(pooled: &mut PooledReader, reach: Reach, query: &TransferQuery) -> Result<Page<TransferView>, ReadError> {
    let slice = query.page().newest_first();
    let reader = &mut pooled.reader;
    let found = match reach.limit() {
        None => transfer::page(reader, slice)?,
        Some(org) => {
            let accounts = account::directly_of(reader, org)?;
            transfer::page_of(reader, &accounts, slice)?
        }
    };
    Page::of(found, |row| Ok(TransferView::of(&row)?))
}
