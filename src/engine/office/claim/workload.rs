//! For what cards were used: a lease's bid has said so before, anybody else proves it.

use crate::domain::bid::Purpose;
use crate::domain::claim::{Claim, NewClaim};
use crate::domain::contract::Contract;
use crate::domain::programme::ProgrammeRules;
use crate::domain::programme::process::EvidenceKind;
use crate::engine::office::claim::refusal::ClaimRefusal;
use crate::engine::rejection::{FieldRule, Rejection, invalid};

/// For what the cards of a claim were used, as far as it is known: what the followed claim says, what the lease's bid has said, or
/// what the claim names. Where a rate or a ceiling of the programme asks for it, what was not said at the bid needs a document.
pub(super) fn purpose(
    rules: &ProgrammeRules,
    new: &NewClaim,
    (contract, matched): (&Contract, Option<&Claim>),
) -> Result<Option<Purpose>, Rejection> {
    let known = match matched {
        Some(matched) => matched.purpose,
        None => contract.purpose(),
    };
    match (new.purpose, known) {
        (None, known) => Ok(known),
        (Some(said), Some(known)) if said == known => Ok(Some(said)),
        (Some(_), Some(_)) => {
            let detail = "is not what the bid, or the claim that is followed, says";
            Err(invalid("/purpose", FieldRule::Contradicts, detail))
        }
        (Some(said), None) => {
            let kind = EvidenceKind::Workload;
            let proven = new.documents.iter().any(|document| document.kind == kind);
            if proven || !asks(rules) {
                Ok(Some(said))
            } else {
                Err(ClaimRefusal::EvidenceMissing { kind }.into())
            }
        }
    }
}

/// Whether any row of the rules asks for what cards are used.
fn asks(rules: &ProgrammeRules) -> bool {
    let upper = rules.upper_match.iter().flat_map(|upper| &upper.rates);
    let ceilings = rules.stacking.iter().flat_map(|stacking| &stacking.ceilings);
    let mut rows = rules.rates.iter().chain(upper).chain(ceilings);
    rows.any(|row| row.when.workloads.is_some())
}
