//! `qiantang settle`: settles accepted usage.

use std::io::{self, Write};

use clap::Args;

use super::failure::Failure;
use super::{Options, database};
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
    let request = Request {
        actor: "cli".to_owned(),
        org: None,
        key: None,
        at: None,
        command,
    };
    let reply = exchange.handle().call(request)?;
    exchange.shut_down();
    if !reply.accepted {
        let problem: Option<Problem> = serde_json::from_str(&reply.answer).ok();
        return Err(Failure::Refused(problem.map_or(reply.answer, |problem| problem.detail)));
    }
    let place = "standard output".to_owned();
    writeln!(io::stdout().lock(), "{}", reply.answer).map_err(|source| Failure::Write { place, source })
}
