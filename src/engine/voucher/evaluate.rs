//! What one programme pays of one charge.

use crate::domain::accelerator::Accelerator;
use crate::domain::code::Code;
use crate::domain::money::{Money, Overflow, Price};
use crate::domain::programme::{CapPeriod, ProgrammeRules, RateCondition};
use crate::domain::rate::{BasisPoints, Fraction};
use crate::domain::rounding::{self, Rounding};
use crate::domain::time::Timestamp;

/// What the rules look at.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances<'a> {
    /// The model.
    pub accelerator: &'a Accelerator,
    /// The site.
    pub site: &'a Code,
    /// The reference price of the model, if one is published.
    pub reference: Option<Price>,
    /// The trade price.
    pub price: Price,
    /// Cards × hours.
    pub card_hours: (u32, u32),
    /// The charge.
    pub charge: Money,
}

/// Seconds by which Asia/Shanghai is ahead of UTC; no daylight saving since 1991.
const SHANGHAI_OFFSET_MICROS: i64 = 8 * 3_600 * 1_000_000;

/// The period in which a cap counts: the calendar year in Asia/Shanghai, or 0 for the whole programme.
pub fn cap_period(rules: &ProgrammeRules, at: Timestamp) -> i32 {
    match rules.cap_period {
        CapPeriod::Programme => 0,
        CapPeriod::Year => {
            let local = chrono::DateTime::from_timestamp_micros(at.micros().saturating_add(SHANGHAI_OFFSET_MICROS));
            local.map_or(0, |local| chrono::Datelike::year(&local))
        }
    }
}

fn holds(condition: &RateCondition, accelerator: &Accelerator, site: Option<&Code>) -> bool {
    let RateCondition { domestic, sites } = condition;
    domestic.is_none_or(|domestic| domestic == accelerator.domestic)
        && sites
            .as_ref()
            .is_none_or(|sites| site.is_none_or(|site| sites.contains(site)))
}

/// The subsidised share: that of the first row whose condition holds, else none.
pub fn rate(rules: &ProgrammeRules, accelerator: &Accelerator, site: &Code) -> BasisPoints {
    let row = rules.rates.iter().find(|row| holds(&row.when, accelerator, Some(site)));
    row.map_or(BasisPoints(0), |row| row.rate_bps)
}

/// The highest share that `accelerator` can have at any site.
pub fn highest_rate(rules: &ProgrammeRules, accelerator: &Accelerator) -> BasisPoints {
    let rows = rules.rates.iter().filter(|row| holds(&row.when, accelerator, None));
    rows.map(|row| row.rate_bps).max().unwrap_or(BasisPoints(0))
}

/// What the rules give for a charge, before the caps of pot, voucher and entity.
///
/// The base is min(charge, charge at reference price × cap): raising an ask above the cap gains nothing.
pub fn subsidy(rules: &ProgrammeRules, circumstances: &Circumstances<'_>) -> Result<Money, Overflow> {
    let rate = rate(rules, circumstances.accelerator, circumstances.site);
    let base = match (rules.reference_price_cap, circumstances.reference) {
        (Some(cap), Some(reference)) => {
            let (cards, hours) = circumstances.card_hours;
            let capped = circumstances.price.min(capped_price(reference, cap)?);
            circumstances
                .charge
                .min(rounding::charge_for_hours(capped, cards, hours)?)
        }
        (None, _) | (_, None) => circumstances.charge,
    };
    rounding::share(base, rate, rules.rounding)
}

/// Reference price × cap, cut off to the micro-yuan.
fn capped_price(reference: Price, cap: Fraction) -> Result<Price, Overflow> {
    let micros = Money::from_fen(reference.micros());
    let whole = i64::from(Fraction::WHOLE_PPM);
    let capped = rounding::proportion(micros, i64::from(cap.ppm()), whole, Rounding::Floor)?;
    Ok(Price::from_micros(capped.fen()))
}
