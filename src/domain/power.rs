//! Electricity that a provider reports of a site: evidence against the use that it reports.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::id::OrgId;
use super::id::SiteId;
use super::text::as_text;
use super::time::Timestamp;

/// Energy in watt-hours, written in kWh with up to three decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Energy(i64);

/// Why a text is no energy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not an energy in kWh between 0 and 1000000000000 with at most three decimals, such as 1234.5")]
pub struct ParseEnergyError;

/// Largest energy of one reading: 1 PWh, which is more than the country uses in a month.
const WATT_HOURS_MAX: i64 = 1_000_000_000_000_000;

impl Energy {
    /// From watt-hours.
    pub const fn from_watt_hours(watt_hours: i64) -> Energy {
        Energy(watt_hours)
    }

    /// In watt-hours.
    pub const fn watt_hours(self) -> i64 {
        self.0
    }
}

impl fmt::Display for Energy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Decimal::new(self.0, 3))
    }
}

impl FromStr for Energy {
    type Err = ParseEnergyError;

    fn from_str(text: &str) -> Result<Energy, ParseEnergyError> {
        let value = Decimal::from_str_exact(text).map_err(|_| ParseEnergyError)?.normalize();
        if value.is_sign_negative() || value.scale() > 3 {
            return Err(ParseEnergyError);
        }
        let thousandths = value.checked_mul(Decimal::ONE_THOUSAND).ok_or(ParseEnergyError)?;
        let watt_hours = i64::try_from(thousandths).map_err(|_| ParseEnergyError)?;
        if watt_hours > WATT_HOURS_MAX {
            return Err(ParseEnergyError);
        }
        Ok(Energy(watt_hours))
    }
}

as_text!(Energy);

/// What a provider's meter at a site has counted in `[from, until)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PowerReading {
    /// Whose meter.
    pub provider: OrgId,
    /// Where.
    pub site: SiteId,
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// How much.
    pub energy: Energy,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn energies_print_and_parse() {
        for (text, watt_hours) in [("0.001", 1), ("1234.500", 1_234_500), ("0.000", 0)] {
            assert_eq!(text.parse(), Ok(Energy::from_watt_hours(watt_hours)));
            assert_eq!(Energy::from_watt_hours(watt_hours).to_string(), text);
        }
        for text in ["-1", "0.0001", "1000000000000.001", "x", ""] {
            assert_eq!(text.parse::<Energy>(), Err(ParseEnergyError), "{text}");
        }
    }
}
