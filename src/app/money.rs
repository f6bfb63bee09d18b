//! Deposits and settlements as the API shows them.

use serde::Deserialize;
use serde_json::Value;

use super::body;
use crate::domain::id::OrgId;
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::engine::rejection::{FieldRule, invalid};
use crate::engine::{Command, Rejection};

/// `POST /v1/deposits`; without `org` it is the caller's.
pub fn deposit(caller: Option<OrgId>, body: Value) -> Result<Command, Rejection> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        org: Option<OrgId>,
        amount: Money,
        bank_ref: String,
    }
    let Body { org, amount, bank_ref } = body::parse(body)?;
    let org = org
        .or(caller)
        .ok_or_else(|| invalid("/org", FieldRule::Empty, "is needed"))?;
    Ok(Command::Deposit { org, amount, bank_ref })
}

/// `POST /v1/settlements`.
pub fn settle(body: Value) -> Result<Command, Rejection> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        until: Timestamp,
    }
    let Body { until } = body::parse(body)?;
    Ok(Command::Settle { until })
}
