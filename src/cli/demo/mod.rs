//! `qiantang demo`: a made-up market, as a flow or living.

mod desk;
mod interrupt;
pub mod living;
mod made_up;
mod office;
mod trade;
mod users;
mod wish;

use clap::{Args, Subcommand};

use super::Options;
use super::failure::Failure;
use super::market;
use super::output::{self, Summary};
use super::seeds::Seeds;
use crate::domain::time::Timestamp;

/// Makes up a market: 30 providers, 40 tenants, two voucher programmes, 2,000 bids over two weeks.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Demo {
    #[command(subcommand)]
    instead: Option<Instead>,
    #[command(flatten)]
    making: output::Making,
    /// The first instant.
    #[arg(long, value_name = "INSTANT", default_value_t = made_up::START)]
    start: Timestamp,
}

#[derive(Debug, Subcommand)]
enum Instead {
    Trade(trade::Trade),
}

/// Runs the command.
pub fn run(options: &Options, demo: &Demo) -> Result<(), Failure> {
    if let Some(Instead::Trade(trade)) = &demo.instead {
        return trade::run(trade);
    }
    let seeds = Seeds::load()?;
    let ingredients = made_up::two_weeks(&seeds, demo.making.seed, demo.start);
    let (lines, figures) = market::flow(&seeds, &ingredients)?;
    output::write_flow(&demo.making, &lines)?;
    Summary::of(figures, lines.len()).print(options);
    Ok(())
}
