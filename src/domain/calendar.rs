//! Working days: Mondays to Fridays, less holidays, and the weekends that are worked instead.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};

use super::text::as_text;
use super::time::Timestamp;

/// By how much Asia/Shanghai is ahead of UTC; there is no daylight saving time since 1991.
const SHANGHAI_OFFSET_MICROS: i64 = 8 * 3_600 * 1_000_000;
const MICROS_PER_DAY: i64 = 24 * 3_600 * 1_000_000;
/// The longest search for working days: no notice is longer.
pub const WORKING_DAYS_MAX: u32 = 250;

/// A day in Asia/Shanghai.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(NaiveDate);

/// Why a text is no day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a day such as 2026-02-14")]
pub struct ParseDayError;

impl Day {
    /// The day in Shanghai on which an instant lies; none outside the years that can be counted.
    pub fn of(at: Timestamp) -> Option<Day> {
        let local = chrono::DateTime::from_timestamp_micros(at.micros().saturating_add(SHANGHAI_OFFSET_MICROS))?;
        Some(Day(local.date_naive()))
    }

    /// Its first instant.
    pub fn start(self) -> Timestamp {
        let days = i64::from(self.0.num_days_from_ce() - NaiveDate::default().num_days_from_ce());
        Timestamp::from_micros(
            days.saturating_mul(MICROS_PER_DAY)
                .saturating_sub(SHANGHAI_OFFSET_MICROS),
        )
    }

    /// The day after; none after the last one that can be counted.
    pub fn next(self) -> Option<Day> {
        self.0.succ_opt().map(Day)
    }

    /// Its year.
    pub fn year(self) -> i32 {
        self.0.year()
    }

    /// Whether it is a Saturday or a Sunday.
    pub fn is_weekend(self) -> bool {
        matches!(self.0.weekday(), Weekday::Sat | Weekday::Sun)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.format("%Y-%m-%d").fmt(f)
    }
}

impl FromStr for Day {
    type Err = ParseDayError;

    fn from_str(text: &str) -> Result<Day, ParseDayError> {
        let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| ParseDayError)?;
        // Chrono reads `2026-2-4` too; a day has one text.
        let day = Day(day);
        if day.to_string() == text {
            Ok(day)
        } else {
            Err(ParseDayError)
        }
    }
}

as_text!(Day);

/// What of a year is not as the days of the week say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    /// Where it is in force, as digits of GB/T 2260; empty: in the whole country.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub jurisdiction: String,
    /// The year.
    pub year: i32,
    /// Days off that are not weekends, or that are.
    #[schema(value_type = Vec<String>)]
    pub holidays: Vec<Day>,
    /// Weekends on which people work (调休).
    #[schema(value_type = Vec<String>)]
    pub workdays: Vec<Day>,
}

impl Calendar {
    /// Whether people work on a day of its year.
    pub fn is_working(&self, day: Day) -> bool {
        self.workdays.contains(&day) || (!day.is_weekend() && !self.holidays.contains(&day))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_begin_at_midnight_in_shanghai() {
        let day = |text: &str| Day::of(text.parse().unwrap()).unwrap().to_string();
        assert_eq!(day("2026-02-13T15:59:59Z"), "2026-02-13");
        assert_eq!(day("2026-02-13T16:00:00Z"), "2026-02-14");
        let start = |text: &str| text.parse::<Day>().unwrap().start().to_string();
        assert_eq!(start("1970-01-02"), "1970-01-01T16:00:00Z");
        assert_eq!(start("2026-02-14"), "2026-02-13T16:00:00Z");
        for text in ["2026-2-4", "2026-02-30", "tomorrow", ""] {
            assert_eq!(text.parse::<Day>(), Err(ParseDayError), "{text}");
        }
    }
}
