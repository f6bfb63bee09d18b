//! Which contracts are asked for already, so that none is asked for twice under one programme.

use sha2::{Digest, Sha256};

use crate::domain::application::{Application, ApplicationRequest};
use crate::domain::id::{ApplicationId, OrgId, ProgrammeId};
use crate::domain::programme::process::EvidenceKind;
use crate::domain::text::hex;
use crate::engine::rejection::{FieldErrors, FieldRule};
use crate::engine::state::State;

/// What tells a contract apart, and the field that says it.
struct Mark {
    pointer: String,
    hash: Box<str>,
}

fn digest(kind: &str, parts: &[String]) -> Box<str> {
    let mut hasher = Sha256::new();
    for part in std::iter::once(kind).chain(parts.iter().map(String::as_str)) {
        hasher.update(part.as_bytes());
        hasher.update([0]);
    }
    hex(&hasher.finalize()).into_boxed_str()
}

/// The hash of the contract, wherever it stands; and the parties, site, time and cards where all of them are said. The
/// applying party is its owner group, so that a sister company does not ask for the same contract again.
fn marks(state: &State, org: OrgId, request: &ApplicationRequest) -> Vec<Mark> {
    let mut marks = Vec::new();
    let planned = &request.contract;
    if let Some(hash) = &planned.hash {
        marks.push(Mark {
            pointer: "/contract/hash".to_owned(),
            hash: digest("hash", std::slice::from_ref(hash)),
        });
    }
    for (index, document) in request.documents.iter().enumerate() {
        if document.kind == EvidenceKind::Contract {
            marks.push(Mark {
                pointer: format!("/documents/{index}/hash"),
                hash: digest("hash", std::slice::from_ref(&document.hash)),
            });
        }
    }
    if let (Some(counterparty), Some(site), Some(cards), Some(from), Some(until)) = (
        &planned.counterparty,
        &planned.site,
        planned.cards,
        planned.from,
        planned.until,
    ) {
        let group = state.group_of(org);
        let parts = [
            group.to_string(),
            counterparty.to_string(),
            site.to_string(),
            cards.to_string(),
            from.to_string(),
            until.to_string(),
        ];
        marks.push(Mark {
            pointer: "/contract".to_owned(),
            hash: digest("terms", &parts),
        });
    }
    marks
}

/// Notes where a request is for a contract that another application of the programme is for.
pub fn check(
    state: &State,
    errors: &mut FieldErrors,
    (programme, org, own): (ProgrammeId, OrgId, Option<ApplicationId>),
    request: &ApplicationRequest,
) {
    for mark in marks(state, org, request) {
        let taken = state.contracts_asked.get(&(programme, mark.hash));
        if taken.is_some_and(|by| Some(*by) != own) {
            let detail = "is a contract that another application of this programme is for";
            errors.add(mark.pointer, FieldRule::Taken, detail);
        }
    }
}

/// From now on these contracts are asked for.
pub fn remember(state: &mut State, application: &Application) {
    for mark in marks(state, application.org, &application.request) {
        state
            .contracts_asked
            .insert((application.programme, mark.hash), application.id);
    }
}

/// They can be asked for again.
pub fn forget(state: &mut State, application: &Application) {
    for mark in marks(state, application.org, &application.request) {
        state.contracts_asked.remove(&(application.programme, mark.hash));
    }
}
