//! Instants, whole hours and half-open windows, all in UTC.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, Timelike, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::text::as_text;

/// An instant in microseconds since 1970-01-01T00:00:00Z (the precision that both databases keep).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

/// A whole hour, counted from 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Hour(pub i32);

/// The half-open hours `[from, until)`; never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Window {
    from: Hour,
    until: Hour,
}

const MICROS_PER_HOUR: i64 = 3_600_000_000;
/// By how much Asia/Shanghai is ahead of UTC; no daylight saving since 1991.
const SHANGHAI_AHEAD_MICROS: i64 = 8 * MICROS_PER_HOUR;
/// The years that the exchange accepts keep every hour within 32 bits and every print within four digits.
const MICROS_MAX: i64 = 253_402_300_800_000_000;

/// Why a text is no instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not an instant in RFC 3339 between the years 1970 and 9999, such as 2026-12-01T00:00:00Z")]
pub struct ParseTimestampError;

/// An instant that should be a whole hour is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not aligned to a whole hour")]
pub struct Unaligned;

impl Timestamp {
    /// From microseconds since the epoch.
    pub const fn from_micros(micros: i64) -> Timestamp {
        Timestamp(micros)
    }

    /// In microseconds since the epoch.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// The hour in which the instant lies.
    pub fn hour_floor(self) -> Hour {
        Hour(i32::try_from(self.0.div_euclid(MICROS_PER_HOUR)).unwrap_or(i32::MAX))
    }

    /// The first hour that starts at the instant or after it.
    pub fn hour_ceil(self) -> Hour {
        let floor = self.hour_floor();
        if floor.timestamp() == self {
            floor
        } else {
            Hour(floor.0.saturating_add(1))
        }
    }

    /// The hour that starts at this very instant.
    pub fn hour_exact(self) -> Result<Hour, Unaligned> {
        let floor = self.hour_floor();
        if floor.timestamp() == self {
            Ok(floor)
        } else {
            Err(Unaligned)
        }
    }

    /// The instant `hours` later.
    pub fn plus_hours(self, hours: u32) -> Timestamp {
        Timestamp(self.0.saturating_add(i64::from(hours) * MICROS_PER_HOUR))
    }

    /// The instant `seconds` later.
    pub fn plus_seconds(self, seconds: u32) -> Timestamp {
        Timestamp(self.0.saturating_add(i64::from(seconds) * 1_000_000))
    }

    /// The instant `months` calendar months later by the clock of Asia/Shanghai; where that month has no such day, its
    /// last one (Civil Code, article 202). None beyond the years that can be counted.
    pub fn plus_months(self, months: u32) -> Option<Timestamp> {
        let local = DateTime::<Utc>::from_timestamp_micros(self.0.checked_add(SHANGHAI_AHEAD_MICROS)?)?;
        let later = local.checked_add_months(chrono::Months::new(months))?;
        Some(Timestamp(later.timestamp_micros().checked_sub(SHANGHAI_AHEAD_MICROS)?))
    }

    /// The calendar year in Asia/Shanghai; 0 beyond the years that can be counted.
    pub fn year(self) -> i32 {
        let local = DateTime::<Utc>::from_timestamp_micros(self.0.saturating_add(SHANGHAI_AHEAD_MICROS));
        local.map_or(0, |local| local.year())
    }

    /// The last instant before this one: that of what ends here.
    pub fn just_before(self) -> Timestamp {
        Timestamp(self.0.saturating_sub(1))
    }

    /// The first instant of the calendar month in Asia/Shanghai; the instant itself beyond the years that can be counted.
    pub fn month_start(self) -> Timestamp {
        let local = DateTime::<Utc>::from_timestamp_micros(self.0.saturating_add(SHANGHAI_AHEAD_MICROS));
        let first = local.and_then(|local| local.date_naive().with_day(1)?.and_hms_opt(0, 0, 0));
        first.map_or(self, |first| {
            Timestamp(first.and_utc().timestamp_micros().saturating_sub(SHANGHAI_AHEAD_MICROS))
        })
    }

    /// Whole seconds from `earlier` to here.
    pub fn seconds_since(self, earlier: Timestamp) -> i64 {
        (self.0 - earlier.0).div_euclid(1_000_000)
    }
}

impl Hour {
    /// The instant at which the hour starts.
    pub const fn timestamp(self) -> Timestamp {
        // Widening; `i64::from` is not const.
        #[expect(clippy::as_conversions, reason = "i32 to i64 is lossless, and `From` is not const")]
        Timestamp(self.0 as i64 * MICROS_PER_HOUR)
    }

    /// The hour `hours` later, the last one that can be counted at most.
    pub fn plus(self, hours: u32) -> Hour {
        Hour(self.0.saturating_add_unsigned(hours))
    }

    /// Hours from `earlier` to here; 0 if that is later.
    pub fn since(self, earlier: Hour) -> u32 {
        u32::try_from(i64::from(self.0) - i64::from(earlier.0)).unwrap_or(0)
    }
}

impl Window {
    /// `[from, until)`, unless that is empty or reversed.
    pub fn new(from: Hour, until: Hour) -> Option<Window> {
        (from < until).then_some(Window { from, until })
    }

