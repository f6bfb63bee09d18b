//! `qiantang migrate`: brings a database to this binary's schema.

use clap::Args;

use super::failure::Failure;
use super::{Options, database};
use crate::app::clock::system_now;
use crate::domain::log::Suite;
use crate::store::log;

/// Makes the database, or brings it to this binary's schema. One of another product or of a newer version is refused.
#[derive(Debug, Args)]
pub struct Migrate {
    /// The algorithms of the audit log of a new database, for ever: `sha256-ed25519` or `sm3-sm2`. A log that is there must have them.
    #[arg(long, env = "QIANTANG_LOG_SUITE", value_name = "SUITE")]
    log_suite: Option<Suite>,
}

/// Runs the command.
pub fn run(options: &Options, migrate: &Migrate) -> Result<(), Failure> {
    let url = database::migrate(options)?;
    if let Some(suite) = migrate.log_suite {
        log::birth(&url, suite, system_now())?;
    }
    Ok(())
}
