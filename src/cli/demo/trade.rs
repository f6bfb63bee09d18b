//! `qiantang demo trade`: stub
use clap::Args;
use crate::cli::failure::Failure;
/// Trades.
#[derive(Debug, Args)]
pub struct Trade {}
/// Runs it.
pub fn run(_: &Trade) -> Result<(), Failure> { Ok(()) }
