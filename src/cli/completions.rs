//! `qiantang completions`: for the shell.

use std::io;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::Cli;

/// Prints a completion script.
#[derive(Debug, Args)]
pub struct Completions {
    /// For which shell.
    shell: Shell,
}

/// Runs the command.
pub fn run(completions: &Completions) {
    clap_complete::generate(completions.shell, &mut Cli::command(), "qiantang", &mut io::stdout());
}
