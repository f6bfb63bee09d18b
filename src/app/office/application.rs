//! Applications and calendars as the API takes them.

use serde::Deserialize;
use serde_json::Value;

use super::programme::WhyBody;
use crate::app::body;
use crate::app::sealed::{SealError, seal};
use crate::domain::application::{ApplicationRequest, Document, PlannedContract, ReviewVerdict};
use crate::domain::calendar::Calendar;
use crate::domain::fingerprint::Fingerprint;
use crate::domain::id::{ApplicationId, OrgId, ProgrammeId, UserId};
use crate::domain::money::Money;
use crate::domain::sealed::{Contact, Sealed};
use crate::engine::office::application::ApplicationCommand;
use crate::engine::{Command, Rejection, limits};

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
    /// Why; needed to fail or return it. Without personal data: nothing can be erased from the journal.
    #[schema(max_length = 500)]
    #[serde(default)]
    note: String,
}

/// What came of an objection.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ResolveObjectionBody)]
pub struct ResolveBody {
    /// Whether it is right: the application ends then.
    upheld: bool,
    /// Why. Without personal data: nothing can be erased from the journal.
    #[schema(max_length = 500)]
    reason: String,
}

/// How much is granted.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AmountBody {
    amount: Money,
}

/// What is asked for, with whom to call: in the journal there is only a salted hash of that.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplicationBody {
    /// How much.
    amount: Money,
    /// For what, in words. Without personal data: it stands in the journal, from which nothing can be erased.
    #[schema(max_length = 2000)]
    purpose: String,
    /// For which contract.
    #[serde(default)]
    contract: PlannedContract,
    /// The evidence: documents that were handed in before.
    #[serde(default)]
    documents: Vec<Document>,
    /// Whom to call.
    #[serde(default)]
    contact: Option<Contact>,
}

/// An application on its way in.
#[derive(Debug)]
pub struct Asked {
    request: ApplicationRequest,
    contact: Option<Contact>,
    /// The body without personal data.
    said: Value,
}

/// Reads an application.
///
/// # Errors
/// The body cannot be read.
pub fn read(body: Value) -> Result<Asked, Rejection> {
    let mut said = body.clone();
    if let Some(fields) = said.as_object_mut() {
        fields.remove("contact");
    }
    let body: ApplicationBody = body::parse(body)?;
    let request = ApplicationRequest {
        amount: body.amount,
        purpose: body.purpose,
        contract: body.contract,
        documents: body.documents,
        contact: None,
    };
    Ok(Asked {
        request,
        contact: body.contact,
        said,
    })
}

impl Asked {
    /// The documents that are named, with the size that is said of each. What is no hash the exchange refuses by its field.
    pub fn documents(&self) -> Vec<(Fingerprint, u64)> {
        let named = self.request.documents.iter().take(limits::DOCUMENTS_MAX);
        let hashed = named.filter_map(|document| Some((document.hash.parse().ok()?, document.size)));
        hashed.collect()
    }

    /// Seals whom to call, if somebody is named: what goes beside the journal, and what else was said.
    ///
    /// # Errors
    /// Its fields break rules; the machine gives no randomness.
    pub fn seal(&mut self, org: OrgId) -> Result<Option<(Sealed, Value)>, SealError> {
        let Some(contact) = self.contact.take() else {
            return Ok(None);
        };
        let (hash, sealed) = seal(org, &contact, "/contact")?;
        self.request.contact = Some(hash.to_string());
        Ok(Some((sealed, self.said.clone())))
    }

    /// Applies.
    pub fn submit(self, org: OrgId, programme: ProgrammeId) -> Command {
        Command::Application(ApplicationCommand::Submit {
            org,
            programme,
            request: Box::new(self.request),
        })
    }

    /// Mends an application that was sent back.
    pub fn amend(self, org: OrgId, application: ApplicationId) -> Command {
        Command::Application(ApplicationCommand::Amend {
            org,
            application,
            request: Box::new(self.request),
        })
    }
}

/// Erases whom to call.
pub fn erase_contact((org, application): (OrgId, ApplicationId), contact: Fingerprint) -> Command {
    Command::Application(ApplicationCommand::EraseContact {
        org,
        application,
        contact,
    })
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
