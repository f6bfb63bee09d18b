//! What cells say to programs and spreadsheets.

use crate::engine::report::figure::decimal;
use crate::engine::report::{Cell, Section};

/// Exact, for programs; nothing for what there is not.
pub fn plain(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => text.clone(),
        Cell::Count(count) => count.to_string(),
        Cell::Money(money) => money.to_string(),
        Cell::Total(fen) => decimal(*fen, 2),
        Cell::Price(price) => price.to_string(),
        Cell::CardHours(cards) => cards.to_string(),
        Cell::Hours(span) => span.to_string(),
        Cell::Ratio(ratio) => ratio.fraction().unwrap_or_default(),
        Cell::Decimal(units, decimals) => decimal(*units, *decimals),
        Cell::Time(at) => at.to_string(),
        Cell::None => String::new(),
    }
}

/// Whether a column has numbers, to be set flush right.
pub fn is_of_numbers(section: &Section, place: usize) -> bool {
    section.rows.iter().any(|row| row.get(place).is_some_and(is_number))
}

fn is_number(cell: &Cell) -> bool {
    match cell {
        Cell::Text(_) | Cell::Time(_) | Cell::None => false,
        Cell::Count(_)
        | Cell::Money(_)
        | Cell::Total(_)
        | Cell::Price(_)
        | Cell::CardHours(_)
        | Cell::Hours(_)
        | Cell::Decimal(..)
        | Cell::Ratio(_) => true,
    }
}

/// Exact, and no text is taken for a formula: organisations choose their own names.
pub fn guarded(cell: &Cell) -> String {
    let text = plain(cell);
    let is_formula = matches!(cell, Cell::Text(_)) && text.starts_with(FORMULA);
    if is_formula { format!("'{text}") } else { text }
}

/// What a formula may begin with. Spreadsheets set to Chinese or Japanese take the wide forms too.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::{Money, Price};
    use crate::engine::report::{CardSeconds, Ratio};

    #[test]
    fn cells_are_exact() {
        for (cell, exact) in [
            (Cell::Count(1_234), "1234"),
            (Cell::Money(Money::from_fen(-123_456_780)), "-1234567.80"),
            (Cell::Total(99), "0.99"),
            (Cell::Total(i128::from(i64::MAX) + 1), "92233720368547758.08"),
            (Cell::Price(Price::from_micros(6_010_049)), "6.010049"),
            (Cell::CardHours(CardSeconds(3_600_000 + 180)), "1000.05"),
            (Cell::Ratio(Ratio::of_counts(2, 3)), "0.6667"),
            (Cell::Ratio(Ratio::of_counts(0, 0)), ""),
            (Cell::None, ""),
        ] {
            assert_eq!(plain(&cell), exact);
        }
    }

    #[test]
    fn names_are_no_formulas() {
        for text in [
            "=HYPERLINK(1)",
            "+1",
            "-1",
            "@SUM(1)",
            "\t=1",
            "\r=1",
            "\n=1",
            "＝1",
            "＋1",
            "－1",
            "＠1",
        ] {
            assert_eq!(guarded(&Cell::from(text)), format!("'{text}"));
        }
        for text in ["智算中心", "a=1", "'=1", " ", ""] {
            assert_eq!(guarded(&Cell::from(text)), text);
        }
        assert_eq!(guarded(&Cell::Money(Money::from_fen(-5))), "-0.05");
    }
}
