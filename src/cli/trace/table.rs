//! CSV files that others wrote: every field is read with its place, so that what is wrong can be found.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use csv::StringRecord;

/// A trace cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// The file cannot be opened.
    #[error("{}: {source}", path.display())]
    Open {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: csv::Error,
    },
    /// A line is no CSV, or has another number of fields than the first line.
    #[error("{}, line {line}: {source}", path.display())]
    Line {
        /// Which file.
        path: PathBuf,
        /// Which line.
        line: u64,
        /// Why.
        source: csv::Error,
    },
    /// The first line does not name a column.
    #[error("{}, line 1: no column {column:?}; the columns are {found}", path.display())]
    Column {
        /// Which file.
        path: PathBuf,
        /// The column that is missing.
        column: &'static str,
        /// The columns that are there.
        found: String,
    },
    /// A field cannot be read.
    #[error("{}, line {line}, field {field}: {value:?} {reason}", path.display())]
    Field {
        /// Which file.
        path: PathBuf,
        /// Which line.
        line: u64,
        /// Which field.
        field: &'static str,
        /// What stands there.
        value: String,
        /// Why it cannot be read.
        reason: String,
    },
    /// There is nothing to make a market of.
    #[error("{}: {lack}", path.display())]
    Empty {
        /// Which file.
        path: PathBuf,
        /// What is missing.
        lack: &'static str,
    },
}

/// A CSV file with a first line that names the columns.
pub struct Table {
    path: PathBuf,
    columns: StringRecord,
    reader: csv::Reader<std::fs::File>,
}

/// One line of it.
pub struct Row<'a> {
    path: &'a Path,
    columns: &'a StringRecord,
    record: &'a StringRecord,
}

impl Table {
    /// Opens the file and reads the names of its columns.
    pub fn open(path: &Path) -> Result<Table, TraceError> {
        let fail = |source| TraceError::Open {
            path: path.to_owned(),
            source,
        };
        let mut reader = csv::Reader::from_path(path).map_err(fail)?;
        let columns = reader.headers().map_err(fail)?.clone();
        Ok(Table {
            path: path.to_owned(),
            columns,
            reader,
        })
    }

    /// Whether the first line names the column.
    pub fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|known| known == column)
    }

    /// What `read` makes of each line.
    pub fn rows<T>(mut self, read: impl Fn(&Row<'_>) -> Result<T, TraceError>) -> Result<Vec<T>, TraceError> {
        let mut record = StringRecord::new();
        let mut things = Vec::new();
        loop {
            let line = self.reader.position().line();
            let more = self.reader.read_record(&mut record);
            if !more.map_err(|source| TraceError::Line {
                path: self.path.clone(),
                line,
                source,
            })? {
                return Ok(things);
            }
            things.push(read(&Row {
                path: &self.path,
                columns: &self.columns,
                record: &record,
            })?);
        }
    }
}

impl Row<'_> {
    /// The text of a field.
    pub fn text(&self, field: &'static str) -> Result<&str, TraceError> {
        let place = self.columns.iter().position(|known| known == field);
        place
            .and_then(|place| self.record.get(place))
            .ok_or_else(|| TraceError::Column {
                path: self.path.to_owned(),
                column: field,
                found: self.columns.iter().collect::<Vec<_>>().join(", "),
            })
    }

    /// A field that reads as a `T`.
    pub fn parsed<T: FromStr<Err: fmt::Display>>(&self, field: &'static str) -> Result<T, TraceError> {
        let text = self.text(field)?;
        text.parse().map_err(|error: T::Err| self.wrong(field, text, error))
    }

    /// A field that reads as a `T` or is empty.
    pub fn optional<T: FromStr<Err: fmt::Display>>(&self, field: &'static str) -> Result<Option<T>, TraceError> {
        if self.text(field)?.is_empty() {
            Ok(None)
        } else {
            self.parsed(field).map(Some)
        }
    }

    /// The complaint that a field cannot be read.
    pub fn wrong(&self, field: &'static str, value: &str, reason: impl fmt::Display) -> TraceError {
        TraceError::Field {
            path: self.path.to_owned(),
            line: self.record.position().map_or(0, csv::Position::line),
            field,
            value: value.to_owned(),
            reason: reason.to_string(),
        }
    }
}
