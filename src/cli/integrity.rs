//! `qiantang integrity`: looks for what is wrong.

use clap::{Args, Subcommand};

use super::failure::Failure;
use super::{Format, Options, database, output};
use crate::app::clock::Clock;
use crate::app::integrity::scan;
use crate::app::problem::Problem;
use crate::app::request::Request;
use crate::domain::flag::Finding;
use crate::store::Reader;

/// Looks for what is wrong in what the exchange has on record.
#[derive(Debug, Subcommand)]
pub enum Integrity {
    /// Looks at everything, and raises a flag for each thing that is not known yet.
    Scan(Scan),
}

/// How to look.
#[derive(Debug, Args)]
pub struct Scan {
    /// Says what would be flagged, those things too that are known, and changes nothing.
    #[arg(long)]
    dry_run: bool,
    /// The same as --format json.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(options: &Options, command: &Integrity) -> Result<(), Failure> {
    let Integrity::Scan(arguments) = command;
    if arguments.dry_run {
        let mut reader = still(options)?;
        return print(options, arguments, &scan::scan(&mut reader)?);
    }
    let exchange = database::exchange(options, Clock::System)?;
    let mut reader = still(options)?;
    let fresh = scan::fresh(&mut reader)?;
    drop(reader);
    let reply = exchange
        .handle()
        .call(Request::new("cli", scan::raising(fresh.clone())))?;
    exchange.shut_down();
    if !reply.accepted {
        let problem: Option<Problem> = serde_json::from_str(&reply.answer).ok();
        return Err(Failure::Refused(problem.map_or(reply.answer, |problem| problem.detail)));
    }
    print(options, arguments, &fresh)
}

/// Everything that is read is of one instant.
fn still(options: &Options) -> Result<Reader, Failure> {
    let mut reader = database::reader(options)?;
    reader.hold_still()?;
    Ok(reader)
}

fn print(options: &Options, arguments: &Scan, findings: &[Finding]) -> Result<(), Failure> {
    let is_json = arguments.json || options.format == Format::Json;
    let text = if is_json {
        serde_json::to_string_pretty(findings).map_err(|error| Failure::Argument(error.to_string()))?
    } else {
        let mut text = format!("{} findings", findings.len());
        for finding in findings {
            let (zh, en) = (&finding.text.zh, &finding.text.en);
            text.push_str(&format!(
                "\n{} {} {} {} {} CNY: {zh} / {en}",
                finding.action.name(),
                finding.rule.name(),
                finding.programme,
                finding.org,
                finding.at_stake
            ));
        }
        text
    };
    output::say(&text)
}
