//! Amounts of money and prices, as integers.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;

use super::text::as_text;

/// An amount in fen (1 CNY = 100 fen). Voucher entitlements (unit `CNYV`) are counted in fen as well.
///
/// There is no `+`: sums are checked, see [`Money::plus`] and [`Money::minus`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Money(i64);

/// A price in micro-yuan (six decimals of CNY) for one card during one hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Price(i64);

/// An amount left the range of 64-bit integers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the amount leaves the range that the exchange can count")]
pub struct Overflow;

/// Why a decimal text is no amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParseAmountError {
    /// Not a plain decimal number such as `120.50`.
    #[error("is not a plain decimal number such as 120.50")]
    NotDecimal,
    /// More decimals than the unit has.
    #[error("has more than {0} decimals")]
    TooPrecise(u32),
    /// Outside of what the exchange can count.
    #[error("is larger than the exchange can count")]
    TooLarge,
}

impl Money {
    /// No money.
    pub const ZERO: Money = Money(0);
    /// Decimals of the unit.
    pub const DECIMALS: u32 = 2;

    /// From whole fen.
    pub const fn from_fen(fen: i64) -> Money {
        Money(fen)
    }

    /// In whole fen.
    pub const fn fen(self) -> i64 {
        self.0
    }

    /// The sum.
    pub fn plus(self, other: Money) -> Result<Money, Overflow> {
        self.0.checked_add(other.0).map(Money).ok_or(Overflow)
    }

    /// The difference; may be negative.
    pub fn minus(self, other: Money) -> Result<Money, Overflow> {
        self.0.checked_sub(other.0).map(Money).ok_or(Overflow)
    }

    /// The sum of many.
    pub fn sum(amounts: impl IntoIterator<Item = Money>) -> Result<Money, Overflow> {
        amounts.into_iter().try_fold(Money::ZERO, Money::plus)
    }

    /// Whether the amount is above zero.
    pub fn is_positive(self) -> bool {
        self.0 > 0
    }
}

impl Price {
    /// Decimals of the unit.
    pub const DECIMALS: u32 = 6;

    /// From micro-yuan per card-hour.
    pub const fn from_micros(micros: i64) -> Price {
        Price(micros)
    }

    /// In micro-yuan per card-hour.
    pub const fn micros(self) -> i64 {
        self.0
    }
}

/// Prints `units` of `10^-decimals` CNY, as one piece.
fn print_decimal(f: &mut fmt::Formatter<'_>, units: i64, decimals: u32) -> fmt::Result {
    let decimals = usize::try_from(decimals).map_err(|_| fmt::Error)?;
    // A sign, a point and at most twenty digits.
    let mut text = [b'0'; 24];
    let mut start = text.len();
    let mut left = units.unsigned_abs();
    let mut digits = 0;
    while left > 0 || digits <= decimals {
        if digits == decimals {
            start -= 1;
            text[start] = b'.';
        }
        start -= 1;
        text[start] = b'0' + u8::try_from(left % 10).map_err(|_| fmt::Error)?;
        left /= 10;
        digits += 1;
    }
    if units < 0 {
        start -= 1;
        text[start] = b'-';
    }
    f.write_str(std::str::from_utf8(&text[start..]).map_err(|_| fmt::Error)?)
}

/// Reads a decimal text into units of `10^-decimals`.
fn parse_decimal(text: &str, decimals: u32) -> Result<i64, ParseAmountError> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let well_formed = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && digits.bytes().filter(|&byte| byte == b'.').count() <= 1
        && digits.starts_with(|first: char| first.is_ascii_digit());
    if !well_formed {
        return Err(ParseAmountError::NotDecimal);
    }
    let value = Decimal::from_str_exact(text).map_err(|error| match error {
        rust_decimal::Error::Underflow => ParseAmountError::TooPrecise(decimals),
        _ if well_formed => ParseAmountError::TooLarge,
        _ => ParseAmountError::NotDecimal,
    })?;
    if value.normalize().scale() > decimals {
        return Err(ParseAmountError::TooPrecise(decimals));
    }
    let scaled = value
        .checked_mul(Decimal::from(10_u64.pow(decimals)))
        .ok_or(ParseAmountError::TooLarge)?;
    i64::try_from(scaled.normalize().mantissa()).map_err(|_| ParseAmountError::TooLarge)
}

macro_rules! amount_text {
    ($type:ty) => {
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                print_decimal(f, self.0, Self::DECIMALS)
            }
        }

        impl FromStr for $type {
            type Err = ParseAmountError;

            fn from_str(text: &str) -> Result<Self, ParseAmountError> {
                parse_decimal(text, Self::DECIMALS).map(Self)
            }
        }

        as_text!($type);
    };
}

amount_text!(Money);
amount_text!(Price);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_print_and_parse() {
        for (text, fen) in [
            ("120.50", 12_050),
            ("0.01", 1),
            ("-3.00", -300),
            ("-0.05", -5),
            ("0.00", 0),
        ] {
            assert_eq!(text.parse::<Money>(), Ok(Money::from_fen(fen)));
            assert_eq!(Money::from_fen(fen).to_string(), text);
        }
        assert_eq!("120.5".parse::<Money>(), Ok(Money::from_fen(12_050)));
        assert_eq!("1.500000".parse::<Money>(), Ok(Money::from_fen(150)));
        assert_eq!(
            "13.7".parse::<Price>().map(|p| p.to_string()),
            Ok("13.700000".to_owned())
        );
        assert_eq!(Money::from_fen(i64::MIN).to_string(), "-92233720368547758.08");
    }

    #[test]
    fn what_is_no_amount_is_refused_with_the_reason() {
        assert_eq!("1.005".parse::<Money>(), Err(ParseAmountError::TooPrecise(2)));
        assert_eq!("1.0000001".parse::<Price>(), Err(ParseAmountError::TooPrecise(6)));
        assert_eq!("99999999999999999999".parse::<Money>(), Err(ParseAmountError::TooLarge));
        assert_eq!(
            "9999999999999999999999999999999999999".parse::<Money>(),
            Err(ParseAmountError::TooLarge)
        );
        for text in ["", "1e5", "1_000", " 1", "1,0", "abc", ".", "--1", "1.2.3", "+1"] {
            assert_eq!(text.parse::<Money>(), Err(ParseAmountError::NotDecimal), "{text:?}");
        }
    }
}
