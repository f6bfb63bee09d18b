//! The figures of reports: exact, with one way to print each.

use std::fmt;
use std::ops::AddAssign;

use serde::ser::{Error, SerializeStruct};
use serde::{Serialize, Serializer};

use crate::domain::money::{Money, Price};
use crate::domain::time::{Hour, Timestamp, Window};

/// Later than anything that is on offer.
pub const END_OF_TIME: Timestamp = Timestamp::from_micros(i64::MAX);

/// The half-open period that a report is about; an end that is not given is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Period {
    /// The first instant.
    pub from: Option<Timestamp>,
    /// The first instant after it.
    pub until: Option<Timestamp>,
}

impl Period {
    /// Its ends in words.
    pub fn in_words(&self) -> [String; 2] {
        [
            self.from.map_or("the beginning".to_owned(), |from| from.to_string()),
            self.until.map_or("now".to_owned(), |until| until.to_string()),
        ]
    }

    /// Whether `at` lies inside.
    pub fn contains(&self, at: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= at) && self.is_before_end(at)
    }

    /// Whether `at` lies inside or before it: what a balance at the period's end counts.
    pub fn is_before_end(&self, at: Timestamp) -> bool {
        self.until.is_none_or(|until| at < until)
    }

    /// Whole hours of `[from, until)` that lie inside and before `now`.
    pub fn passed_hours(&self, (from, until): (Hour, Hour), now: Timestamp) -> i64 {
        let start = self.from.map_or(from, |start| start.hour_ceil().max(from));
        let end = self.until.map_or(now, |end| end.min(now)).hour_floor().min(until);
        i64::from(end.since(start))
    }
}

/// Card-seconds, printed as card-hours with two decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct CardSeconds(pub i64);

impl CardSeconds {
    /// `cards` during `hours`.
    pub fn of_hours(cards: u32, hours: i64) -> CardSeconds {
        CardSeconds(i64::from(cards).saturating_mul(hours).saturating_mul(3_600))
    }

    /// `cards` during a window.
    pub fn of_window(cards: u32, window: Window) -> CardSeconds {
        CardSeconds::of_hours(cards, i64::from(window.hours()))
    }

    /// What is missing to `self` from `other`; never below zero.
    pub fn less(self, other: CardSeconds) -> CardSeconds {
        CardSeconds(self.0.saturating_sub(other.0).max(0))
    }
}

impl AddAssign for CardSeconds {
    fn add_assign(&mut self, other: CardSeconds) {
        self.0 = self.0.saturating_add(other.0);
    }
}

impl fmt::Display for CardSeconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // 3600 s ÷ 100 = 36 s a hundredth of a card-hour.
        write!(f, "{}", decimal(round_half_up(i128::from(self.0), 36), 2))
    }
}

impl Serialize for CardSeconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize_number(&self.to_string(), serializer)
    }
}

/// A length of time in microseconds, printed as hours with two decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Span(pub i64);

impl Span {
    /// From `earlier` to `later`; zero where that is not later.
    pub fn between(earlier: Timestamp, later: Timestamp) -> Span {
        Span(later.micros().saturating_sub(earlier.micros()).max(0))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", decimal(round_half_up(i128::from(self.0), 36_000_000), 2))
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize_number(&self.to_string(), serializer)
    }
}

/// What the parts of a ratio count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Measure {
    /// Whole things: pieces, card-seconds.
    #[default]
    Things,
    /// Fen.
    Money,
    /// Micro-yuan a card-hour.
    Price,
}

/// A ratio with both its parts; of nothing there is no ratio.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ratio {
    /// What is counted.
    pub numerator: i128,
    /// Out of what.
    pub denominator: i128,
    /// In what both are counted.
    pub measure: Measure,
}

impl Ratio {
    /// Of nothing.
    pub fn of_nothing(measure: Measure) -> Ratio {
        Ratio {
            measure,
            ..Ratio::default()
        }
    }

