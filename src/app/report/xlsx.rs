//! Reports as workbooks: one worksheet a section. The same report gives the same bytes.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use super::cell::{guarded, plain};
use crate::domain::time::Timestamp;
use crate::engine::report::{Cell, Section};

/// Rows of all sections together: a workbook is held in memory until it is done.
pub const ROWS_MAX: usize = 100_000;

/// Digits that a number in a spreadsheet keeps.
const DIGITS_MAX: usize = 15;

/// Characters of a worksheet's name.
const NAME_MAX: usize = 31;

/// Why there is no workbook.
#[derive(Debug, thiserror::Error)]
pub enum WorkbookError {
    /// More rows than [`ROWS_MAX`].
    #[error("there are {rows} rows, and a workbook takes {ROWS_MAX}: ask for csv or a shorter period")]
    TooManyRows {
        /// How many.
        rows: usize,
    },
    /// It cannot be written, which would be a defect.
    #[error(transparent)]
    Unwritable(#[from] XlsxError),
}

/// A workbook that says it was made at `made_at`; where calendars of spreadsheets do not know that, in 1970.
///
/// # Errors
/// See [`WorkbookError`].
pub fn xlsx(sections: &[Section], made_at: Option<Timestamp>) -> Result<Vec<u8>, WorkbookError> {
    let rows = sections.iter().map(|section| section.rows.len()).sum();
    if rows > ROWS_MAX {
        return Err(WorkbookError::TooManyRows { rows });
    }
    let mut workbook = Workbook::new();
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&made(made_at)?));
    for section in sections {
        let sheet = workbook.add_worksheet();
        sheet.set_name(name(section.title))?;
        fill(sheet, section)?;
    }
    Ok(workbook.save_to_buffer()?)
}

fn made(at: Option<Timestamp>) -> Result<ExcelDateTime, XlsxError> {
    let seconds = at.map_or(0, |at| at.micros().div_euclid(1_000_000));
    ExcelDateTime::from_timestamp(seconds).or_else(|_| ExcelDateTime::from_timestamp(0))
}

/// A title as a worksheet may be named.
fn name(title: &str) -> String {
    let allowed = title.chars().filter(|letter| !"[]:*?/\\'".contains(*letter));
    allowed.take(NAME_MAX).collect()
}

fn fill(sheet: &mut Worksheet, section: &Section) -> Result<(), XlsxError> {
    let bold = Format::new().set_bold();
    for (column, title) in (0_u16..).zip(section.columns) {
        sheet.write_string_with_format(0, column, *title, &bold)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    for (row, cells) in (1_u32..).zip(&section.rows) {
        for (column, cell) in (0_u16..).zip(cells) {
            write(sheet, (row, column), cell)?;
        }
    }
    sheet.autofit();
    Ok(())
}

fn write(sheet: &mut Worksheet, (row, column): (u32, u16), cell: &Cell) -> Result<(), XlsxError> {
    if let Some((number, format)) = number_format(cell).and_then(|format| Some((number(cell)?, format))) {
        let format = Format::new().set_num_format(format);
        sheet.write_number_with_format(row, column, number, &format)?;
    } else {
        let text = guarded(cell);
        if !text.is_empty() {
            sheet.write_string(row, column, text)?;
        }
    }
    Ok(())
}

/// How numbers look; none for what is no number.
fn number_format(cell: &Cell) -> Option<&'static str> {
    match cell {
        Cell::Text(_) | Cell::Time(_) | Cell::None => None,
        Cell::Count(_) => Some("#,##0"),
        Cell::Money(_) | Cell::Total(_) | Cell::CardHours(_) | Cell::Hours(_) => Some("#,##0.00"),
        Cell::Price(_) => Some("0.000000"),
        Cell::Ratio(_) => Some("0.00%"),
        Cell::Decimal(..) => Some("#,##0.00########"),
    }
}

