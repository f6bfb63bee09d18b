//! `qiantang report`: what the books say.

mod render;

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::database;
use super::failure::Failure;
use super::{Format, Options};
use crate::app::report::document;
use crate::app::report::{self, Name, Report, ReportError, Scope};
use crate::domain::month::Month;
use crate::domain::time::Timestamp;
use crate::engine::report::Period;
use crate::store::Reader;

const AFTER_HELP: &str = "\
Periods are half-open. `market`, and the leases of a statement, follow what was bid and agreed in the period to its end; `vouchers`
does so for what was granted in it. `trial-balance`, and the accounts of a statement, show what was booked in the period.";

/// Reports on the market, its vouchers and its books; without a name all three.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct ReportArguments {
    /// Which report.
    #[arg(value_parser = PossibleValuesParser::new(Name::ALL.map(Name::as_str)).try_map(|text| text.parse::<Name>()))]
    name: Option<Name>,
    /// Whose statement: an identifier, a unified social credit code or a name.
    #[arg(long, value_name = "ORG")]
    org: Option<String>,
    /// The first instant, such as 2026-12-01T00:00:00Z.
    #[arg(long, value_name = "INSTANT")]
    from: Option<Timestamp>,
    /// The first instant after the period.
    #[arg(long, value_name = "INSTANT")]
    until: Option<Timestamp>,
    /// Instead of both: a calendar month in Asia/Shanghai, such as 2026-12.
    #[arg(long, value_name = "MONTH", conflicts_with_all = ["from", "until"])]
    period: Option<Month>,
    /// Writes the report here; a name that ends in .json, .csv, .xlsx or .html says how.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Runs the command.
pub fn run(options: &Options, arguments: &ReportArguments) -> Result<(), Failure> {
    let mut reader = snapshot(options)?;
    let period = Period {
        from: arguments.period.map(Month::from).or(arguments.from),
        until: arguments.period.map(Month::until).or(arguments.until),
    };
    if let (Some(from), Some(until)) = (period.from, period.until)
        && until <= from
    {
        return Err(Failure::Argument(format!(
            "--until {until} must come after --from {from}"
        )));
    }
    let org = match &arguments.org {
        None => None,
        Some(text) => {
            let found = report::find_org(&mut reader, text)?;
            Some(found.ok_or_else(|| Failure::Argument(format!("--org {text:?} names no organisation")))?)
        }
    };
    let scope = Scope {
        period,
        org,
        month: arguments.period,
        issuer: None,
    };
    let names = match &arguments.name {
        Some(name) => std::slice::from_ref(name),
        None => Name::WHOLE.as_slice(),
    };
    write(options, &mut reader, (names, scope), arguments.out.as_deref())
}

/// The report on the exchange as a whole, to a file or to standard output: what is shown after a replay.
pub fn write_default(options: &Options, out: Option<&Path>) -> Result<(), Failure> {
    let mut reader = snapshot(options)?;
    write(options, &mut reader, (&Name::WHOLE, Scope::default()), out)
}

fn snapshot(options: &Options) -> Result<Reader, Failure> {
    let mut reader = database::reader(options)?;
    reader.hold_still()?;
    Ok(reader)
}

fn write(
    options: &Options,
    reader: &mut Reader,
    (names, scope): (&[Name], Scope),
    out: Option<&Path>,
) -> Result<(), Failure> {
    let mut reports: Vec<(Name, Report)> = Vec::with_capacity(names.len());
    for &name in names {
        let report = report::run(reader, name, scope).map_err(|error| match error {
            ReportError::Load(error) => Failure::Load(error),
            ReportError::Overflow(error) => Failure::Overflow(error),
            ReportError::NoMonth => {
                Failure::Argument(format!("{name} is of one month: give --period, such as 2026-12"))
            }
            ReportError::TooLong => Failure::Argument(format!("{name}: {error}")),
            ReportError::NoOrg => Failure::Argument(format!("{name} is a statement of one organisation: give --org")),
        })?;
        reports.push((name, report));
    }
    let bytes = bytes(options, (&reports, scope), out)?;
    let place = out.map_or("standard output".to_owned(), |path| path.display().to_string());
    let written = match out {
        Some(path) => File::create(path).and_then(|mut file| file.write_all(&bytes)),
        None => io::stdout().lock().write_all(&bytes),
    };
    written.map_err(|source| Failure::Write { place, source })?;
    match reports.iter().map(|(_, report)| report.contradictions()).sum() {
        0 => Ok(()),
        found => Err(Failure::Violations(usize::try_from(found).unwrap_or(usize::MAX))),
    }
}

/// What is written: a page or a workbook where the name of the file says so, else text.
fn bytes(
    options: &Options,
    (reports, scope): (&[(Name, Report)], Scope),
    out: Option<&Path>,
) -> Result<Vec<u8>, Failure> {
    let extension = out.and_then(Path::extension).and_then(|extension| extension.to_str());
    let format = match extension {
        Some("html") => document::Format::Html,
        Some("xlsx") => document::Format::Xlsx,
        Some(_) | None => return Ok(render::text(reports, format(options, out)).into_bytes()),
    };
    let [(name, report)] = reports else {
        return Err(Failure::Argument(format!(
            "--out: a {} holds one report: name it",
            format.extension()
        )));
    };
    let made = document::document(report, (*name, scope), format);
    made.map(|made| made.bytes)
        .map_err(|error| Failure::Argument(error.to_string()))
}

fn format(options: &Options, out: Option<&Path>) -> Format {
    let extension = out.and_then(Path::extension).and_then(|extension| extension.to_str());
    match extension {
        Some("json") => Format::Json,
        Some("csv") => Format::Csv,
        Some(_) | None => options.format,
    }
}
