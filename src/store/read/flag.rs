//! Flags, as they are asked for.

use diesel::prelude::*;

use super::{Found, Slice};
use crate::domain::flag::{Flag, FlagRule, FlagState};
use crate::domain::id::{FlagId, OrgId, ProgrammeId};
use crate::on;
use crate::store::column::Named;
use crate::store::connection::Reader;
use crate::store::load::LoadError;
use crate::store::office::FlagRow;
use crate::store::schema::{flag, programme};

/// Which flags.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// By this rule.
    pub rule: Option<FlagRule>,
    /// Those that stand there.
    pub state: Option<FlagState>,
    /// Under this programme.
    pub programme: Option<ProgrammeId>,
    /// On what this organisation gets.
    pub org: Option<OrgId>,
    /// Under programmes of this authority, or of none in particular.
    pub issuer: Option<OrgId>,
}

/// One of them.
pub fn find(reader: &mut Reader, id: FlagId) -> Result<Option<Flag>, LoadError> {
    let query = flag::table
        .filter(flag::id.eq(id.0.cast_signed()))
        .select(FlagRow::columns());
    let row: Option<FlagRow> = on!(reader, connection => query.first(connection).optional())?;
    row.map(|row| Ok(row.try_into()?)).transpose()
}

/// The programmes of an authority, and those of none in particular.
pub fn programmes_of(reader: &mut Reader, issuer: OrgId) -> Result<Vec<i64>, LoadError> {
    let own = programme::issuer
        .is_null()
        .or(programme::issuer.eq(issuer.0.cast_signed()));
    let query = programme::table.filter(own).select(programme::id);
    Ok(on!(reader, connection => query.load(connection))?)
}

/// The newest first.
pub fn page(reader: &mut Reader, wanted: &Wanted, slice: Slice) -> Result<Found<Flag>, LoadError> {
    let within = wanted.issuer.map(|issuer| programmes_of(reader, issuer)).transpose()?;
    let found: Found<FlagRow> = newest!(
        reader, slice, flag by id as FlagRow,
        indexed query => {
            let mut query = query;
            if let Some(org) = wanted.org {
                query = query.filter(flag::org.eq(org.0.cast_signed()));
            }
            if let Some(programme) = wanted.programme {
                query = query.filter(flag::programme.eq(programme.0.cast_signed()));
            }
            query
        },
        narrowed wanted.state.is_some() || wanted.rule.is_some() || within.is_some() => {
            let mut query = query;
            if let Some(state) = wanted.state {
                query = query.filter(flag::state.eq(Named(state).word()));
            }
            if let Some(rule) = wanted.rule {
                // Quotation marks in texts are escaped, so that only the field itself reads like this.
                query = query.filter(flag::body.like(format!("%\"rule\":\"{}\"%", Named(rule).word())));
            }
            if let Some(within) = &within {
                query = query.filter(flag::programme.eq_any(within.clone()));
            }
            query
        }
    );
    found.try_map(|row| Ok(row.try_into()?))
}
