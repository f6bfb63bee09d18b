//! The verbs of a flow file: each is one use case, with the body that its endpoint takes.

use serde_json::Value;

use super::{
    banking, bid, body, dispute, free_text, integrity, lease, listing, money, programme, registry, sla, usage,
};
use crate::app::office::application;
use crate::domain::id::{OrgId, OutageId};
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
        "usage" => own("usage").map(|provider| usage::read(body).map(|batch| batch.command(provider, &[])))?,
        "accept_usage" => own("accept_usage").map(|tenant| accept_usage(tenant, body))?,
        "dispute" => dispute::open(own("dispute")?, body),
        "concede" => own("concede").map(|provider| concede(provider, body))?,
        "withdraw_dispute" => own("withdraw_dispute").map(|tenant| withdraw_dispute(tenant, body))?,
        "resolve" => resolve(body),
        "settle" => money::settle(body),
        "outage" => sla::claim(own("outage")?, body),
        "end_outage" => own("end_outage").map(|org| of_outage(body, |outage, body| sla::end(org, outage, body)))?,
        "confirm_outage" => own("confirm_outage").map(|org| confirm_outage(org, body))?,
        "contest_outage" => {
            own("contest_outage").map(|org| of_outage(body, |outage, body| sla::contest(org, outage, body)))?
        }
        "decide_outage" => of_outage(body, sla::decide),
        "probe" => sla::probe(body),
        "terminate" => own("terminate").map(|org| terminate(org, body))?,
        "custody_account" => banking::open_custody(body),
        "bank_account" => banking::set_account(own("bank_account")?, body),
        "withdraw_cash" => banking::withdraw(own("withdraw_cash")?, body),
        "payout" => banking::pay_due(caller, body),
        "bank_statement" => banking::statement_line(body),
        "tick" => Ok(Command::Tick),
        "access_key" => lease::verb("access_key", own("access_key")?, body),
        "provision" => lease::verb("provision", own("provision")?, body),
        "accept" => lease::verb("accept", own("accept")?, body),
        "refuse" => lease::verb("refuse", own("refuse")?, body),
        "degrade" => lease::verb("degrade", own("degrade")?, body),
        "restore" => lease::verb("restore", own("restore")?, body),
        "suspend" => lease::verb("suspend", own("suspend")?, body),
        "resume" => lease::verb("resume", own("resume")?, body),
        "maintenance" => lease::verb("maintenance", own("maintenance")?, body),
        "change" => lease::verb("change", own("change")?, body),
        "answer" => lease::verb("answer", own("answer")?, body),
        other => return Err(VerbError::Unknown(other.to_owned())),
    };
    let command = command.map_err(VerbError::Refused)?;
    free_text::check(&command).map_err(VerbError::Refused)?;
    Ok(command)
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

fn accept_usage(tenant: OrgId, mut body: Value) -> Result<Command, Rejection> {
    let lease = body::part(&mut body, "lease")?;
    usage::accept(tenant, lease, body)
}

fn concede(provider: OrgId, mut body: Value) -> Result<Command, Rejection> {
    let dispute = body::part(&mut body, "dispute")?;
    body::nothing_else(body)?;
    Ok(dispute::concede(provider, dispute))
}

fn withdraw_dispute(tenant: OrgId, mut body: Value) -> Result<Command, Rejection> {
    let dispute = body::part(&mut body, "dispute")?;
    body::nothing_else(body)?;
    Ok(dispute::withdraw(tenant, dispute))
}

fn resolve(mut body: Value) -> Result<Command, Rejection> {
    let dispute = body::part(&mut body, "dispute")?;
    dispute::resolve(dispute, body)
}

fn of_outage(
    mut body: Value,
    read: impl FnOnce(OutageId, Value) -> Result<Command, Rejection>,
) -> Result<Command, Rejection> {
    let outage = body::part(&mut body, "outage")?;
    read(outage, body)
}

fn confirm_outage(org: OrgId, body: Value) -> Result<Command, Rejection> {
    of_outage(body, |outage, body| {
        body::nothing_else(body)?;
        Ok(sla::confirm(org, outage))
    })
}

fn terminate(org: OrgId, mut body: Value) -> Result<Command, Rejection> {
    let lease = body::part(&mut body, "lease")?;
    // Without more it is said as it always was.
    if body.as_object().is_some_and(serde_json::Map::is_empty) {
        return Ok(Command::EndLease { org, lease });
    }
    lease::terminate(Some(org), lease, body)
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