    /// Of two counts.
    pub fn of_counts(part: u64, whole: u64) -> Ratio {
        Ratio {
            numerator: i128::from(part),
            denominator: i128::from(whole),
            measure: Measure::Things,
        }
    }

    /// Of two quantities.
    pub fn of_cards(part: CardSeconds, whole: CardSeconds) -> Ratio {
        Ratio {
            numerator: i128::from(part.0),
            denominator: i128::from(whole.0),
            measure: Measure::Things,
        }
    }

    /// Of two amounts.
    pub fn of_money(part: Money, whole: Money) -> Ratio {
        Ratio {
            numerator: i128::from(part.fen()),
            denominator: i128::from(whole.fen()),
            measure: Measure::Money,
        }
    }

    /// Of two prices.
    pub fn of_prices(part: Price, whole: Price) -> Ratio {
        Ratio {
            numerator: i128::from(part.micros()),
            denominator: i128::from(whole.micros()),
            measure: Measure::Price,
        }
    }

    /// Its value in ten-thousandths, half up; none of nothing.
    pub fn ten_thousandths(&self) -> Option<i128> {
        let scaled = self.numerator.checked_mul(10_000)?;
        (self.denominator > 0).then(|| round_half_up(scaled, self.denominator))
    }

    /// As a decimal fraction with four decimals.
    pub fn fraction(&self) -> Option<String> {
        self.ten_thousandths().map(|value| decimal(value, 4))
    }

    /// As a percentage with two decimals.
    pub fn percent(&self) -> Option<String> {
        self.ten_thousandths().map(|value| decimal(value, 2))
    }
}

impl Serialize for Ratio {
    /// Both parts, exact: amounts in CNY, prices in CNY a card-hour, anything else as a whole number. And the value.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let decimals = match self.measure {
            Measure::Things => None,
            Measure::Money => Some(2),
            Measure::Price => Some(6),
        };
        let mut fields = serializer.serialize_struct("Ratio", 3)?;
        for (name, part) in [("numerator", &self.numerator), ("denominator", &self.denominator)] {
            match decimals {
                Some(decimals) => fields.serialize_field(name, &decimal(*part, decimals))?,
                None => fields.serialize_field(name, part)?,
            }
        }
        fields.serialize_field("value", &self.fraction())?;
        fields.end()
    }
}

/// Writes a sum of amounts in fen, which may exceed what one account can hold, as CNY with two decimals.
///
/// # Errors
/// Those of the serializer.
pub fn serialize_total<S: Serializer>(fen: &i128, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&decimal(*fen, 2))
}

/// Writes a decimal as a number: up to fifteen digits it reads back as the very same decimal.
fn serialize_number<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    let shortest = text.strip_suffix(".00").unwrap_or(text);
    let number: serde_json::Number = shortest.parse().map_err(S::Error::custom)?;
    number.serialize(serializer)
}

/// The price that `amount_micros` (micro-yuan × card-hours) is on average over `card_hours`; none over nothing.
pub fn average_price(amount_micros: i128, card_hours: i128) -> Option<Price> {
    if card_hours <= 0 {
        return None;
    }
    let micros = round_half_up(amount_micros, card_hours);
    i64::try_from(micros).ok().map(Price::from_micros)
}

/// numerator ÷ denominator, half away from zero, for a denominator > 0.
pub fn round_half_up(numerator: i128, denominator: i128) -> i128 {
    let half = denominator / 2;
    let magnitude = numerator.abs().saturating_add(half) / denominator;
    magnitude * numerator.signum()
}

