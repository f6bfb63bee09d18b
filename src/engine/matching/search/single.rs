//! Covers from a single listing: listing by listing in price order, the earliest start that gives the cards.

use std::cmp::Reverse;

use crate::domain::money::Price;
use crate::domain::rounding::charge_for_hours;

use super::super::cover::CoverCost;
use super::super::fit::{Islands, Starts};
use super::super::shelf::{Offer, Stall};
use super::best::{Best, Pick};
use super::walk::Walk;
use super::{Attempt, Look, Scratch};

/// Offers the candidate covers of each listing, or of the supply in question.
///
/// What a listing charges for its cards does not depend on the start, so of its starts with equally many cards only the
/// earliest can win.
pub(super) fn search<C: CoverCost>(look: &Look<'_, C>, attempt: &Attempt<'_>, scratch: &mut Scratch, islands: Islands) {
    scratch
        .walk
        .begin(attempt, look.bid.seq, &scratch.shelves, attempt.needed);
    if let Some((stall, offer)) = &look.supply {
        if look.starts_of(attempt, stall, offer).is_none() {
            return;
        }
        scratch.walk.keep_only(attempt.aisle, offer);
    }
    let mut level = (Price::default(), 0);
    while let Some((offer, price)) = scratch.walk.next(attempt.aisle) {
        if level.0 != price {
            level = (price, least_net(attempt, price, attempt.wanted));
        }
        let least_net = level.1;
        if !scratch
            .best
            .admits(attempt, attempt.wanted, least_net, attempt.starts.from)
        {
            return;
        }
        let most = most_lots(offer, attempt.wanted, islands);
        let least = least_cards(&scratch.best, attempt, price);
        scratch.walk.require(least);
        let least = least.div_ceil(offer.lot_cards).saturating_mul(offer.lot_cards);
        if least > most {
            continue;
        }
        let among = open_starts(&scratch.best, &mut scratch.walk, attempt, offer, least_net);
        if among.is_empty() {
            // The best cover starts at the first hour, and what is left at this price is newer.
            scratch.walk.skip_price(attempt.aisle, price);
            continue;
        }
        let Some(starts) = look.starts(attempt, offer, among) else {
            continue;
        };
        if !look.market.may_fit(offer.slot, least, attempt.hours, starts) {
            continue;
        }
        let Some(stall) = look.market.stall(offer.slot) else {
            continue;
        };
        let found = Found {
            stall,
            islands,
            starts,
            least,
            pick: Pick {
                slot: offer.slot,
                seq: offer.seq,
                price,
                cards: attempt.wanted,
            },
        };
        if attempt.needed == attempt.wanted {
            found.offer_all(look, attempt, scratch);
        } else {
            found.offer_most(look, attempt, scratch);
        }
    }
}

/// A listing that may win.
struct Found<'a> {
    stall: &'a Stall,
    islands: Islands,
    /// With one of these starts.
    starts: Starts,
    /// With no fewer cards.
    least: u32,
    /// What it gives if that is all.
    pick: Pick,
}

impl Found<'_> {
    /// Offers all the cards wanted, from the earliest start.
    fn offer_all<C: CoverCost>(&self, look: &Look<'_, C>, attempt: &Attempt<'_>, scratch: &mut Scratch) {
        let Stall { listing, calendar, .. } = self.stall;
        let Scratch { fit, best, .. } = scratch;
        let start = fit.earliest(
            listing,
            calendar,
            self.islands,
            attempt.hours,
            self.starts,
            attempt.wanted,
        );
        if let Some(start) = start {
            best.offer(look, attempt, start, &[self.pick]);
        }
    }

    /// Offers the most cards, from the earliest start that gives them; fewer only if the tenant cannot pay more.
    fn offer_most<C: CoverCost>(&self, look: &Look<'_, C>, attempt: &Attempt<'_>, scratch: &mut Scratch) {
        let Stall { listing, calendar, .. } = self.stall;
        let Scratch { fit, best, starts, .. } = scratch;
        let lots = |cards: u32| whole_lots(cards.min(attempt.wanted), listing.lot_cards.max(1));
        let spans = fit.spans(listing, calendar, self.islands, attempt.hours, self.starts);
        starts.clear();
        starts.extend(spans.iter().map(|span| (Reverse(lots(span.free)), span.starts.from)));
        starts.sort_unstable();
        starts.dedup_by_key(|(cards, _)| *cards);
        for &(Reverse(cards), start) in starts.iter().take_while(|(cards, _)| cards.0 >= self.least) {
            let pick = Pick { cards, ..self.pick };
            if best.offer(look, attempt, start, &[pick]) {
                break;
            }
        }
    }
}

/// The starts with which this listing could still beat the best cover.
fn open_starts(best: &Best, walk: &mut Walk, attempt: &Attempt<'_>, offer: &Offer, least_net: i64) -> Starts {
    match best.tie(attempt, attempt.wanted, least_net) {
        None => attempt.starts,
        Some((start, oldest)) => {
            walk.narrow(Starts {
                until: start.saturating_add(1),
                ..attempt.starts
            });
            let last = if offer.seq <= oldest {
                start.saturating_add(1)
            } else {
                start
            };
            Starts {
                until: attempt.starts.until.min(last),
                ..attempt.starts
            }
        }
    }
}

/// The fewest cards with which a listing at this price or a higher one could still beat the best cover: not fewer than
/// that has, nor as many for more money.
fn least_cards(best: &Best, attempt: &Attempt<'_>, price: Price) -> u32 {
    let as_many = best.as_many_cards(attempt).map(|cards| {
        let ties = best.admits(attempt, cards, least_net(attempt, price, cards), attempt.starts.from);
        if ties { cards } else { cards.saturating_add(1) }
    });
    as_many.unwrap_or(0).max(attempt.needed)
}

/// What so many cards of one listing cost at least.
fn least_net(attempt: &Attempt<'_>, price: Price, cards: u32) -> i64 {
    let charge = charge_for_hours(price, cards, attempt.alternative.hours);
    charge.map_or(i64::MAX, |charge| attempt.least_net(charge.fen()))
}

/// The most whole lots of at most `wanted` cards that the listing could give at all.
fn most_lots(offer: &Offer, wanted: u32, islands: Islands) -> u32 {
    let most = match islands {
        Islands::Together => offer.cards,
        Islands::Alone => offer.cards_per_island,
    };
    whole_lots(most.min(wanted), offer.lot_cards)
}

fn whole_lots(cards: u32, lot_cards: u32) -> u32 {
    cards / lot_cards * lot_cards
}
