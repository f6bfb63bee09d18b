//! What a report shows: titled tables of typed cells. Tables, CSV and JSON print the same cells.

use super::figure::{CardSeconds, Ratio, Span};
use crate::domain::money::{Money, Price};
use crate::domain::time::Timestamp;

/// A value in a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Words.
    Text(String),
    /// A number of things.
    Count(u64),
    /// An amount.
    Money(Money),
    /// An amount that may exceed what one account can hold.
    Total(i128),
    /// A price of a card-hour.
    Price(Price),
    /// Card-hours.
    CardHours(CardSeconds),
    /// Hours.
    Hours(Span),
    /// A share.
    Ratio(Ratio),
    /// So many units of 10 to the power of minus so many.
    Decimal(i128, u32),
    /// An instant.
    Time(Timestamp),
    /// Nothing.
    None,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// What it shows.
    pub title: &'static str,
    /// The names of its columns.
    pub columns: &'static [&'static str],
    /// Its rows.
    pub rows: Vec<Vec<Cell>>,
}

impl Section {
    /// A table.
    pub fn new(
        title: &'static str,
        columns: &'static [&'static str],
        rows: impl IntoIterator<Item = Vec<Cell>>,
    ) -> Section {
        let rows = rows.into_iter().collect();
        Section { title, columns, rows }
    }

    /// A list of named figures.
    pub fn figures<const N: usize>(title: &'static str, figures: [(&str, Cell); N]) -> Section {
        let rows = figures.into_iter().map(|(name, cell)| vec![Cell::from(name), cell]);
        Section::new(title, &["figure", "value"], rows)
    }
}

macro_rules! cells {
    ($($type:ty => $variant:ident;)+) => {$(
        impl From<$type> for Cell {
            fn from(value: $type) -> Cell {
                Cell::$variant(value)
            }
        }
    )+};
}

cells! {
    String => Text;
    u64 => Count;
    Money => Money;
    Price => Price;
    CardSeconds => CardHours;
    Span => Hours;
    Ratio => Ratio;
    Timestamp => Time;
}

impl From<&str> for Cell {
    fn from(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }
}

impl From<u32> for Cell {
    fn from(count: u32) -> Cell {
        Cell::Count(u64::from(count))
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Cell {
        value.map_or(Cell::None, Into::into)
    }
}
