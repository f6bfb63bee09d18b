//! Applications and calendars as the API takes them.

use serde::Deserialize;
use serde_json::Value;

use super::programme::WhyBody;
use crate::app::body;
use crate::domain::application::{ApplicationRequest, ReviewVerdict};
use crate::domain::calendar::Calendar;
use crate::domain::id::{ApplicationId, OrgId, ProgrammeId, UserId};
use crate::domain::money::Money;
use crate::engine::office::application::ApplicationCommand;
use crate::engine::{Command, Rejection};

/// What a reviewer says.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewBody {
    verdict: ReviewVerdict,
    /// How good it is, from 0 to 100.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 100)]
    score: Option<u8>,
    /// How much of what is asked for is right; none: all of it.
    #[serde(default)]
    amount: Option<Money>,
    /// Why; needed to fail or return it.
    #[serde(default)]
    note: String,
}

/// What came of an objection.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolveBody {
    /// Whether it is right: the application ends then.
    upheld: bool,
    /// Why.
    reason: String,
}

/// How much is granted.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AmountBody {
    amount: Money,
}

/// Applies.
///
/// # Errors
/// The body cannot be read.
pub fn submit((org, programme): (OrgId, ProgrammeId), body: Value) -> Result<Command, Rejection> {
    let request: Box<ApplicationRequest> = body::parse(body)?;
    Ok(Command::Application(ApplicationCommand::Submit {
        org,
        programme,
        request,
    }))
}

/// Mends an application that was sent back.
///
/// # Errors
/// The body cannot be read.
pub fn amend((org, application): (OrgId, ApplicationId), body: Value) -> Result<Command, Rejection> {
    let request: Box<ApplicationRequest> = body::parse(body)?;
    Ok(Command::Application(ApplicationCommand::Amend {
        org,
        application,
        request,
    }))
}

/// Reviews.
///
/// # Errors
/// The body cannot be read.
pub fn review((user, application): (UserId, ApplicationId), body: Value) -> Result<Command, Rejection> {
    let ReviewBody {
        verdict,
        score,
        amount,
        note,
    } = body::parse(body)?;
    Ok(Command::Application(ApplicationCommand::Review {
        user,
        application,
        verdict,
        score,
        amount,
        note,
    }))
}

/// Objects.
///
/// # Errors
/// The body cannot be read.
pub fn object((user, application): (UserId, ApplicationId), body: Value) -> Result<Command, Rejection> {
    let WhyBody { reason } = body::parse(body)?;
    Ok(Command::Application(ApplicationCommand::Object {
        user,
        application,
        reason,
    }))
}

/// Resolves an objection.
///
/// # Errors
/// The body cannot be read.
pub fn resolve((user, application): (UserId, ApplicationId), body: Value) -> Result<Command, Rejection> {
    let ResolveBody { upheld, reason } = body::parse(body)?;
    Ok(Command::Application(ApplicationCommand::ResolveObjection {
        user,
        application,
        upheld,
        reason,
    }))
}

/// Refuses.
///
/// # Errors
/// The body cannot be read.
pub fn reject((user, application): (UserId, ApplicationId), body: Value) -> Result<Command, Rejection> {
    let WhyBody { reason } = body::parse(body)?;
    Ok(Command::Application(ApplicationCommand::Reject {
        user,
        application,
        reason,
    }))
}

/// Grants.
///
/// # Errors
/// The body cannot be read.
pub fn grant(application: ApplicationId, body: Value) -> Result<Command, Rejection> {
    let AmountBody { amount } = body::parse(body)?;
    Ok(Command::Application(ApplicationCommand::Grant { application, amount }))
}

/// Sets the working days of a year.
///
/// # Errors
/// The body cannot be read.
pub fn set_calendar(body: Value) -> Result<Command, Rejection> {
    let calendar: Calendar = body::parse(body)?;
    Ok(Command::Application(ApplicationCommand::SetCalendar(calendar)))
}
