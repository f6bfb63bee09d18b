//! What stands beside the journal of an application or a claim: its documents, and whom to call. To be seen by who applied or
//! claimed, by the authority whose programme it is, of an application by the authority whose stage of the review it is in, and by auditors; every look is written to the log.

use crate::app::permission::{Caller, Reach};
use crate::app::readers::{PooledReader, ReadError};
use crate::app::sealed;
use crate::domain::application::{Application, ApplicationState};
use crate::domain::fingerprint::Fingerprint;
use crate::domain::id::{ApplicationId, ClaimId, OrgId, ProgrammeId};
use crate::domain::sealed::Contact;
use crate::domain::user::Role;
use crate::store::read::{application, claim, organisation, programme};

/// Whether the caller is trusted with the evidence of `owner` under a programme. A programme of no authority in particular is
/// every issuer's.
fn is_trusted(
    pooled: &mut PooledReader,
    caller: &Caller,
    (owner, id): (OrgId, ProgrammeId),
) -> Result<bool, ReadError> {
    let acts_as = |role| caller.roles.contains(&role);
    if acts_as(Role::Auditor) || (acts_as(Role::Tenant) && caller.org == owner) {
        return Ok(true);
    }
    if !acts_as(Role::Issuer) {
        return Ok(false);
    }
    let found = programme::find(&mut pooled.reader, id)?;
    Ok(found.is_some_and(|stored| stored.programme.issuer.is_none_or(|issuer| issuer == caller.org)))
}

/// Whether the caller is trusted with the evidence of an application: as of anything under its programme, or while the stage that it
/// stands in is the caller's to review.
fn is_trusted_with(pooled: &mut PooledReader, caller: &Caller, application: &Application) -> Result<bool, ReadError> {
    let whose = (application.org, application.programme);
    Ok(is_trusted(pooled, caller, whose)? || reviews(pooled, caller, application)?)
}

/// Whether the stage in which an application waits for a review is that of the caller's authority.
fn reviews(pooled: &mut PooledReader, caller: &Caller, application: &Application) -> Result<bool, ReadError> {
    let stage = match application.state {
        ApplicationState::Submitted => 0,
        ApplicationState::InReview { stage, .. } => stage,
        ApplicationState::Returned
        | ApplicationState::Reviewed { .. }
        | ApplicationState::Published { .. }
        | ApplicationState::Objected { .. }
        | ApplicationState::Cleared { .. }
        | ApplicationState::Granted { .. }
        | ApplicationState::Rejected { .. }
        | ApplicationState::Withdrawn => return Ok(false),
    };
    let found = programme::find(&mut pooled.reader, application.programme)?;
    let rules = found
        .as_ref()
        .and_then(|stored| stored.programme.rules_of(application.version));
    let code = rules.and_then(|rules| {
        let authority = rules.review_chain.get(usize::from(stage))?.authority?;
        rules.authorities.get(usize::from(authority))?.uscc
    });
    let Some(code) = code.filter(|_| caller.roles.contains(&Role::Issuer)) else {
        return Ok(false);
    };
    Ok(organisation::with_code(&mut pooled.reader, code)? == Some(caller.org))
}

/// Whom to call about an application, if the caller may know and somebody is named.
///
/// # Errors
/// Those of the database.
pub fn contact(
    pooled: &mut PooledReader,
    caller: &Caller,
    application: &Application,
) -> Result<Option<Contact>, ReadError> {
    let Some(hash) = contact_hash(application) else {
        return Ok(None);
    };
    if !is_trusted_with(pooled, caller, application)? {
        return Ok(None);
    }
    let found = sealed::contact(pooled, hash)?;
    if found.is_some() {
        tracing::info!(who = %caller.actor(), application = %application.id, "a contact was read");
    }
    Ok(found)
}

/// What an application has of whom to call.
fn contact_hash(application: &Application) -> Option<Fingerprint> {
    application.request.contact.as_ref()?.parse().ok()
}

/// Whose an application is, and what it has of whom to call; none where it is out of reach.
///
/// # Errors
/// Those of the database.
pub fn sealed_of(
    pooled: &mut PooledReader,
    reach: Reach,
    id: ApplicationId,
) -> Result<Option<(OrgId, Option<Fingerprint>)>, ReadError> {
    let found = application::find(&mut pooled.reader, id)?.filter(|known| reach.covers(known.org));
    Ok(found.map(|known| (known.org, contact_hash(&known))))
}

/// Who handed in a document that an application names; none: it names no such thing, or the caller may not have it.
///
/// # Errors
/// Those of the database.
pub fn of_application(
    pooled: &mut PooledReader,
    caller: &Caller,
    (id, hash): (ApplicationId, Fingerprint),
) -> Result<Option<OrgId>, ReadError> {
    let Some(known) = application::find(&mut pooled.reader, id)? else {
        return Ok(None);
    };
    let is_named = known
        .request
        .documents
        .iter()
        .any(|document| document.hash.parse() == Ok(hash));
    if !is_named || !is_trusted_with(pooled, caller, &known)? {
        return Ok(None);
    }
    tracing::info!(who = %caller.actor(), application = %id, %hash, "a document was read");
    Ok(Some(known.org))
}

/// The same of a claim.
///
/// # Errors
/// Those of the database.
pub fn of_claim(
    pooled: &mut PooledReader,
    caller: &Caller,
    (id, hash): (ClaimId, Fingerprint),
) -> Result<Option<OrgId>, ReadError> {
    let Some(known) = claim::find(&mut pooled.reader, id)? else {
        return Ok(None);
    };
    let is_named = known.documents.iter().any(|document| document.hash == hash);
    if !is_named || !is_trusted(pooled, caller, (known.org, known.programme))? {
        return Ok(None);
    }
    tracing::info!(who = %caller.actor(), claim = %id, %hash, "a document was read");
    Ok(Some(known.org))
}
