//! The verbs of a flow file: each is one use case, with the body that its endpoint takes.

use serde_json::Value;

use super::{banking, bid, body, integrity, listing, money, programme, registry, usage};
use crate::app::office::application;
use crate::domain::id::OrgId;
use crate::engine::{Command, Rejection};

/// The command for a verb said by `caller`.
pub fn command(verb: &str, caller: Option<OrgId>, body: Value) -> Result<Command, VerbError> {
    let own = |name: &'static str| caller.ok_or(VerbError::NeedsCaller(name));
    let command = match verb {
        "accelerator" => registry::accelerator(body),
        "site" => registry::site(body),
        "terms" => registry::terms(body),
        "reference" => registry::reference(body),
        "org" => registry::org(body),
        "related" => integrity::related(body),
        "facts" => facts(body),
        "power" => integrity::power(own("power")?, body),
        "list_provider" => list_provider(body),
        "delist_provider" => delist_provider(body),
        "deposit" => money::deposit(caller, body),
        "listing" => listing::open(own("listing")?, body),
        "withdraw" => own("withdraw").map(|provider| withdraw(provider, body))?,
        "amend_listing" => own("amend_listing").map(|provider| amend_listing(provider, body))?,
        "bid" => bid::place(own("bid")?, body),
        "cancel" => own("cancel").map(|tenant| cancel(tenant, body))?,
        "amend" => own("amend").map(|tenant| amend(tenant, body))?,
        "programme" => programme::open(body),
        "grant" => programme::grant(body),
        "calendar" => application::set_calendar(body),
        "usage" => usage::report(own("usage")?, body),
        "settle" => money::settle(body),
        "terminate" => own("terminate").map(|org| terminate(org, body))?,
        "custody_account" => banking::open_custody(body),
        "bank_account" => banking::set_account(own("bank_account")?, body),
        "withdraw_cash" => banking::withdraw(own("withdraw_cash")?, body),
        "payout" => banking::pay_due(caller, body),
        "bank_statement" => banking::statement_line(body),
        "tick" => Ok(Command::Tick),
        other => return Err(VerbError::Unknown(other.to_owned())),
    };
    command.map_err(VerbError::Refused)
}

// In a flow the body names what is named by the path over HTTP.

fn withdraw(provider: OrgId, mut body: Value) -> Result<Command, Rejection> {
    let listing = body::part(&mut body, "listing")?;
    body::nothing_else(body)?;
    Ok(Command::WithdrawListing { provider, listing })
}

fn amend_listing(provider: OrgId, mut body: Value) -> Result<Command, Rejection> {
    let listing = body::part(&mut body, "listing")?;
    listing::amend(provider, listing, body, None)
}

fn cancel(tenant: OrgId, mut body: Value) -> Result<Command, Rejection> {
    let bid = body::part(&mut body, "bid")?;
    body::nothing_else(body)?;
    Ok(Command::CancelBid { tenant, bid })
}

fn amend(tenant: OrgId, mut body: Value) -> Result<Command, Rejection> {
    let bid = body::part(&mut body, "bid")?;
    bid::amend(tenant, bid, body, None)
}

fn facts(mut body: Value) -> Result<Command, Rejection> {
    let org = body::part(&mut body, "org")?;
    integrity::attest(org, body)
}

fn list_provider(mut body: Value) -> Result<Command, Rejection> {
    let programme = body::part(&mut body, "programme")?;
    integrity::list_provider(None, programme, body)
}

fn delist_provider(mut body: Value) -> Result<Command, Rejection> {
    let programme = body::part(&mut body, "programme")?;
    integrity::delist_provider(None, programme, body)
}

fn terminate(org: OrgId, mut body: Value) -> Result<Command, Rejection> {
    let lease = body::part(&mut body, "lease")?;
    body::nothing_else(body)?;
    Ok(Command::EndLease { org, lease })
}

/// Why a verb gives no command.
#[derive(Debug, thiserror::Error)]
pub enum VerbError {
    /// No such verb.
    #[error("unknown verb {0:?}")]
    Unknown(String),
    /// The verb needs `as`.
    #[error("the verb {0:?} needs \"as\"")]
    NeedsCaller(&'static str),
    /// The body is refused: a result, not a failure of the flow.
    #[error(transparent)]
    Refused(Rejection),
}
