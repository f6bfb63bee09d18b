//! Quotes: what placing a bid would bring about now, without placing it.

use super::bid;
use super::fill::{self, PaidCover};
use super::listing;
use super::matching::cover::PlainCost;
use super::matching::{Book, Obstacle};
use super::rejection::Rejection;
use super::state::State;
use super::voucher::wallet::Wallet;
use crate::domain::account::AccountKey;
use crate::domain::bid::{Bid, FillRule, NewBid, Placement, TimeInForce};
use crate::domain::id::{AcceleratorId, ListingId, OrgId};
use crate::domain::money::{Money, Price};
use crate::domain::time::Timestamp;

/// Most listings whose exclusion is explained.
pub const EXCLUDED_MAX: usize = 50;
/// Most listings looked at for an explanation, for each alternative.
const LOOKED_AT_MAX: usize = 500;
/// Most covers of one quote; a bid that takes more is quoted in part.
pub const COVERS_MAX: usize = 100;
/// Most resting bids counted that would come before.
pub const BEFORE_MAX: usize = 10_000;

/// What a bid would bring about.
#[derive(Debug)]
pub struct Quote {
    /// What it would take, cover by cover.
    pub covers: Vec<PaidCover>,
    /// The bid as it would stand after that.
    pub bid: Bid,
    /// Whether it would be filled in full.
    pub is_filled: bool,
    /// Whether more covers than [`COVERS_MAX`] would be taken, so that not all are quoted.
    pub is_cut: bool,
    /// What it needs on hold to be placed.
    pub hold: Money,
    /// What the tenant's cash lacks for that.
    pub missing: Option<Money>,
    /// Why alternatives cannot be covered, by their index; of those without an index the whole bid. Empty if there are covers
    /// and cash suffices.
    pub reasons: Vec<(Option<usize>, Obstacle)>,
    /// What is left out, and why; at most [`EXCLUDED_MAX`].
    pub excluded: Vec<(Subject, Obstacle)>,
    /// Of a bid that would rest: for each of its accelerators its highest limit, and how many bids new supply meets first.
    pub rests_behind: Vec<(AcceleratorId, Price, usize)>,
}

/// What is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// All of an accelerator.
    Accelerator(AcceleratorId),
    /// A listing.
    Listing(ListingId),
}

/// What placing this bid at `at` would bring about: the same checks, search and vouchers, and nothing of the state is other
/// afterwards. Where cash is missing, the answer is that of a tenant who has just enough.
///
/// # Errors
/// Those of placing the bid, but for missing cash.
pub fn quote(state: &mut State, (tenant, new): (OrgId, NewBid), at: Timestamp) -> Result<Quote, Rejection> {
    let at = at.max(state.now);
    let (bid, hold) = bid::prepare(state, (tenant, new), at)?;
    let cash = state.ledger.balance(AccountKey::Cash(tenant));
    let missing = hold.minus(cash).ok().filter(|missing| missing.is_positive());
    // The search works on the book while the wallet reads the rest of the state.
    let mut book = std::mem::take(&mut state.book);
    let quoted = look(&mut book, state, (bid, hold), at);
    state.book = book;
    let mut quote = quoted?;
    quote.missing = missing;
    if let Some(missing) = missing {
        quote.reasons.push((None, Obstacle::InsufficientCash { missing }));
    }
    Ok(quote)
}

fn look(book: &mut Book, state: &State, (bid, hold): (Bid, Money), at: Timestamp) -> Result<Quote, Rejection> {
    let wallet = Wallet::of(state, &bid, at)?.with_at_least(hold).explaining();
    let mut quote = Quote {
        covers: Vec::new(),
        bid,
        is_filled: false,
        is_cut: false,
        hold,
        missing: None,
        reasons: Vec::new(),
        excluded: Vec::new(),
        rests_behind: Vec::new(),
    };
    let taken = take_covers(book, wallet, &mut quote, at);
    // Whatever happened: the cards are given back.
    let given_back = quote.covers.iter().take(quote.occupied()).try_for_each(|paid| {
        let cover = &paid.cover;
        let mut parts = cover.parts.iter();
        parts.try_for_each(|part| book.vacate(part.listing, cover.window, &part.islands))
    });
    given_back.map_err(|_| Rejection::Fault("a quote cannot give its cards back"))?;
    taken?;
    explain(book, state, &mut quote, at);
    Ok(quote)
}

impl Quote {
    /// How many of its covers have taken their cards in the book for the time being: all but the last one, after which
    /// nothing more is looked for.
    fn occupied(&self) -> usize {
        if self.is_filled || self.is_cut {
            self.covers.len().saturating_sub(1)
        } else {
            self.covers.len()
        }
    }
}

fn take_covers(book: &mut Book, mut wallet: Wallet<'_>, quote: &mut Quote, at: Timestamp) -> Result<(), Rejection> {
    while let Some(paid) = fill::find(book, &wallet, &quote.bid, at) {
        let paid = paid?;
        quote.is_filled = fill::advance(&mut quote.bid, &paid);
        quote.is_cut = !quote.is_filled && quote.covers.len() + 1 >= COVERS_MAX;
        let cover = &paid.cover;
        if !quote.is_filled && !quote.is_cut {
            wallet.spend(paid.parts.iter().map(|(_, payment)| payment))?;
            for part in &cover.parts {
                let occupied = book.occupy(part.listing, cover.window, &part.islands);
                occupied.map_err(|_| Rejection::Fault("a quote takes cards that are not free"))?;
            }
        }
        quote.covers.push(paid);
        if quote.is_filled || quote.is_cut {
            break;
        }
    }
    Ok(())
}

