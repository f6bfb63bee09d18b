//! The one place where money is rounded.

use serde::{Deserialize, Serialize};

use super::money::{Money, Overflow, Price};
use super::rate::{BasisPoints, Fraction};

/// Micro-yuan in a fen.
const MICROS_PER_FEN: i128 = 10_000;
/// Seconds in an hour.
const SECONDS_PER_HOUR: i128 = 3_600;

/// How a fraction of a fen is rounded; part of a programme's rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// Towards zero.
    Floor,
    /// Half a fen and more goes up.
    HalfUp,
}

/// numerator ÷ denominator in fen, for a numerator ≥ 0 and a denominator > 0.
pub fn divide(numerator: i128, denominator: i128, rounding: Rounding) -> Result<Money, Overflow> {
    let carried = match rounding {
        Rounding::Floor => numerator,
        Rounding::HalfUp => numerator.checked_add(denominator / 2).ok_or(Overflow)?,
    };
    let fen = carried.checked_div_euclid(denominator).ok_or(Overflow)?;
    i64::try_from(fen).map(Money::from_fen).map_err(|_| Overflow)
}

/// What `card_seconds` of delivered capacity cost so far: round_half_up(price × card-seconds ÷ 3600) to fen.
///
/// Charges are cumulative (DESIGN §2): post the difference of two of these, never the charge of an interval.
pub fn charge(price: Price, card_seconds: i64) -> Result<Money, Overflow> {
    let micros = i128::from(price.micros())
        .checked_mul(i128::from(card_seconds))
        .ok_or(Overflow)?;
    divide(micros, MICROS_PER_FEN * SECONDS_PER_HOUR, Rounding::HalfUp)
}

/// A multiple of what `card_seconds` cost: round_half_up(rate × price × card-seconds ÷ 3600) to fen.
pub fn charge_at(price: Price, card_seconds: i64, rate: Fraction) -> Result<Money, Overflow> {
    let micros = i128::from(price.micros()).checked_mul(i128::from(card_seconds));
    let micros = micros
        .and_then(|micros| micros.checked_mul(i128::from(rate.ppm())))
        .ok_or(Overflow)?;
    let whole = MICROS_PER_FEN * SECONDS_PER_HOUR * i128::from(Fraction::WHOLE_PPM);
    divide(micros, whole, Rounding::HalfUp)
}

/// What `cards` for `hours` cost: round_half_up(price × cards × hours) to fen.
pub fn charge_for_hours(price: Price, cards: u32, hours: u32) -> Result<Money, Overflow> {
    let micros = i128::from(price.micros()) * i128::from(cards) * i128::from(hours);
    divide(micros, MICROS_PER_FEN, Rounding::HalfUp)
}

/// The average price of card-hours that were worth `worth_micros` in all: round_half_up(worth ÷ card-hours) to the micro-yuan.
pub fn mean_price(worth_micros: i128, card_hours: i64) -> Result<Price, Overflow> {
    let mean = divide(worth_micros, i128::from(card_hours), Rounding::HalfUp)?;
    Ok(Price::from_micros(mean.fen()))
}

/// `rate` of `amount`.
pub fn share(amount: Money, rate: BasisPoints, rounding: Rounding) -> Result<Money, Overflow> {
    proportion(amount, i64::from(rate.0), i64::from(BasisPoints::WHOLE.0), rounding)
}

/// `amount` × `part` ÷ `whole`, for `amount`, `part` ≥ 0 and `whole` > 0.
pub fn proportion(amount: Money, part: i64, whole: i64, rounding: Rounding) -> Result<Money, Overflow> {
    if whole <= 0 {
        return Err(Overflow);
    }
    let numerator = i128::from(amount.fen()).checked_mul(i128::from(part)).ok_or(Overflow)?;
    divide(numerator, i128::from(whole), rounding)
}

/// The VAT contained in a gross amount: round_half_up(gross × rate ÷ (1 + rate)).
pub fn contained_vat(gross: Money, rate: BasisPoints) -> Result<Money, Overflow> {
    let whole = i64::from(BasisPoints::WHOLE.0) + i64::from(rate.0);
    proportion(gross, i64::from(rate.0), whole, Rounding::HalfUp)
}

/// Splits `amount` in the ratio of `weights` by the largest-remainder rule: the parts add up to the whole, and a fen
/// left over goes to the largest remainder, the earlier part on a tie. No weight, or all zero: everything to the first.
pub fn split(amount: Money, weights: &[u32]) -> Result<Vec<Money>, Overflow> {
    let weights: Vec<i128> = weights.iter().map(|&weight| i128::from(weight)).collect();
    split_in_ratio(amount, &weights)
}

