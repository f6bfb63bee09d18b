//! `qiantang replay`: runs a flow through the same engine and store as the server.

mod driver;
pub(in crate::cli) mod meter;
mod names;

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use self::driver::Driver;
pub use self::driver::{End, print_end};
use super::Options;
use super::database;
use super::failure::Failure;
use super::flow::body::Body;
use super::flow::line::Line;
use super::report;
use crate::app::clock::Clock;
use crate::app::exchange::Handle;
use crate::store;

/// Runs a flow: one result a line, refusals included; the clock is the flow's own.
#[derive(Debug, Args)]
pub struct Replay {
    /// The flow: JSON Lines, one command a line.
    flow: PathBuf,
    /// Writes the results here, one line a command, and a last line with the totals.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Empties the database first. A database of another product is refused.
    #[arg(long)]
    fresh: bool,
    /// Writes the report after the replay here; a name that ends in .json or .csv says how.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

/// Runs the command.
pub fn run(options: &Options, replay: &Replay) -> Result<(), Failure> {
    // A flow that cannot be opened must not cost a database.
    let flow = open(&replay.flow)?;
    if replay.fresh {
        store::wipe(&database::url(options)?)?;
    }
    let exchange = database::exchange(options, Clock::Given)?;
    let results: Box<dyn Write> = match &replay.out {
        Some(path) => Box::new(BufWriter::new(
            File::create(path).map_err(|source| write_failure(path, source))?,
        )),
        None => Box::new(std::io::sink()),
    };
    let bar = progress(options, flow.bytes);
    let mut driver = Driver::new(exchange.handle(), results);
    let played = play(flow, &mut driver, &bar);
    // What was acknowledged is told even if the flow breaks off.
    let finished = driver.finish();
    bar.finish_and_clear();
    played?;
    let end = finished?;
    exchange.shut_down();
    print_end(options, &end);
    match &replay.report {
        Some(path) => report::write_default(options, Some(path)),
        None => Ok(()),
    }
}

/// Plays lines that were made just now into a running exchange, and tells the totals.
///
/// # Errors
/// A line cannot be read, or the exchange gives no answer.
pub fn play_made(handle: Handle, lines: Vec<Line<Body>>) -> Result<End, Failure> {
    let mut driver = Driver::new(handle, Box::new(std::io::sink()));
    for (number, line) in (1..).zip(lines) {
        let fail = |reason: String| Failure::Flow {
            file: "the made-up market".to_owned(),
            line: number,
            reason,
        };
        let line = line.written().map_err(|error| fail(error.to_string()))?;
        driver.play(number, line).map_err(|error| match error {
            driver::PlayError::Unreadable(reason) => fail(reason),
            driver::PlayError::Failed(failure) => failure,
        })?;
    }
    driver.finish()
}

struct Flow {
    name: String,
    bytes: u64,
    lines: BufReader<File>,
}

fn open(path: &Path) -> Result<Flow, Failure> {
    let name = path.display().to_string();
    let unreadable = |error: std::io::Error| Failure::Argument(format!("{name}: {error}"));
    let file = File::open(path).map_err(unreadable)?;
    let bytes = file.metadata().map_err(unreadable)?.len();
    Ok(Flow {
        name: name.clone(),
        bytes,
        lines: BufReader::new(file),
    })
}

fn write_failure(path: &Path, source: std::io::Error) -> Failure {
    Failure::Write {
        place: path.display().to_string(),
        source,
    }
}

fn progress(options: &Options, bytes: u64) -> ProgressBar {
    if options.quiet {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(bytes), ProgressDrawTarget::stderr());
    let template = "{bar:40} {percent:>3} %  {elapsed} gone, {eta} left  {msg}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(250));
    bar
}

fn play(mut flow: Flow, driver: &mut Driver, bar: &ProgressBar) -> Result<(), Failure> {
    let mut text = Vec::new();
    let mut number = 0;
    loop {
        text.clear();
        number += 1;
        let fail = |reason: String| Failure::Flow {
            file: flow.name.clone(),
            line: number,
            reason,
        };
        let length = flow
            .lines
            .read_until(b'\n', &mut text)
            .map_err(|error| fail(error.to_string()))?;
        if length == 0 {
            return Ok(());
        }
        bar.inc(u64::try_from(length).unwrap_or(0));
        if text.ends_with(b"\n") {
            text.pop();
        }
        if text.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let line: Line = serde_json::from_slice(&text).map_err(|error| fail(error.to_string()))?;
        driver.play(number, line).map_err(|error| match error {
            driver::PlayError::Unreadable(reason) => fail(reason),
            driver::PlayError::Failed(failure) => failure,
        })?;
        if number % 64 == 0 {
            bar.set_message(driver.said());
        }
    }
}
