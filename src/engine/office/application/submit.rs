//! Applying, mending what was sent back, taking it back.

use super::{contract, governing, misplaced, move_to, own, put};
use crate::domain::application::{Application, ApplicationRequest, ApplicationState, Document};
use crate::domain::fingerprint::Fingerprint;
use crate::domain::id::{ApplicationId, OrgId, ProgrammeId};
use crate::domain::programme::process::{EvidenceKind, EvidenceWith};
use crate::domain::programme::{ProgrammeRules, ProgrammeState};
use crate::domain::time::Timestamp;
use crate::engine::event::Event;
use crate::engine::limits;
use crate::engine::office::people;
use crate::engine::rejection::{FieldErrors, FieldRule, Rejection, invalid};
use crate::engine::state::State;
use crate::engine::voucher::grant;

/// How often an application is sent back at most.
const ROUNDS_MAX: u8 = 8;

/// Applies.
pub fn submit(
    state: &mut State,
    events: &mut Vec<Event>,
    (org, id, request): (OrgId, ProgrammeId, ApplicationRequest),
    at: Timestamp,
) -> Result<(), Rejection> {
    let programme = people::programme(state, id)?;
    grant::require_state(programme, ProgrammeState::Open)?;
    let rules = &programme.rules;
    let windows = &rules.windows.apply;
    if at >= rules.valid_until || (!windows.is_empty() && !windows.iter().any(|window| window.contains(at))) {
        let detail = "takes no applications now: it is outside its windows";
        return Err(invalid("/programme", FieldRule::Past, detail));
    }
    let mut errors = FieldErrors::default();
    grant::eligible(state, &mut errors, (programme, org), at);
    check_request(&mut errors, rules, &request);
    contract::check(state, &mut errors, (id, org, None), &request);
    errors.check()?;
    grant::require_admitted(state, programme, org, at)?;
    require_room(state, (org, id))?;
    let application = Application {
        id: ApplicationId(state.counters.application),
        programme: id,
        version: rules.version,
        org,
        request,
        state: ApplicationState::Submitted,
        round: 0,
        reviews: Vec::new(),
        objections: Vec::new(),
        created_at: at,
    };
    state.counters.application += 1;
    contract::remember(state, &application);
    put(state, events, application);
    Ok(())
}

fn require_room(state: &State, (org, programme): (OrgId, ProgrammeId)) -> Result<(), Rejection> {
    if state.applications.len() >= limits::APPLICATIONS_MAX {
        return Err(Rejection::Limit("at most 200000 applications are open"));
    }
    let own = state.applications.values();
    let own = own
        .filter(|known| known.org == org && known.programme == programme)
        .count();
    if own >= limits::APPLICATIONS_OF_ORG_MAX {
        return Err(Rejection::Limit(
            "at most 20 applications of an organisation are open under one programme",
        ));
    }
    Ok(())
}

fn check_request(errors: &mut FieldErrors, rules: &ProgrammeRules, request: &ApplicationRequest) {
    limits::amount(errors, "/amount", request.amount);
    let purpose = &request.purpose;
    errors.require(
        !purpose.trim().is_empty(),
        "/purpose",
        FieldRule::Empty,
        "must not be empty",
    );
    errors.require(
        purpose.chars().count() <= limits::PURPOSE_MAX,
        "/purpose",
        FieldRule::TooMany,
        "must have at most 2000 characters",
    );
    let plain = purpose.lines().all(limits::is_plain);
    errors.require(
        plain,
        "/purpose",
        FieldRule::Malformed,
        "must not have control characters",
    );
    let planned = &request.contract;
    if let Some(cards) = planned.cards {
        limits::count(errors, "/contract/cards", cards, limits::CARDS_MAX);
    }
    if let (Some(from), Some(until)) = (planned.from, planned.until) {
        let forwards = from < until;
        errors.require(forwards, "/contract/until", FieldRule::Reversed, "must come after from");
    }
    if let Some(hash) = &planned.hash {
        limits::hash(errors, "/contract/hash", hash);
    }
    if let Some(contact) = &request.contact {
        limits::hash(errors, "/contact", contact);
    }
    check_documents(errors, &request.documents);
    for rule in rules
        .evidence
        .iter()
        .filter(|rule| rule.with == EvidenceWith::Application)
    {
        if !request.documents.iter().any(|document| document.kind == rule.kind) {
            let kind = word(rule.kind);
            errors.add(
                "/documents",
                FieldRule::Empty,
                format!("must have a document of kind {kind}"),
            );
        }
    }
}