/// The same in the ratio of amounts that are not below zero.
pub fn split_by_amounts(amount: Money, weights: &[Money]) -> Result<Vec<Money>, Overflow> {
    let weights: Vec<i128> = weights.iter().map(|weight| i128::from(weight.fen())).collect();
    split_in_ratio(amount, &weights)
}

fn split_in_ratio(amount: Money, weights: &[i128]) -> Result<Vec<Money>, Overflow> {
    let total: i128 = weights.iter().sum();
    if total == 0 {
        let mut parts = vec![Money::ZERO; weights.len()];
        if let Some(first) = parts.first_mut() {
            *first = amount;
        }
        return Ok(parts);
    }
    let mut parts = Vec::with_capacity(weights.len());
    let mut remainders = Vec::with_capacity(weights.len());
    for (index, &weight) in weights.iter().enumerate() {
        let numerator = i128::from(amount.fen()).checked_mul(weight).ok_or(Overflow)?;
        parts.push(i64::try_from(numerator.div_euclid(total)).map_err(|_| Overflow)?);
        remainders.push((std::cmp::Reverse(numerator.rem_euclid(total)), index));
    }
    remainders.sort_unstable();
    let mut left = amount.fen() - parts.iter().sum::<i64>();
    for (_, index) in remainders {
        if left == 0 {
            break;
        }
        parts[index] += 1;
        left -= 1;
    }
    Ok(parts.into_iter().map(Money::from_fen).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn charges_round_half_up_once() {
        let price = Price::from_micros(13_705_000);
        assert_eq!(
            charge_for_hours(price, 1, 1),
            Ok(Money::from_fen(1_371)),
            "13.705 rounds up"
        );
        assert_eq!(charge(price, 3_600), Ok(Money::from_fen(1_371)));
        assert_eq!(
            charge(price, 7_200),
            Ok(Money::from_fen(2_741)),
            "27.41, not twice 13.71"
        );
        let rate = Fraction::from_ppm(2_500_000);
        assert_eq!(
            charge_at(price, 3_600, rate),
            Ok(Money::from_fen(3_426)),
            "2.5 × 13.705"
        );
        assert_eq!(
            charge_for_hours(Price::from_micros(i64::MAX), u32::MAX, u32::MAX),
            Err(Overflow)
        );
    }

    #[test]
    fn prices_average_half_up() {
        assert_eq!(mean_price(13_705_001, 2), Ok(Price::from_micros(6_852_501)));
        assert_eq!(mean_price(0, 0), Err(Overflow), "nothing was traded");
    }

    #[test]
    fn vat_is_taken_out_of_the_gross_amount() {
        assert_eq!(
            contained_vat(Money::from_fen(10_600), BasisPoints(600)),
            Ok(Money::from_fen(600))
        );
    }

    #[test]
    fn a_fen_left_over_goes_to_the_largest_remainder() {
        let parts = split(Money::from_fen(100), &[1, 1, 1]);
        assert_eq!(
            parts,
            Ok(vec![Money::from_fen(34), Money::from_fen(33), Money::from_fen(33)])
        );
        assert_eq!(
            split(Money::from_fen(5), &[0, 0]),
            Ok(vec![Money::from_fen(5), Money::ZERO])
        );
    }

    proptest! {
        #[test]
        fn parts_add_up_to_the_whole(fen in 0_i64..1_000_000_000_000, weights in prop::collection::vec(0_u32..10_000, 1..6)) {
            let parts = split(Money::from_fen(fen), &weights)?;
            prop_assert_eq!(Money::sum(parts), Ok(Money::from_fen(fen)));
        }

        #[test]
        fn nobody_gets_more_than_their_weight_of_less_than_all(
            weights in prop::collection::vec(0_i64..1_000_000_000_000_000, 1..9), part in 0_i64..=1_000)
        {
            let weights: Vec<Money> = weights.into_iter().map(Money::from_fen).collect();
            let whole = Money::sum(weights.iter().copied())?;
            let amount = proportion(whole, part, 1_000, Rounding::Floor)?;
            let parts = split_by_amounts(amount, &weights)?;
            prop_assert_eq!(Money::sum(parts.iter().copied()), Ok(amount));
            prop_assert!(parts.iter().zip(&weights).all(|(part, weight)| part <= weight));
        }

        #[test]
        fn hours_and_seconds_give_the_same_charge(micros in 0_i64..1_000_000_000, cards in 1_u32..10_000, hours in 1_u32..8_760) {
            let price = Price::from_micros(micros);
            let card_seconds = i64::from(cards) * i64::from(hours) * 3_600;
            prop_assert_eq!(charge(price, card_seconds), charge_for_hours(price, cards, hours));
        }
    }
}
