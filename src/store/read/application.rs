//! Applications.

use diesel::prelude::*;

use super::{Found, Slice};
use crate::domain::application::{Application, ApplicationStatus};
use crate::domain::id::{ApplicationId, OrgId, ProgrammeId};
use crate::on;
use crate::store::application::ApplicationRow;
use crate::store::connection::Reader;
use crate::store::load::LoadError;
use crate::store::schema::{application, programme};

/// Which applications.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Those of this organisation.
    pub org: Option<OrgId>,
    /// Those under this programme.
    pub programme: Option<ProgrammeId>,
    /// Those that stand at one of these points.
    pub states: Vec<ApplicationStatus>,
    /// Of these only what the organisation applied for itself, or what is under one of these programmes; none: all.
    pub seen_by: Option<(OrgId, Vec<ProgrammeId>)>,
}

/// One of them.
pub fn find(reader: &mut Reader, id: ApplicationId) -> Result<Option<Application>, LoadError> {
    let query = application::table
        .filter(application::id.eq(id.0.cast_signed()))
        .select(ApplicationRow::columns());
    let row: Option<ApplicationRow> = on!(reader, connection => query.first(connection).optional())?;
    Ok(row.map(Application::try_from).transpose()?)
}

/// The newest first.
pub fn page(reader: &mut Reader, wanted: &Wanted, slice: Slice) -> Result<Found<Application>, LoadError> {
    let found: Found<ApplicationRow> = newest!(
        reader, slice, application by id as ApplicationRow,
        indexed query => match (wanted.org, wanted.programme) {
            (Some(org), _) => query.filter(application::org.eq(org.0.cast_signed())),
            (None, Some(programme)) => query.filter(application::programme.eq(programme.0.cast_signed())),
            (None, None) => query,
        },
        narrowed true => {
            let mut query = query;
            if let Some(programme) = wanted.programme {
                query = query.filter(application::programme.eq(programme.0.cast_signed()));
            }
            if !wanted.states.is_empty() {
                let words: Vec<&str> = wanted.states.iter().map(|state| state.name()).collect();
                query = query.filter(application::state.eq_any(words));
            }
            if let Some((org, programmes)) = &wanted.seen_by {
                let programmes: Vec<i64> = programmes.iter().map(|id| id.0.cast_signed()).collect();
                query = query.filter(
                    application::org
                        .eq(org.0.cast_signed())
                        .or(application::programme.eq_any(programmes)),
                );
            }
            query
        }
    );
    let rows: Result<Vec<Application>, _> = found.rows.into_iter().map(Application::try_from).collect();
    Ok(Found {
        rows: rows?,
        next: found.next,
    })
}

/// The programmes that an authority issues, or that are nobody's in particular, or whose rules name its social credit code: of
/// these it decides on applications.
pub fn decided_by(reader: &mut Reader, (org, uscc): (OrgId, &str)) -> Result<Vec<ProgrammeId>, LoadError> {
    let query = programme::table
        .filter(
            programme::issuer
                .is_null()
                .or(programme::issuer.eq(org.0.cast_signed()))
                .or(programme::rules.like(format!("%\"{uscc}\"%"))),
        )
        .order(programme::id)
        .select(programme::id);
    let ids: Vec<i64> = on!(reader, connection => query.load(connection))?;
    Ok(ids.into_iter().map(|id| ProgrammeId(id.cast_unsigned())).collect())
}