    /// The first hour.
    pub fn from(self) -> Hour {
        self.from
    }

    /// The hour after the last one.
    pub fn until(self) -> Hour {
        self.until
    }

    /// Its length in hours.
    pub fn hours(self) -> u32 {
        self.until.since(self.from)
    }

    /// Whether `other` lies inside.
    pub fn contains(self, other: Window) -> bool {
        self.from <= other.from && other.until <= self.until
    }

    /// Whether the two share an hour.
    pub fn overlaps(self, other: Window) -> bool {
        self.from < other.until && other.from < self.until
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC, with six decimals where the instant is no whole second; written as one piece.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let instant = DateTime::<Utc>::from_timestamp_micros(self.0).ok_or(fmt::Error)?;
        let year = u32::try_from(instant.year()).map_err(|_| fmt::Error)?;
        let mut text = *b"0000-00-00T00:00:00.000000Z";
        let fields = [
            (0..4, year),
            (5..7, instant.month()),
            (8..10, instant.day()),
            (11..13, instant.hour()),
            (14..16, instant.minute()),
            (17..19, instant.second()),
            (20..26, instant.timestamp_subsec_micros()),
        ];
        for (place, value) in fields {
            let mut left = value;
            for digit in text[place].iter_mut().rev() {
                *digit = b'0' + u8::try_from(left % 10).map_err(|_| fmt::Error)?;
                left /= 10;
            }
        }
        let mut text = text.as_slice();
        let mut whole = *b"0000-00-00T00:00:00Z";
        if instant.timestamp_subsec_micros() == 0 {
            whole[..19].copy_from_slice(&text[..19]);
            text = &whole;
        }
        f.write_str(std::str::from_utf8(text).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Display for Hour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.timestamp().fmt(f)
    }
}

impl FromStr for Timestamp {
    type Err = ParseTimestampError;

    /// Any offset is read; what is finer than a microsecond is cut off.
    fn from_str(text: &str) -> Result<Timestamp, ParseTimestampError> {
        let instant = DateTime::parse_from_rfc3339(text).map_err(|_| ParseTimestampError)?;
        let micros = instant.timestamp_micros();
        if (0..MICROS_MAX).contains(&micros) {
            Ok(Timestamp(micros))
        } else {
            Err(ParseTimestampError)
        }
    }
}

as_text!(Timestamp);

impl Serialize for Hour {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.timestamp().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Hour {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Timestamp::deserialize(deserializer)?
            .hour_exact()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_print_and_parse() {
        let noon: Timestamp = "2026-12-01T12:00:00Z".parse().unwrap();
        assert_eq!(noon.to_string(), "2026-12-01T12:00:00Z");
        assert_eq!("2026-12-01T20:00:00+08:00".parse(), Ok(noon));
        assert_eq!(
            noon.hour_exact().map(|hour| hour.to_string()),
            Ok("2026-12-01T12:00:00Z".to_owned())
        );
        let later: Timestamp = "2026-12-01T12:00:00.000001Z".parse().unwrap();
        assert_eq!(later.hour_exact(), Err(Unaligned));
        assert_eq!(
            (later.hour_floor().timestamp(), later.hour_ceil()),
            (noon, noon.hour_floor().plus(1))
        );
        for text in ["1969-12-31T23:59:59Z", "2026-12-01", "noon", "10000-01-01T00:00:00Z"] {
            assert_eq!(text.parse::<Timestamp>(), Err(ParseTimestampError), "{text}");
        }
    }

    #[test]
    fn months_go_by_the_calendar_of_shanghai() {
        for (from, months, to) in [
            ("2026-01-31T00:00:00+08:00", 1, "2026-02-28T00:00:00+08:00"),
            ("2024-02-29T00:00:00+08:00", 12, "2025-02-28T00:00:00+08:00"),
            ("2026-01-31T23:30:00Z", 1, "2026-02-28T23:30:00Z"),
            ("2025-11-30T16:00:00Z", 3, "2026-02-28T16:00:00Z"),
        ] {
            let from: Timestamp = from.parse().unwrap();
            assert_eq!(from.plus_months(months), to.parse().ok(), "{from} + {months}");
        }
        for (instant, first) in [
            ("2026-12-31T15:59:59.999999Z", "2026-12-01T00:00:00+08:00"),
            ("2026-12-31T16:00:00Z", "2027-01-01T00:00:00+08:00"),
        ] {
            let instant: Timestamp = instant.parse().unwrap();
            assert_eq!(Ok(instant.month_start()), first.parse());
        }
        let eve: Timestamp = "2026-12-31T16:00:00Z".parse().unwrap();
        assert_eq!(
            (eve.year(), Timestamp::from_micros(eve.micros() - 1).year()),
            (2027, 2026)
        );
    }

    #[test]
    fn windows_are_half_open() {
        let window = |from, until| Window::new(Hour(from), Hour(until)).unwrap();
        assert_eq!(Window::new(Hour(3), Hour(3)), None);
        assert!(!window(0, 2).overlaps(window(2, 3)));
        assert!(window(0, 3).contains(window(2, 3)) && !window(0, 3).contains(window(2, 4)));
        assert_eq!(window(5, 9).hours(), 4);
    }
}
