//! Covers from several listings: each gives its lots in price order until a start has all its cards.
//!
//! All starts are served in one walk. A run is a range of starts that got the same cards of the same listings so far,
//! so only its first start can win. Runs that cannot beat the best cover are dropped; the walk ends with the last of
//! them.

use std::cmp::Reverse;

use crate::domain::money::Price;
use crate::domain::rounding::charge_for_hours;

use super::super::cover::CoverCost;
use super::super::fit::{Islands, Span, Starts};
use super::super::shelf::Offer;
use super::best::{LeastCharge, Pick};
use super::{Attempt, Look, Scratch};

/// Starts with the same parts.
#[derive(Debug, Clone, Copy)]
struct Run {
    starts: Starts,
    cards: u32,
    /// Index of the latest part, plus one; 0 if there is none.
    last: usize,
    /// Charges of the parts, in fen.
    charge: i64,
}

/// Buffers of the walk.
#[derive(Debug, Default)]
pub(super) struct Runs {
    open: Vec<Run>,
    next: Vec<Run>,
    complete: Vec<Run>,
    /// The parts of all runs, each with the part before it.
    parts: Vec<(usize, Pick)>,
    picks: Vec<Pick>,
}

/// Offers the candidate covers of the walk that was begun.
pub(super) fn search<C: CoverCost>(look: &Look<'_, C>, attempt: &Attempt<'_>, scratch: &mut Scratch) {
    begin(look, attempt, scratch);
    let mut price_before = None;
    while let Some(price) = scratch.walk.next_price() {
        if price_before != Some(price) {
            price_before = Some(price);
            drop_beaten(scratch, attempt, price);
        }
        let runs = &mut scratch.runs;
        let (Some(first), Some(last)) = (runs.open.first(), runs.open.last()) else {
            return;
        };
        let open = Starts {
            from: first.starts.from,
            until: last.starts.until,
        };
        scratch.walk.narrow(open);
        let Some((offer, price)) = scratch.walk.next(attempt.aisle) else {
            break;
        };
        if offer.lot_cards > attempt.wanted {
            continue;
        }
        let Some(starts) = look.starts(attempt, offer, open) else {
            continue;
        };
        if !look.market.may_fit(offer.slot, offer.lot_cards, attempt.hours, starts) {
            continue;
        }
        let Some(stall) = look.market.stall(offer.slot) else {
            continue;
        };
        let spans = scratch.fit.spans(
            &stall.listing,
            &stall.calendar,
            Islands::Together,
            attempt.hours,
            starts,
        );
        if spans.is_empty() {
            continue;
        }
        runs.give(attempt, offer, price, spans);
        if !runs.complete.is_empty() {
            offer_complete(look, attempt, scratch);
            drop_beaten(scratch, attempt, price);
        }
    }
    offer_partial(look, attempt, scratch);
}

/// Opens the runs: all starts, or those at which the supply in question gives a lot.
fn begin<C>(look: &Look<'_, C>, attempt: &Attempt<'_>, scratch: &mut Scratch) {
    let Scratch { runs, fit, .. } = scratch;
    runs.parts.clear();
    runs.open.clear();
    let Some((stall, offer)) = &look.supply else {
        runs.open.push(Run::new(attempt.starts));
        return;
    };
    let Some(starts) = look.starts_of(attempt, stall, offer) else {
        return;
    };
    if offer.lot_cards <= attempt.wanted {
        let spans = fit.spans(
            &stall.listing,
            &stall.calendar,
            Islands::Together,
            attempt.hours,
            starts,
        );
        let giving = spans.iter().filter(|span| span.free >= offer.lot_cards);
        runs.open.extend(giving.map(|span| Run::new(span.starts)));
    }
}

/// Drops the runs that cannot beat the best cover with what is on offer from `price` upwards.
fn drop_beaten(scratch: &mut Scratch, attempt: &Attempt<'_>, price: Price) {
    let best = &scratch.best;
    if best.winner().is_none() {
        return;
    }
    let rest = LeastCharge::new(attempt, price);
    scratch.runs.open.retain_mut(|run| {
        let charge = run.charge.saturating_add(rest.of(attempt.wanted - run.cards));
        let least_net = attempt.least_net(charge);
        if let Some((start, _)) = best.tie(attempt, attempt.wanted, least_net) {
            run.starts.until = run.starts.until.min(start.saturating_add(1));
        }
        best.admits(attempt, attempt.wanted, least_net, run.starts.from)
    });
}

