//! Approvals: to be seen by those whose role decides on them, an authority those about its own programmes and those of nobody's,
//! and by auditors.

use crate::app::answer::approval::ApprovalView;
use crate::app::page::{Page, query};
use crate::app::permission::Caller;
use crate::app::readers::{PooledReader, ReadError};
use crate::domain::approval::ApprovalState;
use crate::domain::id::{ApprovalId, OrgId};
use crate::domain::user::Role;
use crate::engine::Command;
use crate::store::approval::ApprovalRow;
use crate::store::read::approval::{self, Wanted};

query! {
    /// Which approvals; the newest first.
    pub struct ApprovalQuery {
        /// Those that stand there.
        pub state: Option<ApprovalState>,
    }
}

/// One approval.
///
/// # Errors
/// Those of the database.
pub fn find(pooled: &mut PooledReader, caller: &Caller, id: ApprovalId) -> Result<Option<ApprovalView>, ReadError> {
    let found = approval::find(&mut pooled.reader, id)?;
    let is_seen = |row: &ApprovalRow| {
        let own = caller.org.0.cast_signed();
        deciders(caller)
            .is_none_or(|(roles, _)| roles.contains(&row.role.0) && row.issuer.is_none_or(|issuer| issuer == own))
    };
    found
        .filter(is_seen)
        .map(|row| Ok(masked(caller, ApprovalView::try_from(row)?)))
        .transpose()
}

/// A page of approvals.
///
/// # Errors
/// Those of the database.
pub fn page(
    pooled: &mut PooledReader,
    caller: &Caller,
    query: &ApprovalQuery,
) -> Result<Page<ApprovalView>, ReadError> {
    let wanted = Wanted {
        state: query.state,
        deciders: deciders(caller),
    };
    let found = approval::page(&mut pooled.reader, &wanted, query.page().newest_first())?;
    Page::of(found, |row| Ok(masked(caller, ApprovalView::try_from(row)?)))
}

/// The roles whose decisions are seen, and the authority about whose programmes; none: all.
fn deciders(caller: &Caller) -> Option<(Vec<Role>, OrgId)> {
    (!caller.roles.contains(&Role::Auditor)).then(|| (caller.roles.clone(), caller.org))
}

/// Numbers of bank accounts are for operators to see; the hash is that of the command as it is.
fn masked(caller: &Caller, view: ApprovalView) -> ApprovalView {
    if caller.roles.contains(&Role::Operator) {
        return view;
    }
    let command = match view.command {
        Command::Banking(command) => Command::Banking(command.masked()),
        other => other,
    };
    ApprovalView { command, ..view }
}
