//! Reports for people, programs and spreadsheets.

use std::fmt::Write;

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, Table};
use serde::{Serialize, Serializer};

use crate::app::report::cell::{is_of_numbers, plain};
use crate::app::report::html::with_thousands;
use crate::app::report::{Name, Report};
use crate::cli::Format;
use crate::engine::report::figure::{decimal, round_half_up};
use crate::engine::report::{Cell, Section};

/// The reports in a format.
pub fn text(reports: &[(Name, Report)], format: Format) -> String {
    match format {
        Format::Table => tables(reports),
        Format::Csv => reports.iter().map(|(_, report)| report.csv()).collect(),
        Format::Json => json(reports),
    }
}

fn sections(reports: &[(Name, Report)]) -> Vec<Section> {
    reports.iter().flat_map(|(_, report)| report.sections()).collect()
}

fn tables(reports: &[(Name, Report)]) -> String {
    let mut text = String::new();
    for section in sections(reports) {
        // Writing to a string cannot fail.
        let _ = write!(text, "\n{}\n", section.title);
        if section.rows.is_empty() {
            text.push_str("none\n");
        } else {
            let _ = writeln!(text, "{}", table(&section));
        }
    }
    text
}

fn table(section: &Section) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED);
    table.set_header(section.columns.iter().copied());
    for row in &section.rows {
        table.add_row(row.iter().map(for_people));
    }
    for place in 0..section.columns.len() {
        let is_number = is_of_numbers(section, place);
        if let Some(column) = table.column_mut(place).filter(|_| is_number) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// One report by itself, or several by name.
fn json(reports: &[(Name, Report)]) -> String {
    let rendered = match reports {
        [(_, report)] => serde_json::to_string_pretty(report),
        several => serde_json::to_string_pretty(&ByName(several)),
    };
    // Reports are structs of texts and integers: they always have a JSON form.
    let mut text = rendered.unwrap_or_default();
    text.push('\n');
    text
}

struct ByName<'a>(&'a [(Name, Report)]);

impl Serialize for ByName<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let reports = self.0.iter();
        serializer.collect_map(reports.map(|(name, report)| (name.as_str().replace('-', "_"), report)))
    }
}

/// Rounded to what one looks at, with thousands set apart.
fn for_people(cell: &Cell) -> String {
    match cell {
        Cell::Text(_) | Cell::None => plain(cell),
        Cell::Count(_) | Cell::Money(_) | Cell::Total(_) | Cell::Hours(_) | Cell::Decimal(..) => {
            with_thousands(&plain(cell))
        }
        Cell::Price(price) => with_thousands(&decimal(round_half_up(i128::from(price.micros()), 100), 4)),
        Cell::CardHours(cards) => with_thousands(&decimal(round_half_up(i128::from(cards.0), 360), 1)),
        Cell::Ratio(ratio) => ratio.percent().map_or("–".to_owned(), |percent| format!("{percent} %")),
        Cell::Time(at) => at.to_string().replace('T', " ").replace('Z', " UTC"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::{Money, Price};
    use crate::engine::report::{CardSeconds, Ratio};

    #[test]
    fn cells_are_readable() {
        for (cell, readable) in [
            (Cell::Count(1_234), "1,234"),
            (Cell::Money(Money::from_fen(-123_456_780)), "-1,234,567.80"),
            (Cell::Total(99), "0.99"),
            (Cell::Price(Price::from_micros(6_010_049)), "6.0100"),
            (Cell::CardHours(CardSeconds(3_600_000 + 180)), "1,000.1"),
            (Cell::Ratio(Ratio::of_counts(2, 3)), "66.67 %"),
            (Cell::Ratio(Ratio::of_counts(0, 0)), "–"),
            (Cell::None, ""),
        ] {
            assert_eq!(for_people(&cell), readable);
        }
    }
}
