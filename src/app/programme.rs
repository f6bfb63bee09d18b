//! Programmes and grants as the API shows them.

use serde::Deserialize;
use serde_json::Value;

use super::body;
use crate::domain::id::{OrgId, ProgrammeId};
use crate::domain::money::Money;
use crate::engine::{Command, Rejection};

/// Opens a programme; the body is its rule file.
pub fn open(body: Value) -> Result<Command, Rejection> {
    body::parse(body).map(Command::OpenProgramme)
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