fn explain(book: &mut Book, state: &State, quote: &mut Quote, at: Timestamp) {
    let bid = quote.bid.clone();
    let fresh = Bid {
        filled_cards: 0,
        bound: None,
        ..bid
    };
    for (index, alternative) in fresh.alternatives.iter().enumerate() {
        let accelerator = alternative.accelerator;
        let found = book.obstacles(&fresh, index, at.hour_ceil(), LOOKED_AT_MAX);
        let reason = if found.is_empty() {
            Some(Obstacle::NoSuchSupply)
        } else {
            nearest(&found)
        };
        match reason {
            Some(whole @ (Obstacle::NoSuchSupply | Obstacle::DomesticOnly)) => {
                quote.exclude(Subject::Accelerator(accelerator), whole);
            }
            Some(_) | None => {
                for (listing, obstacle) in found.iter().filter_map(|(id, obstacle)| Some((*id, (*obstacle)?))) {
                    quote.exclude(Subject::Listing(listing), obstacle);
                }
            }
        }
        if quote.covers.is_empty() {
            let obstacle = why(book, (&fresh, index), reason, at);
            quote.reasons.push((Some(index), obstacle));
            quote
                .reasons
                .extend(beyond_collar(state, (accelerator, index), obstacle));
        }
    }
    let stays = matches!(quote.bid.tif, TimeInForce::Gtc | TimeInForce::Gtd { .. });
    if stays && !quote.is_filled && !quote.is_cut {
        let mut highest: Vec<(AcceleratorId, Price)> = Vec::new();
        for (_, alternative) in quote.bid.live_alternatives() {
            match highest.iter_mut().find(|(known, _)| *known == alternative.accelerator) {
                Some((_, limit)) => *limit = alternative.limit.max(*limit),
                None => highest.push((alternative.accelerator, alternative.limit)),
            }
        }
        let behind = |(accelerator, limit)| (accelerator, limit, book.bids_before(accelerator, limit, BEFORE_MAX));
        quote.rests_behind = highest.into_iter().map(behind).collect();
    }
}

impl Quote {
    fn exclude(&mut self, subject: Subject, obstacle: Obstacle) {
        let is_new = || !self.excluded.iter().any(|(known, _)| *known == subject);
        if self.excluded.len() < EXCLUDED_MAX && is_new() {
            self.excluded.push((subject, obstacle));
        }
    }
}

/// The nearest miss among listings, if each of them misses.
fn nearest(found: &[(ListingId, Option<Obstacle>)]) -> Option<Obstacle> {
    let all: Option<Vec<Obstacle>> = found.iter().map(|(_, obstacle)| *obstacle).collect();
    let all = all?;
    let ask = |obstacle: &Obstacle| {
        if let Obstacle::Dearer { ask } = obstacle {
            Some(*ask)
        } else {
            None
        }
    };
    let cheapest = all.iter().filter_map(ask).min();
    all.iter().max().map(|obstacle| match (obstacle, cheapest) {
        (Obstacle::Dearer { .. }, Some(cheapest)) => Obstacle::AllDearer { cheapest },
        (obstacle, _) => *obstacle,
    })
}

/// Why one alternative by itself has no cover: the nearest miss of its listings, unless they serve it only together.
fn why(book: &mut Book, (bid, index): (&Bid, usize), nearest: Option<Obstacle>, at: Timestamp) -> Obstacle {
    let looser = |fill, placement| Bid {
        alternatives: bid.alternatives.get(index).copied().into_iter().collect(),
        fill,
        placement,
        tif: TimeInForce::Gtc,
        ..bid.clone()
    };
    let mut most = |bid: Bid| {
        let cover = book.best_cover(&bid, at.hour_ceil(), &PlainCost);
        cover.map_or(0, |cover| cover.parts.iter().map(|part| part.cards).sum::<u32>())
    };
    let wants_all = matches!((bid.fill, bid.tif), (FillRule::AllOrNone, _) | (_, TimeInForce::Fok));
    match nearest {
        None | Some(Obstacle::NotEnoughCards { .. } | Obstacle::Placement { .. }) => {
            let whole = if wants_all { FillRule::AllOrNone } else { bid.fill };
            let anywhere = most(looser(whole, Placement::Any));
            if anywhere > 0 && bid.placement != Placement::Any {
                return Obstacle::Placement { cards: anywhere };
            }
            let part = FillRule::Partial { min_cards: 1 };
            let most = most(looser(part, bid.placement));
            Obstacle::NotEnoughCards { most }
        }
        Some(obstacle) => obstacle,
    }
}

fn beyond_collar(
    state: &State,
    (accelerator, index): (AcceleratorId, usize),
    obstacle: Obstacle,
) -> Option<(Option<usize>, Obstacle)> {
    let Obstacle::AllDearer { cheapest } = obstacle else {
        return None;
    };
    let (_, highest) = listing::bounds(state, accelerator)?;
    (cheapest > highest).then_some((Some(index), Obstacle::Collar { cheapest, highest }))
}
