//! The verbs of a flow file: each is one use case, with the body that its endpoint takes.

use serde_json::Value;

use super::{bid, listing, money, programme, registry, usage};
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
        "related" => registry::related(body),
        "deposit" => money::deposit(caller, body),
        "listing" => listing::open(own("listing")?, body),
        "withdraw" => listing::withdraw(own("withdraw")?, body),
        "amend_listing" => listing::amend(own("amend_listing")?, body),
        "bid" => bid::place(own("bid")?, body),
        "cancel" => bid::cancel(own("cancel")?, body),
        "amend" => bid::amend(own("amend")?, body),
        "programme" => programme::open(body),
        "grant" => programme::grant(body),
        "usage" => usage::report(own("usage")?, body),
        "settle" => money::settle(body),
        "terminate" => usage::terminate(own("terminate")?, body),
        "tick" => Ok(Command::Tick),
        other => return Err(VerbError::Unknown(other.to_owned())),
    };
    command.map_err(VerbError::Refused)
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