/// The documents of a body: each said once, each with its hash.
pub fn check_documents(errors: &mut FieldErrors, documents: &[Document]) {
    errors.require(
        documents.len() <= limits::DOCUMENTS_MAX,
        "/documents",
        FieldRule::TooMany,
        "must have at most 32 documents",
    );
    for (index, document) in documents.iter().enumerate().take(limits::DOCUMENTS_MAX) {
        limits::hash(errors, &format!("/documents/{index}/hash"), &document.hash);
        limits::name(errors, &format!("/documents/{index}/name"), &document.name);
        let size = format!("/documents/{index}/size");
        errors.require(document.size > 0, &size, FieldRule::TooSmall, "must be at least 1");
        errors.require(
            document.size <= limits::DOCUMENT_BYTES_MAX,
            &size,
            FieldRule::TooLarge,
            "must be at most 67108864",
        );
        let before = documents.iter().take(index);
        let again = before
            .clone()
            .any(|known| known.kind == document.kind && known.hash == document.hash);
        errors.require(
            !again,
            &format!("/documents/{index}"),
            FieldRule::Duplicate,
            "is there already",
        );
    }
}

fn word(kind: EvidenceKind) -> &'static str {
    match kind {
        EvidenceKind::Contract => "contract",
        EvidenceKind::Invoice => "invoice",
        EvidenceKind::Payment => "payment",
        EvidenceKind::Meter => "meter",
        EvidenceKind::Electricity => "electricity",
        EvidenceKind::Licence => "licence",
        EvidenceKind::ModelFiling => "model_filing",
        EvidenceKind::Workload => "workload",
        EvidenceKind::Decision => "decision",
        EvidenceKind::Other => "other",
    }
}

/// Mends an application that was sent back. Its window counts from when it was first made.
pub fn amend(
    state: &mut State,
    events: &mut Vec<Event>,
    (org, id, request): (OrgId, ApplicationId, ApplicationRequest),
) -> Result<(), Rejection> {
    let application = own(state, (org, id))?;
    if application.state != ApplicationState::Returned {
        return Err(misplaced(application));
    }
    let (_, rules) = governing(state, application)?;
    let mut errors = FieldErrors::default();
    check_request(&mut errors, rules, &request);
    let place = (application.programme, org, Some(id));
    contract::check(state, &mut errors, place, &request);
    errors.check()?;
    if application.round >= ROUNDS_MAX {
        return Err(Rejection::Limit("an application is mended at most 8 times"));
    }
    let application = application.clone();
    contract::forget(state, &application);
    let mended = Application {
        request,
        state: ApplicationState::Submitted,
        round: application.round + 1,
        ..application
    };
    contract::remember(state, &mended);
    put(state, events, mended);
    Ok(())
}

/// Takes an application back.
pub fn withdraw(
    state: &mut State,
    events: &mut Vec<Event>,
    (org, id): (OrgId, ApplicationId),
) -> Result<(), Rejection> {
    let application = own(state, (org, id))?.clone();
    move_to(state, events, application, ApplicationState::Withdrawn);
    Ok(())
}

/// Whether the contact of an application may be erased. What is erased stands beside the journal, so that nothing changes here;
/// of an application that is decided, whose it is was read where it is stored.
pub fn check_erasing(state: &State, (org, id): (OrgId, ApplicationId), contact: Fingerprint) -> Result<(), Rejection> {
    match own(state, (org, id)) {
        Ok(known) if known.request.contact.as_deref() == Some(contact.to_string().as_str()) => Ok(()),
        Ok(known) => Err(misplaced(known)),
        Err(Rejection::ApplicationDecided(_)) => Ok(()),
        Err(other) => Err(other),
    }
}