/// The number that a spreadsheet keeps to the last digit; what has more digits is written as text.
fn number(cell: &Cell) -> Option<f64> {
    let text = plain(cell);
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if digits > DIGITS_MAX {
        return None;
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};

    use super::*;
    use crate::domain::money::{Money, Price};
    use crate::domain::time::Hour;
    use crate::engine::report::{CardSeconds, Ratio};

    /// A file inside a workbook.
    fn part(workbook: &[u8], name: &str) -> String {
        let mut archive = zip::ZipArchive::new(Cursor::new(workbook)).unwrap();
        let mut text = String::new();
        archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
        text
    }

    fn sections() -> Vec<Section> {
        let cells = vec![
            Cell::from("=1+1"),
            Money::from_fen(-1_234_567).into(),
            Cell::Total(i128::from(i64::MAX) + 1),
            Price::from_micros(9_500_000).into(),
            CardSeconds(5_400).into(),
            Ratio::of_counts(2, 3).into(),
            Ratio::of_counts(0, 0).into(),
            Hour(0).timestamp().into(),
            Cell::Count(7),
            Cell::None,
        ];
        let columns = &["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
        vec![
            Section::new("first (ch: card-hours)", columns, [cells]),
            Section::new("second", &["only"], []),
        ]
    }

    #[test]
    fn amounts_are_numbers_and_names_are_no_formulas() {
        let workbook = xlsx(&sections(), None).unwrap();
        let sheets = part(&workbook, "xl/workbook.xml");
        for name in ["\"first (ch card-hours)\"", "\"second\""] {
            assert!(sheets.contains(name), "{sheets}");
        }
        let sheet = part(&workbook, "xl/worksheets/sheet1.xml");
        for (place, value) in [
            ("B2", "-12345.67"),
            ("D2", "9.5"),
            ("E2", "1.5"),
            ("F2", "0.6667"),
            ("I2", "7"),
        ] {
            let cell = sheet.split(&format!("<c r=\"{place}\" s=\"")).nth(1).unwrap();
            let (style, rest) = cell.split_once("\">").unwrap();
            assert_ne!(style, "0", "{place}");
            assert!(rest.starts_with(&format!("<v>{value}</v>")), "{place}: {rest}");
        }
        for (place, is_text) in [("A2", true), ("C2", true), ("H2", true), ("G2", false), ("J2", false)] {
            let found = sheet.contains(&format!("<c r=\"{place}\" t=\"s\">"));
            assert_eq!(found, is_text, "{place}: {sheet}");
        }
        assert!(!sheet.contains("<f>"), "{sheet}");
        let texts = part(&workbook, "xl/sharedStrings.xml");
        for text in ["'=1+1", "92233720368547758.08", "1970-01-01T00:00:00Z"] {
            assert!(texts.contains(&format!("<t>{text}</t>")), "{text}: {texts}");
        }
        let styles = part(&workbook, "xl/styles.xml");
        assert!(styles.contains("0.000000"), "{styles}");
    }

    #[test]
    fn the_same_report_gives_the_same_bytes() {
        let until = Some(Hour(24).timestamp());
        let workbook = xlsx(&sections(), until).unwrap();
        assert_eq!(xlsx(&sections(), until).unwrap(), workbook);
        let about = |workbook: &[u8]| part(workbook, "docProps/core.xml");
        assert!(
            about(&workbook).contains("1970-01-02T00:00:00Z"),
            "{}",
            about(&workbook)
        );
        let far = xlsx(&sections(), Some(Timestamp::from_micros(i64::MAX))).unwrap();
        assert!(about(&far).contains("1970-01-01T00:00:00Z"), "{}", about(&far));
    }

    #[test]
    fn a_workbook_has_an_end() {
        let rows = |count: usize| vec![Section::new("rows", &["row"], vec![Vec::new(); count])];
        assert!(xlsx(&rows(ROWS_MAX), None).is_ok());
        let refused = xlsx(&rows(ROWS_MAX + 1), None);
        assert!(
            matches!(refused, Err(WorkbookError::TooManyRows { rows }) if rows == ROWS_MAX + 1),
            "{refused:?}"
        );
    }
}
