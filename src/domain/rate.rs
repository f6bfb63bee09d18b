//! Ratios as integers: basis points and parts per million.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::text::as_text;

/// Basis points: 10,000 are the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BasisPoints(pub u32);

impl BasisPoints {
    /// The whole: 100 %.
    pub const WHOLE: BasisPoints = BasisPoints(10_000);

    /// Whether it is nothing.
    pub fn is_zero(&self) -> bool {
        self.0 == 0
    }
}

/// A share of a whole in parts per million, written as a decimal fraction such as `0.001`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Fraction(u32);

/// Why a text is no fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a decimal fraction between 0 and 100 with at most six decimals, such as 0.001")]
pub struct ParseFractionError;

impl Fraction {
    /// Units in the whole.
    pub const WHOLE_PPM: u32 = 1_000_000;

    /// From parts per million.
    pub const fn from_ppm(ppm: u32) -> Fraction {
        Fraction(ppm)
    }

    /// In parts per million.
    pub const fn ppm(self) -> u32 {
        self.0
    }
}

impl fmt::Display for Fraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Decimal::new(i64::from(self.0), 6).normalize())
    }
}

impl FromStr for Fraction {
    type Err = ParseFractionError;

    fn from_str(text: &str) -> Result<Fraction, ParseFractionError> {
        let value = Decimal::from_str_exact(text)
            .map_err(|_| ParseFractionError)?
            .normalize();
        let most = Decimal::from(100);
        if value.is_sign_negative() || value.scale() > 6 || value > most {
            return Err(ParseFractionError);
        }
        let ppm = value
            .checked_mul(Decimal::from(Self::WHOLE_PPM))
            .ok_or(ParseFractionError)?
            .normalize();
        u32::try_from(ppm.mantissa())
            .map(Fraction)
            .map_err(|_| ParseFractionError)
    }
}

as_text!(Fraction);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_print_and_parse() {
        for (text, ppm) in [
            ("0.001", 1_000),
            ("1", 1_000_000),
            ("0", 0),
            ("1.5", 1_500_000),
            ("0.000001", 1),
        ] {
            assert_eq!(text.parse::<Fraction>(), Ok(Fraction::from_ppm(ppm)));
            assert_eq!(Fraction::from_ppm(ppm).to_string(), text);
        }
        for text in ["-0.1", "0.0000001", "101", "x", ""] {
            assert_eq!(text.parse::<Fraction>(), Err(ParseFractionError), "{text:?}");
        }
    }
}
