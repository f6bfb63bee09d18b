//! Applications: reviews, public notice with objections, and the decision.

mod allot;
mod contract;
mod notice;
mod review;
mod submit;

pub use self::allot::{Candidate, digest, shares};
pub use self::notice::clear;
pub use self::review::chain;

use serde::{Deserialize, Serialize};

use super::calendar;
use super::people;
use crate::domain::application::{
    Application, ApplicationRequest, ApplicationState, ApplicationStatus, ReviewVerdict, Reviewed,
};
use crate::domain::calendar::Calendar;
use crate::domain::fingerprint::Fingerprint;
use crate::domain::id::{ApplicationId, OrgId, ProgrammeId, UserId};
use crate::domain::money::Money;
use crate::domain::plan::Plan;
use crate::domain::programme::{Programme, ProgrammeRules};
use crate::domain::time::Timestamp;
use crate::domain::user::{Role, User};
use crate::engine::event::Event;
use crate::engine::limits;
use crate::engine::rejection::{FieldErrors, Rejection};
use crate::engine::state::State;
use crate::engine::timer;

/// What can be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApplicationCommand {
    /// Apply.
    Submit {
        /// For whom.
        org: OrgId,
        /// Under which programme.
        programme: ProgrammeId,
        /// For what.
        request: Box<ApplicationRequest>,
    },
    /// Mend an application that was sent back.
    Amend {
        /// Whose it is.
        org: OrgId,
        /// Which one.
        application: ApplicationId,
        /// All that is asked for from now on.
        request: Box<ApplicationRequest>,
    },
    /// Take an application back.
    Withdraw {
        /// Whose it is.
        org: OrgId,
        /// Which one.
        application: ApplicationId,
    },
    /// Erase whom to call, of an application that may be decided by now.
    EraseContact {
        /// Whose it is.
        org: OrgId,
        /// Which one.
        application: ApplicationId,
        /// What the application has of it.
        contact: Fingerprint,
    },
    /// Say what a reviewer has found.
    Review {
        /// Who reviews.
        user: UserId,
        /// Which one.
        application: ApplicationId,
        /// What was found.
        verdict: ReviewVerdict,
        /// How good it is, from 0 to 100.
        score: Option<u8>,
        /// How much of what is asked for is right; none: all of it.
        amount: Option<Money>,
        /// Why.
        note: String,
    },
    /// Begin its public notice.
    Publish {
        /// A person of the issuer.
        user: UserId,
        /// Which one.
        application: ApplicationId,
    },
    /// Object while its public notice runs.
    Object {
        /// Who objects, for their organisation.
        user: UserId,
        /// To which one.
        application: ApplicationId,
        /// Why.
        reason: String,
    },
    /// Resolve the oldest open objection.
    ResolveObjection {
        /// A person of the issuer.
        user: UserId,
        /// Of which application.
        application: ApplicationId,
        /// Whether the objection is right: the application ends then.
        upheld: bool,
        /// Why.
        reason: String,
    },
    /// Refuse it.
    Reject {
        /// A person of the issuer.
        user: UserId,
        /// Which one.
        application: ApplicationId,
        /// Why.
        reason: String,
    },
    /// Grant what was asked for, or part of it.
    Grant {
        /// Which one.
        application: ApplicationId,
        /// How much.
        amount: Money,
    },
    /// Share the pot among all applications that can be granted.
    Allocate {
        /// Of which programme.
        programme: ProgrammeId,
        /// The amounts that are agreed on.
        #[serde(default, skip_serializing_if = "Plan::is_open")]
        plan: Plan,
    },
    /// Set the working days of a year.
    SetCalendar(Calendar),
}

