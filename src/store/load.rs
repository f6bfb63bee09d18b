//! What loading has in common: pages, and columns that hold something impossible.

use crate::domain::time::{Hour, Window};

/// Rows read at once.
pub(crate) const PAGE: i64 = 50_000;

/// A column holds what nobody wrote.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{column} holds {found:?}")]
pub struct Corrupt {
    column: &'static str,
    found: String,
}

/// Why something cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The database did not answer.
    #[error(transparent)]
    Query(#[from] diesel::result::Error),
    /// It answered with something impossible.
    #[error(transparent)]
    Corrupt(#[from] Corrupt),
}

impl Corrupt {
    pub(crate) fn new(column: &'static str, found: &str) -> Corrupt {
        Corrupt {
            column,
            found: found.to_owned(),
        }
    }
}

/// `value` as a smaller integer.
pub(crate) fn narrow<T: TryFrom<i64>>(column: &'static str, value: i64) -> Result<T, Corrupt> {
    T::try_from(value).map_err(|_| Corrupt::new(column, &value.to_string()))
}

/// `value` as an hour.
pub(crate) fn hour(column: &'static str, value: i64) -> Result<Hour, Corrupt> {
    narrow(column, value).map(Hour)
}

/// `[from, until)`.
pub(crate) fn window(column: &'static str, from: i64, until: i64) -> Result<Window, Corrupt> {
    let (from, until) = (hour(column, from)?, hour(column, until)?);
    Window::new(from, until).ok_or_else(|| Corrupt::new(column, &until.0.to_string()))
}

/// A place in a list as a column.
pub(crate) fn count(place: usize) -> i64 {
    i64::try_from(place).unwrap_or(i64::MAX)
}

/// A column as a place in a list.
pub(crate) fn index(column: &'static str, value: i64) -> Result<usize, Corrupt> {
    narrow(column, value)
}
