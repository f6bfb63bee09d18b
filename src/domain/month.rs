//! Calendar months by the clock of Asia/Shanghai: what statements and invoices are made for.

use std::fmt;
use std::str::FromStr;

use super::text::as_text;
use super::time::Timestamp;

/// A calendar month in Asia/Shanghai, such as 2026-12.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    from: Timestamp,
    until: Timestamp,
    year: u16,
    number: u8,
}

/// Why a text is no month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a month between the years 1971 and 9998, such as 2026-12")]
pub struct ParseMonthError;

impl Month {
    /// Its first instant.
    pub fn from(self) -> Timestamp {
        self.from
    }

    /// The first instant after it.
    pub fn until(self) -> Timestamp {
        self.until
    }

    /// The month in which an instant lies; none beyond the years that are counted.
    pub fn of(at: Timestamp) -> Option<Month> {
        let year = at.year();
        let months = (1..=12_u8).map(|number| format!("{year:04}-{number:02}").parse::<Month>());
        months
            .filter_map(Result::ok)
            .find(|month| month.from <= at && at < month.until)
    }

    /// The same without a dash, as numbers of documents have it: `202612`.
    pub fn digits(self) -> String {
        format!("{:04}{:02}", self.year, self.number)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.number)
    }
}

impl FromStr for Month {
    type Err = ParseMonthError;

    fn from_str(text: &str) -> Result<Month, ParseMonthError> {
        let digits = |part: &str, count: usize| part.len() == count && part.bytes().all(|byte| byte.is_ascii_digit());
        let (year, number) = text.split_once('-').ok_or(ParseMonthError)?;
        if !digits(year, 4) || !digits(number, 2) {
            return Err(ParseMonthError);
        }
        let parsed_year: u16 = year.parse().map_err(|_| ParseMonthError)?;
        let first = format!("{year}-{number}-01T00:00:00+08:00");
        let from: Timestamp = first.parse().map_err(|_| ParseMonthError)?;
        if !(1971..=9998).contains(&parsed_year) {
            return Err(ParseMonthError);
        }
        Ok(Month {
            from,
            until: from.plus_months(1).ok_or(ParseMonthError)?,
            year: parsed_year,
            number: number.parse().map_err(|_| ParseMonthError)?,
        })
    }
}

as_text!(Month);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_begins_at_midnight_in_shanghai() {
        for (text, from, until) in [
            ("2026-12", "2026-11-30T16:00:00Z", "2026-12-31T16:00:00Z"),
            ("2027-01", "2026-12-31T16:00:00Z", "2027-01-31T16:00:00Z"),
            ("2028-02", "2028-01-31T16:00:00Z", "2028-02-29T16:00:00Z"),
        ] {
            let month: Month = text.parse().unwrap();
            assert_eq!(
                (month.from().to_string(), month.until().to_string()),
                (from.to_owned(), until.to_owned())
            );
            assert_eq!(month.to_string(), text);
            assert_eq!(Month::of(month.from()), Some(month));
            assert_eq!(
                Month::of(Timestamp::from_micros(month.until().micros() - 1)),
                Some(month)
            );
            assert_ne!(Month::of(month.until()), Some(month));
        }
        assert_eq!("2026-02".parse::<Month>().unwrap().digits(), "202602");
    }

    #[test]
    fn other_texts_are_no_months() {
        for text in [
            "2026",
            "2026-13",
            "2026-00",
            "2026-1",
            "26-01",
            "2026-01-01",
            "+026-01",
            "9999-12",
            "1970-01",
            "",
        ] {
            assert_eq!(text.parse::<Month>(), Err(ParseMonthError), "{text}");
        }
    }
}
