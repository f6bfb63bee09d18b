//! Applications: a tenant's own, those that an authority decides on, all for auditors and operators; and public notices.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::evidence;
use crate::app::page::{Page, query};
use crate::app::permission::Caller;
use crate::app::readers::{PooledReader, ReadError};
use crate::app::view::application::{ApplicationView, NoticeView, Objectors};
use crate::domain::application::{Application, ApplicationState, ApplicationStatus};
use crate::domain::calendar::Calendar;
use crate::domain::code::Code;
use crate::domain::id::{ApplicationId, OrgId, ProgrammeId};
use crate::domain::programme::process::Names;
use crate::domain::user::Role;
use crate::store::application::load_calendars;
use crate::store::read::application::{self, Wanted};
use crate::store::read::{Found, organisation, programme};

query! {
    /// Which applications; the newest first.
    pub struct ApplicationQuery {
        /// Those of this organisation.
        pub org: Option<OrgId>,
        /// Those under this programme.
        pub programme: Option<ProgrammeId>,
        /// Those that stand there.
        pub state: Option<ApplicationStatus>,
    }
}

query! {
    /// Which notices; the newest first.
    pub struct NoticeQuery {
        /// Those of applications under this programme.
        pub programme: Option<ProgrammeId>,
    }
}

/// What the caller may see beside what the own organisation has applied for; none: everything.
fn seen_by(pooled: &mut PooledReader, caller: &Caller) -> Result<Option<(OrgId, Vec<ProgrammeId>)>, ReadError> {
    if caller.roles.contains(&Role::Auditor) || caller.roles.contains(&Role::Operator) {
        return Ok(None);
    }
    if !caller.roles.contains(&Role::Issuer) {
        return Ok(Some((caller.org, Vec::new())));
    }
    let uscc = organisation::find(&mut pooled.reader, caller.org)?;
    let uscc = uscc.map(|org| org.profile.uscc.to_string()).unwrap_or_default();
    let programmes = application::decided_by(&mut pooled.reader, (caller.org, &uscc))?;
    Ok(Some((caller.org, programmes)))
}

fn is_seen(seen_by: Option<&(OrgId, Vec<ProgrammeId>)>, application: &Application) -> bool {
    seen_by.is_none_or(|(org, programmes)| application.org == *org || programmes.contains(&application.programme))
}

/// Who applied learns why somebody objects, not who.
fn objectors(caller: &Caller, application: &Application) -> Objectors {
    if caller.org == application.org {
        Objectors::Unnamed
    } else {
        Objectors::Named
    }
}

/// One application, with whom to call where the caller may know.
///
/// # Errors
/// Those of the database.
pub fn find(
    pooled: &mut PooledReader,
    caller: &Caller,
    id: ApplicationId,
) -> Result<Option<ApplicationView>, ReadError> {
    let seen_by = seen_by(pooled, caller)?;
    let found = application::find(&mut pooled.reader, id)?;
    let Some(known) = found.filter(|application| is_seen(seen_by.as_ref(), application)) else {
        return Ok(None);
    };
    let contact = evidence::contact(pooled, caller, &known)?;
    Ok(Some(ApplicationView {
        contact,
        ..ApplicationView::of(&known, objectors(caller, &known))
    }))
}

/// A page of applications.
///
/// # Errors
/// Those of the database.
pub fn page(
    pooled: &mut PooledReader,
    caller: &Caller,
    query: &ApplicationQuery,
) -> Result<Page<ApplicationView>, ReadError> {
    let wanted = Wanted {
        org: query.org,
        programme: query.programme,
        states: query.state.into_iter().collect(),
        seen_by: seen_by(pooled, caller)?,
    };
    let found = application::page(&mut pooled.reader, &wanted, query.page().newest_first())?;
    Page::of(found, |application| {
        Ok(ApplicationView::of(&application, objectors(caller, &application)))
    })
}

/// A page of the applications under a programme, if there is such a one.
///
/// # Errors
/// Those of the database.
pub fn page_of(
    pooled: &mut PooledReader,
    caller: &Caller,
    (id, query): (ProgrammeId, ApplicationQuery),
) -> Result<Option<Page<ApplicationView>>, ReadError> {
    if programme::find(&mut pooled.reader, id)?.is_none() {
        return Ok(None);
    }
    let programme = query.programme.unwrap_or(id);
    if programme != id {
        return Ok(Some(Page::empty()));
    }
    let query = ApplicationQuery {
        programme: Some(id),
        ..query
    };
    page(pooled, caller, &query).map(Some)
}

/// A page of applications under public notice.
///
/// # Errors
/// Those of the database.
pub fn notices(pooled: &mut PooledReader, query: &NoticeQuery) -> Result<Page<NoticeView>, ReadError> {
    let wanted = Wanted {
        programme: query.programme,
        states: vec![ApplicationStatus::Published, ApplicationStatus::Objected],
        ..Wanted::default()
    };
    let found = application::page(&mut pooled.reader, &wanted, query.page().newest_first())?;
    let mut names = BTreeMap::new();
    let mut programmes = BTreeMap::new();
    for known in &found.rows {
        if let Entry::Vacant(vacant) = names.entry(known.org) {
            let org = organisation::find(&mut pooled.reader, known.org)?;
            vacant.insert(org.map(|org| org.profile.name).unwrap_or_default());
        }
        if let Entry::Vacant(vacant) = programmes.entry(known.programme)
            && let Some(stored) = programme::find(&mut pooled.reader, known.programme)?
        {
            let rules = stored.programme.rules;
            vacant.insert((rules.id, rules.name));
        }
    }
    let found = Found {
        rows: found
            .rows
            .iter()
            .filter_map(|known| notice(known, (&names, &programmes)))
            .collect(),
        next: found.next,
    };
    Page::of(found, Ok)
}

type Named<'a> = (
    &'a BTreeMap<OrgId, String>,
    &'a BTreeMap<ProgrammeId, (Code, Option<Names>)>,
);

fn notice(known: &Application, (names, programmes): Named<'_>) -> Option<NoticeView> {
    let (ApplicationState::Published { reviewed, until } | ApplicationState::Objected { reviewed, until }) =
        known.state
    else {
        return None;
    };
    let (code, name) = programmes.get(&known.programme)?.clone();
    Some(NoticeView {
        application: known.id,
        programme: known.programme,
        code,
        name,
        org_name: names.get(&known.org).cloned().unwrap_or_default(),
        amount: reviewed.amount,
        until,
        objected: known.state.status() == ApplicationStatus::Objected,
    })
}

/// All calendars of working days.
///
/// # Errors
/// Those of the database.
pub fn calendars(pooled: &mut PooledReader) -> Result<Vec<Calendar>, ReadError> {
    Ok(load_calendars(&mut pooled.reader)?)
}
