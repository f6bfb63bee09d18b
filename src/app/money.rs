//! Deposits and settlements as the API shows them.

use serde::Deserialize;
use serde_json::Value;

use super::body;
use crate::domain::id::OrgId;
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::engine::rejection::{FieldRule, invalid};
use crate::engine::{Command, Rejection};

/// The body of `POST /v1/deposits`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DepositBody {
    /// Whose it is.
    org: Option<OrgId>,
    amount: Money,
    /// The bank's reference.
    bank_ref: String,
}

/// The body of the verb `settle`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SettleBody {
    /// All accepted usage up to here is settled.
    until: Timestamp,
}

/// `POST /v1/deposits`; without `org` it is the caller's.
pub fn deposit(caller: Option<OrgId>, body: Value) -> Result<Command, Rejection> {
    let DepositBody { org, amount, bank_ref } = body::parse(body)?;
    let org = org
        .or(caller)
        .ok_or_else(|| invalid("/org", FieldRule::Empty, "is needed"))?;
    Ok(Command::Deposit { org, amount, bank_ref })
}

/// The verb `settle`: all at once.
pub fn settle(body: Value) -> Result<Command, Rejection> {
    let SettleBody { until } = body::parse(body)?;
    Ok(Command::Settle { until, most: None })
}
