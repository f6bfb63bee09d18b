//! Approvals, as they are asked for.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::{Found, Slice};
use crate::domain::approval::ApprovalState;
use crate::domain::id::{ApprovalId, OrgId};
use crate::domain::user::Role;
use crate::on;
use crate::store::approval::{ApprovalRow, PENDING};
use crate::store::column::Named;
use crate::store::connection::Reader;
use crate::store::load::LoadError;
use crate::store::schema::approval;

/// Which approvals.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Those that stand there.
    pub state: Option<ApprovalState>,
    /// Those that one of these roles decides on, and of those about an authority's programme only this organisation's; none: all.
    pub deciders: Option<(Vec<Role>, OrgId)>,
}

/// One of them.
pub fn find(reader: &mut Reader, id: ApprovalId) -> Result<Option<ApprovalRow>, LoadError> {
    let query = approval::table
        .filter(approval::id.eq(id.0.cast_signed()))
        .select(ApprovalRow::columns());
    Ok(on!(reader, connection => query.first(connection).optional())?)
}

/// The newest first.
pub fn page(reader: &mut Reader, wanted: &Wanted, slice: Slice) -> Result<Found<ApprovalRow>, LoadError> {
    Ok(newest!(
        reader, slice, approval by id as ApprovalRow,
        indexed query => match wanted.state {
            Some(ApprovalState::Pending) => query.filter(sql::<Bool>(PENDING)),
            Some(ApprovalState::Approved | ApprovalState::Rejected) | None => query,
        },
        narrowed wanted.state.is_some() || wanted.deciders.is_some() => {
            let mut query = query;
            if let Some(state) = wanted.state {
                query = query.filter(approval::state.eq(Named(state).word()));
            }
            if let Some((deciders, org)) = &wanted.deciders {
                let words: Vec<&str> = deciders.iter().map(|role| Named(*role).word()).collect();
                let own = approval::issuer.is_null().or(approval::issuer.eq(org.0.cast_signed()));
                query = query.filter(approval::role.eq_any(words)).filter(own);
            }
            query
        }
    ))
}
