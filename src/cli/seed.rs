//! `qiantang seed`: the reference data that the binary carries, into a database.

use clap::Args;

use super::demo::living::{self, Living};
use super::failure::Failure;
use super::output::Summary;
use super::seeds::Seeds;
use super::{Options, database};
use crate::app::clock::Clock;
use crate::app::exchange::Handle;
use crate::app::request::Request;
use crate::app::verb::{self, VerbError};
use crate::engine::Command;
use crate::engine::office::application::ApplicationCommand;

/// Adds accelerators, sites, reference prices and made-up organisations. What is there already stays as it is.
#[derive(Debug, Args)]
pub struct Seed {
    /// Leaves the made-up organisations out.
    #[arg(long)]
    no_organisations: bool,
    /// Fills an empty database with a made-up market that goes on from now, and with users whose passwords it prints.
    #[arg(long, conflicts_with = "no_organisations")]
    demo: bool,
    #[command(flatten)]
    living: Living,
}

/// Runs the command.
pub fn run(options: &Options, seed: &Seed) -> Result<(), Failure> {
    let seeds = Seeds::load()?;
    if seed.demo {
        return living::run(options, &seeds, &seed.living);
    }
    let exchange = database::exchange(options, Clock::System)?;
    let handle = exchange.handle();
    let mut summary = Summary::default();
    let accelerators = seeds.accelerators.iter().cloned().map(Command::DefineAccelerator);
    summary.push("accelerators added", give(&handle, accelerators)?);
    summary.push(
        "sites added",
        give(&handle, seeds.sites.iter().cloned().map(Command::DefineSite))?,
    );
    let known = handle.inspect(|state| state.calendars.len())?;
    if known == 0 {
        summary.push("calendars set", give(&handle, calendars(&seeds))?);
    }
    let priced = handle.inspect(|state| state.catalogue.reference_prices().iter().flatten().count())?;
    if priced == 0 {
        let prices = seeds.prices.into_iter();
        let prices = prices.map(|(accelerator, price)| Command::SetReferencePrice { accelerator, price });
        summary.push("reference prices published", give(&handle, prices)?);
    }
    if !seed.no_organisations {
        let orgs = seeds.organisations.iter().map(|(_, org)| {
            let body = serde_json::to_value(org).map_err(|error| Failure::Argument(error.to_string()))?;
            verb::command("org", None, body).map_err(|error: VerbError| Failure::Argument(error.to_string()))
        });
        let orgs = orgs.collect::<Result<Vec<Command>, Failure>>()?;
        summary.push("organisations added", give(&handle, orgs)?);
    }
    exchange.shut_down();
    summary.print(options);
    Ok(())
}

/// The commands that set the calendars of working days.
pub fn calendars(seeds: &Seeds) -> impl Iterator<Item = Command> {
    let calendars = seeds.calendars.iter().cloned();
    calendars.map(|calendar| Command::Application(ApplicationCommand::SetCalendar(calendar)))
}

/// How many of the commands were accepted; the others name what is there already.
fn give(handle: &Handle, commands: impl IntoIterator<Item = Command>) -> Result<usize, Failure> {
    let mut accepted = 0;
    for command in commands {
        let request = Request::new("seed", command);
        accepted += usize::from(handle.call(request)?.accepted);
    }
    Ok(accepted)
}
