//! Reports as pages to print: one self-contained file each, with Chinese and English labels and without scripts.
//!
//! Everything that is printed is escaped: names are chosen by organisations. Instants are shown by the clock of Asia/Shanghai.

use std::fmt::{self, Write};

use super::cell::{is_of_numbers, plain};
use super::label;
use crate::domain::time::Timestamp;
use crate::engine::report::figure::{decimal, round_half_up};
use crate::engine::report::{Cell, Section};

/// Rows of all sections together: beyond that, nobody prints it and no browser shows it.
pub const ROWS_MAX: usize = 100_000;

/// There are more rows than [`ROWS_MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there are {rows} rows, and a page takes {ROWS_MAX}: ask for csv or a shorter period")]
pub struct TooLong {
    /// How many.
    pub rows: usize,
}

/// How the page looks, on screen and on A4.
const STYLE: &str = "\
@page{size:A4 landscape;margin:14mm 12mm 16mm}\
*{box-sizing:border-box}\
body{font:10pt/1.45 'Noto Sans CJK SC','Noto Sans SC','Source Han Sans SC','PingFang SC','Microsoft YaHei',sans-serif;\
color:#111;background:#fff;margin:0 auto;padding:8mm;max-width:297mm}\
h1{font-size:17pt;margin:0 0 1mm}\
h2{font-size:12pt;margin:7mm 0 2mm;border-bottom:.5pt solid #111;break-after:avoid}\
h1 small,h2 small,th small,td small{color:#555;font-weight:400;font-size:82%}\
p{margin:0 0 2mm;color:#444}\
table{border-collapse:collapse;width:100%;font-size:8.5pt}\
thead{display:table-header-group}\
tr{break-inside:avoid}\
th,td{padding:.8mm 1.4mm;border-bottom:.25pt solid #bbb;text-align:left;vertical-align:top;overflow-wrap:anywhere}\
th{border-bottom:.75pt solid #111;font-weight:600;background:#f2f2f2}\
th small{display:block}\
.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums;overflow-wrap:normal}\
.t{white-space:nowrap}\
.m{color:#b00020}\
.f{width:auto;min-width:50%}\
.f th{background:none;border-bottom:.25pt solid #bbb;font-weight:400;width:45%}\
.f th small{display:inline}\
tr.e td{font-weight:600;background:#f7f7f7}\
section.b{break-before:page}\
@media print{body{padding:0;max-width:none}th,tr.e td{print-color-adjust:exact;-webkit-print-color-adjust:exact}}";

/// A page of these sections, under a name.
///
/// # Errors
/// [`TooLong`].
pub fn html(name: &str, sections: &[Section]) -> Result<String, TooLong> {
    let rows = sections.iter().map(|section| section.rows.len()).sum();
    if rows > ROWS_MAX {
        return Err(TooLong { rows });
    }
    let mut page = String::with_capacity(4_096 + rows * 256);
    let title = label::both(name);
    let _ = write!(
        page,
        "<!DOCTYPE html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n\
        <meta name=\"viewport\" content=\"width=device-width\">\n<title>{}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
        <h1>{}</h1>\n<p>钱塘算力交易 · Qiantang compute exchange — 时间按北京时间（UTC+8），金额单位为人民币元 <small>times in Asia/Shanghai, \
        amounts in CNY; the period ends before the instant named</small></p>\n",
        Escaped(&title.plain()),
        title
    );
    for section in sections {
        write_section(&mut page, section);
    }
    page.push_str("</body>\n</html>\n");
    Ok(page)
}

/// Rows beyond which a table starts on a page of its own.
const LONG: usize = 40;

fn write_section(page: &mut String, section: &Section) {
    let is_figures = section.columns == ["figure", "value"];
    let class = if section.rows.len() > LONG && !is_figures {
        " class=\"b\""
    } else {
        ""
    };
    // Writing to a string cannot fail.
    let _ = writeln!(page, "<section{class}>\n<h2>{}</h2>", label::both(section.title));
    if section.rows.is_empty() {
        page.push_str("<p>无 <small>none</small></p>\n");
    } else if is_figures {
        figures(page, section);
    } else {
        table(page, section);
    }
    page.push_str("</section>\n");
}

