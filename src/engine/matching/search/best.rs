//! The best cover so far, and the bounds that tell early what cannot beat it.

use std::cmp::Ordering;

use crate::domain::id::Seq;
use crate::domain::money::{Money, Price};
use crate::domain::rate::BasisPoints;
use crate::domain::rounding::{Rounding, charge_for_hours};

use super::super::cover::{CoverCost, PartCharge, SubsidyBound};
use super::super::slab::Slot;
use super::{Attempt, Look};

/// What one listing gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pick {
    pub(super) slot: Slot,
    pub(super) seq: Seq,
    pub(super) price: Price,
    pub(super) cards: u32,
}

/// A feasible cover with what the choice is made by.
#[derive(Debug, Default)]
pub(super) struct Winner {
    pub(super) alternative: usize,
    pub(super) start: i32,
    pub(super) net: Money,
    /// In the order in which the rule took them.
    pub(super) picks: Vec<Pick>,
    cards: u32,
    /// The alternative's cards, of which `cards` is a share.
    whole: u32,
    /// Ascending.
    seqs: Vec<Seq>,
}

/// The best cover so far.
#[derive(Debug, Default)]
pub(super) struct Best {
    found: bool,
    winner: Winner,
    challenger: Winner,
    charges: Vec<PartCharge>,
}

/// A bound on what cards cost that are taken at `price` or a higher one, however they are split into parts.
#[derive(Debug, Clone, Copy)]
pub(super) struct LeastCharge {
    micros_per_card: i64,
}

/// Micro-yuan in a fen.
const MICROS_PER_FEN: i64 = 10_000;

impl SubsidyBound {
    /// No subsidy.
    pub(in super::super) const NONE: SubsidyBound = SubsidyBound {
        rate: BasisPoints(0),
        rounding: Rounding::Floor,
        amount: Money::ZERO,
    };
}

impl LeastCharge {
    pub(super) fn new(attempt: &Attempt<'_>, price: Price) -> LeastCharge {
        LeastCharge {
            micros_per_card: price.micros().saturating_mul(i64::from(attempt.hours)),
        }
    }

    /// In fen. Each part is rounded by itself and may lose half a fen; a part of one card loses at most what its card
    /// has beyond whole fen, so that prices in whole fen lose nothing.
    pub(super) fn of(self, cards: u32) -> i64 {
        let cards = i64::from(cards);
        let rounded_down = (self.micros_per_card / MICROS_PER_FEN).saturating_mul(cards);
        let halves_lost = (self.micros_per_card - MICROS_PER_FEN / 2).saturating_mul(cards) / MICROS_PER_FEN;
        rounded_down.max(halves_lost)
    }
}

impl Attempt<'_> {
    /// No cover of the wanted cards whose charges are at least `charge` has a lower net.
    pub(super) fn least_net(&self, charge: i64) -> i64 {
        let SubsidyBound { rate, rounding, amount } = self.subsidy;
        let amount = amount.fen().max(0);
        if amount == 0 || rate.0 == 0 {
            return charge;
        }
        // Shares of parts that are cut off come to no more than the share of all that is.
        let rounded_up = match rounding {
            Rounding::Floor => 0,
            Rounding::HalfUp => 1 + i64::from(self.wanted),
        };
        let by_rate = charge
            .checked_mul(i64::from(rate.0))
            .filter(|_| rate <= BasisPoints::WHOLE)
            .map_or(i64::MAX, |share| share / i64::from(BasisPoints::WHOLE.0) + rounded_up);
        charge.saturating_sub(by_rate.min(amount))
    }
}

impl Best {
    pub(super) fn clear(&mut self) {
        self.found = false;
    }

    pub(super) fn winner(&self) -> Option<&Winner> {
        self.found.then_some(&self.winner)
    }

    /// Whether a cover of at most `cards` cards, at least `least_net` fen and no start before `start` could be better,
    /// as far as cards, net and start can tell.
    pub(super) fn admits(&self, attempt: &Attempt<'_>, cards: u32, least_net: i64, start: i32) -> bool {
        let Some(best) = self.winner() else { return true };
        match by_share((cards, attempt.alternative.cards), (best.cards, best.whole)) {
            Ordering::Less => true,
            Ordering::Greater => false,
            Ordering::Equal => (least_net, start) <= (best.net.fen(), best.start),
        }
    }

