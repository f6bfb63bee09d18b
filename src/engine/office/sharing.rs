//! Sharing a pot that does not suffice.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::domain::money::{Money, Overflow};
use crate::domain::programme::limit::Allocation;

/// Shares a pot among those who are due something, in the order in which they are given: all that they are due where it suffices,
/// else by the rule. Nobody gets more than their due, and the shares never add up to more than the pot.
///
/// Pro rata the whole pot is given: see [`pro_rata`]. By turn, or by rank, whoever comes first gets all; the last one gets what is
/// left where it can be divided, and nobody overtakes who did not get all.
///
/// # Errors
/// Only where amounts are beyond what the exchange can count.
pub fn share(due: &[Money], pot: Money, (rule, divisible): (Allocation, bool)) -> Result<Vec<Money>, Overflow> {
    match rule {
        Allocation::ProRata => pro_rata(due, pot),
        Allocation::FirstCome | Allocation::Ranked => in_turn(due, pot, divisible),
    }
}

fn in_turn(due: &[Money], pot: Money, divisible: bool) -> Result<Vec<Money>, Overflow> {
    let mut left = pot;
    let mut shares = Vec::with_capacity(due.len());
    for &due in due {
        let whole = due <= left;
        shares.push(match (whole, divisible) {
            (true, _) => due,
            (false, true) => left,
            (false, false) => Money::ZERO,
        });
        left = if whole { left.minus(due)? } else { Money::ZERO };
    }
    Ok(shares)
}

/// Gives each the same share of what it is due: what is left after cutting off goes, a fen each, to the largest remainders, and
/// among equal ones to whoever comes first.
///
/// # Errors
/// Only where amounts are beyond what the exchange can count.
pub fn pro_rata(due: &[Money], pot: Money) -> Result<Vec<Money>, Overflow> {
    let total = Money::sum(due.iter().copied())?;
    if total <= pot {
        return Ok(due.to_vec());
    }
    let (pot, total) = (i128::from(pot.fen()), i128::from(total.fen()));
    let parts: Vec<(i128, i128)> = due
        .iter()
        .map(|due| i128::from(due.fen()) * pot)
        .map(|product| (product.div_euclid(total), product.rem_euclid(total)))
        .collect();
    let floors: i128 = parts.iter().map(|(floor, _)| floor).sum();
    let missing = usize::try_from(pot - floors).map_err(|_| Overflow)?;
    let mut order: Vec<usize> = (0..parts.len()).collect();
    // A stable sort: among equal remainders who comes first stays first.
    order.sort_by_key(|index| Reverse(parts.get(*index).map(|(_, remainder)| *remainder)));
    let lucky: BTreeSet<usize> = order.into_iter().take(missing).collect();
    let share = |(index, (floor, _)): (usize, &(i128, i128))| {
        let fen = floor + i128::from(lucky.contains(&index));
        i64::try_from(fen).map(Money::from_fen).map_err(|_| Overflow)
    };
    parts.iter().enumerate().map(share).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_short_pot_is_used_up_and_nobody_gets_more_than_its_due(
            due in prop::collection::vec(0_i64..5_000_000_000, 1..12),
            pot in 0_i64..20_000_000_000,
        ) {
            let due: Vec<Money> = due.into_iter().map(Money::from_fen).collect();
            let pot = Money::from_fen(pot);
            let total = Money::sum(due.iter().copied())?;
            for rule in [Allocation::ProRata, Allocation::FirstCome, Allocation::Ranked] {
                let parts = share(&due, pot, (rule, true))?;
                prop_assert_eq!(Money::sum(parts.iter().copied())?, total.min(pot));
                prop_assert!(parts.iter().zip(&due).all(|(part, due)| part <= due && *part >= Money::ZERO));
            }
        }
    }
}
