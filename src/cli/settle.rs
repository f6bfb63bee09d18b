//! `qiantang settle`: settles accepted usage, or says what that would post.

use clap::Args;
use serde::Serialize;

use super::failure::Failure;
use super::{Options, database, output};
use crate::app::answer::Receipt;
use crate::app::clock::{Clock, system_now};
use crate::app::exchange::Handle;
use crate::app::problem::Problem;
use crate::app::read::settlements;
use crate::app::readers::PooledReader;
use crate::app::request::Request;
use crate::app::settlement::{SettleError, begin_at, begun, drive, preview_on};
use crate::domain::id::SettlementId;
use crate::domain::time::Timestamp;
use crate::engine::settlement::excerpt;
use crate::store;

/// Settles all usage accepted so far that ended by an instant, and closes the leases that are over. A settlement that was cut off is
/// driven to its end first.
#[derive(Debug, Args)]
pub struct Settle {
    /// Up to when.
    #[arg(long, value_name = "INSTANT")]
    until: Timestamp,
    /// Only say what would be posted, for each lease and in all.
    #[arg(long)]
    dry_run: bool,
}

/// Runs the command.
pub fn run(options: &Options, settle: &Settle) -> Result<(), Failure> {
    if settle.dry_run {
        return preview(options, settle.until);
    }
    let exchange = database::exchange(options, Clock::System)?;
    let begun = settle_with(&exchange.handle(), settle.until);
    exchange.shut_down();
    let (id, receipt) = begun?;
    let mut pooled = PooledReader::open(&database::url(options)?)?;
    let found = settlements::with_leases(&mut pooled, id).map_err(|error| Failure::Argument(error.to_string()))?;
    let missing = || Failure::Argument(format!("{id} is not in the database"));
    output::say(&json(&found.ok_or_else(missing)?.with(receipt))?)
}

fn json(view: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(view).map_err(|error| Failure::Argument(error.to_string()))
}

fn settle_with(handle: &Handle, until: Timestamp) -> Result<(SettlementId, Receipt), Failure> {
    drive(handle, None).map_err(refused)?;
    let reply = handle.call(Request::new("cli", begin_at(until)))?;
    if !reply.accepted {
        let problem: Option<Problem> = serde_json::from_str(&reply.answer).ok();
        return Err(Failure::Refused(problem.map_or(reply.answer, |problem| problem.detail)));
    }
    drive(handle, None).map_err(refused)?;
    begun(&reply).map_err(|error| Failure::Argument(error.to_string()))
}

fn refused(error: SettleError) -> Failure {
    match error {
        SettleError::Submit(error) => error.into(),
        SettleError::Refused(reason) => Failure::Refused(reason),
    }
}

/// Reads the database, which another process may be writing to, and settles in memory.
fn preview(options: &Options, until: Timestamp) -> Result<(), Failure> {
    let mut reader = database::reader(options)?;
    reader.hold_still()?;
    let state = store::state::load(&mut reader)?;
    let copy = excerpt(&state, until);
    drop(state);
    let view = preview_on(copy, (until, None), system_now(), usize::MAX);
    let view = view.map_err(|rejection| Failure::Refused(rejection.to_string()))?;
    output::say(&json(&view)?)
}
