//! `qiantang settle`: settles accepted usage.

use clap::Args;

use super::failure::Failure;
use super::{Options, database, output};
use crate::app::clock::Clock;
use crate::app::problem::Problem;
use crate::app::request::Request;
use crate::domain::time::Timestamp;
use crate::engine::Command;

/// Settles all usage accepted so far that ended by an instant, and closes the leases that are over.
#[derive(Debug, Args)]
pub struct Settle {
    /// Up to when.
    #[arg(long, value_name = "INSTANT")]
    until: Timestamp,
}

/// Runs the command.
pub fn run(options: &Options, settle: &Settle) -> Result<(), Failure> {
    let exchange = database::exchange(options, Clock::System)?;
    let command = Command::Settle { until: settle.until };
    let request = Request::new("cli", command);
    let reply = exchange.handle().call(request)?;
    exchange.shut_down();
    if !reply.accepted {
        let problem: Option<Problem> = serde_json::from_str(&reply.answer).ok();
        return Err(Failure::Refused(problem.map_or(reply.answer, |problem| problem.detail)));
    }
    output::say(&reply.answer)
}
