//! Public notice (公示): so many working days in which anybody registered may object.

use super::{governing, misplaced, move_to, open, require_unconcerned};
use crate::domain::application::{Application, ApplicationState, Objection, Resolution};
use crate::domain::id::{ApplicationId, UserId};
use crate::domain::time::Timestamp;
use crate::engine::event::Event;
use crate::engine::limits;
use crate::engine::office::{calendar, people};
use crate::engine::rejection::{FieldErrors, FieldRule, Rejection, invalid};
use crate::engine::state::State;

/// Begins the public notice.
pub fn publish(
    state: &mut State,
    events: &mut Vec<Event>,
    (user, id): (UserId, ApplicationId),
    at: Timestamp,
) -> Result<(), Rejection> {
    let application = open(state, id)?;
    let (programme, rules) = governing(state, application)?;
    let user = people::issuing(state, user, programme)?;
    require_unconcerned(state, user, application)?;
    let ApplicationState::Reviewed { reviewed } = application.state else {
        return Err(misplaced(application));
    };
    let place = rules.jurisdiction.as_deref().unwrap_or_default();
    let days = rules.notice_working_days.unwrap_or_default();
    let until = calendar::after_working_days(state, (place, days), at)?;
    let application = application.clone();
    move_to(
        state,
        events,
        application,
        ApplicationState::Published { reviewed, until },
    );
    Ok(())
}

/// Takes an objection.
pub fn object(
    state: &mut State,
    events: &mut Vec<Event>,
    (user, id, reason): (UserId, ApplicationId, String),
    at: Timestamp,
) -> Result<(), Rejection> {
    let application = open(state, id)?;
    let user = people::active(state, user)?;
    let (ApplicationState::Published { reviewed, until } | ApplicationState::Objected { reviewed, until }) =
        application.state
    else {
        return Err(misplaced(application));
    };
    if at >= until {
        return Err(invalid(
            "/application",
            FieldRule::Past,
            format!("was under notice until {until}"),
        ));
    }
    require_unconcerned(state, user, application)?;
    let mut errors = FieldErrors::default();
    limits::reason(&mut errors, "/reason", &reason);
    errors.check()?;
    if application.objections.len() >= limits::OBJECTIONS_MAX {
        return Err(Rejection::Limit("an application has at most 64 objections"));
    }
    let mut application = application.clone();
    application.objections.push(Objection {
        org: user.profile.org,
        user: user.id,
        reason,
        at,
        resolution: None,
    });
    move_to(
        state,
        events,
        application,
        ApplicationState::Objected { reviewed, until },
    );
    Ok(())
}

/// Resolves the oldest open objection. The notice goes on where its time has not passed; it is not lengthened.
pub fn resolve(
    state: &mut State,
    events: &mut Vec<Event>,
    (user, id): (UserId, ApplicationId),
    (upheld, reason): (bool, String),
    at: Timestamp,
) -> Result<(), Rejection> {
    let application = open(state, id)?;
    let programme = people::programme(state, application.programme)?;
    let user = people::issuing(state, user, programme)?;
    require_unconcerned(state, user, application)?;
    let ApplicationState::Objected { reviewed, until } = application.state else {
        return Err(misplaced(application));
    };
    let mut errors = FieldErrors::default();
    limits::reason(&mut errors, "/reason", &reason);
    errors.check()?;
    let resolution = Resolution {
        user: user.id,
        upheld,
        reason: reason.clone(),
        at,
    };
    let mut application = application.clone();
    let is_open = |objection: &&mut Objection| objection.resolution.is_none();
    if let Some(objection) = application.objections.iter_mut().find(is_open) {
        objection.resolution = Some(resolution);
    }
    let others = application
        .objections
        .iter()
        .any(|objection| objection.resolution.is_none());
    let next = if upheld {
        ApplicationState::Rejected { reason }
    } else if others {
        ApplicationState::Objected { reviewed, until }
    } else if at < until {
        ApplicationState::Published { reviewed, until }
    } else {
        ApplicationState::Cleared { reviewed }
    };
    move_to(state, events, application, next);
    Ok(())
}

/// The notice has ended: without an open objection the application can be granted.
pub fn clear(state: &mut State, events: &mut Vec<Event>, id: ApplicationId) {
    let Some(Application {
        state: ApplicationState::Published { reviewed, .. },
        ..
    }) = state.applications.get(&id)
    else {
        return;
    };
    let reviewed = *reviewed;
    if let Some(application) = state.applications.get(&id).cloned() {
        move_to(state, events, application, ApplicationState::Cleared { reviewed });
    }
}