    /// The most cards of the attempt that are no larger a share than the best cover's.
    pub(super) fn as_many_cards(&self, attempt: &Attempt<'_>) -> Option<u32> {
        let best = self.winner()?;
        let share = u64::from(best.cards) * u64::from(attempt.alternative.cards) / u64::from(best.whole.max(1));
        u32::try_from(share).ok()
    }

    /// The best cover's start and oldest listing, if only an earlier start or an older listing can still beat it:
    /// that is if covers of `cards` cards and at least `least_net` fen at best tie with it.
    pub(super) fn tie(&self, attempt: &Attempt<'_>, cards: u32, least_net: i64) -> Option<(i32, Seq)> {
        let best = self.winner()?;
        let equal = by_share((cards, attempt.alternative.cards), (best.cards, best.whole)) == Ordering::Equal
            && least_net == best.net.fen();
        equal.then(|| (best.start, best.seqs.first().copied().unwrap_or_default()))
    }

    /// Enters a candidate. False: the tenant cannot pay it.
    pub(super) fn offer<C: CoverCost>(
        &mut self,
        look: &Look<'_, C>,
        attempt: &Attempt<'_>,
        start: i32,
        picks: &[Pick],
    ) -> bool {
        let Some(net) = self.net(look, attempt, picks) else {
            return false;
        };
        let challenger = &mut self.challenger;
        challenger.alternative = attempt.index;
        challenger.start = start;
        challenger.net = net;
        challenger.cards = picks.iter().map(|pick| pick.cards).fold(0, u32::saturating_add);
        challenger.whole = attempt.alternative.cards;
        challenger.picks.clear();
        challenger.picks.extend_from_slice(picks);
        challenger.seqs.clear();
        challenger.seqs.extend(picks.iter().map(|pick| pick.seq));
        challenger.seqs.sort_unstable();
        if !self.found || self.challenger.order(&self.winner) == Ordering::Less {
            self.found = true;
            std::mem::swap(&mut self.winner, &mut self.challenger);
        }
        true
    }

    /// Σ charge − Σ voucher.
    fn net<C: CoverCost>(&mut self, look: &Look<'_, C>, attempt: &Attempt<'_>, picks: &[Pick]) -> Option<Money> {
        self.charges.clear();
        for pick in picks {
            let listing = &look.market.stall(pick.slot)?.listing;
            self.charges.push(PartCharge {
                provider: listing.provider,
                site: listing.site,
                price: pick.price,
                cards: pick.cards,
                charge: charge_for_hours(pick.price, pick.cards, attempt.alternative.hours).ok()?,
            });
        }
        look.cost.net(attempt.alternative, &self.charges)
    }
}

impl Winner {
    /// Less: better. The published order of choice.
    fn order(&self, other: &Winner) -> Ordering {
        by_share((self.cards, self.whole), (other.cards, other.whole))
            .then(self.net.cmp(&other.net))
            .then(self.start.cmp(&other.start))
            .then_with(|| self.seqs.cmp(&other.seqs))
            .then(self.alternative.cmp(&other.alternative))
    }
}

/// Less: the larger share of its whole. Exact.
fn by_share(left: (u32, u32), right: (u32, u32)) -> Ordering {
    let (left, right) = (
        u64::from(left.0) * u64::from(right.1),
        u64::from(right.0) * u64::from(left.1),
    );
    right.cmp(&left)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_split_into_parts_costs_less_than_the_bound(
            micros in 0_i64..60_000,
            hours in 1_u32..50,
            parts in prop::collection::vec((0_i64..20_000, 1_u32..9), 1..8),
        ) {
            let price = |dearer: i64| Price::from_micros(micros + dearer * (dearer % 2));
            let charges = parts.iter().map(|&(dearer, cards)| charge_for_hours(price(dearer), cards, hours).unwrap());
            let cards = parts.iter().map(|(_, cards)| cards).sum();
            let least = LeastCharge { micros_per_card: micros * i64::from(hours) };
            prop_assert!(least.of(cards) <= Money::sum(charges).unwrap().fen());
        }
    }

    #[test]
    fn prices_in_whole_fen_lose_nothing() {
        let least = LeastCharge {
            micros_per_card: 13_700_000 * 24,
        };
        assert_eq!(least.of(7), 1_370 * 24 * 7);
    }

    #[test]
    fn shares_compare_exactly() {
        assert_eq!(by_share((1, 3), (333_333_333, 1_000_000_000)), Ordering::Less);
        assert_eq!(by_share((2, 4), (1, 2)), Ordering::Equal);
        assert_eq!(by_share((u32::MAX - 1, u32::MAX), (1, 1)), Ordering::Greater);
    }
}
