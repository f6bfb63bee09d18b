//! `qiantang settle`: settles accepted usage, or says what that would post.

use clap::Args;
use serde::Serialize;

use super::failure::Failure;
use super::{Options, database, output};
use crate::app::clock::{Clock, system_now};
use crate::app::exchange::Handle;
use crate::app::problem::Problem;
use crate::app::read::settlements;
use crate::app::readers::PooledReader;
use crate::app::request::Request;
use crate::app::settlement::{LEASES_AT_ONCE, Pace, SettleError, begun, drive, preview_on};
use crate::domain::id::SettlementId;
use crate::domain::time::Timestamp;
use crate::engine::Command;
use crate::engine::settlement::excerpt;
use crate::store;

/// Settles all usage accepted so far that ended by an instant, and closes the leases that are over. A settlement that was cut off is
/// driven to its end first.
#[derive(Debug, Args)]
pub struct Settle {
    /// Up to when.
    #[arg(long, value_name = "INSTANT")]
    until: Timestamp,
    /// The instant at which it is settled; left out, that of the machine's clock. Never before the last command's.
    #[arg(long, value_name = "INSTANT")]
    at: Option<Timestamp>,
    /// Leases of one commit.
    #[arg(long, default_value_t = LEASES_AT_ONCE)]
    at_once: u32,
    /// Only say what would be posted, for each lease and in all.
    #[arg(long)]
    dry_run: bool,
}

/// Runs the command.
pub fn run(options: &Options, settle: &Settle) -> Result<(), Failure> {
    if settle.dry_run {
        return preview(options, settle);
    }
    let clock = settle.at.map_or(Clock::System, |_| Clock::Given);
    let exchange = database::exchange(options, clock)?;
    let begun = settle_with(&exchange.handle(), settle);
    exchange.shut_down();
    let mut pooled = PooledReader::open(&database::url(options)?)?;
    let found = settlements::with_leases(&mut pooled, begun?).map_err(|error| Failure::Argument(error.to_string()))?;
    let found = found.ok_or_else(|| Failure::Argument("the settlement is not in the database".to_owned()))?;
    output::say(&json(&found)?)
}

fn json(view: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(view).map_err(|error| Failure::Argument(error.to_string()))
}

/// Drives a settlement to its end: one that was cut off, and unless that went as far, one of its own.
fn settle_with(handle: &Handle, settle: &Settle) -> Result<SettlementId, Failure> {
    let pace = Pace {
        at_once: settle.at_once,
        at: settle.at,
        stop: None,
    };
    let open = handle.inspect(|state| state.run.as_ref().map(|run| (run.id, run.until)))?;
    if let Some((run, until)) = open {
        drive(handle, pace).map_err(refused)?;
        if until >= settle.until {
            return Ok(run);
        }
    }
    let command = Command::Settle {
        until: settle.until,
        most: Some(settle.at_once),
    };
    let request = Request {
        at: settle.at,
        ..Request::new("cli", command)
    };
    let reply = handle.call(request)?;
    if !reply.accepted {
        let problem: Option<Problem> = serde_json::from_str(&reply.answer).ok();
        return Err(Failure::Refused(problem.map_or(reply.answer, |problem| problem.detail)));
    }
    drive(handle, pace).map_err(refused)?;
    let begun = begun(&reply).map_err(|error| Failure::Argument(error.to_string()))?;
    Ok(begun.0)
}

fn refused(error: SettleError) -> Failure {
    match error {
        SettleError::Submit(error) => error.into(),
        SettleError::Refused(reason) => Failure::Refused(reason),
    }
}

/// Reads the database, which another process may be writing to, and settles in memory.
fn preview(options: &Options, settle: &Settle) -> Result<(), Failure> {
    let mut reader = database::reader(options)?;
    reader.hold_still()?;
    let state = store::state::load(&mut reader)?;
    let now = settle.at.unwrap_or_else(system_now).max(state.now);
    let copy = excerpt(&state, settle.until, now);
    drop(state);
    let view = preview_on(copy, (settle.until, None), now, usize::MAX);
    let view = view.map_err(|rejection| Failure::Refused(rejection.to_string()))?;
    output::say(&json(&view)?)
}
