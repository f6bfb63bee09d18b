//! The base: the amount of which the share is taken.

use super::{Case, Trace};
use crate::domain::evaluation::Step;
use crate::domain::money::{Money, Overflow, Price};
use crate::domain::rate::Fraction;
use crate::domain::rounding::{self, Rounding};

/// The base with VAT, cut to the reference price: min(base, base × charge at reference price × cap ÷ charge at the price),
/// so that raising an ask above the cap gains nothing.
pub(super) fn of(case: &Case<'_>, trace: &mut impl Trace) -> Result<Money, Overflow> {
    let deal = &case.deal;
    trace.note(|| Step::Base { amount: deal.base });
    let (Some(cap), Some(reference), Some((price, cards, hours))) =
        (case.rules.reference_price_cap, deal.reference, deal.terms)
    else {
        return Ok(deal.base);
    };
    let capped = capped_price(reference, cap)?;
    let amount = if capped < price {
        let most = rounding::charge_for_hours(capped, cards, hours)?;
        let whole = rounding::charge_for_hours(price, cards, hours)?;
        if whole.is_positive() {
            rounding::proportion(deal.base, most.fen(), whole.fen(), Rounding::Floor)?
        } else {
            deal.base
        }
    } else {
        deal.base
    };
    trace.note(|| Step::ReferencePrice { reference, cap, amount });
    Ok(amount)
}

/// Reference price × cap, cut off to the micro-yuan.
fn capped_price(reference: Price, cap: Fraction) -> Result<Price, Overflow> {
    let micros = Money::from_fen(reference.micros());
    let whole = i64::from(Fraction::WHOLE_PPM);
    let capped = rounding::proportion(micros, i64::from(cap.ppm()), whole, Rounding::Floor)?;
    Ok(Price::from_micros(capped.fen()))
}
