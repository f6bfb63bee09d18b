//! Reports.

use serde::Serialize;
use utoipa::ToSchema;

use crate::app::permission::Reach;
use crate::app::readers::{PooledReader, ReadError};
use crate::app::report::{self, Name, Report, ReportError, Scope};
use crate::domain::id::OrgId;
use crate::domain::time::Timestamp;
use crate::engine::rejection::FieldRule;
use crate::engine::report::Period;

/// A report that can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReportView {
    /// Its name in the path.
    pub name: Name,
    /// Whether it is the statement of one organisation.
    pub is_statement: bool,
}

/// Of what a report is.
#[derive(Debug, Clone, Copy, Default, serde::Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ReportScope {
    /// From which instant on.
    pub from: Option<Timestamp>,
    /// Up to which instant, that instant not included.
    pub until: Option<Timestamp>,
    /// For a statement: whose. Those who only see their own need not say so.
    pub org: Option<OrgId>,
}

/// The reports within reach. Who only sees the own gets statements, and none of the whole exchange.
pub fn list(reach: Reach) -> Vec<ReportView> {
    let within = Name::ALL.into_iter().filter(|name| is_within(reach, *name));
    within
        .map(|name| ReportView {
            name,
            is_statement: is_statement(name),
        })
        .collect()
}

/// Makes a report; none where it is out of reach. Reads whole tables.
///
/// # Errors
/// Those of the database; a statement without an organisation.
pub fn run(
    pooled: &mut PooledReader,
    reach: Reach,
    name: Name,
    scope: ReportScope,
) -> Result<Option<Report>, ReadError> {
    let org = scope.org.or(reach.limit());
    if !is_within(reach, name) || org.is_some_and(|org| !reach.covers(org)) {
        return Ok(None);
    }
    let scope = Scope {
        period: Period {
            from: scope.from,
            until: scope.until,
        },
        org,
    };
    let report = pooled.reader.at_one_instant(|reader| report::run(reader, name, scope));
    report.map(Some).map_err(|error| match error {
        ReportError::Load(error) => error.into(),
        ReportError::Overflow(error) => ReadError::Unavailable(error.to_string()),
        ReportError::NoOrg => ReadError::invalid("/org", FieldRule::Empty, "is needed: a statement is that of one"),
    })
}

fn is_statement(name: Name) -> bool {
    match name {
        Name::Provider | Name::Tenant => true,
        Name::Market | Name::Vouchers | Name::TrialBalance => false,
    }
}

fn is_within(reach: Reach, name: Name) -> bool {
    reach.limit().is_none() || is_statement(name)
}