/// `units` of 10^-`decimals`.
pub fn decimal(units: i128, decimals: u32) -> String {
    let scale = 10_u128.pow(decimals);
    let magnitude = units.unsigned_abs();
    let width = usize::try_from(decimals).unwrap_or_default();
    let sign = if units < 0 { "-" } else { "" };
    format!("{sign}{}.{:0width$}", magnitude / scale, magnitude % scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_exact_and_of_nothing_there_is_none() {
        for (numerator, denominator, fraction) in [
            (1, 3, Some("0.3333")),
            (2, 3, Some("0.6667")),
            (0, 5, Some("0.0000")),
            (5, 5, Some("1.0000")),
            (-1, 2, Some("-0.5000")),
            (0, 0, None),
            (7, 0, None),
        ] {
            let ratio = Ratio {
                numerator,
                denominator,
                measure: Measure::Things,
            };
            assert_eq!(ratio.fraction().as_deref(), fraction, "{numerator} ÷ {denominator}");
        }
    }

    #[test]
    fn parts_of_ratios_are_written_like_what_they_count() {
        let money = Ratio::of_money(Money::from_fen(1_205), Money::from_fen(i64::MAX));
        let prices = Ratio::of_prices(Price::from_micros(9_500_000), Price::from_micros(10_000_000));
        for (ratio, json) in [
            (
                Ratio::of_counts(0, 0),
                r#"{"numerator":0,"denominator":0,"value":null}"#,
            ),
            (
                Ratio::of_cards(CardSeconds(18), CardSeconds(72)),
                r#"{"numerator":18,"denominator":72,"value":"0.2500"}"#,
            ),
            (
                money,
                r#"{"numerator":"12.05","denominator":"92233720368547758.07","value":"0.0000"}"#,
            ),
            (
                prices,
                r#"{"numerator":"9.500000","denominator":"10.000000","value":"0.9500"}"#,
            ),
            (
                Ratio::of_nothing(Measure::Price),
                r#"{"numerator":"0.000000","denominator":"0.000000","value":null}"#,
            ),
        ] {
            assert_eq!(serde_json::to_string(&ratio).unwrap(), json);
        }
    }

    #[test]
    fn quantities_are_numbers_in_json() {
        // 9,999,999,999,999.99 card-hours are fifteen digits.
        for (seconds, json) in [
            (0, "0"),
            (3_600, "1"),
            (5_400, "1.5"),
            (36, "0.01"),
            (36_000, "10"),
            (3_600_180, "1000.05"),
            (35_999_999_999_999_964, "9999999999999.99"),
        ] {
            assert_eq!(serde_json::to_string(&CardSeconds(seconds)).unwrap(), json);
        }
        assert_eq!(serde_json::to_string(&Span(90 * 60 * 1_000_000)).unwrap(), "1.5");
    }

    #[test]
    fn quantities_print_with_two_decimals() {
        for (seconds, text) in [
            (3_600, "1.00"),
            (5_400, "1.50"),
            (18, "0.01"),
            (17, "0.00"),
            (0, "0.00"),
        ] {
            assert_eq!(CardSeconds(seconds).to_string(), text);
        }
        assert_eq!(Span(90 * 60 * 1_000_000).to_string(), "1.50");
    }

    #[test]
    fn only_hours_inside_the_period_that_have_passed_count() {
        let at = |hour: i32| Hour(hour).timestamp();
        let period = |from: Option<i32>, until: Option<i32>| Period {
            from: from.map(at),
            until: until.map(at),
        };
        for (from, until, now, hours) in [
            (None, None, 20, 10),
            (None, None, 4, 0),
            (None, None, 12, 7),
            (Some(8), None, 12, 4),
            (Some(8), Some(10), 12, 2),
            (Some(14), Some(99), 99, 1),
            (Some(15), None, 99, 0),
        ] {
            let passed = period(from, until).passed_hours((Hour(5), Hour(15)), at(now));
            assert_eq!(passed, hours, "{from:?} {until:?} {now}");
        }
    }

    #[test]
    fn an_average_price_weighs_by_card_hours() {
        assert_eq!(
            average_price(3 * 10_000_000 + 20_000_000, 4),
            Some(Price::from_micros(12_500_000))
        );
        assert_eq!(average_price(0, 0), None);
    }
}
