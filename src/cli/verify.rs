//! `qiantang verify`: proves a database against itself.

use std::time::Duration;

use clap::Args;
use indicatif::ProgressBar;

use super::failure::Failure;
use super::output::{self, Summary};
use super::{Format, Options, database};
use crate::app::verify::{self, Verdict};

/// Checks the invariants, adds up every balance from its transfers, and replays the journal from the beginning to the same
/// state. Ends with 1 where anything is wrong.
#[derive(Debug, Args)]
pub struct Verify {}

/// Runs the command.
pub fn run(options: &Options, _: &Verify) -> Result<(), Failure> {
    let mut reader = database::reader(options)?;
    let bar = if options.quiet {
        ProgressBar::hidden()
    } else {
        ProgressBar::new_spinner()
    };
    bar.enable_steady_tick(Duration::from_millis(250));
    let verdict = verify::verify(&mut reader, &mut |what, count| {
        if count % 1_000 == 0 {
            bar.set_message(format!("{what}: {count}"));
        }
    });
    bar.finish_and_clear();
    let verdict = verdict?;
    print(options, &verdict)?;
    match verdict.violations.len() {
        0 => Ok(()),
        count => Err(Failure::Violations(count)),
    }
}

fn print(options: &Options, verdict: &Verdict) -> Result<(), Failure> {
    let text = match options.format {
        Format::Json => serde_json::to_string_pretty(verdict).map_err(|error| Failure::Argument(error.to_string()))?,
        Format::Table | Format::Csv => {
            let mut text = summary(verdict).rendered(options.format);
            for violation in &verdict.violations {
                text.push_str(&format!("\n{}: {}", violation.code, violation.detail));
            }
            text
        }
    };
    output::say(&text)
}

fn summary(verdict: &Verdict) -> Summary {
    let mut summary = Summary::default();
    summary.push("commands", verdict.commands);
    summary.push("leaves replayed", verdict.leaves);
    summary.push("batch hashes", verdict.batches);
    summary.push("roots of subtrees", verdict.subtrees);
    summary.push("checkpoints", verdict.checkpoints);
    summary.push("root of the log", &verdict.root);
    summary.push("transfers", verdict.transfers);
    summary.push("accounts", verdict.accounts);
    summary.push("approvals", verdict.approvals);
    summary.push("checks of invariants", verdict.invariants);
    summary.push("state hash", &verdict.state_hash);
    summary.push("  replayed", &verdict.replayed_hash);
    summary.push("violations", verdict.violations.len());
    summary
}
