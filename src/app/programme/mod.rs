//! Programmes and grants as the API shows them.

mod reading;

use serde::Deserialize;
use serde_json::Value;

use super::body;
use crate::domain::id::{OrgId, ProgrammeId};
use crate::domain::money::Money;
use crate::domain::programme::ProgrammeRules;
use crate::engine::rejection::FieldErrors;
use crate::engine::voucher::check;
use crate::engine::{Command, Rejection};

/// Reads a rule file. One refusal names all that is wrong with it, each by a JSON pointer into the file: unknown fields, wrong
/// types, missing fields, and contradictions between those fields that could be read.
pub fn read(file: Value) -> Result<ProgrammeRules, Rejection> {
    let (rules, unread) = reading::read::<ProgrammeRules>(file);
    let mut errors = FieldErrors::default();
    let pointers: Vec<String> = unread.iter().map(|error| error.pointer.clone()).collect();
    for error in unread {
        errors.add(error.pointer, error.code, error.detail);
    }
    if let Some(rules) = &rules {
        check::contradictions(rules, &pointers, &mut errors);
    }
    errors.check()?;
    rules.ok_or(Rejection::Fault("a rule file was neither read nor refused"))
}

/// Opens a programme; the body is its rule file.
pub fn open(body: Value) -> Result<Command, Rejection> {
    read(body).map(|rules| Command::OpenProgramme(Box::new(rules)))
}

/// The body of `POST /v1/grants`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantBody {
    programme: ProgrammeId,
    org: OrgId,
    amount: Money,
}

/// Grants a voucher.
pub fn grant(body: Value) -> Result<Command, Rejection> {
    let GrantBody { programme, org, amount } = body::parse(body)?;
    Ok(Command::Grant { programme, org, amount })
}
