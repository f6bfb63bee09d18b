//! The command line: one file a subcommand.

mod access;
mod agent;
mod bank;
mod bench;
mod completions;
mod database;
mod demo;
mod draw;
pub mod failure;
pub mod flow;
mod integrity;
mod key;
mod log;
mod market;
mod migrate;
mod output;
mod programme;
mod replay;
pub mod report;
mod seed;
pub mod seeds;
mod serve;
mod settle;
mod trace;
mod usage;
mod user;
mod verify;
mod witness;

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use tracing_subscriber::EnvFilter;

use self::failure::{Exit, Failure};
use crate::api::settings::LogFormat;

const EXIT_CODES: &str = "\
Exit codes: 0 right, 1 integrity violated, 2 refused by a rule of the market, 3 unusable input (file or argument), 4 database
unavailable or held by another process.";

/// 钱塘: a city's compute exchange.
#[derive(Debug, Parser)]
#[command(name = "qiantang", version, after_help = EXIT_CODES, propagate_version = true)]
pub struct Cli {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Command,
}

/// Where the database is if nobody says.
pub const DEFAULT_DATABASE: &str = "var/qiantang.db";

/// What every command understands.
#[derive(Debug, Args)]
pub struct Options {
    /// The database: a file for SQLite, or postgres://…
    #[arg(
        long,
        global = true,
        env = "QIANTANG_DATABASE",
        default_value = DEFAULT_DATABASE,
        value_name = "URL"
    )]
    pub database: String,
    /// How results are printed.
    #[arg(long, global = true, value_enum, default_value_t = Format::Table)]
    pub format: Format,
    /// Says nothing but results and errors.
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Says more on standard error; twice says everything.
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
}

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Table,
    /// For programs.
    Json,
    /// For spreadsheets.
    Csv,
}

#[derive(Debug, Subcommand)]
enum Command {
    Migrate(migrate::Migrate),
    Seed(seed::Seed),
    #[command(subcommand)]
    Trace(trace::Trace),
    Demo(demo::Demo),
    Replay(replay::Replay),
    Settle(settle::Settle),
    #[command(subcommand)]
    Usage(usage::Usage),
    Agent(agent::Agent),
    #[command(subcommand)]
    Bank(bank::Bank),
    #[command(subcommand)]
    User(user::User),
    #[command(subcommand)]
    Keys(key::Keys),
    Serve(Box<serve::Serve>),
    #[command(subcommand)]
    Programme(programme::Programme),
    Verify(verify::Verify),
    #[command(subcommand)]
    Log(log::Log),
    Witness(witness::WitnessArguments),
    #[command(subcommand)]
    Integrity(integrity::Integrity),
    #[command(subcommand)]
    Bench(bench::Bench),
    #[command(subcommand)]
    Access(access::Access),
    Report(report::ReportArguments),
    Completions(completions::Completions),
}

/// Runs the command line of this process.
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return ExitCode::from(told(&error)),
    };
    log_to_stderr(&cli);
    match dispatch(&cli) {
        Ok(()) => ExitCode::from(Exit::Right),
        Err(failure) => {
            if failure.exit() != Exit::Right {
                // The exit code says it too, where standard error is closed.
                let _ = writeln!(io::stderr().lock(), "qiantang: {failure}");
            }
            ExitCode::from(failure.exit())
        }
    }
}

fn dispatch(cli: &Cli) -> Result<(), Failure> {
    match &cli.command {
        Command::Trace(trace) => trace::run(&cli.options, trace),
        Command::Demo(demo) => demo::run(&cli.options, demo),
        Command::Migrate(migrate) => migrate::run(&cli.options, migrate),
        Command::Seed(seed) => seed::run(&cli.options, seed),
        Command::Replay(replay) => replay::run(&cli.options, replay),
        Command::Serve(serve) => serve::run(&cli.options, serve),
        Command::Settle(settle) => settle::run(&cli.options, settle),
        Command::Usage(usage) => usage::run(&cli.options, usage),
        Command::Agent(agent) => agent::run(agent),
        Command::Bank(bank) => bank::run(&cli.options, bank),
        Command::User(user) => user::run(&cli.options, user),
        Command::Keys(keys) => key::run(&cli.options, keys),
        Command::Integrity(integrity) => integrity::run(&cli.options, integrity),
        Command::Programme(programme) => programme::run(&cli.options, programme),
        Command::Bench(bench) => bench::run(&cli.options, bench),
        Command::Verify(verify) => verify::run(&cli.options, verify),
        Command::Log(log) => log::run(&cli.options, log),
        Command::Witness(witness) => witness::run(witness),
        Command::Access(access) => access::run(access),
        Command::Report(report) => report::run(&cli.options, report),
        Command::Completions(shell) => {
            completions::run(shell);
            Ok(())
        }
    }
}

/// Help and version are no failures; a wrong argument is unusable input, where clap's own code would mean a refusal.
fn told(error: &clap::Error) -> Exit {
    // Nothing is left to be done where neither output can be written.
    let _ = error.print();
    if error.use_stderr() {
        Exit::UnusableInput
    } else {
        Exit::Right
    }
}

fn log_to_stderr(cli: &Cli) {
    let (format, serves) = match &cli.command {
        Command::Serve(serve) => (serve.log_format(), true),
        Command::Agent(_) | Command::Witness(_) => (LogFormat::Text, true),
        _ => (LogFormat::Text, false),
    };
    let level = match (cli.options.quiet, cli.options.verbose) {
        (true, _) => "error",
        (false, 0) if !serves => "warn",
        (false, 0 | 1) => "info",
        (false, _) => "debug",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr);
    match format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().init(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        <Cli as clap::CommandFactory>::command().debug_assert();
    }
}
