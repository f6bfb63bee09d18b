//! `qiantang migrate`: brings a database to this binary's schema.

use clap::Args;

use super::failure::Failure;
use super::{Options, database};

/// Makes the database, or brings it to this binary's schema. One of another product or of a newer version is refused.
#[derive(Debug, Args)]
pub struct Migrate {}

/// Runs the command.
pub fn run(options: &Options, _: &Migrate) -> Result<(), Failure> {
    database::migrate(options).map(|_| ())
}