/// Named figures, one below the other; what there is not is left out.
fn figures(page: &mut String, section: &Section) {
    page.push_str("<table class=\"f\">\n");
    for row in &section.rows {
        if let [Cell::Text(name), value] = row.as_slice()
            && *value != Cell::None
        {
            let _ = write!(page, "<tr><th scope=\"row\">{}</th>", label::both(name));
            write_cell(page, value, false);
            page.push_str("</tr>\n");
        }
    }
    page.push_str("</table>\n");
}

fn table(page: &mut String, section: &Section) {
    // A column in which no row says anything takes space from those that do.
    let is_used = |place: usize| {
        section
            .rows
            .iter()
            .any(|row| row.get(place).is_some_and(|cell| *cell != Cell::None))
    };
    let used: Vec<bool> = (0..section.columns.len()).map(is_used).collect();
    page.push_str("<table>\n<thead><tr>");
    for (place, column) in section.columns.iter().enumerate().filter(|(place, _)| used[*place]) {
        let is_number = is_of_numbers(section, place);
        let class = if is_number { " class=\"n\"" } else { "" };
        let _ = write!(page, "<th scope=\"col\"{class}>{}</th>", label::both(column));
    }
    page.push_str("</tr></thead>\n<tbody>\n");
    for row in &section.rows {
        let class = if is_edge(row) { " class=\"e\"" } else { "" };
        let _ = write!(page, "<tr{class}>");
        for (place, cell) in row
            .iter()
            .enumerate()
            .filter(|(place, _)| used.get(*place) == Some(&true))
        {
            write_cell(
                page,
                cell,
                section.columns.get(place).is_some_and(|column| label::is_coded(column)),
            );
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</tbody>\n</table>\n");
}

/// Whether a row opens, closes or adds up others.
fn is_edge(row: &[Cell]) -> bool {
    let says = |cell: Option<&Cell>, words: &[&str]| match cell {
        Some(Cell::Text(text)) => words.contains(&text.as_str()),
        _ => false,
    };
    says(row.first(), &["total", "total, equal"]) || says(row.get(3), &["opening balance", "closing balance"])
}

fn write_cell(page: &mut String, cell: &Cell, is_coded: bool) {
    let class = match cell {
        Cell::Text(text) if is_identifier(text) => " class=\"t\"",
        Cell::Text(_) | Cell::None => "",
        Cell::Time(_) => " class=\"t\"",
        number if plain(number).starts_with('-') => " class=\"n m\"",
        Cell::Count(_)
        | Cell::Money(_)
        | Cell::Total(_)
        | Cell::Price(_)
        | Cell::CardHours(_)
        | Cell::Hours(_)
        | Cell::Decimal(..)
        | Cell::Ratio(_) => " class=\"n\"",
    };
    let _ = write!(page, "<td{class}>");
    let _ = match cell {
        Cell::Text(text) if is_coded => write!(page, "{}", label::both(text)),
        other => write!(page, "{}", Escaped(&readable(other))),
    };
    page.push_str("</td>");
}

/// Whether a text is one word of ours or a number of a document, which is not to be broken.
fn is_identifier(text: &str) -> bool {
    text.len() <= IDENTIFIER_MAX
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
}

/// The longest number of an invoice, with room.
const IDENTIFIER_MAX: usize = 32;

/// As one reads it: thousands set apart, instants by the clock of Shanghai.
fn readable(cell: &Cell) -> String {
    match cell {
        Cell::Text(_) | Cell::None => plain(cell),
        Cell::Count(_) | Cell::Money(_) | Cell::Total(_) | Cell::Hours(_) | Cell::Decimal(..) | Cell::Price(_) => {
            with_thousands(&plain(cell))
        }
        Cell::CardHours(cards) => with_thousands(&decimal(round_half_up(i128::from(cards.0), 36), 2)),
        Cell::Ratio(ratio) => ratio.percent().map_or("–".to_owned(), |percent| format!("{percent} %")),
        Cell::Time(at) => in_shanghai(*at),
    }
}

fn in_shanghai(at: Timestamp) -> String {
    let local = at.plus_hours(8).to_string();
    let text = local.trim_end_matches('Z').replace('T', " ");
    match text.strip_suffix(":00") {
        Some(minutes) => minutes.to_owned(),
        None => text,
    }
}

/// `-1234567.80` as `-1,234,567.80`.
pub fn with_thousands(number: &str) -> String {
    let (sign, digits) = number.strip_prefix('-').map_or(("", number), |digits| ("-", digits));
    let (whole, rest) = digits.find('.').map_or((digits, ""), |point| digits.split_at(point));
    let mut grouped = String::with_capacity(number.len() + whole.len() / 3);
    for (place, digit) in whole.char_indices() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}{grouped}{rest}")
}

/// Text that is neither markup nor the end of an attribute; characters that a page cannot have are replaced.
pub struct Escaped<'a>(pub &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in self.0.chars() {
            match letter {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                '\n' | '\t' => f.write_char(' ')?,
                // Marks that turn the direction of what follows would let a name hide the amount beside it.
                control if control.is_control() || is_direction(control) => f.write_char('\u{fffd}')?,
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}

/// Unicode's marks that change the direction of text (UAX #9).
fn is_direction(letter: char) -> bool {
    matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::Money;
    use crate::domain::time::Hour;

    #[test]
    fn nothing_that_is_printed_is_markup() {
        let wicked = "<script>alert(1)</script>\" onload='x' & \u{202e}dne\u{0}";
        let section = Section::new("movements", &["lease", "account"], [vec![wicked.into(), wicked.into()]]);
        let figures = Section::figures("statement of account", [("name", wicked.into())]);
        let page = html(wicked, &[section, figures]).unwrap();
        assert!(!page.contains("<script"), "{page}");
        assert!(!page.contains("onload='"), "{page}");
        assert!(!page.contains(['\u{202e}', '\u{0}']), "{page}");
        let shown = "&lt;script&gt;alert(1)&lt;/script&gt;&quot; onload=&#39;x&#39; &amp; \u{fffd}dne\u{fffd}";
        // The title, the heading, two cells and a figure.
        assert_eq!(page.matches(shown).count(), 5, "{page}");
    }

    #[test]
    fn pages_are_read_by_accountants() {
        let rows = [
            vec![
                "cash".into(),
                Money::from_fen(-123_456_789).into(),
                Hour(16).timestamp().into(),
                Cell::None,
            ],
            vec!["total".into(), Money::from_fen(1).into(), Cell::None, Cell::None],
        ];
        let page = html(
            "statement",
            &[Section::new("balances", &["account", "in", "booked at", "lease"], rows)],
        )
        .unwrap();
        for part in [
            "<td class=\"n m\">-1,234,567.89</td>",
            "<td class=\"t\">1970-01-02 00:00</td>",
            "<td class=\"t\">现金 <small>cash</small></td>",
            "<th scope=\"col\" class=\"n\">收入 <small>in</small></th>",
            "<tr class=\"e\"><td class=\"t\">合计 <small>total</small></td>",
        ] {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert!(
            !page.contains("<small>lease</small>"),
            "an empty column is left out: {page}"
        );
    }

    #[test]
    fn a_page_has_an_end() {
        let rows = |count: usize| [Section::new("rows", &["row"], vec![vec![Cell::None]; count])];
        assert!(html("rows", &rows(ROWS_MAX)).is_ok());
        assert_eq!(html("rows", &rows(ROWS_MAX + 1)), Err(TooLong { rows: ROWS_MAX + 1 }));
    }
}
