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

/// Grants a voucher: `{"programme", "org", "amount"}`.
pub fn grant(body: Value) -> Result<Command, Rejection> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        programme: ProgrammeId,
        org: OrgId,
        amount: Money,
    }
    let Body { programme, org, amount } = body::parse(body)?;
    Ok(Command::Grant { programme, org, amount })
}
