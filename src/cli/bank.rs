//! `qiantang bank`: statements of the bank.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::failure::Failure;
use super::{Options, database, output};
use crate::app::banking::{self, FileKind};
use crate::app::clock::Clock;
use crate::app::problem::Problem;
use crate::app::request::Request;

/// Largest file, in bytes: 64 MiB.
const FILE_MAX: u64 = 64 << 20;

/// What banks say.
#[derive(Debug, Subcommand)]
pub enum Bank {
    /// Imports a statement, camt.053 or our CSV: all of it or nothing.
    Import(Import),
}

/// Which one.
#[derive(Debug, Args)]
pub struct Import {
    /// The file; what begins with `<` is XML.
    file: PathBuf,
}

/// Runs the command.
pub fn run(options: &Options, command: &Bank) -> Result<(), Failure> {
    let Bank::Import(import) = command;
    let bytes = read(&import.file)?;
    let unusable = |problem: String| Failure::Argument(format!("{}: {problem}", import.file.display()));
    let command =
        banking::import(FileKind::of_content(&bytes), &bytes).map_err(|rejection| unusable(rejection.to_string()))?;
    let exchange = database::exchange(options, Clock::System)?;
    let reply = exchange.handle().call(Request::new("cli", command))?;
    exchange.shut_down();
    if !reply.accepted {
        let problem: Option<Problem> = serde_json::from_str(&reply.answer).ok();
        return Err(Failure::Refused(problem.map_or(reply.answer, |problem| problem.detail)));
    }
    output::say(&reply.answer)
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let unreadable = |error: std::io::Error| Failure::Argument(format!("{}: {error}", path.display()));
    let size = fs::metadata(path).map_err(unreadable)?.len();
    if size > FILE_MAX {
        return Err(Failure::Argument(format!("{}: has more than 64 MiB", path.display())));
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(FILE_MAX).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}