fn offer_complete<C: CoverCost>(look: &Look<'_, C>, attempt: &Attempt<'_>, scratch: &mut Scratch) {
    let runs = &mut scratch.runs;
    for run in runs.complete.drain(..) {
        if scratch
            .best
            .admits(attempt, run.cards, attempt.least_net(run.charge), run.starts.from)
        {
            trace(&runs.parts, run.last, &mut runs.picks);
            scratch.best.offer(look, attempt, run.starts.from, &runs.picks);
        }
    }
}

/// What stayed incomplete, most cards first: fewer only if the tenant cannot pay more.
fn offer_partial<C: CoverCost>(look: &Look<'_, C>, attempt: &Attempt<'_>, scratch: &mut Scratch) {
    let runs = &mut scratch.runs;
    runs.open.retain(|run| run.cards >= attempt.needed);
    runs.open
        .sort_unstable_by_key(|run| (Reverse(run.cards), run.charge, run.starts.from));
    for run in runs.open.drain(..) {
        if scratch
            .best
            .admits(attempt, run.cards, attempt.least_net(run.charge), run.starts.from)
        {
            trace(&runs.parts, run.last, &mut runs.picks);
            scratch.best.offer(look, attempt, run.starts.from, &runs.picks);
        }
    }
}

/// The parts of a run in the order in which they were taken.
fn trace(parts: &[(usize, Pick)], last: usize, picks: &mut Vec<Pick>) {
    picks.clear();
    let mut at = last;
    while let Some(&(before, pick)) = at.checked_sub(1).and_then(|at| parts.get(at)) {
        picks.push(pick);
        at = before;
    }
    picks.reverse();
}

impl Run {
    fn new(starts: Starts) -> Run {
        Run {
            starts,
            cards: 0,
            last: 0,
            charge: 0,
        }
    }
}

impl Runs {
    /// Every open run takes what it still wants of what is free at its starts.
    fn give(&mut self, attempt: &Attempt<'_>, offer: &Offer, price: Price, spans: &[Span]) {
        self.next.clear();
        let mut spans = spans.iter().peekable();
        let mut charged = (0, 0);
        for at in 0..self.open.len() {
            let mut run = self.open[at];
            let until = run.starts.until;
            while run.starts.from < until {
                while spans.next_if(|span| span.starts.until <= run.starts.from).is_some() {}
                let (end, free) = match spans.peek() {
                    None => (until, 0),
                    Some(span) if span.starts.from > run.starts.from => (span.starts.from, 0),
                    Some(span) => (span.starts.until, span.free),
                };
                run.starts.until = end.min(until);
                let wanted = attempt.wanted - run.cards;
                let cards = free.min(wanted) / offer.lot_cards * offer.lot_cards;
                if cards == 0 {
                    self.keep(run);
                } else {
                    if charged.0 != cards {
                        charged = (cards, charge(attempt, price, cards));
                    }
                    let pick = Pick {
                        slot: offer.slot,
                        seq: offer.seq,
                        price,
                        cards,
                    };
                    self.parts.push((run.last, pick));
                    let given = Run {
                        cards: run.cards + cards,
                        last: self.parts.len(),
                        charge: run.charge.saturating_add(charged.1),
                        ..run
                    };
                    if cards == wanted {
                        self.complete.push(given);
                    } else {
                        self.next.push(given);
                    }
                }
                run.starts.from = run.starts.until;
            }
        }
        std::mem::swap(&mut self.open, &mut self.next);
    }

    /// Keeps a run that got nothing, in one piece with its neighbour.
    fn keep(&mut self, run: Run) {
        match self.next.last_mut() {
            Some(last) if last.last == run.last && last.starts.until == run.starts.from => {
                last.starts.until = run.starts.until;
            }
            Some(_) | None => self.next.push(run),
        }
    }
}

/// A charge beyond what can be counted makes the cover infeasible when it is priced in full.
fn charge(attempt: &Attempt<'_>, price: Price, cards: u32) -> i64 {
    charge_for_hours(price, cards, attempt.alternative.hours).map_or(i64::MAX, |charge| charge.fen())
}
