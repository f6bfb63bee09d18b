//! Approvals: to be seen by those whose role decides on them, and by auditors.

use crate::app::answer::approval::ApprovalView;
use crate::app::page::{Page, query};
use crate::app::readers::{PooledReader, ReadError};
use crate::domain::approval::ApprovalState;
use crate::domain::id::ApprovalId;
use crate::domain::user::Role;
use crate::store::read::approval::{self, Wanted};

query! {
    /// Which approvals; the newest first.
    pub struct ApprovalQuery {
        /// Those that stand there.
        pub state: Option<ApprovalState>,
    }
}

/// One approval, for somebody with these roles.
///
/// # Errors
/// Those of the database.
pub fn find(pooled: &mut PooledReader, roles: &[Role], id: ApprovalId) -> Result<Option<ApprovalView>, ReadError> {
    let found = approval::find(&mut pooled.reader, id)?;
    let seen = found.filter(|row| deciders(roles).is_none_or(|deciders| deciders.contains(&row.role.0)));
    seen.map(|row| Ok(ApprovalView::try_from(row)?)).transpose()
}

/// A page of approvals, for somebody with these roles.
///
/// # Errors
/// Those of the database.
pub fn page(pooled: &mut PooledReader, roles: &[Role], query: &ApprovalQuery) -> Result<Page<ApprovalView>, ReadError> {
    let wanted = Wanted {
        state: query.state,
        deciders: deciders(roles),
    };
    let found = approval::page(&mut pooled.reader, &wanted, query.page().newest_first())?;
    Page::of(found, |row| Ok(ApprovalView::try_from(row)?))
}

/// The roles whose decisions are seen; none: everybody's.
fn deciders(roles: &[Role]) -> Option<Vec<Role>> {
    (!roles.contains(&Role::Auditor)).then(|| roles.to_vec())
}
