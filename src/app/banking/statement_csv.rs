//! Statements in a CSV of our own, for banks that send no camt.053: the first line is the statement's, each further one an entry's.
//!
//! ```text
//! statement,ACCOUNT,STATEMENT ID,CNY,OPENING,CLOSING,CLOSED AT
//! entry,REFERENCE,credit|debit,CNY,AMOUNT,BOOKED AT,END TO END ID,REMITTANCE,COUNTERPARTY,ITS ACCOUNT,RETURN REASON
//! ```

use std::str::FromStr;

use csv::StringRecord;

use crate::domain::banking::statement::{Direction, NewStatement, StatementEntry, StatementFormat};
use crate::domain::fingerprint::Fingerprint;
use crate::domain::money::Money;
use crate::engine::limits::STATEMENT_ENTRIES_MAX;
use crate::engine::rejection::{FieldErrors, FieldRule, Rejection, invalid};

/// Fields of the first line.
const STATEMENT_FIELDS: usize = 7;
/// Fields that an entry must have, and may have.
const ENTRY_FIELDS: std::ops::RangeInclusive<usize> = 6..=11;

/// Reads a statement; errors name the line and the field, each from 1.
///
/// # Errors
/// It is no such file, or a field cannot be used.
pub fn statement(text: &str, file: Fingerprint) -> Result<NewStatement, Rejection> {
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut errors = FieldErrors::default();
    let mut read: Option<NewStatement> = None;
    for (line, record) in (1_u64..).zip(reader.records()) {
        let at = format!("/line/{line}");
        let record = record.map_err(|error| invalid(&at, FieldRule::Malformed, error.to_string()))?;
        match (record.get(0), &mut read) {
            (Some("statement"), None) => read = Some(head(&record, &at, file)?),
            (Some("entry"), Some(statement)) if statement.entries.len() < STATEMENT_ENTRIES_MAX => {
                statement.entries.extend(entry(&mut errors, &record, &at));
            }
            (Some("entry"), Some(_)) => {
                let detail = "is one of more than 10000 entries";
                return Err(invalid(&at, FieldRule::TooMany, detail));
            }
            _ => {
                let detail = "must be one line of the statement and then lines of its entries";
                return Err(invalid(&at, FieldRule::Malformed, detail));
            }
        }
    }
    errors.check()?;
    read.ok_or_else(|| invalid("/line/1", FieldRule::Empty, "is needed: the line of the statement"))
}

fn parsed<T: FromStr<Err: std::fmt::Display>>(
    errors: &mut FieldErrors,
    (record, place): (&StringRecord, usize),
    at: &str,
) -> Option<T> {
    let parsed = record.get(place).unwrap_or_default().parse();
    match parsed {
        Ok(value) => Some(value),
        Err(error) => {
            errors.add(format!("{at}/{}", place + 1), FieldRule::Malformed, error.to_string());
            None
        }
    }
}

fn currency(errors: &mut FieldErrors, record: &StringRecord, at: &str) {
    let fits = record.get(3) == Some("CNY");
    errors.require(fits, &format!("{at}/4"), FieldRule::NotEligible, "must be CNY");
}

fn head(record: &StringRecord, at: &str, file: Fingerprint) -> Result<NewStatement, Rejection> {
    let mut errors = FieldErrors::default();
    let fits = record.len() == STATEMENT_FIELDS;
    errors.require(fits, at, FieldRule::Malformed, "must have 7 fields");
    currency(&mut errors, record, at);
    let opening: Option<Money> = parsed(&mut errors, (record, 4), at);
    let closing: Option<Money> = parsed(&mut errors, (record, 5), at);
    let closed_at = parsed(&mut errors, (record, 6), at);
    errors.check()?;
    let text = |place: usize| record.get(place).unwrap_or_default().to_owned();
    Ok(NewStatement {
        account: text(1),
        statement: text(2),
        opening: opening.unwrap_or_default(),
        closing: closing.unwrap_or_default(),
        closed_at: closed_at.unwrap_or_default(),
        format: StatementFormat::Csv,
        file,
        entries: Vec::new(),
    })
}

fn entry(errors: &mut FieldErrors, record: &StringRecord, at: &str) -> Option<StatementEntry> {
    let fits = ENTRY_FIELDS.contains(&record.len());
    errors.require(fits, at, FieldRule::Malformed, "must have 6 to 11 fields");
    currency(errors, record, at);
    let direction = match record.get(2) {
        Some("credit") => Some(Direction::Credit),
        Some("debit") => Some(Direction::Debit),
        Some(_) | None => {
            errors.add(format!("{at}/3"), FieldRule::Malformed, "must be credit or debit");
            None
        }
    };
    let amount = parsed(errors, (record, 4), at);
    let booked_at = parsed(errors, (record, 5), at);
    let text = |place: usize| record.get(place).unwrap_or_default().to_owned();
    Some(StatementEntry {
        reference: text(1),
        direction: direction?,
        amount: amount?,
        booked_at: booked_at?,
        end_to_end: text(6),
        remittance: text(7),
        counterparty: text(8),
        counterparty_account: text(9),
        return_reason: text(10),
    })
}