impl ApplicationCommand {
    /// Its name in the journal.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Submit { .. } => "submit_application",
            Self::Amend { .. } => "amend_application",
            Self::Withdraw { .. } => "withdraw_application",
            Self::EraseContact { .. } => "erase_contact",
            Self::Review { .. } => "review_application",
            Self::Publish { .. } => "publish_application",
            Self::Object { .. } => "object_to_application",
            Self::ResolveObjection { .. } => "resolve_objection",
            Self::Reject { .. } => "reject_application",
            Self::Grant { .. } => "grant_application",
            Self::Allocate { .. } => "allocate",
            Self::SetCalendar(_) => "set_calendar",
        }
    }

    /// Which role decides on it as the second person; none: no second person is needed.
    pub fn decided_by(&self) -> Option<Role> {
        match self {
            Self::Grant { .. } | Self::Allocate { .. } => Some(Role::Issuer),
            Self::Submit { .. }
            | Self::Amend { .. }
            | Self::Withdraw { .. }
            | Self::EraseContact { .. }
            | Self::Review { .. }
            | Self::Publish { .. }
            | Self::Object { .. }
            | Self::ResolveObjection { .. }
            | Self::Reject { .. }
            | Self::SetCalendar(_) => None,
        }
    }

    /// The programme that it names.
    pub fn programme(&self) -> Option<ProgrammeId> {
        match self {
            Self::Submit { programme, .. } | Self::Allocate { programme, .. } => Some(*programme),
            Self::Amend { .. }
            | Self::Withdraw { .. }
            | Self::EraseContact { .. }
            | Self::Review { .. }
            | Self::Publish { .. }
            | Self::Object { .. }
            | Self::ResolveObjection { .. }
            | Self::Reject { .. }
            | Self::Grant { .. }
            | Self::SetCalendar(_) => None,
        }
    }

    /// The application that it names.
    pub fn application(&self) -> Option<ApplicationId> {
        match self {
            Self::Amend { application, .. }
            | Self::Withdraw { application, .. }
            | Self::EraseContact { application, .. }
            | Self::Review { application, .. }
            | Self::Publish { application, .. }
            | Self::Object { application, .. }
            | Self::ResolveObjection { application, .. }
            | Self::Reject { application, .. }
            | Self::Grant { application, .. } => Some(*application),
            Self::Submit { .. } | Self::Allocate { .. } | Self::SetCalendar(_) => None,
        }
    }
}

/// What is checked when two people are to decide on it; it changes nothing.
pub fn check(state: &State, command: &ApplicationCommand, at: Timestamp) -> Result<(), Rejection> {
    match command {
        ApplicationCommand::Grant { application, amount } => {
            allot::check_grant(state, (*application, *amount), at).map(|_| ())
        }
        ApplicationCommand::Allocate { programme, .. } => allot::plan(state, *programme, at).map(|_| ()),
        ApplicationCommand::Submit { .. }
        | ApplicationCommand::Amend { .. }
        | ApplicationCommand::Withdraw { .. }
        | ApplicationCommand::EraseContact { .. }
        | ApplicationCommand::Review { .. }
        | ApplicationCommand::Publish { .. }
        | ApplicationCommand::Object { .. }
        | ApplicationCommand::ResolveObjection { .. }
        | ApplicationCommand::Reject { .. }
        | ApplicationCommand::SetCalendar(_) => Err(Rejection::NotForApproval(command.kind())),
    }
}

/// Does it.
pub fn apply(
    state: &mut State,
    events: &mut Vec<Event>,
    command: ApplicationCommand,
    at: Timestamp,
) -> Result<(), Rejection> {
    match command {
        ApplicationCommand::Submit {
            org,
            programme,
            request,
        } => submit::submit(state, events, (org, programme, *request), at),
        ApplicationCommand::Amend {
            org,
            application,
            request,
        } => submit::amend(state, events, (org, application, *request)),
        ApplicationCommand::Withdraw { org, application } => submit::withdraw(state, events, (org, application)),
        ApplicationCommand::EraseContact {
            org,
            application,
            contact,
        } => submit::check_erasing(state, (org, application), contact),
        ApplicationCommand::Review {
            user,
            application,
            verdict,
            score,
            amount,
            note,
        } => {
            let opinion = review::Opinion {
                verdict,
                score,
                amount,
                note,
            };
            review::review(state, events, (user, application, opinion), at)
        }
        ApplicationCommand::Publish { user, application } => notice::publish(state, events, (user, application), at),
        ApplicationCommand::Object {
            user,
            application,
            reason,
        } => notice::object(state, events, (user, application, reason), at),
        ApplicationCommand::ResolveObjection {
            user,
            application,
            upheld,
            reason,
        } => notice::resolve(state, events, (user, application), (upheld, reason), at),
        ApplicationCommand::Reject {
            user,
            application,
            reason,
        } => reject(state, events, (user, application), reason),
        ApplicationCommand::Grant { application, amount } => allot::grant(state, events, (application, amount), at),
        ApplicationCommand::Allocate { programme, plan } => allot::allocate(state, events, (programme, plan), at),
        ApplicationCommand::SetCalendar(calendar) => calendar::set(state, events, calendar),
    }
}

