//! Where generated flows go, and what is said of them.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use clap::Args;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, Table};

use super::failure::Failure;
use super::flow::body::Body;
use super::flow::line::Line;
use super::market::Figures;
use super::{Format, Options};

/// How a flow is made and where it goes.
#[derive(Debug, Args)]
pub struct Making {
    /// What everything made up is drawn from.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Writes the flow here instead of to standard output.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// Writes a flow, one line a command.
pub fn write_flow(making: &Making, lines: &[Line<Body>]) -> Result<(), Failure> {
    let place = making
        .out
        .as_ref()
        .map_or("standard output".to_owned(), |path| path.display().to_string());
    let fail = |source| Failure::Write {
        place: place.clone(),
        source,
    };
    let sink: Box<dyn Write> = match &making.out {
        Some(path) => Box::new(File::create(path).map_err(fail)?),
        None => Box::new(io::stdout().lock()),
    };
    let mut sink = BufWriter::new(sink);
    for line in lines {
        serde_json::to_writer(&mut sink, line).map_err(|error| fail(error.into()))?;
        sink.write_all(b"\n").map_err(fail)?;
    }
    sink.flush().map_err(fail)
}

/// Writes a result, which is what standard output is for.
pub fn say(text: &str) -> Result<(), Failure> {
    let place = "standard output".to_owned();
    writeln!(io::stdout().lock(), "{text}").map_err(|source| Failure::Write { place, source })
}

/// A few figures, said on standard error so that standard output is the flow alone.
#[derive(Debug, Default)]
pub struct Summary(Vec<(&'static str, String)>);

impl Summary {
    /// What every generated flow has.
    pub fn of(figures: Figures, lines: usize) -> Summary {
        let mut summary = Summary::default();
        summary.push("lines", lines);
        summary.push("listings", figures.listings);
        summary.push("  cards", figures.cards);
        summary.push("  card-hours offered", figures.card_hours_offered);
        summary.push("bids", figures.bids);
        summary.push("  card-hours asked for", figures.card_hours_asked);
        summary.push("deposits", figures.deposits);
        summary.push("vouchers", figures.grants);
        summary
    }

    /// One more figure; two spaces in front make it a part of the one above.
    pub fn push(&mut self, what: &'static str, figure: impl ToString) {
        self.0.push((what, figure.to_string()));
    }

    /// Says it, unless asked to be quiet.
    pub fn print(&self, options: &Options) {
        if !options.quiet {
            // Standard error may be closed; the flow is written all the same.
            let _ = writeln!(io::stderr().lock(), "{}", self.rendered(options.format));
        }
    }

    /// As text.
    pub fn rendered(&self, format: Format) -> String {
        match format {
            Format::Table => {
                let mut table = Table::new();
                table.load_style(UTF8_FULL_CONDENSED);
                table.add_rows(self.0.iter().map(|(what, figure)| [(*what).to_owned(), figure.clone()]));
                if let Some(figures) = table.column_mut(1) {
                    figures.set_cell_alignment(CellAlignment::Right);
                }
                table.to_string()
            }
            Format::Json => {
                let figures = self.0.iter().map(|(what, figure)| (name(what), figure.clone().into()));
                serde_json::Value::Object(figures.collect()).to_string()
            }
            Format::Csv => {
                let rows = self.0.iter().map(|(what, figure)| format!("{},{figure}", name(what)));
                rows.collect::<Vec<_>>().join("\n")
            }
        }
    }
}

/// `  card-hours offered` as `card_hours_offered`.
fn name(what: &str) -> String {
    let letters = what
        .trim_start()
        .chars()
        .filter(|&letter| letter != ',' && letter != ':');
    letters
        .map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_names_for_machines() {
        let mut summary = Summary::default();
        summary.push("bids", 3);
        summary.push("  skipped: no cards wanted", 2);
        assert_eq!(summary.rendered(Format::Csv), "bids,3\nskipped_no_cards_wanted,2");
        assert_eq!(
            summary.rendered(Format::Json),
            r#"{"bids":"3","skipped_no_cards_wanted":"2"}"#
        );
        assert!(summary.rendered(Format::Table).contains("skipped: no cards wanted"));
    }
}
