//! Covers from a single listing: listing by listing in price order, the earliest start that gives the cards.

use crate::domain::money::Price;
use crate::domain::rounding::charge_for_hours;

use super::super::cover::CoverCost;
use super::super::fit::{Islands, Starts};
use super::super::shelf::Offer;
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
    let mut spans = Vec::new();
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
        let (listing, calendar) = (&stall.listing, &stall.calendar);
        let mut pick = Pick {
            slot: offer.slot,
            seq: offer.seq,
            price,
            cards: attempt.wanted,
        };
        if attempt.needed == attempt.wanted {
            let start = scratch
                .fit
                .earliest(listing, calendar, islands, attempt.hours, starts, attempt.wanted);
            if let Some(start) = start {
                scratch.best.offer(look, attempt, start, &[pick]);
            }
            continue;
        }
        spans.clear();
        let free = scratch.fit.spans(listing, calendar, islands, attempt.hours, starts);
        spans.extend(
            free.iter()
                .map(|span| (lots(span.free.min(attempt.wanted), offer), span.starts.from)),
        );
        // Most cards first, each from its earliest start; fewer only if the tenant cannot pay more.
        spans.sort_unstable_by_key(|&(cards, start)| (std::cmp::Reverse(cards), start));
        spans.dedup_by_key(|(cards, _)| *cards);
        for &(cards, start) in spans.iter().take_while(|(cards, _)| *cards >= least) {
            pick.cards = cards;
            if scratch.best.offer(look, attempt, start, &[pick]) {
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
    lots(most.min(wanted), offer)
}

fn lots(cards: u32, offer: &Offer) -> u32 {
    cards / offer.lot_cards * offer.lot_cards
}