/// An application that is not decided.
fn open(state: &State, id: ApplicationId) -> Result<&Application, Rejection> {
    match state.applications.get(&id) {
        Some(application) => Ok(application),
        None if (1..state.counters.application).contains(&id.0) => Err(Rejection::ApplicationDecided(id)),
        None => Err(Rejection::ApplicationNotFound(id)),
    }
}

/// The same, of an organisation; those of others are nowhere.
fn own(state: &State, (org, id): (OrgId, ApplicationId)) -> Result<&Application, Rejection> {
    let application = open(state, id)?;
    if application.org == org {
        Ok(application)
    } else {
        Err(Rejection::ApplicationNotFound(id))
    }
}

/// Its programme, and the version of the rules under which it was made.
fn governing<'a>(
    state: &'a State,
    application: &Application,
) -> Result<(&'a Programme, &'a ProgrammeRules), Rejection> {
    let programme = people::programme(state, application.programme)?;
    let rules = programme.rules_of(application.version);
    let rules = rules.ok_or(Rejection::Fault("an application under rules that are not kept"))?;
    Ok((programme, rules))
}

/// It does not stand there in its life.
fn misplaced(application: &Application) -> Rejection {
    Rejection::ApplicationNotInState {
        application: application.id,
        found: application.state.status(),
    }
}

/// Whoever belongs to the owner group that applies takes no part in the decision.
fn require_unconcerned(state: &State, user: &User, application: &Application) -> Result<(), Rejection> {
    if state.group_of(user.profile.org) == state.group_of(application.org) {
        Err(Rejection::PersonConcerned(user.id))
    } else {
        Ok(())
    }
}

/// Stores an application as it is now, or drops it when it is decided, and tells it.
fn put(state: &mut State, events: &mut Vec<Event>, application: Application) {
    events.push(Event::ApplicationChanged(Box::new(application.clone())));
    if let Some((at, due)) = timer::of_application(&application) {
        state.timers.set(at, due);
    }
    if application.state.status().is_final() {
        let id = application.id;
        if application.state.status() != ApplicationStatus::Granted {
            contract::forget(state, &application);
        }
        state.applications.remove(&id);
    } else {
        state.applications.insert(application.id, application);
    }
}

/// Puts a stored application back where it was.
pub fn restore(state: &mut State, application: Application) {
    let status = application.state.status();
    if status == ApplicationStatus::Granted || !status.is_final() {
        contract::remember(state, &application);
    }
    if status.is_final() {
        return;
    }
    if let Some((at, due)) = timer::of_application(&application)
        && at > state.now
    {
        state.timers.set(at, due);
    }
    state.applications.insert(application.id, application);
}

/// Moves an application on. What was due before is not any more, unless it is due again.
fn move_to(state: &mut State, events: &mut Vec<Event>, application: Application, next: ApplicationState) {
    if let Some((at, due)) = timer::of_application(&application) {
        state.timers.clear(at, due);
    }
    put(
        state,
        events,
        Application {
            state: next,
            ..application
        },
    );
}

/// Where an application goes when all stages have passed it.
fn after_review(rules: &ProgrammeRules, reviewed: Reviewed) -> ApplicationState {
    match rules.notice_working_days {
        None => ApplicationState::Cleared { reviewed },
        Some(_) => ApplicationState::Reviewed { reviewed },
    }
}

fn reject(
    state: &mut State,
    events: &mut Vec<Event>,
    (user, id): (UserId, ApplicationId),
    reason: String,
) -> Result<(), Rejection> {
    let application = open(state, id)?;
    let programme = people::programme(state, application.programme)?;
    let user = people::issuing(state, user, programme)?;
    require_unconcerned(state, user, application)?;
    let mut errors = FieldErrors::default();
    limits::reason(&mut errors, "/reason", &reason);
    errors.check()?;
    let application = application.clone();
    move_to(state, events, application, ApplicationState::Rejected { reason });
    Ok(())
}

/// Refuses all open applications of a programme.
pub fn end_all(state: &mut State, events: &mut Vec<Event>, (programme, reason): (ProgrammeId, &str)) {
    let of_programme = |application: &&Application| application.programme == programme;
    let open: Vec<Application> = state.applications.values().filter(of_programme).cloned().collect();
    for application in open {
        let reason = reason.to_owned();
        move_to(state, events, application, ApplicationState::Rejected { reason });
    }
}
